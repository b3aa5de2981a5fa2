"""The verb `facts`: every fact that was public, and what it does."""

from __future__ import annotations

import argparse
import datetime
from dataclasses import replace
from typing import Any

from forecast.cli.options import add_scenario, add_verb, date
from forecast.document import load_scenario
from forecast.report import render_facts
from forecast.scenario import Scenario


def declare(verbs: Any) -> None:
    """Declare `facts` on the subparsers of the command."""
    parser = add_verb(
        verbs,
        "facts",
        print_facts,
        short="list the facts and what each does",
        long="List facts, their sources and what each does.",
    )
    add_scenario(parser)
    parser.add_argument("--as-of", type=date, metavar="DATE", help="show what was public on this day instead")


def print_facts(options: argparse.Namespace) -> None:
    """List the facts of a scenario, their sources and what each does."""
    print(render_facts(move_as_of(load_scenario(options.scenario), options.as_of)))


def move_as_of(scenario: Scenario, day: datetime.date | None) -> Scenario:
    """Return the scenario as of another day."""
    return scenario if day is None else replace(scenario, as_of=day)
