"""The main command: a scenario file into a forecast, its figures and its posterior.

`python -m forecast.run SCENARIO.yaml` and `forecast run SCENARIO.yaml` are the same.
"""

from __future__ import annotations

import argparse
import atexit
import gc
import io
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import forecast.startup  # noqa: F401 - first of all
from forecast.errors import ForecastError, OutputError, shorten
from forecast.files import write_batch
from forecast.inference import Engine, Settings
from forecast.load import dump_scenario, load_scenario
from forecast.predict import run_scenario
from forecast.result import Forecast
from forecast.workspace import clear_rooms

DESCRIPTION = "Forecast whether, where and when the event of a scenario happens."
EPILOG = """\
examples:
  python -m forecast.run scenarios/may.yaml --quick         an answer in under a second, fitted from scratch
  python -m forecast.run scenarios/may.yaml                 the whole forecast, into results/may/
  python -m forecast.run scenarios/may.yaml --no-plots      the same without figures, much faster
  python -m forecast.run scenarios/may.yaml --json | jq .p_event

what it writes, each file whole or not at all, forecast.json last:
  forecast.json   P, places, curves by day, diagnostics, facts used
  scenario.yaml   the scenario as the model saw it: what it extends and its facts written out; it can be run again
  posterior.nc    every draw with labels and units; xarray.open_datatree and ArviZ read it (not with --quick, whose
                  draws are made again faster than they are written; in Python, result.posterior has them)
  timeline.png whether.png where.png when.png decay.png priors.png

To change an assumption, write a file that extends another. Three verbs change what is asked:
  assume: another prior, with its own reason      assume: {plans: {leak: {kept: [0.3, 0.8], reason: it was right}}}
  do:     something is set from a date on         do: {stage: {announced: 2025-04-28}}
  given:  we learn part of what happens           given: {no_event_until: 2025-05-05}

The first run of a model fits it (about half a minute); the posterior is stored, so later runs, and scenarios that
differ only after the as-of date, take a second. The store is $FORECAST_STORE, or the folder `forecast` in your cache.

exit codes: 0 done; 2 the input cannot be used (the message says where and why); 3 the fit failed its gate
"""

DRAWS_MOST = 100_000  # of a chain: the curves of four take a gigabyte


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of a run."""
    parser.add_argument("scenario", type=Path, metavar="SCENARIO.yaml", help="the scenario file")
    parser.add_argument(
        "--out",
        type=given_path,
        metavar="DIR",
        help="where the files go (default: results/<scenario>, or results/<scenario>-quick)",
    )
    add_sampling(parser)
    parser.add_argument("--no-plots", action="store_true", help="leave the figures out")
    parser.add_argument("--json", action="store_true", help="print forecast.json instead of the table")
    parser.add_argument("--fresh", action="store_true", help="fit again even if a posterior is stored")


def add_sampling(parser: argparse.ArgumentParser) -> None:
    """Declare how to sample, as every verb that answers scenarios does."""
    parser.add_argument(
        "--draws", type=count_draws, default=1000, metavar="N", help="draws per chain, of four (default: 1000)"
    )
    parser.add_argument("--seed", type=natural, default=1, metavar="N", help="seed of everything random (default: 1)")
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
    return _read_whole(text, 1, DRAWS_MOST, f"a whole number from 1 to {DRAWS_MOST}")


def natural(text: str) -> int:
    """Read a whole number of at least 0 and of no more than 64 bits, as the sampler takes."""
    return _read_whole(text, 0, 2**64 - 1, "a whole number, 0 or more and below 2**64")


def _read_whole(text: str, least: int, most: int, expected: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 20 and least <= int(text) <= most):
        message = f"expected {expected}; found {shorten(text)!r}"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def given_path(text: str) -> Path:
    """Read a path; an empty one, of a shell's variable that is not set, say, would be the folder one stands in."""
    if not text:
        message = "expected a path; found an empty text"
        raise argparse.ArgumentTypeError(message)
    return Path(text)


