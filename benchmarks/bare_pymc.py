"""What anybody would write: import PyMC, build the model of a scenario, call pm.sample. No forecast, no files."""

import sys

import pymc as pm

from forecast.inference import TARGET_ACCEPTS, Settings
from forecast.load import load_scenario
from forecast.model import build_model
from forecast.priors import build_priors
from forecast.scenario import Scenario
from forecast.timeline import build_timeline


def sample(scenario: Scenario) -> None:
    """Build the model and sample it with the settings of a run."""
    timeline, settings = build_timeline(scenario), Settings()
    with build_model(timeline, build_priors(scenario, timeline)):
        pm.sample(
            settings.draws,
            tune=settings.tune,
            chains=settings.chains,
            random_seed=settings.seed,
            target_accept=TARGET_ACCEPTS[0],
            progressbar=False,
        )


if __name__ == "__main__":
    sample(load_scenario(sys.argv[1]))
