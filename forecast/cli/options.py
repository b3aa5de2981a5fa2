"""What the commands read from their command lines: options that several verbs have, and how their values are read.

Values that cannot be are told by argparse, with exit code 2.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import io
import os
import sys
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import forecast
from forecast.errors import InputError, OutputError, Problem, shorten
from forecast.files import FIGURE_FORMATS

if TYPE_CHECKING:
    from forecast.scenario import Ensemble, Scenario

VERBS = {
    "new": "write a file to begin a question with",
    "run": "make a forecast",
    "report": "write the forecast as one page to share",
    "compare": "lay scenarios side by side",
    "sweep": "P over ranges of assumptions",
    "replay": "the answer through time, and its scores",
    "sensitivity": "which prior matters",
    "explain": "why P is what it is: by news, by source, by record and by belief",
    "diff": "what changed between two forecasts, and what each change made",
    "signposts": "what to watch, and what each step would say",
    "log": "make a forecast and write it down",
    "resolve": "say what came of a question that was logged",
    "score": "score what was logged",
    "export": "write forecasts for Metaculus, ForecastBench or Fatebook",
    "import": "read what the crowd said from a Metaculus or Manifold export",
    "update": "write the file for another day, with a place for the news",
    "check": "say what is wrong and what is assumed, without a fit",
    "suggest": "turn a table of past cases into priors",
    "facts": "list the facts and what each does",
    "priors": "show the priors in words",
    "store": "list or clear the stored posteriors",
    "schema": "print the JSON Schema of a scenario file",
    "example": "print a scenario to begin with",
    "completion": "print what completes words in your shell",
}
JOBS_MOST = 256  # processes of 60 MB each; more than there are cores only wait for each other


def add_verb(
    verbs: Any, name: str, act: Callable[[argparse.Namespace], None], *, long: str, more: str
) -> argparse.ArgumentParser:
    """Declare a verb among the subparsers of the command; `more` is what its help ends with, with examples."""
    parser: argparse.ArgumentParser = verbs.add_parser(
        name, help=VERBS[name], description=long, epilog=more, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.set_defaults(act=act)
    add_log_level(parser)
    return parser


def add_version(parser: argparse.ArgumentParser) -> None:
    """Declare `--version`."""
    parser.add_argument("--version", action="version", version=f"forecast {forecast.__version__}")


def add_log_level(parser: argparse.ArgumentParser) -> None:
    """Declare how much is told on stderr."""
    parser.add_argument(
        "--log-level",
        choices=("debug", "info", "warning", "error"),
        default="info",
        metavar="LEVEL",
        help="how much is told on stderr: debug, info, warning or error (default: info)",
    )


def load_input(source: Path) -> Scenario:
    """Read a scenario from a file, or from standard input, which is called ``-``.

    Raises
    ------
    InputError
    """
    from forecast.document import load_scenario

    where, name = _find_input(source)
    return load_scenario(where, name=name)


def load_input_of_any(source: Path) -> Scenario | Ensemble:
    """Read a file of one timeline or of several.

    Raises
    ------
    InputError
    """
    from forecast.document import load_question

    where, name = _find_input(source)
    return load_question(where, name=name)


def _find_input(source: Path) -> tuple[Any, str | None]:
    """Return what to read, and how it is called if that is not told by a path."""
    if str(source) != "-":
        return source, None
    if sys.stdin is None or sys.stdin.closed:
        raise InputError([Problem((), "expected a scenario on standard input; found it closed")])
    return io.StringIO(sys.stdin.read()), "stdin"


def add_scenario(parser: argparse.ArgumentParser) -> None:
    """Declare the file that a verb is about."""
    parser.add_argument("scenario", type=Path, metavar="SCENARIO.yaml", help="the scenario file; - for standard input")


def add_as_of(parser: argparse.ArgumentParser, what: str) -> None:
    """Declare the user's own day, which is today unless given."""
    today = datetime.date.today()
    parser.add_argument("--as-of", type=date, default=today, metavar="DATE", help=f"{what} (default: today)")


def add_seed(parser: argparse.ArgumentParser) -> None:
    """Declare the seed."""
    parser.add_argument("--seed", type=natural, default=1, metavar="N", help="seed of everything random (default: 1)")


def add_draws(parser: argparse.ArgumentParser, usual: int = 1000) -> None:
    """Declare the number of draws of a fit."""
    parser.add_argument(
        "--draws", type=count_draws, default=usual, metavar="N", help=f"draws per chain, of four (default: {usual})"
    )


