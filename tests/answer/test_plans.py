"""What past plans teach of the next one: kept or not, on whichever day; against quadrature and the Beta function."""

from __future__ import annotations

import numpy as np
import pytest
from builders import NEVER, Z95, entered, happened, kept, make_scenario, one_stage, planned, ratio, stay
from scipy.special import expit, logit

import forecast
from forecast.inference import Settings

LO, HI = 0.2, 0.995  # 90% prior interval of the chance that a plan is kept
GAP = 60  # days from one plan to the next


def predictive(held, broken):
    """Return the chance that the next plan is kept, by quadrature over the logit-normal prior."""
    mean, sd = (logit(LO) + logit(HI)) / 2, (logit(HI) - logit(LO)) / (2 * Z95)
    z = np.linspace(-9, 9, 20_001)
    chance = expit(mean + sd * z)
    weight = np.exp(-0.5 * z**2) * chance**held * expit(-(mean + sd * z)) ** broken
    return (weight * chance).sum() / weight.sum()


def history(held, broken, length, on):
    """Return a record of plans of `length` days, of which some came true on day number `on` of theirs."""
    entries = []
    for number in range(held + broken):
        first = GAP * number + 2
        entries.append(planned("claim", first, first + length - 1, public=first - 1))
        if number >= broken:
            entries.append(happened(first + on - 1, "here"))
    as_of = GAP * (held + broken) + 1
    entries.append(planned("claim", as_of + 1, as_of + length, public=as_of))
    return one_stage(
        stay_days=NEVER, plans={"claim": kept(LO, HI)}, timeline=entries, as_of=as_of, until=as_of + length + 5
    )


@pytest.mark.parametrize(
    ("held", "broken", "length", "on"),
    [(40, 0, 1, 1), (36, 4, 1, 1), (40, 0, 7, 7), (40, 0, 7, 1), (36, 4, 7, 4), (2, 1, 40, 33), (0, 3, 5, 1)],
)
def test_a_plan_is_judged_by_whether_it_was_kept(held, broken, length, on):
    exact = predictive(held, broken)
    result = forecast.run_scenario(history(held, broken, length, on), engine="quick", settings=Settings(draws=2_000))
    assert result.p_event.mean == pytest.approx(exact, abs=4 * result.p_event.mcse + 1e-6)
    assert result.p_event.mcse < 0.004


def test_the_right_values_are_those_of_the_cases():
    assert predictive(40, 0) == pytest.approx(0.98, abs=0.006)
    assert predictive(36, 4) == pytest.approx(0.90, abs=0.006)


@pytest.mark.parametrize("broken", [0, 2])
def test_a_plan_teaches_from_a_stage_that_has_no_other_way_to_the_event(broken):
    """Each episode is invited and then named a day; only a plan can bring the event, before as_of as after it."""
    record = []
    for number in range(broken + 2):
        first = GAP * number + 2
        record += [entered(first - 1, "invited"), planned("claim", first + 9, first + 11, public=first)]
        record += [entered(first + 20, "quiet") if number < broken else happened(first + 10, "here")]
    record = record[:-1]  # the last of them is to come
    scenario = make_scenario(
        {"quiet": stay(*NEVER, invited=1), "invited": stay(*NEVER, quiet=1)},
        plans={"claim": kept(LO, HI)}, seriousness=ratio(1, 1), timeline=record,
        as_of=GAP * (broken + 1) + 2, until=GAP * (broken + 1) + 30,
    )  # fmt: skip
    result = forecast.run_scenario(scenario, engine="quick", settings=Settings(draws=2_000))
    assert result.p_event.mean == pytest.approx(predictive(1, broken), abs=4 * result.p_event.mcse + 1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("broken", [0, 4])
def test_nuts_judges_the_same(broken):
    scenario = history(40 - broken, broken, 7, 7)
    result = forecast.run_scenario(scenario, fresh=True)
    assert result.engine == "nuts"
    error = 4 * result.p_event.mcse + 2e-4  # control variates are exact to first order, which is all that is left here
    assert result.p_event.mean == pytest.approx(predictive(40 - broken, broken), abs=error)
