"""What anybody would write: import PyMC, build the model of a scenario, call pm.sample. No forecast, no files."""

import sys

import pymc as pm

from forecast.document import load_scenario
from forecast.inference import TARGET_ACCEPTS, Settings
from forecast.model import build_priors, build_pymc_model, build_timeline
from forecast.scenario import Scenario


def sample(scenario: Scenario) -> None:
    """Build the model and sample it with the settings of a run."""
    timeline, settings = build_timeline(scenario.known()), Settings()
    with build_pymc_model(timeline, build_priors(scenario.known(), timeline)):
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
