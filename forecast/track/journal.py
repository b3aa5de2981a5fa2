"""The log: a file of lines in JSON, one a forecast or what came of one, to which lines are added and nothing else.

A line that a killed write has cut short is skipped and told; the next one begins below it. Receives entries; hands on
all that there are, and which of them count.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from forecast.errors import InputError, Problem, shorten, suggest
from forecast.files import append_line
from forecast.track.entries import Entry, Logged, Price, Resolved, read_entry

logger = logging.getLogger(__name__)

LOG = "forecasts.jsonl"
_BEGINNING = b'{"schema": '  # of every line; what begins otherwise was not written here


@dataclass(frozen=True)
class Log:
    """What a log holds, in the order in which it was written.

    Attributes
    ----------
    torn : tuple of int
        Numbers of the lines that were cut short.
    """

    path: Path
    entries: tuple[Entry, ...] = ()
    torn: tuple[int, ...] = ()

    @cached_property
    def forecasts(self) -> tuple[Logged, ...]:
        """All forecasts."""
        return tuple(entry for entry in self.entries if isinstance(entry, Logged))

    @cached_property
    def questions(self) -> dict[str, list[Logged]]:
        """The forecasts of each question, by its name."""
        found: dict[str, list[Logged]] = {}
        for entry in self.forecasts:
            found.setdefault(entry.name, []).append(entry)
        return found

    @cached_property
    def resolutions(self) -> dict[str, Resolved]:
        """What came of each question, as it was said last."""
        return {entry.name: entry for entry in self.entries if isinstance(entry, Resolved)}

    @cached_property
    def prices(self) -> dict[tuple[str, Any], Price]:
        """What the crowd said, by question and day, as it was said last."""
        return {(entry.name, entry.as_of): entry for entry in self.entries if isinstance(entry, Price)}

    @cached_property
    def counted(self) -> tuple[Logged, ...]:
        """Of each question and `as_of` the forecast that counts: the last, unless it was written once all was known."""
        found: dict[tuple[str, Any], Logged] = {}
        for entry in self.forecasts:
            at = entry.name, entry.told.as_of
            if at not in found or not self.is_late(entry) or self.is_late(found[at]):
                found[at] = entry
        return tuple(found.values())

    def is_late(self, entry: Logged) -> bool:
        """Tell whether a forecast was written down when its window was over, or after the day that decided it."""
        resolved = self.resolutions.get(entry.name)
        decided = entry.told.until if resolved is None or resolved.day is None else resolved.day
        return entry.written.date() > min(decided, entry.told.until)

    def crowd(self, entry: Logged) -> float | None:
        """Return what the crowd said beside a forecast, if that is known."""
        if entry.crowd is not None:
            return entry.crowd
        found = self.prices.get((entry.name, entry.told.as_of))
        return None if found is None else found.p

    def find(self, name: str) -> list[Logged]:
        """Return the forecasts of a question.

        Raises
        ------
        InputError
            If there is none of that name.
        """
        if name not in self.questions:
            what = f"unknown question {shorten(name)}"
            message = f"{what}; {suggest(name, self.questions)}" if self.questions else f"{what}; the log is empty"
            raise InputError([Problem((), f"{self.path}: {message}")])
        return self.questions[name]

    def append(self, entries: Iterable[Entry]) -> Log:
        """Write lines, and return the log with them.

        Raises
        ------
        OutputError
            If the file cannot be written to.
        """
        added = tuple(entries)
        for entry in added:
            text = json.dumps(entry.to_dict(), ensure_ascii=False, allow_nan=False)
            append_line(self.path, text.encode(errors="backslashreplace"))  # half a letter becomes JSON's own escape
        return replace(self, entries=(*self.entries, *added))


def find_log(path: Path | None = None, start: Path | None = None) -> Path:
    """Return where a log lies: the path, or that of the nearest folder from `start` upwards that holds one.

    Raises
    ------
    InputError
        If there is none.
    """
    if path is not None:
        if not path.exists():
            raise InputError([Problem((), f"{path}: no such log. `forecast log FILE.yaml --log {path}` begins one")])
        return path
    folder = (start or Path()).absolute()
    for above in (folder, *folder.parents):
        if (above / LOG).exists():
            return (above / LOG).relative_to(folder) if above == folder else above / LOG
    message = f"no {LOG} in {folder} or above; `forecast log FILE.yaml` begins one, and --log names another place"
    raise InputError([Problem((), message)])


def read_log(path: Path) -> Log:
    """Read a log; where no file is, it is empty.

    Raises
    ------
    InputError
        With each line that is none of a log.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return Log(path)
    except OSError as error:
        raise InputError([Problem((), f"cannot read {path}: {error.strerror or error}")]) from None
    problems: list[Problem] = []
    entries: list[Entry] = []
    torn: list[int] = []
    for number, line in enumerate(content.split(b"\n"), 1):
        if not line.strip(b"\0 \r"):  # a power cut may leave zeros
            continue
        try:
            entries.append(read_entry(_parse(line)))
        except ValueError as error:
            if isinstance(error, InputError):
                problems += [replace(problem, file=str(path), line=number, column=1) for problem in error.problems]
            else:
                torn.append(number)
    if problems:
        raise InputError(problems)
    for number in torn:
        logger.warning(f"{path}:{number}: this line was cut short while it was written, and is skipped")
    return Log(path, tuple(entries), tuple(torn))


def _parse(line: bytes) -> dict[str, Any]:
    """Return what a line of JSON holds.

    Raises
    ------
    InputError
        If it was not written by this program.
    ValueError
        If it was cut short.
    """
    begins = line.startswith(_BEGINNING) or _BEGINNING.startswith(line)
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        if begins and isinstance(error, ValueError):
            raise
        found = None
    if not isinstance(found, dict):
        message = f"expected a line of a log of forecasts; found {shorten(line[:80].decode(errors='replace'))}"
        raise InputError([Problem((), f"{message}. Is this another file? Choose one with --log")])
    return found
