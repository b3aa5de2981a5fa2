"""Facts dated by their month or year alone: an error where an answer hangs on the day, and nothing elsewhere."""

import datetime
from dataclasses import replace

import pytest

import forecast
from forecast.scenario import resolve

BASE = """
title: Envoy
question: {event: the envoy arrives, resolves: the gazette, timezone: Europe/Oslo}
history_from: 2018-01-01
as_of: 2019-04-27
window: {until: 2019-10-27}
places: [capital]
stages: [rest, invited]
facts:
  - {id: known, says: Known., source: gazette, public: 2016}
  - {id: asked, says: Asked., source: gazette, public: 2018-06-01}
  - {id: told, says: Told., source: gazette, public: DATE}
timeline:
  - {from: 2018-06-01, stage: invited, because: [asked]}
  - ENTRY
priors:
  stages:
    rest: {stay: MEAN, ends: {invited: 1}, because: [known], reason: known}
    invited: {stay: MEAN, ends: {event: 5, rest: 5}, because: [known], reason: known}
  plans: {host: {kept: [0.3, 0.6], meanwhile: [0.5, 1], because: [known], reason: known}}
  hazard_ratios: {calm: {factor: [0.3, 0.6], because: [BELIEF], reason: known, otherwise: {factor: [0.9, 1.1]}}}
  conditions: {calm: {lasts: for good, because: [known], reason: known}}
  seriousness: {factor: [1.2, 3], because: [known], reason: known}
unused: [calm]
"""
EVENT = "{day: 2019-04-24, event: capital, because: [told]}"
SOME_DAY = "{day: 2019-04-01/2019-04-30, event: capital, because: [told]}"
LAPSE = "{from: 2019-04-24, stage: rest, because: [told]}"
LAPSE_ON_THE_LAST = "{from: 2019-04-30, stage: rest, because: [told]}"
LAPSE_ON_SOME_DAY = "{from: 2019-04-01/2019-04-30, stage: rest, because: [told]}"
PLAN = "{plan: host, from: 2019-04-20, until: 2019-05-10, because: [told]}"
CALM = "{covariate: calm, from: 2019-04-10, because: [told]}"
FAIR = "{covariate: calm, from: 2020-04-10, until: 2020-04-12, because: [told]}"
CLOSES = (
    "{covariate: calm, from: 2018-02-01, because: [known]}\n  - {covariate: calm, until: 2019-04-10, because: [told]}"
)
OLD_PLAN = "{plan: host, from: 2019-04-20, until: 2019-05-10, because: [asked]}"


def text(entry, date="2019-04", as_of="2019-04-27", *, belief="known", more=""):
    said = BASE.replace("ENTRY", entry).replace("DATE", date).replace("2019-04-27", as_of).replace("BELIEF", belief)
    return said.replace("MEAN", f"{{mean: {STAY}}}") + more


STAY = "[60, 400]"
REMEDY = r"found told, public {}\. Give under public the day from which it could be known"


def refused(why, date="2019-04", **said):
    with pytest.raises(
        forecast.InputError, match=f"expected facts dated by their day, because {why}.*{REMEDY}".format(date)
    ):
        forecast.load_scenario(text(date=date, **said))


@pytest.mark.parametrize("entry", [EVENT, SOME_DAY, LAPSE, LAPSE_ON_SOME_DAY, CALM, FAIR, CLOSES])
@pytest.mark.parametrize("date", ["2019-04", "2019"])
def test_what_may_have_been_known_by_as_of_or_not_is_refused(entry, date):
    refused("it may have been known by as_of, 2019-04-27, or not", date, entry=entry)
    forecast.load_scenario(text(entry, "2019-05"))  # surely not
    if "/" not in entry and entry != FAIR:
        forecast.load_scenario(text(entry, "2019-04-24"))  # surely


@pytest.mark.parametrize("as_of", ["2019-04-27", "2019-04-30", "2019-08-01"])
def test_a_plan_counts_from_a_day(as_of):
    refused("a plan begins to count on the day on which it was made", entry=PLAN, as_of=as_of)
    forecast.load_scenario(text(PLAN.replace("[told]", "[told, asked]"), "2018-05", as_of))  # made on the other's day