def add_figures(parser: argparse.ArgumentParser, what: str = "figures") -> None:
    """Declare whether figures are drawn, and as what."""
    parser.add_argument("--no-plots", action="store_true", help=f"leave the {what} out")
    add_format(parser)


def add_format(parser: argparse.ArgumentParser) -> None:
    """Declare as what figures are drawn."""
    parser.add_argument(
        "--format", choices=FIGURE_FORMATS, default="png", help="of figures: png, svg or pdf (default: png)"
    )


def figure_path(text: str) -> Path:
    """Read the path of a figure, whose ending is its format."""
    path = given_path(text)
    if path.suffix[1:] not in FIGURE_FORMATS:
        message = f"expected a file that ends in .png, .svg or .pdf; found {text!r}"
        raise argparse.ArgumentTypeError(message)
    return path


def add_sampling(parser: argparse.ArgumentParser) -> None:
    """Declare how to sample, as every verb that answers scenarios does."""
    add_draws(parser)
    add_seed(parser)
    parser.add_argument(
        "--quick",
        action="store_true",
        help="importance sampling instead of NUTS: an answer in well under a second; hands over to NUTS where it must",
    )


def positive(text: str) -> int:
    """Read a whole number of at least 1."""
    return _read_whole(text, 1, sys.maxsize, "a whole number above 0")


def count_draws(text: str) -> int:
    """Read a number of draws, of no more than a machine can hold."""
    from forecast.inference import DRAWS_MOST

    return _read_whole(text, 1, DRAWS_MOST, f"a whole number from 1 to {DRAWS_MOST}")


def add_workers(parser: argparse.ArgumentParser) -> None:
    """Declare who computes rows: `--jobs` or `--dask`."""
    cores = min(os.cpu_count() or 1, JOBS_MOST)
    who = parser.add_mutually_exclusive_group()
    who.add_argument("--jobs", type=count_jobs, default=cores, metavar="N", help="processes (default: all cores)")
    who.add_argument("--dask", metavar="ADDRESS", help="the workers of this Dask scheduler: tcp://10.0.0.5:8786")


def start_workers(options: argparse.Namespace) -> contextlib.AbstractContextManager[Executor | None]:
    """Give the executor that was asked for."""
    from forecast.explore import connect_dask, start_processes

    return connect_dask(options.dask) if options.dask else start_processes(options.jobs)


def count_jobs(text: str) -> int:
    """Read a number of processes."""
    return _read_whole(text, 1, JOBS_MOST, f"a whole number from 1 to {JOBS_MOST}")


def natural(text: str) -> int:
    """Read a whole number of at least 0 and of no more than 64 bits, as the sampler takes."""
    return _read_whole(text, 0, 2**64 - 1, "a whole number, 0 or more and below 2**64")


def _read_whole(text: str, least: int, most: int, expected: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 20 and least <= int(text) <= most):
        message = f"expected {expected}; found {shorten(text)!r}"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def add_log(parser: argparse.ArgumentParser) -> None:
    """Declare where the log is, if not where it is looked for."""
    more = "the log (default: forecasts.jsonl, of the project or of the nearest folder that has one)"
    parser.add_argument("--log", type=given_path, metavar="FILE", help=more)


def share(text: str) -> float:
    """Read a probability."""
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found <= 1:
        message = f"expected a probability from 0 to 1; found {shorten(text)!r}"
        raise argparse.ArgumentTypeError(message)
    return found


def given_path(text: str) -> Path:
    """Read a path; an empty one, of a shell's variable that is not set, say, would be the folder one stands in."""
    if not text:
        message = "expected a path; found an empty text"
        raise argparse.ArgumentTypeError(message)
    return Path(text)


def date(text: str) -> datetime.date:
    """Read a date from the command line."""
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        message = f"expected a date, YYYY-MM-DD; found {text!r}"
        raise argparse.ArgumentTypeError(message) from None


def check_folder(folder: Path) -> None:
    """Refuse a folder that cannot be one, before anything is fitted.

    Raises
    ------
    OutputError
        If something else than a folder stands in the way, or no folder can have such a name.
    """
    try:
        nearest = next(part for part in (folder, *folder.absolute().parents) if part.exists())
    except OSError as error:  # a name too long, below a folder that may not be looked into, or there is no such place
        gone = isinstance(error, FileNotFoundError)  # only the working folder can be, and still be asked for
        why = "the folder that the command runs in is gone" if gone else error.strerror
        message = f"cannot write into {folder}: {why}; choose another with --out"
        raise OutputError(message) from error
    if not nearest.is_dir():
        message = f"cannot write into {folder}: {nearest} is not a folder; choose another with --out"
        raise OutputError(message)
