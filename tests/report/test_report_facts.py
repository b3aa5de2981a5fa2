"""What a person sees of `forecast facts`: each fact that was public, who says so, and what rests on it."""

from __future__ import annotations

import datetime
import re
from dataclasses import replace

import pytest
from builders import broken_record, known, under_way, unseen

from forecast.cli.main import main
from forecast.document.load import load_question, load_scenario
from forecast.report.facts import render_facts
from forecast.scenario.facts import Fact

VISIT = "tests/questions/visit.yaml"


@pytest.fixture(scope="module")
def visit():
    return load_scenario(VISIT)


def blocks(text):
    """Return the lines below each fact, by its id, joined."""
    parts = [part.splitlines() for part in text.split("\n\n")[1:]]
    return {part[0].split()[1]: " ".join(line.strip() for line in part[1:]) for part in parts}


def test_a_fact_is_told_with_its_day_its_source_and_what_rests_on_it(visit):
    text = render_facts(visit)
    assert "\n2024-05-01  invited-2024\n" in text
    found = blocks(text)
    assert found["invited-2024"] == (
        "Invited once more. source: The Gazette (gazette) "
        "-> stage invited from 2024-05-01; plan host (south), 2024-08-02 to 2024-08-04"
    )
    assert found["landed-2023"].endswith("-> event on 2023-03-05, north-by-sea")
    assert found["port-closes"].endswith(
        "-> port_closed from 2021-04-01; prior hazard_ratios.port_closed; prior conditions.port_closed"
    )


def test_every_source_of_a_fact_is_named_and_a_month_counts_as_its_last_day(visit):
    text = render_facts(visit)
    assert "\n2010-05-31  airstrip\n" in text
    assert "source: The survey (atlas), gazette" in blocks(text)["airstrip"]
    assert "-> itinerary south-by-air; prior hazard_ratios.by_air" in blocks(text)["airstrip"]


def test_facts_stand_in_the_order_in_which_they_became_public(visit):
    days = re.findall(r"^(\d{4}-\d\d-\d\d)  ", render_facts(visit), re.M)
    assert days == sorted(str(fact.public) for fact in visit.facts.values())


def test_a_fact_that_is_not_public_yet_is_not_there(capsys):
    """The invitation is of 1 March 2021, the port closes a month later."""
    assert main(["facts", VISIT, "--as-of", "2021-03-31"]) == 0
    text = capsys.readouterr().out
    assert blocks(text).keys() == {"airstrip", "map", "custom", "invited-2021"}
    assert text.startswith("The minister visits the islands: facts public by 2021-03-31\n4 of 13 facts; 4 of them do")
    assert main(["facts", VISIT, "--as-of", "2021-04-01"]) == 0
    assert "port-closes" in blocks(capsys.readouterr().out)


def test_an_entry_counts_once_all_of_its_facts_are_public(visit):
    """The plan rests on two facts, of 1 and of 2 May."""
    before = render_facts(replace(visit, as_of=datetime.date(2024, 5, 1)))
    assert "plan host" not in before
    assert blocks(before)["invited-2024"].endswith("-> stage invited from 2024-05-01")


def test_who_says_it_and_how_sure_it_is_and_a_fact_that_does_nothing(visit):
    more = Fact(
        "rumour", "She may not go.", "gazette", datetime.date(2024, 6, 2), who="an aide", grade="weak",
        day_from="the byline",
    )  # fmt: skip
    found = blocks(render_facts(replace(visit, facts={**visit.facts, "rumour": more})))
    assert found["rumour"] == (
        "She may not go. says an aide; grade: weak source: The Gazette (gazette); day from the byline -> context only"
    )


def test_what_says_where_the_record_begins_and_breaks_off_is_told_of_it():
    under, lost, resumed = known(1), known(2), known(3)
    scenario = broken_record(
        begins=replace(under_way("active"), because=under),
        unrecorded=[replace(unseen(81, 90), because=lost, then=replace(under_way("active", 85), because=resumed))],
    )
    found = blocks(render_facts(scenario))
    assert found["public-1"].endswith("-> stage active under way")
    assert found["public-2"].endswith("-> no record, 2020-03-22 to 2020-03-31")
    assert found["public-3"].endswith("-> stage active under way since 2020-03-26")
    assert {"public-1", "public-2", "public-3"} <= scenario.known().cited


def test_long_texts_are_wrapped(visit):
    more = Fact("long", "She may not go, " * 30, "gazette", datetime.date(2024, 6, 2))
    lines = render_facts(replace(visit, facts={**visit.facts, "long": more})).splitlines()
    assert max(map(len, lines)) <= 110
    assert sum(line.count("She may not go,") for line in lines) >= 25


@pytest.mark.parametrize("day", ["2010-01-01", "2025-04-15", "9999-12-31"])
def test_facts_can_be_told_as_of_any_day(day, capsys):
    """Also where no forecast could be made: before history, or behind what is set."""
    assert main(["facts", "scenarios/victory-day.yaml", "--as-of", day]) == 0
    assert f"facts public by {day}" in capsys.readouterr().out


def test_facts_of_several_timelines_are_told_once_with_the_names_of_those_that_rest_on_them(capsys):
    """Rows of a table have one id in each timeline, and are not one fact."""
    several = load_question("scenarios/invented/ratifications.yaml")
    found = render_facts(several)
    rows = re.findall(r"Row \d+ of ratifications.csv", found)
    steps = [entry for unit in several.timelines.values() for entry in unit.known().entries if entry.number is not None]
    assert len(rows) == len(set(rows)) == len(steps) > 20
    assert "signatory.aldmere, signatory.brennholt, signatory.corvana and 24 more: prior stages.signed" in found
    assert main(["facts", "scenarios/invented/ratifications.yaml", "--as-of", "2025-06-30"]) == 0
    days = re.findall(r"^(\d{4}-\d\d-\d\d)  ", capsys.readouterr().out, re.M)
    assert "2025-03-02" in days
    assert max(days) <= "2025-06-30"
