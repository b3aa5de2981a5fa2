"""The way of P by news: sums, the forecast's own numbers, and what was expected."""

from __future__ import annotations

import datetime
import math

import pytest
from builders import SURE, condition, day, entered, happened, lasting, make_scenario, ratio, stay

import forecast
from forecast.errors import InputError
from forecast.explore.news import find_start, trace_news
from forecast.inference.settings import Settings

SETTINGS = Settings(draws=100)


@pytest.fixture(scope="module")
def may():
    scenario = forecast.load_scenario("scenarios/may.yaml")
    return scenario, trace_news(scenario, since=datetime.date(2025, 3, 1), settings=SETTINGS)


def sure_stages(**rest):
    """Wait 30 days for an invitation, and 20 for what comes of it: the event, or announcements that lapse."""
    stages = {
        "quiet": stay(30, 30 * SURE, invited=1),
        "invited": stay(20, 20 * SURE, event=1e6, announced=1e6),
        "announced": stay(10, 10 * SURE, quiet=1e6, event=1e6),
    }
    return make_scenario(stages, seriousness=ratio(1.0001, 1.0002), **rest)


def test_the_parts_sum_to_the_whole(may):
    _, news = may
    parts = [part for row in news.rows for part in (row.time, row.impact)]
    assert math.fsum([*parts, news.time_after]) == pytest.approx(news.p_end - news.p_start, abs=1e-12)
    assert news.time + news.impact == pytest.approx(news.p_end - news.p_start, abs=1e-12)


def test_each_p_is_the_forecasts_own(may):
    scenario, news = may
    days = {row.day: row.p_after for row in news.rows[-2:]}
    days[news.rows[-1].day - datetime.timedelta(days=1)] = news.rows[-1].p_before
    window = (scenario.window.start, scenario.window.until)
    for as_of, p in days.items():
        result = forecast.run_scenario(scenario.at(as_of=as_of, window=window), engine="quick", settings=SETTINGS)
        assert p == pytest.approx(result.p_event.mean, abs=1e-12)


def test_days_and_facts_are_those_that_the_forecast_rests_on(may):
    scenario, news = may
    cited = scenario.known().cited
    expected = {fact.public for fact in scenario.facts.values() if fact.id in cited}
    expected = {public for public in expected if datetime.date(2025, 3, 1) < public <= scenario.as_of}
    assert {row.day for row in news.rows} == expected
    for row in news.rows:
        assert {scenario.facts[name].public for name in row.facts} == {row.day}
        assert set(row.sources) >= {scenario.facts[name].source for name in row.facts}
    (step,) = news.rows[-1].steps
    assert step.says == "preparing is entered"
    assert news.rows[-1].surprise == pytest.approx(-math.log2(step.chance))


def test_what_was_expected_has_closed_forms():
    timeline = [entered(12, "invited"), entered(20, "announced"), happened(25, "here")]
    news = trace_news(sure_stages(timeline=timeline, as_of=40, until=60), since=day(0), settings=SETTINGS)
    invited, announced, came = news.rows
    assert invited.expected == pytest.approx(1 - math.exp(-12 / 30), abs=0.002)
    assert invited.silence == pytest.approx(math.exp(-12 / 30), abs=0.002)
    assert announced.expected == pytest.approx((1 - math.exp(-8 / 20)) / 2, abs=0.002)
    assert announced.silence == pytest.approx(math.exp(-8 / 20), abs=0.002)
    assert came.steps[0].says == "the event, by here"
    assert came.expected == pytest.approx((1 - math.exp(-5 / 10)) / 2, abs=0.002)


def test_before_and_after_have_closed_forms():
    """From rest the event needs two steps of known rates, the first news takes one of them away."""
    stages = {"quiet": stay(30, 30 * SURE, active=1), "active": stay(20, 20 * SURE, event=1)}
    scenario = make_scenario(
        stages, seriousness=ratio(1.0001, 1.0002), timeline=[entered(10, "active")], as_of=10, until=50
    )
    (row,) = trace_news(scenario, since=day(0), settings=SETTINGS).rows

    def both(days):  # a sum of two exponentials
        return 1 - (30 * math.exp(-days / 30) - 20 * math.exp(-days / 20)) / (30 - 20)

    assert row.p_after == pytest.approx(1 - math.exp(-40 / 20), abs=0.002)
    assert row.p_before == pytest.approx(both(41), abs=0.003)  # from the evening of day 9 on


def test_a_lapse_that_nobody_need_announce_is_not_foretold():
    timeline = [entered(12, "invited"), entered(20, "announced"), entered(30, "quiet")]
    for silent, is_foretold in (((), True), (("announced",), False)):
        scenario = sure_stages(timeline=timeline, as_of=40, until=60, silent=silent)
        *_, lapse = trace_news(scenario, since=day(0), settings=SETTINGS).rows
        assert lapse.steps[0].says == "a lapse to quiet"
        assert (lapse.expected is not None) == is_foretold


def test_a_condition_that_ends_was_foretold():
    timeline = [condition("sealed", 10, None, public=10), condition("sealed", None, 30, public=30)]
    lasts = {"sealed": lasting(40, 40 * SURE)}
    scenario = sure_stages(timeline=timeline, ratios={"sealed": ratio(0.1, 0.5)}, conditions=lasts, as_of=40, until=60)
    began, ended = trace_news(scenario, since=day(0), settings=SETTINGS).rows
    assert (began.steps[0].says, began.expected) == ("sealed begins", None)
    assert ended.steps[0].says == "sealed ends"
    assert ended.expected == pytest.approx(1 - math.exp(-20 / 40), abs=1e-6)


def test_news_begins_on_the_eve_of_the_episode():
    timeline = [entered(12, "invited"), happened(25, "here"), entered(50, "invited"), entered(60, "announced")]
    assert find_start(sure_stages(timeline=timeline, as_of=70, until=90)) == day(49)
    assert find_start(sure_stages(timeline=timeline[:2], as_of=40, until=90)) == day(0)
    assert find_start(sure_stages(timeline=timeline[:2], as_of=500, until=600)) == day(500 - 365)


@pytest.mark.parametrize("since", [day(-1), day(41)])
def test_a_day_outside_the_record_is_refused(since):
    with pytest.raises(InputError, match="history_from"):
        trace_news(sure_stages(as_of=40, until=60), since=since, settings=SETTINGS)
