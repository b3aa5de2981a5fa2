"""Timelines that wait for others, held against closed forms and against paths that are walked day by day."""

from __future__ import annotations

import math

import numpy as np
import pytest

import forecast
from forecast.document import load_question
from forecast.errors import InputError

ENGINES = ["quick", pytest.param("nuts", marks=pytest.mark.slow)]
TEXT = """\
title: Two
as_of: 2024-12-31
history_from: 2024-12-31
window: {days: 200}
facts: [{id: known, says: Known., source: gazette, public: 2024-01-01}]
timelines:
  b:
    starts: {after: a}
    priors: {stages: {waiting: {stay: {mean: B}, ends: {event: 1}, because: [known], reason: known}}}
  a: {priors: {stages: {waiting: {stay: {mean: A}, ends: {event: 1}, because: [known], reason: known}}}}
  c: {priors: {stages: {waiting: {stay: {mean: C}, ends: {event: 1}, because: [known], reason: known}}}}
question: {event: EVENT}
"""
KNOWN = {"A": "[300, 300]", "B": "[120, 120]", "C": "[150, 150]"}
CHAIN = 1 - (300 * math.exp(-200 / 300) - 120 * math.exp(-200 / 120)) / 180


def write(event, **means):
    text = TEXT
    for name, mean in {**KNOWN, **means, "EVENT": event}.items():
        text = text.replace(name, mean) if name == "EVENT" else text.replace(f"mean: {name}}}", f"mean: {mean}}}")
    return text


def answer(text, engine="quick"):
    return forecast.run_scenario(text, engine=engine)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("event", ["b", "{in_order: [a, b]}", "{all: [a, b]}", "{all: [b, a]}"])
def test_the_third_case(event, engine):
    """B's clock starts on the day when A happens: A, then B, within 200 days."""
    assert pytest.approx(0.2702, abs=5e-5) == CHAIN
    found = answer(write(event), engine)
    assert found.is_exact
    assert found.p_event.mean == pytest.approx(CHAIN, abs=0.0005)


def sample(rng, size, *, known):
    """Draw the days of a, b and c, each with a mean of its own; a month's worth of paths for each mean."""

    def mean(lo, hi):
        if known:
            return math.sqrt(lo * hi)
        return np.exp(rng.normal(math.log(lo * hi) / 2, math.log(hi / lo) / 2 / 1.6448536, size))

    a = rng.exponential(1, size) * mean(150, 600)
    return {"a": a, "b": a + rng.exponential(1, size) * mean(60, 240), "c": rng.exponential(1, size) * mean(75, 300)}


EVENTS = {
    "{any: [b, c]}": lambda t: (t["b"] <= 200) | (t["c"] <= 200),
    "{in_order: [b, c]}": lambda t: (t["b"] < t["c"]) & (t["c"] <= 200),
    "{all: [a, {none: [b]}]}": lambda t: (t["a"] <= 200) & (t["b"] > 200),
    "{at_least: 2, of: [a, b, c]}": lambda t: sum(day <= 200 for day in t.values()) >= 2,
    "{exactly: 1, of: [a, b, c]}": lambda t: sum(day <= 200 for day in t.values()) == 1,
    "{first: c, of: [a, b, c]}": lambda t: (t["c"] <= 200) & (t["c"] < t["a"]),
    "{in_order: [a, c, b]}": lambda t: (t["a"] < t["c"]) & (t["c"] < t["b"]) & (t["b"] <= 200),
}


@pytest.mark.parametrize("event", EVENTS)
def test_events_of_timelines_that_wait(event):
    means = {"A": "[150, 600]", "B": "[60, 240]", "C": "[75, 300]"}
    found = answer(write(event, **means))
    right = EVENTS[event](sample(np.random.default_rng(1), 1_000_000, known=False)).mean()
    assert abs(found.p_event.mean - right) < 4 * max(found.p_event.mcse, 0.001) + 0.002
    by = found.when.mean
    assert by[-1] == pytest.approx(found.p_event.mean, abs=1e-9)


def test_numbers_and_firsts_of_parts_that_hang_together():
    found = answer(write("{at_least: 2, of: [a, b, c]}"))
    days = sample(np.random.default_rng(2), 1_000_000, known=True)
    number = sum(day <= 200 for day in days.values())
    for each, choice in enumerate(found.how_many):
        assert choice.estimate.mean == pytest.approx((number == each).mean(), abs=0.006)
    assert found.first["b"].mean == 0
    assert found.first["a"].mean == pytest.approx(((days["a"] <= 200) & (days["a"] < days["c"])).mean(), abs=0.006)
    assert not found.is_exact
    assert "25 days are drawn for each draw" in str(found)


