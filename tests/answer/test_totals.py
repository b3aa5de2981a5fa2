"""Events of several timelines counted together: sums of independent numbers, Poisson where rates are known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import poisson

import forecast
from forecast.document import load_question
from forecast.errors import InputError

TEXT = """\
title: Rulings
as_of: 2024-12-31
history_from: 2024-12-31
window: {days: 300}
facts: [{id: known, says: Known., source: gazette, public: 2024-01-01}]
timelines:
  court:
    units: [north, south]
    priors: {stages: {waiting: {stay: {mean: MEAN}, ends: {event: 1}, because: [known], reason: known}}}
  board: {priors: {stages: {waiting: {stay: {mean: [150, 150]}, ends: {event: 1}, because: [known], reason: known}}}}
question: {event: EVENT}
"""


def answer(event, mean="[200, 200]"):
    settings = forecast.Settings(draws=250)
    return forecast.run_scenario(TEXT.replace("EVENT", event).replace("MEAN", mean), engine="quick", settings=settings)


@pytest.mark.parametrize(("event", "rate", "least", "most"), [
    ("{at_least: 3, of: court.events}", 3.0, 3, 99),
    ("{exactly: 2, of: court.events}", 3.0, 2, 2),
    ("{at_most: 3, of: [court.north.events, board.events]}", 3.5, 0, 3),
    ("{at_least: 2, at_most: 4, of: court.north.events}", 1.5, 2, 4),
])  # fmt: skip
def test_numbers_of_several_timelines_are_poisson(event, rate, least, most):
    found = answer(event)
    right = poisson.cdf(most, rate) - poisson.cdf(least - 1, rate)
    assert found.p_event.mean == pytest.approx(right, abs=0.001)
    told = [choice.estimate.mean for choice in found.how_many]
    assert told[:-1] == pytest.approx(poisson.pmf(np.arange(len(told) - 1), rate), abs=0.001)
    assert sum(told) == pytest.approx(1, abs=1e-9)


def test_a_total_by_each_day():
    found = answer("{at_least: 3, of: court.events}")
    for day, mean in list(zip(found.dates, found.when.mean, strict=True))[1:]:
        days = (day - found.ensemble.as_of).days
        assert mean == pytest.approx(1 - poisson.cdf(2, 2 * days / 200), abs=0.001)


def test_a_total_of_what_shares_a_mean():
    """Both courts have the same unknown mean, so that the number is spread more widely than Poisson's."""
    found = answer("{at_least: 6, of: court.events}", mean="[80, 800]")
    mean = np.exp(np.random.default_rng(1).normal(math.log(80 * 800) / 2, math.log(10) / 2 / 1.6448536, 400_000))
    assert found.p_event.mean == pytest.approx((1 - poisson.cdf(5, 600 / mean)).mean(), abs=0.004)


def test_a_total_in_a_nested_event_and_events_on_record():
    """Two of north's rulings are on record in a window that began before; the board comes on its own."""
    text = TEXT.replace("EVENT", "{all: [board, {at_least: 3, of: court.events}]}").replace("MEAN", "[200, 200]")
    text = text.replace("history_from: 2024-12-31", "history_from: 2024-01-01").replace(
        "window: {days: 300}", "window: {from: 2024-01-02, until: 2025-10-27}"
    )
    entries = [f"{{unit: north, day: 2024-0{month}-01, event: anywhere, because: [f{month}]}}" for month in (5, 8)]
    facts = "".join(f", {{id: f{m}, says: It ruled., source: gazette, public: 2024-0{m}-01}}" for m in (5, 8))
    text = text.replace("public: 2024-01-01}]", f"public: 2024-01-01}}{facts}]")
    text = text.replace("south]\n", f"south]\n    timeline: [{', '.join(entries)}]\n")
    found = forecast.run_scenario(text, engine="quick", settings=forecast.Settings(draws=250))
    board, one_more = 1 - math.exp(-300 / 150), 1 - math.exp(-2 * 300 / 200)
    assert found.p_event.mean == pytest.approx(board * one_more, abs=0.002)


REFUSED = {
    "{at_least: 3, of: [court.events, board]}": "events of each, as court.events, or of none",
    "{at_least: 51, of: board.events}": "a whole number from 1 to 50",
    "{all: court.events}": "expected court.events with at_least, at_most or exactly",
    "{at_least: 4, at_most: 3, of: court.events}": "a number up to at_most, 3",
}


