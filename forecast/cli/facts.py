"""The verb `facts`: every fact that was public, and what it does."""

from __future__ import annotations

import argparse
import datetime
from dataclasses import replace
from typing import Any

from forecast.cli.exit import say
from forecast.cli.options import add_scenario, add_verb, date, load_input_of_any
from forecast.document import edit_ensemble
from forecast.report import render_facts
from forecast.scenario import Ensemble, Scenario, ScenarioRecord

EXAMPLES = """\
examples:
  forecast example > visit.yaml                        a question to try it with
  forecast facts visit.yaml
  forecast facts visit.yaml --as-of 2023-01-31         what was public then
"""


def declare(verbs: Any) -> None:
    """Declare `facts` on the subparsers of the command."""
    parser = add_verb(
        verbs,
        "facts",
        print_facts,
        long="List facts, their sources and what each does.",
        more=EXAMPLES,
    )
    add_scenario(parser)
    parser.add_argument("--as-of", type=date, metavar="DATE", help="show what was public on this day instead")


def print_facts(options: argparse.Namespace) -> None:
    """List the facts of a file, their sources and what each does."""
    say(render_facts(move_as_of(load_input_of_any(options.scenario), options.as_of)))


def move_as_of(scenario: Scenario | Ensemble, day: datetime.date | None) -> ScenarioRecord | Ensemble:
    """Return a file as of another day; what was public then can be told even where no forecast can be made."""
    if day is None:
        return scenario
    if isinstance(scenario, Ensemble):
        return edit_ensemble(scenario, {("as_of",): day.isoformat()})
    return replace(scenario.record(), as_of=day)