def run(options: argparse.Namespace) -> None:
    """Run a scenario and write its results."""
    started = time.perf_counter()

    def report(line: str) -> None:
        print(f"[{time.perf_counter() - started:5.1f} s] {line}", file=sys.stderr, flush=True)

    scenario = load_scenario(options.scenario)
    folder = options.out or Path("results") / (f"{scenario.name}-quick" if options.quick else scenario.name)
    check_folder(folder)
    if late := len(scenario.timeline) + len(scenario.interventions.timeline) - len(scenario.known_entries()):
        report(f"{late} of {len(scenario.timeline)} timeline entries rest on facts not yet public on {scenario.as_of}")
    settings = Settings(draws=options.draws, seed=options.seed)
    engine: Engine = "quick" if options.quick else "nuts"
    result = run_scenario(scenario, settings=settings, engine=engine, fresh=options.fresh, report=report)
    clear_rooms()  # what is rendered can use their memory
    contents = render_files(result, plots=not options.no_plots)
    if "posterior.nc" not in contents and (folder / "posterior.nc").exists():
        report(f"{folder / 'posterior.nc'} is left as it is: it belongs to an earlier run")
    write_batch(folder, contents)
    report(f"{len(contents)} files in {folder}")
    sys.stdout.write(contents["forecast.json"].decode() if options.json else f"{result}\n")


def check_folder(folder: Path) -> None:
    """Refuse a folder that cannot be one, before anything is fitted.

    Raises
    ------
    OutputError
        If something else than a folder stands in the way, or no folder can have such a name.
    """
    try:
        nearest = next(part for part in (folder, *folder.absolute().parents) if part.exists())
    except OSError as error:  # a name too long, or below a folder that may not be looked into
        message = f"cannot write into {folder}: {error.strerror}; choose another with --out"
        raise OutputError(message) from error
    if not nearest.is_dir():
        message = f"cannot write into {folder}: {nearest} is not a folder; choose another with --out"
        raise OutputError(message)


def render_files(result: Forecast, *, plots: bool) -> dict[str, bytes]:
    """Render every file of a result in memory, in the order in which they are to be written."""
    contents = {"scenario.yaml": dump_scenario(result.scenario).encode()}
    if result.fit.entry is not None:  # the quick engine's draws are made again faster than they are written
        contents["posterior.nc"] = result.to_netcdf()
    if plots:
        from forecast.plots import FIGURES, render_figure

        contents |= {f"{name}.png": render_figure(name, result) for name in FIGURES}
    contents["forecast.json"] = (json.dumps(result.to_dict(), indent=1, allow_nan=False) + "\n").encode()
    return contents


def end_with_exit_code(command: Callable[[], None]) -> int:
    """Run a command; turn what it raises on purpose into a message on stderr and an exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal that cannot show a letter gets its code instead
        sys.stdout.reconfigure(errors="backslashreplace")
    atexit.register(gc.freeze)  # the process ends: nothing is left that is worth collecting
    try:
        command()
        sys.stdout.flush()
    except ForecastError as error:
        print(f"{error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:  # the reader of our output has gone
        sys.stderr.close()
        return 0
    except OSError as error:
        if error.filename is not None:
            raise
        print(f"cannot print the answer: {error.strerror} (what goes into files is written)", file=sys.stderr)
        _let_go_of_output()
        return OutputError.exit_code
    except KeyboardInterrupt:
        print("stopped; nothing was written", file=sys.stderr)
        return 130
    return 0


def _let_go_of_output() -> None:
    """Send what is left to be printed nowhere, or Python tries again when it ends, and complains."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def help_formatter(prog: str) -> argparse.HelpFormatter:
    """Fill help to the terminal's width.

    argparse asks shutil for it whenever an option is declared; importing that takes longer than all of the options.
    """
    try:
        columns = int(os.environ["COLUMNS"])
    except (KeyError, ValueError):
        try:
            columns = os.get_terminal_size().columns
        except OSError:
            columns = 80
    return argparse.RawDescriptionHelpFormatter(prog, width=columns - 2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(
        prog="python -m forecast.run",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=help_formatter,
    )
    add_arguments(parser)
    options = parser.parse_args(arguments)
    return end_with_exit_code(lambda: run(options))


if __name__ == "__main__":
    sys.exit(main())