def walk_days(rng, paths):
    """Walk a court of two stages day by day, and an appeal of two, which starts with the court's hearing."""
    leave = {"rest": 1 / 40, "hearing": 1 / 60, "filed": 1 / 30, "argued": 1 / 50}
    court, appeal = (
        np.zeros(paths, int),
        np.full(paths, -1),
    )  # 0 rest, 1 hearing, 2 ruled; -1 not begun, 0 filed, 1 argued, 2
    done = np.zeros((3, paths))  # days within which each has come, for those that have
    steps = 4  # a day, so that two steps may come on one
    for step in range(1, 180 * steps + 1):
        day = step / steps
        draw = rng.random((2, paths))

        def leaves(stage, which, draw=draw):
            return draw[which] < -np.expm1(-leave[stage] / steps)

        ruled, heard = (court == 1) & leaves("hearing", 0), (court == 0) & leaves("rest", 0)
        decided, argued = (appeal == 1) & leaves("argued", 1), (appeal == 0) & leaves("filed", 1)
        court = court + heard + ruled
        appeal = appeal + argued + decided + heard
        for row, now in enumerate((ruled, decided, heard)):
            done[row] = np.where(now, day, done[row])
    return done


LISTENING = """\
title: An appeal
as_of: 2024-12-31
history_from: 2024-12-31
window: {days: 180}
facts: [{id: known, says: Known., source: gazette, public: 2024-01-01}]
timelines:
  court:
    once: true
    stages: [rest, hearing]
    priors:
      stages:
        rest: {stay: {mean: [40, 40]}, ends: {hearing: 1}, because: [known], reason: known}
        hearing: {stay: {mean: [60, 60]}, ends: {event: 1}, because: [known], reason: known}
      seriousness: {factor: [1, 1], because: [known], reason: none}
  appeal:
    starts: {after: court.hearing}
    once: true
    stages: [filed, argued]
    priors:
      stages:
        filed: {stay: {mean: [30, 30]}, ends: {argued: 1}, because: [known], reason: known}
        argued: {stay: {mean: [50, 50]}, ends: {event: 1}, because: [known], reason: known}
      seriousness: {factor: [1, 1], because: [known], reason: none}
question: {event: appeal}
"""


def test_two_timelines_agree_with_a_walk_day_by_day():
    """The walk knows nothing of curves, convolutions or draws."""
    _, decided, _ = walk_days(np.random.default_rng(3), 200_000)
    found = answer(LISTENING)
    for day, mean in list(zip(found.dates, found.when.mean, strict=True))[30::30]:
        right = ((decided > 0) & (decided <= (day - found.ensemble.as_of).days)).mean()
        assert abs(mean - right) < 4 * math.sqrt(right * (1 - right) / 200_000) + 0.003


def test_what_was_waited_for_may_be_on_record():
    entry = "    timeline: [{from: 2024-12-01, stage: hearing, because: [known]}]\n"
    text = LISTENING.replace("    stages: [rest", f"{entry}    stages: [rest")
    text = text.replace("history_from: 2024-12-31", "history_from: 2024-10-01").replace("2024-01-01", "2024-12-01")
    ensemble = load_question(text)
    assert not ensemble.starts
    appeal = ensemble.timelines["appeal"]
    assert str(appeal.question.history_from) == "2024-12-01"
    assert answer(text).p_event.mean > answer(LISTENING).p_event.mean


def test_the_first_of_a_family_may_be_waited_for():
    units = (
        write("b", A="[600, 600]")
        .replace("  a: {priors", "  a: {units: [x, y], priors")
        .replace("after: a", "after: {any: a}")
    )
    assert answer(units).p_event.mean == pytest.approx(CHAIN, abs=0.0005)  # two of 600 days are one of 300


REFUSED = {
    "a circle": ("  a: {priors", "  a: {starts: {after: b}, priors", "found b > a > b"),
    "itself": ("after: a}", "after: b}", "found b > b"),
    "nobody": ("after: a}", "after: d}", "unknown timeline d"),
    "what does not stay": ("after: a}", "after: {none: [a]}}", "expected a timeline, a stage of one"),
    "a later window": ("{days: 200}", "{from: 2025-03-01, until: 2025-06-30}", "the day after as_of on"),
    "what is given": (
        "    starts: {after: a}", "    starts: {after: a}\n    given: {no_event_until: 2025-01-31}",
        "expected neither do nor given of b",
    ),
    "no after": ("starts: {after: a}", "starts: {when: a}", "starts.when: unknown key"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_waited_for_is_refused(case):
    old, new, said = REFUSED[case]
    assert old in write("b")
    with pytest.raises(InputError) as caught:
        load_question(write("b").replace(old, new))
    assert said in str(caught.value), str(caught.value)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ceasefire-before-election", "ratifications"])
def test_what_is_shipped_runs_and_resolves(name, tmp_path):
    found = answer(f"scenarios/invented/{name}.yaml")
    assert 0.1 < found.p_event.mean < 0.6
    found.write(tmp_path, figures=False)
    again = answer(tmp_path / "scenario.yaml")
    assert again.p_event.mean == pytest.approx(found.p_event.mean, abs=1e-12)
