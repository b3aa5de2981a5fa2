"""What anybody would write: import PyMC, build the model of a scenario, call pm.sample. No forecast, no files."""

import sys

import pymc as pm

from forecast.inference import TARGET_ACCEPTS, Settings
from forecast.load import load_scenario
from forecast.model import build_model
from forecast.priors import build_priors
from forecast.timeline import build_timeline

if __name__ == "__main__":
    scenario = load_scenario(sys.argv[1])
    timeline = build_timeline(scenario)
    settings = Settings()
    with build_model(timeline, build_priors(scenario, timeline)):
        pm.sample(
            settings.draws,
            tune=settings.tune,
            chains=settings.chains,
            random_seed=settings.seed,
            target_accept=TARGET_ACCEPTS[0],
            progressbar=False,
        )
