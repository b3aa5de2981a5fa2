"""The verb `diff`: what changed between two forecasts, and how much of the change in P each change made."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forecast.cli.exit import say
from forecast.cli.options import add_draws, add_seed, add_verb, date, load_input
from forecast.errors import InputError, Problem
from forecast.files import render_json

if TYPE_CHECKING:
    from forecast.scenario import Scenario

DIFF = """\
What changed between two forecasts, and how much of the change in P each change made: what became public between the
as-of dates and time passing, facts and what they mean, priors, the question and its window, what is set, what is given,
in that order. The parts sum to the whole."""
DIFF_MORE = """\
examples:
  forecast example > visit.yaml                        a question to try it with
  forecast diff visit.yaml --as-of 2024-03-01 2024-06-01
  printf 'extends: visit.yaml\\nwindow: {until: 2025-12-31}\\n' > longer.yaml
  forecast diff visit.yaml longer.yaml

A and B are scenario files or folders of results, such as results/may. Of folders P is that of the runs; what their own
draws make of it beside the quick engine's is a part of its own.

exit codes: 0 done; 2 the input cannot be used (the message says where and why); 3 the quick engine has no answer
"""


DRAWS = 250  # a thousand in all, on each step of the way


def declare(verbs: Any) -> None:
    """Declare `diff` on the subparsers of the command."""
    parser = add_verb(verbs, "diff", diff, long=DIFF, more=DIFF_MORE)
    parser.add_argument("first", type=Path, metavar="A", help="the first: a scenario file, or a folder of results")
    parser.add_argument("second", type=Path, nargs="?", metavar="B", help="the second; the same file unless given")
    parser.add_argument(
        "--as-of", type=date, nargs=2, metavar=("DATE", "DATE"), help="the days on which each is looked at"
    )
    add_draws(parser, DRAWS)
    add_seed(parser)
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")


def diff(options: argparse.Namespace) -> None:
    """Compare two forecasts and show what changed."""
    from forecast.explore import diff_scenarios

    if options.second is None and not options.as_of:
        message = "expected a second file or folder, or --as-of with two days; found one forecast alone"
        raise InputError([Problem((), message)])
    paths = [options.first, options.second or options.first]
    sources: list[Any] = [path if path.is_dir() else load_input(path) for path in paths]
    if options.as_of:
        if any(path.is_dir() for path in paths):
            message = "expected scenario files beside --as-of, because a folder of results is of one day"
            raise InputError([Problem((), message)])
        scenarios: list[Scenario] = sources
        sources = [scenario.at(as_of=day) for scenario, day in zip(scenarios, options.as_of, strict=True)]
    found = diff_scenarios(*sources, draws=options.draws, seed=options.seed)
    say(render_json(found.to_dict()).rstrip("\n") if options.json else str(found))
