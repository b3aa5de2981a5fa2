"""Edits: each does what the same change would do if it were written in YAML."""

from __future__ import annotations

import datetime
import math

import numpy as np
import pytest
import yaml
from builders import condition, entered, kept, make_scenario, planned, ratio, stay, two_stage

import forecast
from forecast.document.dump import dump_scenario
from forecast.errors import InputError
from forecast.explore.evaluate import Evaluator, WeightedDraws, lay_edits, share_draws
from forecast.model.fingerprint import fingerprint_inputs
from forecast.model.priors import build_priors, draw_priors
from forecast.model.timeline import build_timeline
from forecast.scenario.beliefs import Interval
from forecast.scenario.edits import NEVER_PUBLIC, look_up, move_interval, put, settle
from forecast.scenario.keys import find_slot

DAY = datetime.date.fromisoformat


def narrow(value):
    return [value, math.nextafter(value, math.inf)]


def moved(lo, hi, median, there, back):
    half = (there(hi) - there(lo)) / 2
    return [back(there(median) - half), back(there(median) + half)]


def logit(p):
    return math.log(p) - math.log1p(-p)


def without_fact(doc, fact):
    doc["facts"] = [item for item in doc["facts"] if item["id"] != fact]
    doc["timeline"] = [entry for entry in doc["timeline"] if fact not in entry["because"]]
    for group in ("stages", "hazard_ratios", "plans"):
        for prior in doc["priors"][group].values():
            prior["because"] = [name for name in prior["because"] if name != fact]
    for way in doc["itineraries"].values():
        way["because"] = [name for name in way["because"] if name != fact]


def set_at(*path):
    def write(doc, value):
        for part in path[:-1]:
            doc = doc[part] if isinstance(doc, list) else doc.setdefault(part, {})
        doc[path[-1]] = value

    return write


def set_as_of(doc, day):
    doc["as_of"], doc["window"]["from"] = day, "2025-03-22"


PRIORS = ("priors", "hazard_ratios", "multilateral", "factor")
STAY = ("priors", "stages", "preparing", "stay", "mean")
LASTS = ("priors", "conditions", "borders_sealed", "lasts", "mean")
BY_KEY = [  # key, its value, where the file holds it and what stands there
    ("priors.hazard_ratios.multilateral", 0.3, set_at(*PRIORS), narrow(0.3)),
    ("priors.hazard_ratios.multilateral.factor", 0.3, set_at(*PRIORS), narrow(0.3)),
    ("priors.hazard_ratios.multilateral.median", 0.3, set_at(*PRIORS), moved(0.02, 0.5, 0.3, math.log, math.exp)),
    ("priors.stages.preparing.stay", 60.0, set_at(*STAY), narrow(60.0)),
    ("priors.stages.preparing.stay.mean", 60.0, set_at(*STAY), narrow(60.0)),
    (
        "priors.stages.preparing.stay.median",
        60.0,
        set_at(*STAY),
        moved(30, 300, 60, math.log, math.exp),
    ),
    ("priors.stages.preparing.ends.quiet", 5.0, set_at("priors", "stages", "preparing", "ends", "quiet"), 5),
    ("priors.conditions.borders_sealed.lasts", 90.0, set_at(*LASTS), narrow(90.0)),
    ("priors.conditions.borders_sealed.lasts.mean", 90.0, set_at(*LASTS), narrow(90.0)),
    (
        "priors.conditions.borders_sealed.lasts.mean.median",
        90.0,
        set_at(*LASTS),
        moved(60, 700, 90, math.log, math.exp),
    ),
    ("priors.plans.leak.kept", 0.4, set_at("priors", "plans", "leak", "kept"), narrow(0.4)),
    (
        "priors.plans.leak.kept.median",
        0.4,
        set_at("priors", "plans", "leak", "kept"),
        moved(0.02, 0.3, 0.4, logit, lambda x: math.exp(x) / (1 + math.exp(x))),
    ),
    ("priors.plans.leak.meanwhile", 0.6, set_at("priors", "plans", "leak", "meanwhile"), narrow(0.6)),
    ("priors.seriousness", 3.0, set_at("priors", "seriousness", "factor"), narrow(3.0)),
    (
        "priors.seriousness.median",
        3.0,
        set_at("priors", "seriousness", "factor"),
        moved(1.2, 4, 3, lambda x: math.log(math.log(x)), lambda y: math.exp(math.exp(y))),
    ),
    ("itineraries.moscow-by-plane.days_away", 9.0, set_at("itineraries", "moscow-by-plane", "days_away"), 9),
    ("itineraries.moscow-by-train.by_plane", 1.0, set_at("itineraries", "moscow-by-train", "by_plane"), 1),
    ("as_of", DAY("2025-03-21"), set_as_of, "2025-03-21"),
    ("history_from", DAY("2012-05-01"), set_at("history_from"), "2012-05-01"),
    ("window.from", DAY("2025-05-01"), set_at("window", "from"), "2025-05-01"),
    ("window.until", DAY("2025-08-31"), set_at("window", "until"), "2025-08-31"),
    ("timeline[4].from", DAY("2015-05-01"), set_at("timeline", 4, "from"), "2015-05-01"),
    ("do.stage.announced", DAY("2025-04-28"), set_at("do", "stage", "announced"), "2025-04-28"),
    ("do.remove.moscow-by-train", DAY("2025-04-28"), set_at("do", "remove", "moscow-by-train"), "2025-04-28"),
    ("do.hazard_ratios.multilateral", 0.7, set_at("do", "hazard_ratios", "multilateral", "factor"), 0.7),
    ("do.hazard_ratios.multilateral.factor", 0.7, set_at("do", "hazard_ratios", "multilateral", "factor"), 0.7),
    (
        "do.itineraries.moscow-by-plane.days_away",
        9.0,
        set_at("do", "itineraries", "moscow-by-plane", "days_away"),
        9,
    ),
    ("do.conditions.alliance.ends", DAY("2025-04-28"), set_at("do", "conditions", "alliance", "ends"), "2025-04-28"),
    ("given.stage.announced", DAY("2025-04-28"), set_at("given", "stage", "announced"), "2025-04-28"),
    ("given.no_event_until", DAY("2025-04-28"), set_at("given", "no_event_until"), "2025-04-28"),
    ("given.silence_until", DAY("2025-04-28"), set_at("given", "silence_until"), "2025-04-28"),
    ("facts.telegram-3-5-may", "off", without_fact, "telegram-3-5-may"),
    ("facts.victory-day-80", "off", without_fact, "victory-day-80"),
]


