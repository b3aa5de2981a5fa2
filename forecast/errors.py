"""One family of errors, each with the exit code its command ends with.

A check collects :class:`Problem` objects, which name a place by its key path (``priors.stages.quiet.stay``).
`forecast.load` adds file, line and column; a scenario built in Python has key paths alone.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """One thing wrong with the input: where it stands and what was expected and found."""

    key: KeyPath
    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None

    def at(self, file: str, line: int, column: int) -> Problem:
        """Return the same problem with its position in a file (line and column count from 1)."""
        return replace(self, file=file, line=line, column=column)

    def __str__(self) -> str:
        where = "" if self.file is None else f"{self.file}:{self.line}:{self.column}: "
        key = format_key(self.key)
        return f"{where}{key}: {self.message}" if key else f"{where}{self.message}"


class ForecastError(Exception):
    """The base of every error that this package raises on purpose."""

    exit_code = 1


class InputError(ForecastError):
    """The input cannot be used; `problems` lists everything found wrong at once."""

    exit_code = 2

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class FitError(ForecastError):
    """A fit failed its gate, so there is no number to report."""

    exit_code = 3


class OutputError(ForecastError):
    """A result cannot be written where it was asked for."""

    exit_code = 2


def format_key(key: Sequence[str | int]) -> str:
    """Write a key path as a reader would: ``timeline[3].stage``.

    >>> format_key(("timeline", 3, "stage"))
    'timeline[3].stage'
    """
    text = ""
    for part in key:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def suggest(name: str, choices: Iterable[str]) -> str:
    """Name the nearest valid choice, or list the choices where none is near.

    >>> suggest("vladivostock", ["moscow", "vladivostok"])
    'did you mean vladivostok?'
    """
    known = list(dict.fromkeys(choices))
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f"did you mean {near[0]}?"
    return f"choose from: {', '.join(known)}" if known else "none is declared"
