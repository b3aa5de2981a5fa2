"""Which source moved P: a world in which one carries all the news, sums, and what dropping an end must not mean."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from builders import condition, entered, lasting, make_scenario, one_stage, ratio, stay

from forecast.errors import InputError, Problem
from forecast.explore import shapley, sources
from forecast.explore.explain import find_level
from forecast.explore.sources import weigh_sources
from forecast.inference.common import CommonDraws, WeightedDraws
from forecast.inference.settings import Settings
from forecast.scenario.facts import Fact, Source

SETTINGS = Settings(draws=250)
STAGES = {"quiet": stay(100, 1000, invited=1), "invited": stay(20, 200, event=2, quiet=1)}


def weigh(scenario, draws=200):
    return weigh_sources(scenario, find_level(scenario, SETTINGS), draws=draws)


def told(scenario, told_by, idle=()):
    """Tell which source states the fact of each day, and add sources whose facts change nothing."""
    facts = {
        name: replace(fact, source=told_by.get(int(name.removeprefix("public-")), "us"))
        for name, fact in scenario.facts.items()
    }
    facts |= {f"talk-of-{name}": Fact(f"talk-of-{name}", "people talk", name, scenario.as_of) for name in idle}
    first = scenario.question.stages[0]
    prior = scenario.priors.stages[first]
    prior = replace(prior, because=(*prior.because, *(f"talk-of-{name}" for name in idle)))
    priors = replace(scenario.priors, stages={**scenario.priors.stages, first: prior})
    return replace(scenario, facts=facts, priors=priors)


@pytest.fixture(scope="module")
def news():
    scenario = make_scenario(STAGES, timeline=[entered(190, "invited")], as_of=200, until=260)
    return told(scenario, {190: "them"}, idle=["others"])


def test_the_source_that_carries_all_news_gets_all_the_credit(news):
    found = weigh(news)
    shares = {row.source: row for row in found.rows}
    assert found.rows[0].source == "them"
    assert abs(found.p - found.p_none) > 0.1
    assert shares["them"].shapley == pytest.approx(found.p - found.p_none, abs=1e-12)
    assert shares["them"].left_out == pytest.approx(found.p - found.p_none, abs=1e-12)
    for name in ("us", "others"):
        assert shares[name].shapley == pytest.approx(0, abs=1e-12)
        assert shares[name].left_out == pytest.approx(0, abs=1e-12)
    assert (found.coalitions, found.repaired, found.is_sampled) == (8, 0, False)
    assert len({each.sources for each in found.valued}) == 8
    for each in found.valued:  # all that matters is whether it is among them
        assert each.p == pytest.approx(found.p if "them" in each.sources else found.p_none, abs=1e-12)


def test_all_sources_together_have_the_forecasts_p(news):
    level = find_level(news, SETTINGS)
    assert weigh_sources(news, level, draws=100).p == pytest.approx(level.p, abs=1e-12)


def test_two_articles_that_say_the_same_share_it(news):
    """A fact that two sources state goes only with both: each gets half, and neither is missed."""
    both = replace(news.facts["public-190"], also=("others",))
    found = weigh(replace(news, facts={**news.facts, "public-190": both}))
    shares = {row.source: row for row in found.rows}
    for name in ("them", "others"):
        assert shares[name].shapley == pytest.approx((found.p - found.p_none) / 2, abs=1e-12)
        assert shares[name].left_out == pytest.approx(0, abs=1e-12)


def test_dropping_the_end_of_a_condition_does_not_mean_that_it_is_known_to_go_on():
    timeline = [condition("sealed", 10, None, public=10), condition("sealed", None, 300, public=300)]
    usual = {"ratios": {"sealed": ratio(0.001, 0.002)}, "conditions": {"sealed": lasting(50, 200)}, "as_of": 2000}
    scenario = told(one_stage(timeline=timeline, until=2030, **usual), {300: "them"})
    found = weigh(scenario)
    (row,) = [row for row in found.rows if row.source == "them"]
    assert row.repairs
    trap = find_level(told(one_stage(timeline=timeline[:1], until=2030, **usual), {}), SETTINGS)
    assert trap.p < 0.3 * found.p  # were it known to go on
    assert row.p_without == pytest.approx(found.p, rel=0.2)
    assert found.repaired == 2  # of four coalitions, those without its end that have its beginning


@pytest.mark.slow
def test_sampled_orders_say_the_same_within_their_error(monkeypatch):
    names = [f"s{number}" for number in range(4)]
    days = (20, 60, 100, 190)
    timeline = [entered(number, "invited" if at % 2 else "quiet") for at, number in enumerate(days, 1)]
    timeline = [entered(day, stage) for day, stage in zip(days, ("invited", "quiet", "invited", "quiet"), strict=True)]
    scenario = make_scenario(STAGES, timeline=timeline, as_of=200, until=260)
    scenario = told(scenario, dict(zip(days, names, strict=True)))
    exact = weigh(scenario, draws=50)
    monkeypatch.setattr(shapley.share_out, "__kwdefaults__", {"exact_most": 1, "pairs": 8})
    found = weigh(scenario, draws=50)
    assert found.is_sampled
    assert math.fsum(row.shapley for row in found.rows) == pytest.approx(found.p - found.p_none, abs=1e-12)
    expected = {row.source: row.shapley for row in exact.rows}
    for row in found.rows:
        assert abs(row.shapley - expected[row.source]) <= 5 * row.mcse + 1e-9


def test_sources_have_their_publishers(news):
    named = replace(news, sources={**news.sources, "them": Source("them", "The Paper", "News", news.as_of)})
    assert {row.publisher for row in weigh(named, draws=50).rows} == {"ourselves", "The Paper", ""}


def test_where_few_draws_fail_their_gate_more_are_drawn(news, monkeypatch):
    expected = weigh(news)
    refused = WeightedDraws({}, np.zeros(0), "quick", "it fails its gate")
    monkeypatch.setattr(CommonDraws, "draw", lambda *_: refused)
    found = weigh(news, draws=1000)
    assert found.p == pytest.approx(expected.p, abs=0.02)
    assert found.rows[0].source == "them"
    assert found.rows[0].shapley == pytest.approx(found.p - found.p_none)


def test_what_cannot_be_mended_is_told(news, monkeypatch):
    def refuse(*_):
        raise InputError([Problem(("timeline", 0), "it is no timeline")])

    monkeypatch.setattr(sources, "leave_out_sources", refuse)
    with pytest.raises(InputError, match="what is left is no timeline, and cannot be mended: it is no timeline"):
        weigh(news, draws=50)
