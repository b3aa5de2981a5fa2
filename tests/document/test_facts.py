"""The facts in seeds/ keep the rules of seeds/README.md, and docs/coding.md says what the timeline does with them."""

from __future__ import annotations

import datetime
import re
from dataclasses import replace
from pathlib import Path

import pytest

from forecast.document.load import load_scenario
from forecast.model.timeline import build_timeline
from forecast.scenario.entries import EventEntry, StageEntry, step_day

ROOT = Path(__file__).parents[2]
BASE = load_scenario(ROOT / "scenarios" / "kim-russia.yaml")
RECORD = "public-record"
README = (ROOT / "seeds" / "README.md").read_text(encoding="utf-8")
CODING = (ROOT / "docs" / "coding.md").read_text(encoding="utf-8")
# Days of the public record, typed in from a chronology and not from seeds/: fact, when it happened, when it was public.
CHRONOLOGY = [
    ("in-power-2011", "2011-12-17", "2011-12-19"),
    ("invited-2014", "2014-12-22", "2014-12-22"),
    ("kremlin-counts-kim-2015", "2015-01-28", "2015-01-28"),
    ("kremlin-says-not-coming-2015", "2015-04-30", "2015-04-30"),
    ("invited-2018", "2018-05-31", "2018-05-31"),
    ("kremlin-announces-2019", "2019-04-18", "2019-04-18"),
    ("both-announce-2019", "2019-04-23", "2019-04-23"),
    ("vladivostok-2019", "2019-04-24", "2019-04-24"),
    ("invited-2019-75th", "2019-08-16", "2019-08-16"),
    ("borders-sealed-2020", "2020-01-22", "2020-01-22"),
    ("did-not-come-2020", "2020-06-24", "2020-06-24"),
    ("shoigu-2023-july", "2023-07-25/2023-07-27", "2023-07-25"),
    ("borders-reopen-2023", "2023-08-26", "2023-08-26"),
    ("left-pyongyang-2023", "2023-09-10", "2023-09-12"),
    ("both-announce-2023", "2023-09-11", "2023-09-11"),
    ("crossed-border-2023", "2023-09-12", "2023-09-12"),
    ("vostochny-2023", "2023-09-13", "2023-09-13"),
    ("left-russia-2023", "2023-09-17", "2023-09-17"),
    ("putin-invites-2024", "2024-06-19", "2024-06-19"),
    ("rudenko-2025-march", "2025-03-15", "2025-03-15"),
    ("shoigu-2025-march", "2025-03-21", "2025-03-21"),
    ("valid-invitation-2025", "2025-03-24", "2025-03-24"),
    ("preparations-2025", "2025-03-27", "2025-03-27"),
]
TRIPS_2018_19 = {  # nine, as CNN counts them: four to China, three to meet Trump, one to meet Moon, one to Vladivostok
    "china": ["china-2018-march", "china-2018-may", "china-2018-june", "china-2019-january"],
    "trump": ["singapore-2018", "hanoi-2019", "dmz-2019"],
    "moon": ["dmz-2018"],
    "putin": ["vladivostok-2019"],
}


def first_and_last(happened: str) -> tuple[datetime.date, datetime.date]:
    """Return the first and the last day of a full day or a range of full days."""
    first, _, last = happened.partition("/")
    return datetime.date.fromisoformat(first), datetime.date.fromisoformat(last or first)


def ids_in(text: str) -> set[str]:
    """Return what looks like a fact's id: hyphenated words, one of which is a year or the last of which is `day`."""
    words = re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)+", text)
    return {word for word in words if re.search(r"[a-z].*(19|20)\d\d|-day$", word)}


@pytest.mark.parametrize(("name", "happened", "public"), CHRONOLOGY, ids=[row[0] for row in CHRONOLOGY])
def test_days_are_those_of_the_public_record(name, happened, public):
    fact = BASE.facts[name]
    assert (fact.happened, fact.public.isoformat()) == (happened, public)


