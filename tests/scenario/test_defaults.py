"""What a file need not say, and sentences in the place of facts."""

from __future__ import annotations

import datetime
import json
import math

import pytest
from scipy import stats

import forecast
from forecast.answer.overlook import look_over
from forecast.answer.run import run_scenario
from forecast.answer.settled import write_settled
from forecast.document.dump import dump_scenario
from forecast.document.load import load_scenario
from forecast.errors import InputError
from forecast.scenario.keys import find_slot

STRIKE = """
title: The port strike ends
as_of: 2026-11-20
window: {until: 2026-12-31}
history_from: 2026-10-01
priors:
  stages:
    waiting: {stay: {single: [14, 120]}, because: Ten earlier strikes lasted five weeks (harbour yearbook 2020).}
"""
LONG = """
title: The port strike ends
question: {event: The port strike ends, resolves: as what the title says, timezone: UTC}
as_of: 2026-11-20
window: {from: 2026-11-21, until: 2026-12-31}
history_from: 2026-10-01
stages: [waiting]
places: [anywhere]
timeline: []
facts:
  - {id: ten, says: Ten earlier strikes lasted five weeks., source: harbour yearbook 2020, public: 2026-10-01}
priors:
  stages:
    waiting: {stay: {single: [14, 120]}, ends: {event: 1}, because: [ten], reason: They are alike.}
"""


def day(text):
    return datetime.date.fromisoformat(text)


def test_ten_lines_ask_what_the_whole_file_asks():
    short, whole = load_scenario(STRIKE), load_scenario(LONG)
    for part in ("as_of", "window", "timeline", "begins", "readings", "interventions"):
        assert getattr(short, part) == getattr(whole, part)
    assert short.question == whole.question
    assert short.priors.stages["waiting"].belief == whole.priors.stages["waiting"].belief
    (fact,) = short.facts.values()
    assert (fact.says, fact.source) == ("Ten earlier strikes lasted five weeks.", "harbour yearbook 2020")
    assert not short.known().hindsight
    assert not look_over(whole).scenario.assumed


def test_their_answer_is_the_conditional_survival_of_a_lognormal():
    found = run_scenario(STRIKE, engine="quick")
    stay = stats.lognorm(s=math.log(120 / 14) / (2 * stats.norm.ppf(0.95)), scale=math.sqrt(14 * 120))
    assert found.p_event.mean == pytest.approx(1 - stay.sf(91) / stay.sf(50), abs=0.002)


def test_what_is_assumed_is_said():
    assumed = "\n".join(load_scenario(STRIKE).assumed)
    for word in ("the event is what the title says", "UTC", "anywhere", "timeline is empty", "ends in the event"):
        assert word in assumed
    assert load_scenario(STRIKE).assumed == tuple(look_over(load_scenario(STRIKE)).assumed[: assumed.count("\n") + 1])


def test_it_is_written_out_and_read_again():
    short = load_scenario(STRIKE)
    again = load_scenario(dump_scenario(short), name=short.name)
    assert again == short
    assert not again.assumed


TWO = """
title: The treaty is signed
as_of: 2026-11-20
window: {days: 30}
history_from: 2026-01-01
priors:
  stages:
    idle: {stay: {mean: [50, 500]}, ends: {talks: 1}, because: Talks began once a year}
    talks: {stay: {mean: [20, 200]}, ends: {event: 6, idle: 4}, because: "Six of ten were signed (yearbook 2021-03-31)"}
"""


def test_stages_are_those_of_the_priors_and_episodes_are_alike():
    scenario = load_scenario(TWO)
    assert scenario.question.stages == ("idle", "talks")
    assert (scenario.priors.seriousness.belief.factor.lo, scenario.priors.seriousness.belief.factor.hi) == (1, 1)
    assert scenario.window.until == day("2026-12-20")
    assert scenario.facts["note-talks"].public == day("2021-03-31")
    assert scenario.facts["note-idle"].source == "unsourced"
    assert look_over(scenario).unsourced == ("priors.stages.idle",)


def test_notes_without_a_source_are_counted_below_the_table():
    assert str(run_scenario(TWO, engine="quick")).endswith("1 of 3 priors rests on an unsourced note")
    assert "unsourced" not in str(run_scenario(STRIKE, engine="quick"))