def see(scenario):
    """Return the fingerprint of what is left of as_of, and what tells the priors from others."""
    timeline = build_timeline(scenario.known())
    priors = build_priors(scenario.known(), timeline)
    moments = np.concatenate([np.concatenate(vector.moments[1:]) for vector in priors.values()])
    return fingerprint_inputs(timeline, {}, {}), moments


def ask(scenario):
    """Return P by place over prior draws."""
    timeline = build_timeline(scenario.known())
    draws = draw_priors(build_priors(scenario.known(), timeline), 50, np.random.default_rng(1))
    return share_draws(timeline, WeightedDraws(draws, np.ones(50), "prior"), seed=1).mean


@pytest.mark.parametrize(("key", "value", "write", "written"), BY_KEY, ids=[row[0] for row in BY_KEY])
def test_an_edit_is_the_same_change_in_yaml(key, value, write, written, scenario_may, tmp_path):
    doc = yaml.safe_load(dump_scenario(scenario_may))
    write(doc, written)
    path = tmp_path / "edited.yaml"
    path.write_text(yaml.safe_dump(doc, sort_keys=False))
    loaded = forecast.load_scenario(path)
    slot = find_slot(scenario_may, key)
    edited = slot.put(scenario_may, value)
    (left, priors), (left_there, priors_there), (left_before, priors_before) = map(see, (edited, loaded, scenario_may))
    assert left == left_there
    np.testing.assert_allclose(priors, priors_there, rtol=1e-12, atol=1e-14)
    assert (left != left_before) == (slot.touches == "history")
    assert (np.abs(priors - priors_before).max() > 0.01) == (slot.touches == "priors")
    assert Evaluator(scenario_may, draws=20).answer([(slot, value)]).error == ""
    ours, theirs = map(ask, (edited, loaded))
    assert ours == pytest.approx(theirs, rel=1e-9)
    is_past = key in ("history_from", "timeline[4].from") or key.startswith("priors.conditions.borders_sealed")
    assert (ours.sum() != ask(scenario_may).sum()) != is_past


def test_moving_an_interval_to_its_own_median_leaves_it():
    for interval, median, scale in (
        (Interval(30, 300), math.sqrt(30 * 300), "stay"),
        (Interval(0.2, 0.8), 0.5, "kept"),
        (Interval(math.e, math.exp(4)), math.exp(2), "seriousness"),
    ):
        found = move_interval(interval, median, scale)
        assert (found.lo, found.hi) == pytest.approx((interval.lo, interval.hi))


def test_edits_add_up_in_any_order(scenario_may):
    edits = [
        (find_slot(scenario_may, "priors.plans.leak.kept"), 0.4),
        (find_slot(scenario_may, "priors.plans.leak.meanwhile"), 0.6),
        (find_slot(scenario_may, "as_of"), DAY("2025-03-25")),
        (find_slot(scenario_may, "window.from"), DAY("2025-04-10")),
        (find_slot(scenario_may, "do.itineraries.moscow-by-train.days_away"), 4.0),
        (find_slot(scenario_may, "do.itineraries.moscow-by-train.by_plane"), 1.0),
    ]
    found = lay_edits(scenario_may, edits)
    assert found == lay_edits(scenario_may, edits[::-1])
    assert found.priors.plans["leak"].belief.kept.lo == 0.4
    assert found.priors.plans["leak"].belief.meanwhile.lo == 0.6
    assert found.window.start == DAY("2025-04-10")
    assert found.interventions.itineraries["moscow-by-train"].value == {"days_away": 4.0, "by_plane": 1.0}
    assert scenario_may.interventions.itineraries == {}  # nothing is changed in place


