"""What the record taught, against quadrature, and whose spread a band is, where that is known."""

from __future__ import annotations

import numpy as np
import pytest
from builders import SURE, entered, happened, kept, make_scenario, one_stage, planned, prior_as_posterior, ratio, stay

from forecast.answer.run import draw_posterior
from forecast.explore.learned import LUCK, REST, find_learned
from forecast.inference.settings import Settings
from forecast.model.timeline import build_timeline


def learn(scenario, posterior=None):
    posterior = posterior or draw_posterior(scenario, engine="quick", settings=Settings(draws=1000))
    return find_learned(build_timeline(scenario.known()), posterior)


def test_contraction_is_that_of_quadrature():
    """One rate, three events in 300 days: the variance of log m by its density on a grid."""
    lo, hi = 20.0, 800.0
    timeline = [happened(day, "here") for day in (50, 120, 260)]
    found = learn(one_stage(stay_days=(lo, hi), timeline=timeline, as_of=300, until=330))
    (row,) = found.rows
    mean, sd = np.log(lo * hi) / 2, np.log(hi / lo) / (2 * 1.6448536)
    x = np.linspace(mean - 6 * sd, mean + 6 * sd, 20_001)
    day = -np.expm1(-np.exp(-x))  # of the event, by its day; the other days count as exposure
    log = -0.5 * ((x - mean) / sd) ** 2 + 3 * np.log(day) - 297 * np.exp(-x)
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    variance = weight @ (x - weight @ x) ** 2
    assert row.contraction == pytest.approx(1 - variance / sd**2, abs=0.02)
    assert row.label == "stay waiting"
    assert found.taught == pytest.approx(row.contraction)
    assert (found.stage, found.days, found.steps) == ("waiting", 300, 3)


def test_without_a_record_nothing_is_learned():
    found = learn(one_stage(until=30), prior_as_posterior(one_stage(until=30), draws=4000))
    assert found.taught == pytest.approx(0, abs=0.05)
    assert found.days == 0


def test_the_stage_of_today_may_have_no_day():
    stages = {"quiet": stay(20, 200, active=1), "active": stay(5, 60, event=1, quiet=1)}
    found = learn(make_scenario(stages, timeline=[entered(100, "active")], as_of=100, until=130))
    assert (found.stage, found.days, found.steps) == ("active", 0, 0)
    assert found.rows[0].label == "stay quiet"


@pytest.mark.parametrize(
    ("group", "sure", "rest"),
    [
        ("stays", (30, 30 * 4), {}),
        (LUCK, (60, 60 * SURE), {"seriousness": ratio(2.5, 2.5 * SURE)}),
        ("plans", (5000, 5000 * SURE), {"plans": {"plan": kept(0.1, 0.7)}, "timeline": [planned("plan", 15, 20)]}),
    ],
)
def test_the_one_thing_that_is_not_known_has_all_the_spread(group, sure, rest):
    stages = {"quiet": stay(1e6, 1e6 * SURE, active=1), "active": stay(*sure, event=1)}
    usual = {"seriousness": ratio(1.0001, 1.0001 * SURE), "as_of": 10, "until": 40}
    timeline = [entered(10, "active"), *rest.pop("timeline", [])]
    scenario = make_scenario(stages, timeline=timeline, **usual | rest)
    found = learn(scenario, prior_as_posterior(scenario, draws=2000))
    assert found.spread[group] > 0.97
    assert sum(found.spread.values()) == pytest.approx(1)
    assert abs(found.spread[REST]) < 0.03


def test_shares_are_those_of_a_sum_of_two():
    """Two plans that exclude each other in time: the spread of P is that of both, by their variances."""
    stages = {"quiet": stay(1e6, 1e6 * SURE, active=1), "active": stay(1e6, 1e6 * SURE, event=1)}
    scenario = make_scenario(
        stages, seriousness=ratio(1.0001, 1.0001 * SURE), as_of=10, until=40,
        plans={"wide": kept(0.01, 0.3), "narrow": kept(0.1, 0.12)},
        timeline=[entered(10, "active"), planned("wide", 12, 14), planned("narrow", 20, 22, alongside=True)],
    )  # fmt: skip
    found = learn(scenario, prior_as_posterior(scenario, draws=2000))
    assert found.spread["plans"] > 0.97
    assert found.spread["stays"] < 0.02