def test_a_sentence_tells_when_a_step_became_public():
    text = TWO + "timeline:\n  - {from: 2026-06-01, stage: talks, because: Talks have begun (gazette)}\n"
    scenario = load_scenario(text)
    (name,) = scenario.timeline[0].because
    assert name == "note-timeline-1"
    assert scenario.facts[name].public == day("2026-06-01")
    dated = load_scenario(text.replace("2026-06-01", "2026-06-09").replace("(gazette)", "(gazette 2026-06-09)"))
    assert dated.facts[name].public == day("2026-06-09")
    assert dated.facts[name].source == "gazette"


def test_a_plan_needs_the_day_on_which_it_was_made():
    plan = """
timeline:
  - {plan: pledge, from: 2026-12-01, until: 2026-12-05, because: They said December BRACKETS}
"""
    text = TWO + "  plans: {pledge: {kept: [0.3, 0.8], meanwhile: [0.5, 2], because: Half were kept (gazette)}}" + plan
    with pytest.raises(InputError, match="expected the day on which the plan was made, at the end of the brackets"):
        load_scenario(text.replace("BRACKETS", "(Reuters)"))
    scenario = load_scenario(text.replace("BRACKETS", "(Reuters 2026-11-18)"))
    assert scenario.facts["note-timeline-1"].public == day("2026-11-18")


def test_ids_and_sentences_may_stand_side_by_side_and_ids_that_are_taken_are_left():
    text = STRIKE.replace("because: Ten", "because: [note-waiting, Ten").replace("2020).}", "2020).], reason: So.}")
    fact = "facts: [{id: note-waiting, says: Known., source: x, public: 2020}]\n"
    scenario = load_scenario(text + fact)
    assert scenario.priors.stages["waiting"].because == ("note-waiting", "note-waiting-2")


def test_one_word_in_brackets_is_a_listed_source_where_sources_are_listed():
    sources = "sources: [{id: yearbook, publisher: Port, title: Yearbook, date: 2020-01-01}]\n"
    text = STRIKE.replace("(harbour yearbook 2020)", "(yearbok)")
    with pytest.raises(InputError, match="unknown source yearbok; did you mean yearbook"):
        load_scenario(text + sources)
    assert load_scenario(text.replace("yearbok", "yearbook") + sources).facts["note-waiting"].source == "yearbook"


def test_places_are_not_guessed_where_events_name_some():
    event = "timeline: [{day: 2026-11-01, event: north, because: It ended once (port log)}]\n"
    with pytest.raises(InputError, match="expected places, or itineraries, because events on record name some"):
        load_scenario(STRIKE + event)
    found = load_scenario(STRIKE + event.replace("north", "anywhere"))
    assert found.question.places == ("anywhere",)


@pytest.mark.parametrize(
    ("window", "start", "began"),
    [
        ("{from: 2026-11-01, days: 41}", "2026-11-21", "2026-11-01"),
        ("{from: 2026-11-20, until: 2026-12-31}", "2026-11-21", "2026-11-20"),
        ("{from: 2026-11-21, until: 2026-12-31}", "2026-11-21", None),
        ("{days: 41}", "2026-11-21", None),
    ],
)
def test_a_window_may_begin_before_as_of(window, start, began):
    scenario = load_scenario(STRIKE.replace("{until: 2026-12-31}", window))
    found = scenario.window
    assert (found.start, found.until) == (day(start), day("2026-12-31"))
    assert found.began == (began and day(began))
    assert load_scenario(dump_scenario(scenario), name=scenario.name) == scenario
    assert scenario.at(as_of="2026-10-15").window.start == day(began or "2026-10-16")


def settle(window):
    event = "timeline: [{day: 2026-11-01, event: anywhere, because: It ended (port log)}]\n"
    return load_scenario(STRIKE.replace("{until: 2026-12-31}", window) + event)


def test_what_has_happened_inside_the_window_is_the_answer():
    answer = run_scenario(settle("{from: 2026-10-15, until: 2026-12-31}"), engine="quick")
    assert (answer.p_event.mean, answer.day, answer.place) == (1, day("2026-11-01"), "anywhere")
    assert "It has happened, on 2026-11-01" in str(answer)
    assert "It ended. (port log)" in str(answer)
    assert answer.to_dict()["settled"]["facts"][0]["source"] == "port log"
    assert look_over(answer.scenario).settled == answer