def test_the_window_follows_the_as_of_date_only_where_it_began_the_day_after(scenario_may):
    slot = find_slot(scenario_may, "as_of")
    record = scenario_may.record()
    later = put(record, ("window", "start"), DAY("2025-05-01"))
    assert slot.put(record, DAY("2025-04-10")).window.start == DAY("2025-04-11")
    assert slot.put(later, DAY("2025-04-10")).window.start == DAY("2025-05-01")


def test_a_varied_prior_is_believed_as_it_is_in_force():
    """In January 2015 nothing was known of joint announcements, so `otherwise` is in force, and its ends stay."""
    scenario = forecast.load_scenario("scenarios/january-2015.yaml")
    slot = find_slot(scenario, "priors.stages.announced.stay")
    before = scenario.priors.stages["announced"]
    assert scenario.known().priors.stages["announced"].belief == before.otherwise
    after = slot.put(settle(scenario, slot), 10.0).known().priors.stages["announced"].belief
    assert after.ends == before.otherwise.ends
    assert (after.stay.lo, after.stay.hi) == pytest.approx((10, 10))


def test_a_prior_that_loses_all_its_facts_falls_back_on_otherwise(scenario_may):
    prior = scenario_may.priors.hazard_ratios["forum"]
    edits = [(find_slot(scenario_may, f"facts.{name}"), "off") for name in prior.because]
    assert all(
        value.public == NEVER_PUBLIC for value in [lay_edits(scenario_may, edits).facts[n] for n in prior.because]
    )
    one_left, none_left = lay_edits(scenario_may, edits[:1]), lay_edits(scenario_may, edits)
    for left, belief in ((one_left, prior.belief), (none_left, prior.otherwise)):
        assert left.known().priors.hazard_ratios["forum"].belief == belief
        assert "priors.hazard_ratios.forum" not in left.known().hindsight


def test_a_prior_without_otherwise_stays_and_is_marked(scenario_may):
    prior = scenario_may.priors.hazard_ratios["days_away"]
    edits = [(find_slot(scenario_may, f"facts.{name}"), "off") for name in prior.because]
    assert "priors.hazard_ratios.days_away" in lay_edits(scenario_may, edits).known().hindsight
    assert "priors.hazard_ratios.days_away" not in scenario_may.known().hindsight


def test_dates_of_what_is_set_already():
    scenario = two_stage(as_of=10, until=40, ratios={"fair": ratio(0.5, 2)}, timeline=[condition("fair", 20, 30)])
    done = scenario.do(hazard_ratios={"fair": {"factor": 3, "from": "2020-01-20"}})
    slot = find_slot(done, "do.hazard_ratios.fair.from")
    assert slot.put(done, DAY("2020-01-25")).interventions.hazard_ratios["fair"].start == DAY("2020-01-25")


def test_dates_of_a_timeline_count_known_entries_only():
    scenario = make_scenario(
        {"quiet": stay(20, 200, active=1), "active": stay(5, 60, event=3, quiet=2)},
        plans={"plan": kept(0.1, 0.9)},
        timeline=[planned("plan", 50, 60, public=30), entered(5, "active"), planned("plan", 12, 14, public=6)],
        as_of=10,
    )
    slot = find_slot(scenario, "timeline[1].until")
    assert slot.path == ("timeline", 2, "until")
    assert look_up(slot.put(scenario, DAY("2020-01-20")), slot.path) == DAY("2020-01-20")


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("prior.seriousness", r"^prior: unknown key; did you mean priors\?$"),
        (
            "priors",
            "priors: expected a key that goes on with one of stages, hazard_ratios, plans, conditions, seriousness",
        ),
        ("priors.hazard_ratios.multilatral", r"priors\.hazard_ratios\.multilatral: .*did you mean multilateral\?"),
        ("priors.hazard_ratios.multilateral.mean", r"expected the key to end before mean; it holds a single value"),
        ("priors.plans.leak", "expected a key that goes on with one of kept, meanwhile, late; found its end"),
        ("priors.plans.leak.keep", r"unknown key; did you mean kept\?"),
        ("priors.stages.preparing.ends.lapse", "unknown key; choose from: confirmed, announced, quiet, event"),
        ("priors.seriousness.factor.median.more", "expected the key to end before more"),
        ("itineraries.moscow-by-plane.place", r"unknown key; did you mean by_plane\?"),
        ("facts.telegram-3-5", r"did you mean telegram-3-5-may\?"),
        ("timeline[999].from", r"timeline\[999\]: unknown key"),
        ("timeline[0].until", "unknown key; choose from: from"),
        ("window.untill", r"did you mean until\?"),
        ("do.hazard_ratios.multilateral.from", "expected the key to end before from"),
        ("given.event", "unknown key; choose from|unknown key; did you mean"),
        ("", "unknown key; "),
    ],
)
def test_a_key_that_is_none_names_the_nearest(key, message, scenario_may):
    with pytest.raises(InputError, match=message):
        find_slot(scenario_may, key)
