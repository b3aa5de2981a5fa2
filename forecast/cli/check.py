"""The verb `check`: every problem of a file, what is assumed, and what to look at; nothing is fitted."""

from __future__ import annotations

import argparse
from typing import Any

from forecast.answer import look_over, look_over_ensemble
from forecast.cli.exit import say
from forecast.cli.options import add_scenario, add_verb, load_input_of_any
from forecast.files import render_json
from forecast.scenario import Scenario

EXAMPLES = """\
examples:
  forecast example > visit.yaml                        a question to try it with
  forecast check visit.yaml
  forecast check visit.yaml --json                     for programs: problems with file, line, column, key

exit codes: 0 the file can be run; 2 it cannot (every problem is told, with its place and what would be right)
"""


def declare(verbs: Any) -> None:
    """Declare `check` on the subparsers of the command."""
    parser = add_verb(
        verbs,
        "check",
        check,
        long="Read a scenario and say what is wrong with it, what it assumes and what to look at. Nothing is fitted.",
        more=EXAMPLES,
    )
    add_scenario(parser)
    parser.add_argument("--json", action="store_true", help="print the same as JSON")


def check(options: argparse.Namespace) -> None:
    """Look a scenario over."""
    asked = load_input_of_any(options.scenario)
    found = look_over(asked) if isinstance(asked, Scenario) else look_over_ensemble(asked)
    say(render_json(found.to_dict()).rstrip("\n") if options.json else str(found))
