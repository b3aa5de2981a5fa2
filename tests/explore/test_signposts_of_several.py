"""What to watch in files of several timelines, against closed forms and the exponential of a joint generator."""

from __future__ import annotations

import datetime
import json
import math

import numpy as np
import pytest
from scipy.linalg import expm
from several import BEGINS, family, write_links

import forecast
from forecast.cli.main import main
from forecast.errors import InputError

QUICK = {"engine": "quick", "settings": forecast.Settings(draws=300)}
APART = """\
title: Two courts rule
as_of: 2024-12-31
history_from: 2024-12-31
window: {days: 200}
facts:
  - {id: known, says: Known., source: gazette, public: 2024-01-01}
  - {id: ruled, says: The north ruled., source: gazette, public: 2024-12-10}
timelines:
  north: {priors: {stages: {waiting: {stay: {mean: 100}, ends: {event: 1}, because: [known], reason: known}}}}
  south: {priors: {stages: {waiting: {stay: {mean: 150}, ends: {event: 1}, because: [known], reason: known}}}}
  other: {priors: {stages: {waiting: {stay: {mean: 50}, ends: {event: 1}, because: [known], reason: known}}}}
question: {event: {all: [north, south]}}
"""


def by(days, mean):
    return 1 - math.exp(-days / mean)


def entropy(*chances):
    return -sum(each * math.log2(each) for each in chances if each > 0)


def test_timelines_that_share_nothing_against_closed_forms():
    found = forecast.find_signposts(APART, **QUICK)
    p = by(200, 100) * by(200, 150)
    assert (found.p, found.until) == (pytest.approx(p, abs=1e-6), datetime.date(2025, 1, 30))
    assert [row.name for row in found.rows] == ["south", "north", "other"]
    for name, own, others in (("north", 100, 150), ("south", 150, 100)):
        row = found.find("event", name)
        chance = by(30, own)
        with_it, without = by(200, others), (by(200, own) - chance) / (1 - chance) * by(200, others)
        assert (row.chance, row.p_if, row.p_if_not) == pytest.approx((chance, with_it, without), abs=1e-6)
        told = entropy(p, 1 - p) - chance * entropy(with_it, 1 - with_it) - (1 - chance) * entropy(without, 1 - without)
        assert row.information == pytest.approx(told, abs=1e-6)
        assert row.brier == pytest.approx(-chance * (1 - chance) * (with_it - without) ** 2, abs=1e-6)
        assert row.expected == pytest.approx(p, abs=1e-9)
    other = found.find("event", "other")
    assert (other.chance, other.p_if) == pytest.approx((by(30, 50), p), abs=1e-6)
    assert other.information < 1e-9


def pair_of(mean):
    """Return P of a truce within 240 days if what it listens to comes within 30, and if not.

    States: war, talks, truce; the same once that has come, which makes talks three times as quick.
    """
    rates = np.zeros((6, 6))
    for first, factor in ((0, 1), (3, 3)):
        rates[first, first + 1], rates[first + 1, first + 2] = 1 / 90, factor / 100
    rates[[0, 1, 2], [3, 4, 5]] = 1 / mean
    np.fill_diagonal(rates, -rates.sum(axis=1))
    begin = expm(rates * 30)[0]
    heard = np.where(np.arange(6) >= 3, begin, 0.0)
    ends = [state @ expm(rates * 210) for state in (heard, begin - heard)]
    return [end[[2, 5]].sum() / end.sum() for end in ends]


def test_what_is_listened_to_against_the_joint_generator():
    with_it, without = pair_of(120)
    found = forecast.find_signposts(write_links(BEGINS), **QUICK)
    row = found.find("event", "election")
    assert row.chance == pytest.approx(by(30, 120), abs=0.006)
    assert row.p_if == pytest.approx(with_it, abs=0.015)  # of drawn days, a fifth of which have the election by then
    assert row.p_if_not == pytest.approx(without, abs=0.01)
    assert with_it > without + 0.04
    assert row.expected == pytest.approx(found.p, abs=0.01)


@pytest.mark.slow
def test_of_what_is_waited_for_the_step_is_the_one_that_is_waited_for():
    """The truce hangs on the first round, not on the election itself: two steps of one timeline are no pair."""
    text = write_links("{covariate: cabinet, from: election.round, until: 2029-12-31, because: [known]}")
    stages = "{waiting: {stay: {mean: 60}, ends: {round: 1}, because: [known], reason: known}, "
    stages += "round: {stay: {mean: 60}, ends: {event: 1}, because: [known], reason: known}}"
    own = f"  election: {{stages: [waiting, round], priors: {{stages: {stages}}}}}\n"
    text = text[: text.index("  election: {priors")] + own + text[text.index("question:") :]
    found = forecast.find_signposts(text, **QUICK)
    assert {row.name for row in found.rows} == {"truce", "election.round"}
    row = found.find("stage", "election.round")
    assert row.chance == pytest.approx(by(30, 60), abs=0.006)
    assert [row.p_if, row.p_if_not] == pytest.approx(pair_of(60), abs=0.01)


@pytest.mark.slow
def test_units_of_a_family_tell_of_one_another():
    """Who is quick to ratify tells that all are; of a known pace it counts as one of eight alone."""
    shared, known = (forecast.find_signposts(family(mean), days=60, **QUICK) for mean in ("[200, 900]", "[400, 400]"))
    gains = [found.rows[0].p_if - found.p for found in (shared, known)]
    assert gains[0] > gains[1] > 0
    assert len(shared.rows) == 11
    assert all(row.expected == pytest.approx(shared.p, abs=1e-9) for row in shared.rows)


def test_the_command_prints_them_and_json(capsys, tmp_path):
    path = tmp_path / "courts.yaml"
    path.write_text(APART, encoding="utf-8")
    assert main(["signposts", str(path), "--quick", "--draws", "300"]) == 0
    assert "south comes" in capsys.readouterr().out
    assert main(["signposts", str(path), "--quick", "--draws", "300", "--days", "10", "--json"]) == 0
    plain = json.loads(capsys.readouterr().out)
    assert (plain["title"], plain["until"], len(plain["rows"])) == ("Two courts rule", "2025-01-10", 3)


def test_what_has_come_is_waited_for_no_more():
    text = APART.replace("history_from: 2024-12-31", "history_from: 2024-01-01")
    text = text.replace("{days: 200}", "{from: 2024-12-01, until: 2025-07-19}")
    came = "timeline: [{day: 2024-12-10, event: anywhere, because: [ruled]}], places: [anywhere], once: true"
    text = text.replace("north: {priors", f"north: {{{came}, priors")
    found = forecast.find_signposts(text, **QUICK)
    assert found.find("event", "north") is None
    assert found.p == pytest.approx(by(200, 150), abs=1e-6)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "{all: [north, south]}}",
            "{all: [north, south]}}\ngiven: {event: {north: {by: 2025-02-01}}}",
            "Leave given out",
        ),
        ("{all: [north, south]}", "{at_least: 2, of: north.events}", "this one counts their events"),
        ("window: {days: 200}", "window: {from: 2025-03-01, until: 2025-06-30}", "open on the day after as_of"),
    ],
)
def test_what_no_pair_tells_of_is_refused(old, new, says):
    assert old in APART
    with pytest.raises(InputError, match=says):
        forecast.find_signposts(APART.replace(old, new), **QUICK)


def test_an_engine_or_a_number_of_days_that_there_is_not():
    with pytest.raises(InputError, match="did you mean quick"):
        forecast.find_signposts(APART, engine="quik")
    with pytest.raises(InputError, match="whole number of days"):
        forecast.find_signposts(APART, days=0, engine="quick")