def test_the_nine_trips_are_nine_and_fall_into_2018_and_2019():
    trips = [name for group in TRIPS_2018_19.values() for name in group]
    days = [first_and_last(BASE.facts[name].happened) for name in trips]
    assert len(set(trips)) == 9
    span = first_and_last(BASE.facts["nine-trips-2018-19"].happened)
    assert (min(first for first, _ in days), max(last for _, last in days)) == span
    assert {day.year for pair in days for day in pair} == {2018, 2019}
    assert first_and_last(BASE.facts["none-before-2018"].happened)[1] < span[0]
    assert first_and_last(BASE.facts["vostochny-2023"].happened)[0] > span[1]  # the tenth


def test_a_fact_was_public_by_the_first_article_that_states_it():
    first = {fact: min(BASE.sources[name].date for name in (fact.source, *fact.also)) for fact in BASE.facts.values()}
    assert [fact.id for fact, date in first.items() if fact.public > date] == []


def test_what_has_a_grade_was_said_or_done_by_the_day_it_was_public():
    graded = [fact for fact in BASE.facts.values() if fact.grade]
    listed = README[README.index("Grades:") : README.index("## Rules")]
    assert len(graded) > 30
    for fact in graded:
        assert f"`{fact.grade}`" in listed, fact.id
        assert fact.who or fact.source == RECORD, fact.id
        assert fact.happened[:10] <= fact.public.isoformat(), fact.id


def test_each_day_from_the_public_record_has_its_source_there():
    supplied = {fact.id for fact in BASE.facts.values() if fact.day_from}
    assert {BASE.facts[name].day_from for name in supplied} == {RECORD}
    assert {f"{name}-day" for name in supplied} == {name for name in BASE.facts if name.endswith("-day")}
    for name in supplied:
        day = BASE.facts[f"{name}-day"]
        assert (day.source, day.public) == (RECORD, BASE.facts[name].public), name
        assert BASE.facts[name].source != RECORD


def test_the_public_record_is_in_order_and_referenced():
    record = [fact for fact in BASE.facts.values() if fact.source == RECORD]
    assert [fact.public for fact in record] == sorted(fact.public for fact in record)
    assert all(fact.reference and fact.happened for fact in record)
    assert not any(fact.reference for fact in BASE.facts.values() if fact.source != RECORD)


def test_notes_and_pages_name_facts_that_exist():
    texts = {fact.id: fact.note or "" for fact in BASE.facts.values()} | {"README": README, "coding": CODING}
    named = {where: ids_in(text) - set(BASE.sources) for where, text in texts.items()}
    assert sum(map(len, named.values())) > 20
    assert {where: left for where, names in named.items() if (left := names - set(BASE.facts))} == {}


def coded() -> list[tuple[datetime.date, str]]:
    """Return day and stage of each row of the table in docs/coding.md."""
    rows = re.findall(r"^\|[^|]*\| (\d{4}-\d\d-\d\d) \| ([a-z]+) \|", CODING, re.MULTILINE)
    return [(datetime.date.fromisoformat(day), stage) for day, stage in rows]


@pytest.mark.parametrize(("day", "stage"), coded(), ids=lambda value: str(value))
def test_the_table_of_coding_says_what_the_timeline_does(day, stage):
    events = {entry.day for entry in BASE.timeline if isinstance(entry, EventEntry)}
    later = replace(BASE.window, start=day + datetime.timedelta(days=1), until=day + datetime.timedelta(days=2))
    timeline = build_timeline(replace(BASE, as_of=day, window=later).known())
    assert (day in events) == (stage == "event")
    assert timeline.structure.stages[timeline.stage] == ("quiet" if stage == "event" else stage)


def test_every_step_of_the_timeline_is_in_the_table_of_coding():
    steps = [entry for entry in BASE.timeline if isinstance(entry, StageEntry | EventEntry)]
    expected = {(step_day(step), step.stage if isinstance(step, StageEntry) else "event") for step in steps}
    assert len(expected) == len(steps)
    assert expected <= set(coded())
