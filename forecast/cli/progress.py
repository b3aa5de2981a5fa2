"""What is told on stderr while work goes on: lines with the seconds that have passed, and how far a sweep is."""

from __future__ import annotations

import contextlib
import logging
import sys
import time
from collections.abc import Iterator
from typing import TextIO

from forecast.errors import escape


def spell_lines(text: str) -> str:
    """Write what a terminal would act on as what it is, but for the ends of lines."""
    return "\n".join(map(escape, text.split("\n")))


def tell(line: str) -> None:
    """Write a line on stderr; work goes on also where nobody reads it any more, or its disk is full."""
    with contextlib.suppress(OSError, ValueError):
        print(spell_lines(line), file=sys.stderr, flush=True)


@contextlib.contextmanager
def tell_on_stderr(level: str) -> Iterator[None]:
    """Show what the library tells as it works on stderr, a line each, with the seconds since now."""
    started = time.perf_counter()

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            tell(f"[{time.perf_counter() - started:5.1f} s] {record.getMessage()}")

    logger, handler = logging.getLogger("forecast"), Lines()
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(level.upper())
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)


class Progress:
    """Tells how far a sweep is: a bar on a terminal, a line every few seconds elsewhere."""

    WIDTH = 30  # of the bar, in letters
    EVERY = (0.2, 5.0)  # seconds between two tellings, on a terminal and elsewhere

    def __init__(self, stream: TextIO) -> None:
        self.stream, self.terminal = stream, stream.isatty()
        self.began = self.told = time.monotonic()
        self.first: int | None = None

    def __call__(self, done: int, total: int) -> None:
        """Take note that so many rows of so many are done."""
        now = time.monotonic()
        if self.first is None:
            self.first, self.began = done, now
            if done:
                self._write(f"going on after {done:,} of {total:,} rows\n")
        elif now - self.told >= self.EVERY[not self.terminal] or done == total:
            self.told = now
            self._tell(done, total, (done - self.first) / max(now - self.began, 1e-9))

    def _tell(self, done: int, total: int, rate: float) -> None:
        left = f", {_span((total - done) / rate)} left" if done < total and rate else ""
        text = f"{done:,} of {total:,} rows, {rate:,.0f} a second{left}"
        if self.terminal:
            bar = "#" * (self.WIDTH * done // total)
            self._write(f"\r[{bar:-<{self.WIDTH}}] {text}\x1b[K")
        else:
            self._write(f"{text}\n")

    def end(self) -> None:
        """Leave the bar's line."""
        if self.terminal and self.first is not None:
            self._write("\n")

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):  # the rows go on, whoever reads this
            self.stream.write(text)
            self.stream.flush()


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes:,} min {rest:02} s" if minutes else f"{rest} s"