def test_its_files_say_the_same_of_their_scenario(tmp_path):
    answer = run_scenario(settle("{from: 2026-10-15, until: 2026-12-31}"), engine="quick")
    write_settled(answer, tmp_path)
    write_settled(answer, tmp_path)  # our own files are replaced
    told = json.loads((tmp_path / "forecast.json").read_text())["scenario_sha256"]
    assert f"# sha256 of what follows: {told}\n" in (tmp_path / "scenario.yaml").read_text()


def test_what_happened_before_the_window_is_not():
    answer = run_scenario(settle("{from: 2026-11-02, until: 2026-12-31}"), engine="quick")
    assert answer.p_event.mean < 1
    assert "the window began on 2026-11-02, and no event is on record since" in str(answer)


def test_an_event_on_one_of_several_days_of_which_some_lie_before_the_window_is_refused():
    scenario = settle("{from: 2026-10-15, until: 2026-12-31}")
    told = dump_scenario(scenario).replace("day: '2026-11-01'", "day: 2026-10-10/2026-11-01")
    with pytest.raises(InputError, match=r"window.from: expected a first day that is not among 2026-10-10 to"):
        load_scenario(told.replace("single", "mean"))


SINCE = STRIKE.replace("{until: 2026-12-31}", "{from: 2026-10-15, until: 2026-12-31}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            SINCE.replace("from: 2026-10-15", "from: 2020-01-01"),
            "text:4:16: window.from: expected a day on or after history_from, 2026-10-01, before which nobody looked",
        ),
        (
            SINCE + "unrecorded: [{from: 2026-10-20, until: 2026-10-25}]",
            "text:4:16: window.from: expected no days without record in the window so far; found 2026-10-20",
        ),
        (
            SINCE + "timeline: [{day: 2026-11-01, right: 0.5, because: It ended (log)}]",
            r"text:9:37: timeline.0..right: expected an event that is certain",
        ),
        (STRIKE.replace("{until: 2026-12-31}", "{days: 10000000}"), "window.days: expected up to 14,610 days"),
        (STRIKE.replace("waiting", "worth"), "stages: expected one stage or more, none of them named event or worth"),
    ],
)
def test_what_the_record_cannot_answer_is_refused_with_its_place(text, message):
    with pytest.raises(InputError, match=message):
        load_scenario(text)


def test_a_season_in_brackets_is_no_day():
    fact = load_scenario(STRIKE.replace("(harbour yearbook 2020)", "(league statistics 2010-11)")).facts["note-waiting"]
    assert (fact.source, fact.public) == ("league statistics 2010-11", day("2026-10-01"))


def test_a_window_of_days_moves_with_as_of_in_sweeps_and_verbs_too():
    scenario = load_scenario(STRIKE.replace("{until: 2026-12-31}", "{days: 40}"))
    assert scenario.at(as_of="2026-11-01").window.until == day("2026-12-11")
    assert scenario.at(as_of="2026-11-01", window="2026-12-31").window.until == day("2026-12-31")
    moved = find_slot(scenario, "as_of").put(scenario.record(), day("2026-11-01"))
    assert (moved.window.start, moved.window.until) == (day("2026-11-02"), day("2026-12-11"))
    fixed = find_slot(scenario, "window.until").put(scenario.record(), day("2026-12-24"))
    assert fixed.window.until == day("2026-12-24")


def test_other_verbs_say_that_nothing_is_left_and_a_replay_skips_those_days():
    settled = settle("{from: 2026-10-15, until: 2026-12-31}")
    with pytest.raises(InputError, match=r"text: the question is answered, with yes, on 2026-11-01; leave it out"):
        forecast.compare_scenarios([load_scenario(STRIKE), settled], engine="quick")
    with pytest.raises(InputError, match=r"window.from: the question is answered, with yes"):
        forecast.sweep_scenario(settled, {"priors.stages.waiting.stay.median": [30.0, 40.0]}, engine="quick").to_dict()
    rows = forecast.replay(settled, start="2026-10-20", every="10d", window="fixed").rows
    told = {row.error for row in rows if row.as_of >= day("2026-11-01")}
    assert told == {"answered by then: the event came on 2026-11-01"}
    assert not any(row.error for row in rows if row.as_of < day("2026-11-01"))
