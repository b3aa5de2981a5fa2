"""The verb `facts`: every fact that was public, and what it does."""

from __future__ import annotations

import argparse
import datetime
from typing import Any

from forecast.cli.exit import say
from forecast.cli.options import add_scenario, add_verb, date, load_input
from forecast.report import render_facts
from forecast.scenario import Scenario

LAST = datetime.date.max - datetime.timedelta(days=1)


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
    say(render_facts(move_as_of(load_input(options.scenario), options.as_of)))


def move_as_of(scenario: Scenario, day: datetime.date | None) -> Scenario:
    """Return the scenario as of another day, with a window that does not end before it."""
    if day is None:
        return scenario
    return scenario.at(as_of=day, window=max(scenario.window.until, min(day, LAST) + datetime.timedelta(days=1)))