def test_a_stage_begins_on_a_day_or_on_one_of_some():
    for entry in (LAPSE, LAPSE_ON_THE_LAST):
        refused(r"the stage may .*say from: 2019-04-01/2019-04-30\)", entry=entry, as_of="2019-08-01")
    found = forecast.load_scenario(text(LAPSE_ON_SOME_DAY, as_of="2019-08-01")).known().steps[-1].entry
    assert (found.earliest, found.start) == (datetime.date(2019, 4, 1), datetime.date(2019, 4, 30))


def test_a_covariate_was_known_when_a_plan_was_made_or_not():
    both = f"{CALM}\n  - {OLD_PLAN}"
    why = "it may have been known when the plan of 2018-06-01 was made, or not"
    refused(why, "2018-06", entry=both, as_of="2019-08-01")
    forecast.load_scenario(text(both, "2018-07", "2019-08-01"))


@pytest.mark.parametrize("entry", [EVENT, SOME_DAY, CALM, FAIR, CLOSES])
def test_where_any_day_would_do_nothing_is_said(entry):
    known = forecast.load_scenario(text(entry, as_of="2019-05-10")).known()
    assert known.left_out == 0


def test_a_belief_that_hangs_on_the_day_is_refused():
    unused = OLD_PLAN
    refused("either this is believed on 2019-04-27, or what stands under otherwise", entry=unused, belief="told")
    assert forecast.load_scenario(text(unused, as_of="2019-05-10", belief="told")) is not None
    reference = "reference: {events: 3, years: 17, because: [told]}"
    refused("it may have been known by as_of, 2019-04-27, or not", entry=unused, more=reference)
    assert forecast.load_scenario(text(unused, as_of="2019-05-10", more=reference)).known().reference is not None


def test_a_reading_begins_a_stage_on_some_day_of_a_month():
    lapsed = "readings: {lapsed: {reason: it was a no, recode: {told: rest}}}"
    refused("it may have been known by as_of, 2019-04-27, or not", entry=FAIR.replace("told", "asked"), more=lapsed)
    scenario = forecast.load_scenario(text(FAIR.replace("told", "asked"), as_of="2019-08-01", more=lapsed))
    read = forecast.scenario.read_as(scenario, scenario.readings[0])
    found = resolve(read).steps[-1].entry
    assert (found.earliest, found.start) == (datetime.date(2019, 4, 1), datetime.date(2019, 4, 30))


def test_a_plan_that_is_supposed_counts_from_a_day_as_well():
    supposed = """
do:
  facts: [{id: named, says: A day is named., public: 2019-06}]
  timeline: [{plan: host, from: 2019-07-01, until: 2019-07-04, because: [named]}]
"""
    with pytest.raises(forecast.InputError, match=r"do.timeline.0..because: expected facts dated by their day"):
        forecast.load_scenario(text(OLD_PLAN, more=supposed))
    forecast.load_scenario(text(OLD_PLAN, more=supposed.replace("2019-06}", "2019-06-03}")))


def test_a_fact_that_is_switched_off_was_surely_not_known():
    scenario = forecast.load_scenario(text(EVENT, as_of="2019-05-10"))
    sweep = forecast.sweep_scenario(scenario, {"facts.told": "on,off"}, draws=40, engine="quick")
    on, off = sweep.to_dataframe()["p"]
    assert 0 < on < off  # after the event it rests; a row that is refused has no P


def test_a_date_is_written_as_it_was_told():
    scenario = forecast.load_scenario(text(EVENT, as_of="2019-05-10"))
    again = forecast.load_scenario(forecast.dump_scenario(scenario))
    assert again.facts == scenario.facts
    assert [fact.written for fact in again.facts.values()] == ["2018-06-01", "2016", "2019-04"]


def test_a_date_in_python_is_told_by_day_month_or_year():
    scenario = forecast.load_scenario(text(EVENT, as_of="2019-05-10"))
    told = replace(scenario.facts["told"], dated="decade")
    with pytest.raises(forecast.InputError, match=r"facts.told.dated: expected day or month or year; found 'decade'"):
        replace(scenario, facts={**scenario.facts, "told": told})


def test_an_event_known_by_as_of_counts_as_if_its_fact_had_a_day():
    month, day = (
        forecast.run_scenario(forecast.load_scenario(text(EVENT, date, "2019-05-10")), engine="quick").p_event.mean
        for date in ("2019-04", "2019-04-24")
    )
    assert month == day