@pytest.mark.parametrize("event", REFUSED)
def test_what_cannot_be_counted(event):
    with pytest.raises(InputError) as caught:
        load_question(TEXT.replace("EVENT", event).replace("MEAN", "[200, 200]"))
    assert REFUSED[event] in str(caught.value)


def test_events_of_a_timeline_that_waits_are_not_counted():
    text = TEXT.replace("EVENT", "{at_least: 2, of: board.events}").replace("MEAN", "[200, 200]")
    with pytest.raises(InputError, match="hang on no other; board does"):
        load_question(text.replace("board: {priors", "board: {starts: {after: court.north}, priors"))


def test_a_replay_counts_events_on_record():
    text = TEXT.replace("EVENT", "{at_least: 2, of: court.events}").replace("MEAN", "[200, 200]")
    text = text.replace("history_from: 2024-12-31", "history_from: 2024-01-01")
    facts = "".join(f", {{id: f{m}, says: It ruled., source: gazette, public: 2024-0{m}-10}}" for m in (5, 6))
    text = text.replace("public: 2024-01-01}]", f"public: 2024-01-01}}{facts}]")
    entries = [f"{{unit: {unit}, day: 2024-0{m}-10, event: anywhere, because: [f{m}]}}"
               for unit, m in (("north", 5), ("south", 6))]  # fmt: skip
    text = text.replace("south]\n", f"south]\n    timeline: [{', '.join(entries)}]\n")
    replay = forecast.replay(text, start="2024-05-01", until="2024-06-01", horizon=60, draws=200)
    assert replay.score().by_horizon[0].yes == 1  # both fall into May and June, one alone into June and July


ROUNDS = """\
title: Rounds
question: {event: signed, asks: ASKS}
as_of: 2024-12-31
history_from: 2024-01-01
window: {days: 240}
stages: [war, talks]
facts: [{id: known, says: Known., source: gazette, public: 2024-01-01}]
priors:
  stages:
    war: {stay: {mean: [60, 60]}, ends: {talks: 1}, because: [known], reason: known}
    talks: {stay: {mean: [40, 40]}, ends: {event: 50, war: 50}, because: [known], reason: known}
  seriousness: {factor: [4, 4], because: [known], reason: known}
"""


def test_several_episodes_that_share_one_seriousness_are_told_of():
    """Many rounds fall into the window. Counted, each has a luck of its own; asked for one event, they share it."""
    settings = forecast.Settings(draws=250)
    one, none, slow = (
        forecast.run_scenario(text, engine="quick", settings=settings)
        for text in (
            ROUNDS.replace("ASKS", "{at_least: 1}"),
            ROUNDS.replace("ASKS", "{exactly: 0}"),
            ROUNDS.replace("ASKS", "{at_least: 1}").replace("[60, 60]", "[600, 600]"),
        )
    )
    assert any("share one seriousness" in note for note in one.to_dict()["notes"])
    assert 0.02 < 1 - none.p_event.mean - one.p_event.mean < 0.08
    for result in (none, slow):
        assert not any("share one seriousness" in note for note in result.to_dict()["notes"])


def test_numbers_of_one_timelines_events_add_up_where_episodes_differ_in_seriousness():
    text = ROUNDS.replace(", asks: ASKS", "").replace("title: Rounds\nquestion: {event: signed}\n", "title: Rounds\n")
    head, tail = text.split("stages: [war", 1)
    facts, priors = tail.split("priors:", 1)
    stages, given = facts.split("\n", 1)
    unit = "\n".join(f"    {line}" for line in f"stages: [war{stages}\npriors:{priors}".splitlines())
    found = forecast.run_scenario(
        f"{head}{given}timelines:\n  x:\n{unit}\nquestion: {{event: {{at_least: 2, of: x.events}}}}\n",
        engine="quick",
        settings=forecast.Settings(draws=250),
    )
    told = [choice.estimate.mean for choice in found.how_many]
    none = forecast.run_scenario(
        ROUNDS.replace("ASKS", "{exactly: 0}"), engine="quick", settings=forecast.Settings(draws=250)
    )
    assert sum(told) == pytest.approx(1, abs=1e-9)
    assert told[0] == pytest.approx(none.p_event.mean, abs=0.005)
