"""One family of errors, each with the exit code its command ends with.

A check collects :class:`Problem` objects, which name a place by its key path (``priors.stages.quiet.stay``).
`forecast.document` adds file, line and column; a scenario built in Python has key paths alone.
"""

from __future__ import annotations

import datetime
import numbers
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

KeyPath = tuple[str | int, ...]

PROBLEMS_SHOWN = 50  # of one input; whoever mends these looks again
PROBLEMS_MOST = 20_000  # with so many, a file is something else, and reading it stops
_SHOWN = 60  # characters of a value that a message repeats
_LISTED = 12  # choices that a message lists; of more it names the nearest
# A value in quotes may hold anything; what follows the value's end is the remedy.
_PARTS = re.compile(r"expected (.+?); found ('.*'|.*?)(?:[.;] (.+))?$", re.DOTALL)
_COMPARED = 200  # choices that are compared letter by letter, which takes some 10 microseconds each


@dataclass(frozen=True)
class Problem:
    """One thing wrong with the input: where it stands and what was expected and found.

    Line and column count from 1. `on_key` tells that the last part of the key path is itself what is wrong, and not
    the value that it has. `near` is a name that there is not and those that there are: the message ends with the
    nearest, which is looked for when it is read, because that takes longer than to find the problem.
    """

    key: KeyPath
    text: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    on_key: bool = False
    near: tuple[str, Collection[str]] | None = field(default=None, compare=False, repr=False)

    @property
    def message(self) -> str:
        """What was expected and found, and the nearest valid name, safe to be shown on a terminal."""
        return escape(self.text if self.near is None else f"{self.text}; {suggest(*self.near)}")

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON: the message, and its parts, None where it has no such part."""
        parts = _PARTS.match(self.text)
        expected, found, remedy = parts.groups() if parts else (None, None, None)
        return {
            "key": format_key(self.key),
            "message": self.message,
            "expected": expected and escape(expected),
            "found": escape(found) if found else self.near and escape(self.near[0]),
            "hint": suggest(*self.near) if self.near else remedy and escape(remedy),
            "file": self.file,
            "line": self.line,
            "column": self.column,
        }

    def __str__(self) -> str:
        where = "" if self.file is None else f"{escape(self.file)}:{self.line}:{self.column}: "
        key = format_key(self.key)
        return f"{where}{key}: {self.message}" if key else f"{where}{self.message}"


class ForecastError(Exception):
    """The base of every error that this package raises on purpose."""

    exit_code = 1


class InputError(ForecastError, ValueError):
    """The input cannot be used; `problems` lists everything found wrong at once, the message the first of them."""

    exit_code = 2

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        lines = [str(problem) for problem in self.problems[:PROBLEMS_SHOWN]]
        if (more := len(self.problems) - len(lines)) > 0:
            following = ", and whatever follows" if len(self.problems) >= PROBLEMS_MOST else ""
            lines.append(f"and {more:,} more{following}")
        super().__init__("\n".join(lines))


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
        name = part if isinstance(part, int) else shorten(part)
        text += f"[{name}]" if isinstance(part, int) else f".{name}" if text else str(name)
    return text


def shorten(text: str) -> str:
    """Cut a value from a file to what a message can show.

    >>> shorten("no " * 40)
    'no no no no no no no no no no no no no no no no no no no no ...'
    """
    return escape(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")


def escape(text: str) -> str:
    r"""Write characters that a terminal would act on as what they are.

    >>> escape("red: \x1b[31m")
    'red: \\x1b[31m'
    """
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def find_nearest(name: str, choices: Iterable[str], *, cutoff: float = 0.6) -> list[str]:
    """Return up to three choices that look like a name, nearest first; case and - or _ do not count.

    Of many choices those are compared that are about as long and share a letter at either end.

    >>> find_nearest("Two-Stops", ["far_off", "two_stops"])
    ['two_stops']
    """
    import difflib  # only a message needs it

    def fold(text: str) -> str:
        return text[:_SHOWN].lower().replace("_", "-")

    folded = {fold(choice): choice for choice in choices}
    wanted = fold(name)
    if wanted in folded:
        return [folded[wanted]]
    compared = list(folded)
    if len(compared) > _COMPARED:
        ends = {wanted[:1], wanted[-1:]}
        alike = [each for each in compared if abs(len(each) - len(wanted)) <= 3 and {each[:1], each[-1:]} & ends]
        compared = (alike or compared)[:_COMPARED]
    return [folded[near] for near in difflib.get_close_matches(wanted, compared, n=3, cutoff=cutoff)]


def suggest(name: str, choices: Iterable[str]) -> str:
    """Name the nearest valid choice, or list the choices where none is near.

    >>> suggest("antwerpp", ["antwerp", "oslo"])
    'did you mean antwerp?'
    """
    known = list(dict.fromkeys(choices))
    if near := find_nearest(name, known):
        return f"did you mean {near[0]}?"
    if len(known) > _LISTED:
        return f"the nearest of {len(known)} are {', '.join(find_nearest(name, known, cutoff=0))}"
    return f"choose from: {', '.join(known)}" if known else "none is declared"


def list_some(names: Collection[str], most: int = _LISTED) -> str:
    """List names, and say of more than `most` how many more there are.

    >>> list_some(["quiet", "talks"])
    'quiet, talks'
    """
    few = list(names)[:most]
    return ", ".join(few) + (f" and {len(names) - len(few):,} more" if len(names) > len(few) else "")


# --- arguments from Python -----------------------------------------------------------------------------------------


def check_type(name: str, value: Any, kinds: type | tuple[type, ...], expected: str) -> None:
    """Refuse an argument of another type.

    Raises
    ------
    InputError

    Examples
    --------
    >>> check_type("settings", {"draws": 100}, int, "forecast.Settings(...)")
    Traceback (most recent call last):
    forecast.errors.InputError: settings: expected forecast.Settings(...); found {'draws': 100}
    """
    if not isinstance(value, kinds):
        raise InputError([Problem((name,), f"expected {expected}; found {shorten(repr(value))}")])


def check_number(name: str, value: Any, fits: Callable[[float], bool], expected: str) -> None:
    """Refuse an argument that is no number, or one that does not fit.

    Raises
    ------
    InputError

    Examples
    --------
    >>> check_number("share", "a", lambda share: 0 < share < 1, "a number between 0 and 1")
    Traceback (most recent call last):
    forecast.errors.InputError: share: expected a number between 0 and 1; found 'a'
    """
    if not isinstance(value, numbers.Real) or not fits(float(value)):
        raise InputError([Problem((name,), f"expected {expected}; found {shorten(repr(value))}")])


def check_choice(name: str, value: Any, choices: Collection[str], what: str) -> None:
    """Refuse an argument that is none of the choices, with the nearest one.

    Raises
    ------
    InputError

    Examples
    --------
    >>> check_choice("engine", "quik", ("nuts", "quick"), "engine")
    Traceback (most recent call last):
    forecast.errors.InputError: engine: unknown engine quik; did you mean quick?
    """
    if not isinstance(value, str) or value not in choices:
        found = str(value)
        raise InputError([Problem((name,), f"unknown {what} {shorten(found)}; {suggest(found, choices)}")])


def check_day(name: str, value: Any, first: datetime.date, last: datetime.date) -> datetime.date:
    """Return the day that an argument is: a date, a time of any library, or a text such as ``2025-05-05``.

    Raises
    ------
    InputError
        If it is none from `first` to `last`.
    """
    try:
        day = datetime.date.fromisoformat(value if isinstance(value, str) else str(value)[:10])
    except ValueError:
        day = None
    if day is None or not first <= day <= last:
        raise InputError([Problem((name,), f"expected a day from {first} to {last}; found {shorten(str(value))}")])
    return day
