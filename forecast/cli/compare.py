"""The verb `compare`: scenarios side by side, as a table, a figure and a file."""

from __future__ import annotations

import argparse
import json
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from forecast.cli.exit import say
from forecast.cli.options import add_format, add_sampling, add_verb, check_folder, given_path, load_input_of_any
from forecast.errors import InputError, OutputError, Problem
from forecast.explore import compare_scenarios
from forecast.files import check_signed, render_json, sign_figure, write_batch
from forecast.inference import Settings
from forecast.scenario import AnyScenario

logger = logging.getLogger(__name__)

OWNER = "comparison"  # what its figure is signed by
DESCRIPTION = """\
Lay scenarios side by side: P of each with its interval, by place, the median day of the event if it happens, the
difference to the first with its Monte Carlo error, and the keys in which they differ.
"""
EPILOG = """\
examples:
  forecast example > visit.yaml                        a question to try it with
  printf 'extends: visit.yaml\\nwindow: {until: 2025-12-31}\\n' > longer.yaml
  forecast compare visit.yaml longer.yaml --quick
  forecast compare *.yaml --baseline visit

The first scenario, or that of --baseline, is the one that the others are compared with. Scenarios that differ only
after the as-of date share a fit: their difference is that of the same draws, and far more certain than either P.
Other fits are marked *.

what it writes, each file whole or not at all, compare.json last:
  compare.png     P of each by place, with its interval and the range over other readings
  compare.json    the same as numbers, with every key that differs

exit codes: 0 done; 2 the input cannot be used (all messages at once); 3 a fit failed its gate (the message says whose)
"""


def declare(verbs: Any) -> None:
    """Declare `compare` on the subparsers of the command."""
    comparing = add_verb(verbs, "compare", compare, long=DESCRIPTION, more=EPILOG)
    comparing.add_argument("scenarios", type=Path, nargs="+", metavar="SCENARIO.yaml", help="scenario files")
    comparing.add_argument(
        "--out",
        type=given_path,
        metavar="DIR",
        help="where the files go (default: results/compare, or results/compare-quick)",
    )
    comparing.add_argument(
        "--baseline",
        metavar="NAME",
        help="name of the scenario that the others are compared with, as the table has it (default: the first file's)",
    )
    add_sampling(comparing)
    add_format(comparing)
    comparing.add_argument("--json", action="store_true", help="print compare.json instead of the table")


def compare(options: argparse.Namespace) -> None:
    """Compare scenarios and write figure and file."""
    scenarios = load_scenarios(options.scenarios)
    folder = options.out or Path("results") / ("compare-quick" if options.quick else "compare")
    check_folder(folder)
    figure = f"compare.{options.format}"
    check_files(folder, figure)
    settings = Settings(draws=options.draws, seed=options.seed)
    comparison = compare_scenarios(
        scenarios, baseline=options.baseline, settings=settings, engine="quick" if options.quick else "nuts"
    )
    content = render_json(comparison.to_dict())
    from forecast.plots import render_axes

    check_files(folder, figure)
    drawn = sign_figure(render_axes(comparison.plot(), options.format), OWNER)
    write_batch(folder, {figure: drawn, "compare.json": content.encode()})
    logger.info(f"2 files in {folder}")
    say(content.rstrip("\n") if options.json else str(comparison))


def check_files(folder: Path, figure: str) -> None:
    """Refuse to replace files that no comparison has made.

    Raises
    ------
    OutputError
    """
    check_signed(folder / figure, OWNER)
    path = folder / "compare.json"
    try:
        found = json.loads(path.read_bytes()) if path.is_file() else {} if os.path.lexists(path) else None
    except (OSError, ValueError, RecursionError):
        found = {}
    if found is not None and not (isinstance(found, dict) and found.keys() >= {"schema", "title", "scenarios"}):
        message = f"cannot write {path}: what lies there was made by no comparison, and would be lost"
        raise OutputError(f"{message}; choose another folder with --out")  # noqa: EM102


def load_scenarios(paths: Sequence[Path]) -> list[AnyScenario]:
    """Load every scenario.

    Raises
    ------
    InputError
        With what is wrong in any of the files; what they share is told once.
    """
    scenarios: list[AnyScenario] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            scenarios.append(load_input_of_any(path))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(dict.fromkeys(problems))
    return scenarios
