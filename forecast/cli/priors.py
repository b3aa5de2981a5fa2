"""The verb `priors`: each prior in words, what it implies, what was learned."""

from __future__ import annotations

import argparse
from typing import Any

from forecast.answer import summarise_priors
from forecast.cli.exit import say
from forecast.cli.options import add_draws, add_scenario, add_seed, add_verb, load_input
from forecast.inference import Settings
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
        long="Show each prior in words, what it implies beside the record,\n"
        "and the posterior, if forecast run has stored it with the same --draws and --seed.",
        more=EXAMPLES,
    )
    add_scenario(parser)
    add_draws(parser)
    add_seed(parser)


def print_priors(options: argparse.Namespace) -> None:
    """Show each prior in words, what it implies beside the record, and the posterior once there is one."""
    scenario = load_input(options.scenario)
    found = summarise_priors(scenario, Settings(draws=options.draws, seed=options.seed))
    say(
        render_priors(
            scenario,
            before=found.before,
            after=found.after,
            implied=found.implied,
            contradicted=found.contradicted,
            sketches=found.sketches,
        )
    )
