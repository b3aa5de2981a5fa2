"""Days without news before `as_of`: a closed form, and the forecasts that were made when the silence began."""

from __future__ import annotations

import datetime
import math
from dataclasses import replace

import numpy as np
import pytest
from builders import SURE, day, entered, make_scenario, one_stage, ratio, stay
from scipy.linalg import expm

import forecast
from forecast.inference import open_netcdf
from forecast.model import build_priors, build_timeline, fingerprint_inputs
from forecast.scenario.beliefs import StageBelief
from forecast.scenario.stays import Stay

EVENT, LAPSE, BACK = 1 / 200, 1 / 150, 1 / 400  # a day
HELD, WINDOW = 120, 90  # days
SURELY = 1e10  # so many cases that the shares are known


def case(*, silent=("on",), as_of=10 + HELD):
    """All rates are known; the stage began on day 10."""
    out = EVENT + LAPSE
    scenario = make_scenario(
        {
            "rest": StageBelief(Stay(1 / BACK, SURE / BACK), {"on": SURELY}),
            "on": stay(1 / out, SURE / out, event=EVENT / out * SURELY, rest=LAPSE / out * SURELY),
        },
        seriousness=ratio(SURE, SURE * SURE),
        timeline=[entered(10, "on")], as_of=as_of, until=as_of + WINDOW,
    )  # fmt: skip
    return replace(scenario, question=replace(scenario.question, silent=silent))


def shares(days):
    """Return what silence leaves of being on still, and at rest, of 1 at the beginning."""
    out = EVENT + LAPSE
    on = math.exp(-out * days)
    return on, LAPSE * (math.exp(-BACK * days) - on) / (out - BACK)


def event_by(days, *, on):
    """Return the chance of the event within days of being on, or at rest, by the two-state equations."""
    rates = np.array([[-EVENT - LAPSE, LAPSE], [BACK, -BACK]])
    return 1 - expm(rates * days)[0 if on else 1].sum()


def test_a_stage_that_may_lapse_unseen_has_perhaps_done_so():
    result = forecast.run_scenario(case(), engine="quick")
    on, rest = shares(HELD)
    assert result.still_held == pytest.approx(on / (on + rest), abs=1e-6)
    assert result.still_held == pytest.approx(0.4069, abs=1e-4)
    exact = (on * event_by(WINDOW, on=True) + rest * event_by(WINDOW, on=False)) / (on + rest)
    assert result.p_event.mean == pytest.approx(exact, abs=1e-5)
    assert result.p_event.mean == pytest.approx(0.1361, abs=1e-4)


def test_a_stage_whose_end_would_be_told_still_holds():
    result = forecast.run_scenario(case(silent=()), engine="quick")
    assert result.still_held == 1
    assert result.p_event.mean == pytest.approx(event_by(WINDOW, on=True), abs=1e-5)


def test_what_silence_did_is_told():
    result = forecast.run_scenario(case(), engine="quick")
    on, _ = shares(HELD)
    out = np.array([[-EVENT - LAPSE, EVENT + LAPSE], [BACK, -BACK]])  # an event before the window does not use it up
    before = expm(out * HELD)[0] @ [event_by(WINDOW, on=True), event_by(WINDOW, on=False)]
    assert result.before_silence == pytest.approx(before, abs=1e-5)
    text = str(result)
    assert "stage today: on, since 2020-01-11; still under way with probability 0.41" in text
    told = f"asked then, P of this same window was {before:.2f}; now it is 0.14"
    assert f"120 days without news since 2020-01-11: {told}" in text
    plain = result.to_dict()
    assert plain["stage_today"]["holds"] == pytest.approx(0.4069, abs=1e-4)
    assert plain["silence"]["days"] == HELD
    assert on < plain["stage_today"]["holds"]


def test_where_there_was_news_today_nothing_is_told_of_silence():
    result = forecast.run_scenario(case(as_of=10), engine="quick")
    assert "without news" not in str(result)
    assert "silence" not in result.to_dict()


@pytest.fixture(scope="module")
def early():
    """The flagship on a day of news."""
    return forecast.run_scenario("scenarios/may.yaml", engine="quick")


@pytest.mark.parametrize(
    "passed", [*range(5, 65, 15), *(pytest.param(n, marks=pytest.mark.slow) for n in range(3, 63, 3))]
)
def test_a_later_forecast_without_news_is_the_one_that_was_foreseen(early, passed):
    as_of = early.scenario.as_of + datetime.timedelta(days=passed)
    later = forecast.run_scenario(early.scenario.at(as_of=as_of), engine="quick")
    foreseen = early.decay.silence.mean[passed]
    assert later.p_event.mean == pytest.approx(foreseen, abs=1e-9)  # by the same draws, so without Monte Carlo error
    assert later.fit.fingerprint == early.fit.fingerprint


def test_quiet_days_need_no_other_fit():
    may = forecast.load_scenario("scenarios/may.yaml")
    prints = set()
    for as_of in ("2025-03-28", "2025-04-20", "2025-05-30"):
        known = may.at(as_of=as_of).known()
        timeline = build_timeline(known)
        prints.add(fingerprint_inputs(timeline, build_priors(known, timeline), {}))
    assert len(prints) == 1


def test_futures_begin_where_silence_leaves_the_episode():
    result = forecast.run_scenario(case(), engine="quick")
    drawn = (result.paths.day > 0).mean()
    assert drawn == pytest.approx(result.p_event.mean, abs=4 * math.sqrt(0.14 * 0.86 / 4_000))


def test_a_stage_that_ends_in_public_is_looked_back_on_by_its_exposure():
    """The same draws, taken back to the day of news, agree with a run as of that day."""
    scenario = case(silent=(), as_of=40)
    result = forecast.run_scenario(scenario, engine="quick")
    early = scenario.at(as_of=day(10), window=(day(41), scenario.window.until))
    assert result.before_silence == pytest.approx(forecast.run_scenario(early, engine="quick").p_event.mean, abs=1e-5)


def test_a_silence_that_hardly_any_draw_allows_tells_of_no_p_before():
    """Stays are of five days and the last news is of years ago: its chance is too small for a number."""
    scenario = one_stage(stay_days=(5, 5 * SURE), as_of=5_000, until=5_010)
    result = forecast.run_scenario(scenario, engine="quick")
    assert result.before_silence is None
    assert "5000 days without news since 2020-01-01\n" in str(result)
    assert result.to_dict()["silence"]["p_event_before"] is None


def test_the_draws_are_dated_by_the_answer_and_not_by_the_fit(may):
    """A fit of an earlier day serves; what is written with the answer is of its own day."""
    later = may.scenario.at(as_of="2025-04-10")
    result = forecast.run_scenario(later, posterior=may.fit)
    with open_netcdf(result.to_netcdf()) as file:
        assert file.attrs["as_of"] == "2025-04-10"
