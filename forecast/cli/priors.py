"""The verb `priors`: each prior in words, what it implies, what was learned."""

from __future__ import annotations

import argparse
from typing import Any

from forecast.answer import summarise_priors
from forecast.cli.exit import say
from forecast.cli.options import add_scenario, add_verb, load_input
from forecast.report import render_priors

EXAMPLES = """\
examples:
  forecast example > visit.yaml                        a question to try it with
  forecast priors visit.yaml
"""


def declare(verbs: Any) -> None:
    """Declare `priors` on the subparsers of the command."""
    parser = add_verb(
        verbs,
        "priors",
        print_priors,
        long="Show each prior in words, what it implies beside the record,\nand the posterior, if it is stored.",
        more=EXAMPLES,
    )
    add_scenario(parser)


def print_priors(options: argparse.Namespace) -> None:
    """Show each prior in words, what it implies beside the record, and the posterior once there is one."""
    scenario = load_input(options.scenario)
    found = summarise_priors(scenario)
    say(render_priors(scenario, before=found.before, after=found.after, implied=found.implied))
