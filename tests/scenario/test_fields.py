"""Declared keys: what is written is read back, and each key is in the tables and in the JSON Schema."""

from __future__ import annotations

import datetime
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.document.json_schema import make_json_schema
from forecast.errors import format_key
from forecast.scenario.beliefs import PRIORS, ConditionBelief, PlanBelief, Prior, Priors, RatioBelief, StageBelief
from forecast.scenario.entries import ENTRY, CovariateEntry, EventEntry, PlanEntry, StageEntry, step_day
from forecast.scenario.facts import FACT, FACT_OF_FILE, HYPOTHETICAL, SOURCE, Fact, Source
from forecast.scenario.fields import Key, Named, Record, key, record
from forecast.scenario.kinds import DAY, FLAG, NAME
from forecast.scenario.limits import DAYS_UNSURE_MOST
from forecast.scenario.nodes import make_node
from forecast.scenario.question import WAYS, Itinerary
from forecast.scenario.reader import UNENDING, Interval, Reader
from forecast.scenario.record import READINGS, Reading, Window
from forecast.scenario.schema import SCENARIO
from forecast.scenario.stays import WORDS, Stay
from forecast.scenario.suppositions import DO, GIVEN, Evidence, Interventions, Setting, Switch

PAGE = (Path(__file__).parents[2] / "docs" / "scenarios.md").read_text(encoding="utf-8")
WINDOW = Record(Window, "window")

names = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,8}", fullmatch=True)
free = names.filter(lambda name: name not in ("place", "because", "from", "true", "false", "null"))
some = st.lists(names, max_size=3, unique=True).map(tuple)
words = st.text(min_size=1, max_size=20).map(lambda text: " ".join(text.split()))
texts = words.filter(lambda text: text not in ("", "~", "null"))
days = st.dates(datetime.date(1900, 1, 1), datetime.date(2100, 1, 1))
numbers = st.floats(allow_nan=False, allow_infinity=False)
intervals = st.builds(Interval, numbers, numbers)
maybe_text, maybe_day = st.none() | texts, st.none() | days


def by_name(values):
    return st.dictionaries(free, values, max_size=3)


def priors(beliefs):
    return st.builds(Prior, beliefs, some, texts, st.none() | beliefs)


def same_per(prior):
    """Give what is otherwise believed the units of the belief, as a file does."""
    other = prior.otherwise and RatioBelief(prior.otherwise.factor, prior.belief.per, prior.belief.unit)
    return Prior(prior.belief, prior.because, prior.reason, other)


stays = st.builds(Stay, numbers, numbers, st.sampled_from(WORDS))
stage_beliefs = st.builds(StageBelief, stays, by_name(numbers))
ratio_beliefs = st.builds(RatioBelief, intervals, numbers, st.sampled_from(["", "day", "long mile"]))
plan_beliefs = st.builds(PlanBelief, intervals, intervals)
condition_beliefs = st.builds(ConditionBelief, intervals | st.just(UNENDING), st.none() | intervals | st.just(UNENDING))
plain_ratios = st.builds(RatioBelief, intervals)
sources = st.builds(Source, names, texts, texts, days)
facts = st.builds(
    Fact, names, texts, texts, days,
    happened=maybe_text, who=maybe_text, grade=maybe_text, also=some, day_from=maybe_text, note=maybe_text,
    reference=maybe_text,
)  # fmt: skip
supposed = st.builds(Fact, names, texts, st.just(HYPOTHETICAL), days, who=maybe_text)
places = st.lists(names, min_size=1, max_size=3, unique=True).map(tuple)
every = st.sampled_from(["", "year"])
conditions = st.builds(CovariateEntry, names, maybe_day, maybe_day, some, st.just(()) | places, places, every)
plans = st.builds(PlanEntry, names, days, days, some, st.just(()) | places, st.booleans())
steps = st.builds(StageEntry, days, names, some) | st.builds(EventEntry, days, names, some)
back = st.integers(1, DAYS_UNSURE_MOST - 1).map(datetime.timedelta)
unsure = st.tuples(steps, back).map(lambda pair: replace(pair[0], earliest=step_day(pair[0]) - pair[1]))
entries = steps | unsure | conditions | plans
ways = st.builds(Itinerary, free, names, by_name(numbers), some)
attributes = st.dictionaries(free, numbers, min_size=1, max_size=3)
switches = st.builds(Switch, maybe_day, maybe_day)
interventions = st.builds(
    Interventions,
    stage=by_name(days),
    hazard_ratios=by_name(st.builds(Setting, numbers, maybe_day)),
    itineraries=by_name(st.builds(Setting, attributes, maybe_day)),
    remove=by_name(days),
    conditions=by_name(switches),
    facts=st.lists(supposed, max_size=2, unique_by=lambda fact: fact.id).map(lambda found: {f.id: f for f in found}),
    timeline=st.lists(conditions | plans, max_size=2).map(tuple),
)
all_priors = st.builds(
    Priors,
    by_name(priors(stage_beliefs)),
    by_name(priors(ratio_beliefs).map(same_per)),
    by_name(priors(plan_beliefs)),
    by_name(priors(condition_beliefs)),
    st.none() | priors(plain_ratios),
)
readings = st.builds(Reading, free, texts, by_name(names))
RECORDS = {
    "source": (SOURCE, sources),
    "fact": (FACT, facts),
    "entry": (ENTRY, entries),
    "itineraries": (WAYS, st.lists(ways, max_size=3, unique_by=lambda way: way.name).map(tuple)),
    "priors": (PRIORS, all_priors),
    "do": (DO, interventions),
    "given": (GIVEN, st.builds(Evidence, by_name(days), by_name(switches), maybe_day, maybe_day)),
    "window": (WINDOW, st.builds(Window, days, days)),
    "readings": (READINGS, st.lists(readings, max_size=3, unique_by=lambda reading: reading.name).map(tuple)),
}


