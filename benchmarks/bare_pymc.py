"""What anybody would write: import PyMC, build the model of a scenario, call pm.sample. No forecast, no files."""

import sys

import pymc as pm

from forecast.answer.families import build_family
from forecast.document import load_question
from forecast.inference import TARGET_ACCEPTS, Settings
from forecast.model import ParameterPriors, Timeline, build_priors, build_pymc_model, build_timeline
from forecast.scenario import Scenario
from forecast.scenario.ensemble import Family


def sample(scenario: Scenario) -> None:
    """Build the model and sample it with the settings of a run."""
    timeline = build_timeline(scenario.known())
    _sample(timeline, build_priors(scenario.known(), timeline))


def sample_family(family: Family) -> None:
    """Do the same for a family of timelines."""
    _, pooled, priors = build_family(family)
    _sample(pooled, priors)


def _sample(timeline: Timeline, priors: ParameterPriors) -> None:
    settings = Settings()
    with build_pymc_model(timeline, priors):
        pm.sample(
            settings.draws,
            tune=settings.tune,
            chains=settings.chains,
            random_seed=settings.seed,
            target_accept=TARGET_ACCEPTS[0],
            progressbar=False,
        )


if __name__ == "__main__":
    question = load_question(sys.argv[1])
    if isinstance(question, Scenario):
        sample(question)
    else:
        for each in question.families:
            sample_family(each)
