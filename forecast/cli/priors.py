"""The verb `priors`: each prior in words, what it implies, what was learned."""

from __future__ import annotations

import argparse
from typing import Any

from forecast.cli.options import add_scenario, add_verb
from forecast.document import load_scenario
from forecast.inference import Settings, find_posterior
from forecast.model import PRIOR_DRAWS, build_priors, build_timeline, draw_priors, simulate_histories
from forecast.report import render_priors


def declare(verbs: Any) -> None:
    """Declare `priors` on the subparsers of the command."""
    parser = add_verb(
        verbs,
        "priors",
        print_priors,
        short="show the priors in words",
        long="Show each prior in words, what it implies beside the record,\nand the posterior, if it is stored.",
    )
    add_scenario(parser)


def print_priors(options: argparse.Namespace) -> None:
    """Show each prior in words, what it implies beside the record, and the posterior once there is one."""
    scenario = load_scenario(options.scenario)
    timeline = build_timeline(scenario.known())
    priors = build_priors(scenario.known(), timeline)
    posterior = find_posterior(timeline, priors, Settings())
    if posterior is not None:
        prior, histories = posterior.prior, posterior.prior_predictive
    else:
        import numpy as np

        rng = np.random.default_rng(1)
        prior = draw_priors(priors, PRIOR_DRAWS, rng)
        histories = simulate_histories(timeline, prior, rng)
    draws = posterior.draws if posterior else None
    print(render_priors(scenario, timeline, prior=prior, histories=histories, posterior=draws))