@pytest.mark.parametrize("name", RECORDS)
@settings(max_examples=40)
@given(data=st.data())
def test_what_is_written_is_read_back(name, data):
    kind, values = RECORDS[name]
    value = data.draw(values)
    reader = Reader()
    assert kind.read(reader, make_node(kind.plain(value)), ()) == value
    assert not reader.problems


# --- every key is told of ------------------------------------------------------------------------------------------


def rows():
    """Return the keys of each record in the tables of the page."""
    found: dict[str, set[str]] = {}
    for heads, table in re.findall(r"<!-- keys: (.*?) -->\n(.*?)<!-- end -->", PAGE, re.DOTALL):
        for line in table.splitlines()[2:]:
            cells = [cell.strip(" `") for cell in line.strip("|").split("|")]
            name, said = (cells[0], cells[1:]) if ", " in heads else (heads, cells)
            assert re.search("[a-z]", said[1]), line  # a line of help
            found.setdefault(name, set()).add(said[0])
    return found


TABLES, DEFINITIONS = rows(), make_json_schema()["$defs"]
TOP = [SCENARIO, SOURCE, FACT, PRIORS, DO, GIVEN, WINDOW, WAYS.kind, READINGS.kind, *ENTRY.records.values()]
BELOW = [item.kind.kind if isinstance(item.kind, Named) else item.kind for item in PRIORS.keys]
SET = [item.kind.kind for item in DO.keys if isinstance(item.kind, Named) and isinstance(item.kind.kind, Record)]


@pytest.mark.parametrize("declared", [*TOP, *BELOW, *SET], ids=lambda declared: declared.words)
def test_every_declared_key_is_in_the_tables_and_in_the_json_schema(declared):
    keys = {item.name for item in declared.flat()}
    assert keys
    assert keys <= TABLES[declared.words]
    for part in ("", "part-of-"):
        definition = DEFINITIONS.get(part + declared.words.replace(" ", "-"))
        if definition is None:  # lists are never laid over one another, so there are no parts of what they hold
            assert part
            continue
        needed = definition.get("required", [])
        written = set(definition["properties"])
        for name, group in definition["properties"].items():
            written |= {f"{name}.{inner}" for inner in group.get("properties", {})}
        assert keys - ({"priors"} if part else set()) <= written
        if not part:
            assert set(needed) == set(declared.asked)


def test_no_two_records_share_a_name():
    words = [item.words for item in (*TOP, *BELOW, *SET, FACT_OF_FILE)]
    assert len(set(words)) == len(words)


# --- how declarations behave ---------------------------------------------------------------------------------------


@record
class Trip:
    """A record for these tests."""

    goal: str = key("goal", NAME, "where to")
    start: datetime.date = key("when.from", DAY, "the first day")
    until: datetime.date | None = key("when.until", DAY, "the last day", default=None)
    alone: bool = key("alone", FLAG, "without company", default=False)


TRIP = Record(Trip, "trip")
MARCH = datetime.date(2025, 3, 1)


def read(record, plain):
    reader = Reader()
    value = record.read(reader, make_node(plain), ("trips", 0))
    return value, said(reader)


def said(reader):
    return [f"{format_key(problem.key)}: {problem.message}" for problem in reader.problems]


def test_dotted_keys_lie_one_mapping_deeper():
    plain = {"goal": "rome", "when": {"from": "2025-03-01"}}
    assert read(TRIP, plain) == (Trip("rome", MARCH), [])
    assert TRIP.plain(Trip("rome", MARCH)) == plain


def test_what_says_nothing_is_not_written():
    assert TRIP.plain(Trip("rome", MARCH, None, True))["alone"] is True
    assert "alone" not in TRIP.plain(Trip("rome", MARCH))


@pytest.mark.parametrize("name", ["gaol", "whne", "alnoe"])
def test_an_unknown_key_gets_the_nearest_name(name):
    meant = {"gaol": "goal", "whne": "when", "alnoe": "alone"}[name]
    plain = {"goal": "rome", "when": {"from": "2025-03-01"}, "alone": True}
    plain[name] = plain.pop(meant)
    assert read(TRIP, plain)[1] == [f"trips[0].{name}: unknown key; did you mean {meant}?"]


def test_what_is_missing_is_said_and_reading_goes_on():
    value, problems = read(TRIP, {"when": {"from": "soon"}})
    assert problems == [
        "trips[0].goal: expected the key goal; found none",
        "trips[0].when.from: expected a date, YYYY-MM-DD; found 'soon'",
    ]
    assert value.goal == ""


def test_a_key_may_be_left_out_of_a_record_and_given_instead():
    homeward = Record(Trip, "trip", without=("goal",))
    reader = Reader()
    node = make_node({"when": {"from": "2025-03-01"}})
    assert homeward.read(reader, node, (), goal="home") == Trip("home", MARCH)
    homeward.read(reader, make_node({"goal": "rome", "when": {"from": "2025-03-01"}}), (), goal="home")
    assert said(reader) == ["goal: unknown key; choose from: when, alone"]


def test_a_key_knows_whether_it_is_needed():
    assert [item.needed for item in TRIP.keys] == [True, True, False, False]
    assert Key("x", NAME).needed
