"""Outcomes: read from a file of their own, every problem at its place; those of the flagship agree with its facts."""

from __future__ import annotations

from pathlib import Path

import pytest

import forecast
from forecast.document.outcomes import find_outcomes, load_outcomes
from forecast.errors import InputError
from forecast.scenario.entries import EventEntry

ROOT = Path(__file__).parents[2]
FLAGSHIP = ROOT / "scenarios" / "kim-russia.yaml"


@pytest.fixture(scope="module")
def flagship():
    return forecast.load_scenario(FLAGSHIP)


def test_what_came_of_the_flagship_is_what_its_timeline_says(flagship):
    outcomes = load_outcomes(find_outcomes(FLAGSHIP), flagship)
    place_of = {way.name: way.place for way in flagship.question.itineraries}
    events = [entry for entry in flagship.timeline if isinstance(entry, EventEntry)]
    assert [(item.day, item.place) for item in outcomes.outcomes] == [
        (entry.day, place_of[entry.itinerary]) for entry in events
    ]
    assert outcomes.complete_until == max(fact.public for fact in flagship.facts.values())


def test_outcomes_are_no_scenario():
    assert find_outcomes(FLAGSHIP).exists()
    assert find_outcomes(FLAGSHIP) not in FLAGSHIP.parent.glob("*.yaml")


def test_no_module_but_replays_and_their_command_reads_outcomes():
    readers = {
        path.relative_to(ROOT / "forecast").as_posix()
        for path in (ROOT / "forecast").rglob("*.py")
        if "outcomes" in path.read_text(encoding="utf-8").lower()
    }
    assert not {name for name in readers if name.split("/")[0] in ("inference", "model", "multistate", "answer")}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("complete_until: 2025-03-27\n", "1:1: outcomes: expected the key outcomes; found none"),
        ("complete_until: soon\noutcomes: []\n", "1:17: complete_until: expected a date, YYYY-MM-DD; found 'soon'"),
        (
            "complete_until: 2025-03-27\noutcomes: [{day: 2019-04-24, plase: moscow, says: a, source: b}]\n",
            "2:30: outcomes[0].plase: unknown key; did you mean place?",
        ),
        (
            "complete_until: 2025-03-27\noutcomes: [{day: 2019-04-24, place: moskow, says: a, source: b}]\n",
            "2:37: outcomes[0].place: unknown place moskow; did you mean moscow?",
        ),
        (
            "complete_until: 2018-03-27\noutcomes: [{day: 2019-04-24, place: moscow, says: a, source: b}]\n",
            "2:18: outcomes[0].day: expected a day up to complete_until, 2018-03-27; found 2019-04-24. Move",
        ),
        (
            "complete_until: 2018-03-27\noutcomes: [{day: 2009-04-24, place: moscow, says: a, source: b}]\n",
            "2:18: outcomes[0].day: expected a day after history_from, 2011-12-17; found 2009-04-24",
        ),
        (
            "complete_until: 2018-03-27\noutcomes:\n- {day: 2017-04-24, place: moscow, says: a, source: b}\n"
            "- {day: 2017-04-24, place: moscow, says: a, source: b}\n",
            "4:9: outcomes[1].day: expected a day after the outcome before it, 2017-04-24; found 2017-04-24",
        ),
        ("[]\n", "1:1: expected a mapping with complete_until, outcomes; found a list"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(flagship, tmp_path, text, said):
    path = tmp_path / "came.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        load_outcomes(path, flagship)
    assert f"came.yaml:{said}" in str(caught.value)


def test_a_file_that_is_not_there_is_told(flagship, tmp_path):
    with pytest.raises(InputError, match="no such file"):
        load_outcomes(tmp_path / "none.yaml", flagship)
