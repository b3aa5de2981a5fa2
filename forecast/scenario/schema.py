"""A scenario file as a whole: what its records do not say by themselves, where one part hangs on another.

Receives the merged tree of a scenario, hands on a `ScenarioRecord` whose parts are typed. Whether they fit together is
for `scenario.checks`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from forecast.errors import KeyPath
from forecast.scenario.assume import lay_assumptions
from forecast.scenario.beliefs import ASSUMED, NEW_PRIORS, PRIORS, Priors
from forecast.scenario.defaults import fill_in
from forecast.scenario.ends import WORTH
from forecast.scenario.entries import TIMELINE, TimelineEntry
from forecast.scenario.facts import FACTS, SOURCES, FactsRead, read_facts
from forecast.scenario.fields import Key, Named, Record, key, record
from forecast.scenario.kinds import PATH, RANK, SOME_NAMES, Leaf, number
from forecast.scenario.limits import DAYS_AHEAD_MOST, FAR_TOO_MUCH, LEAST_COUNT, STAGES_MOST
from forecast.scenario.nodes import Mapping, Node, Sequence, locate
from forecast.scenario.question import EVENT, Itinerary, Question
from forecast.scenario.reader import Reader
from forecast.scenario.record import READINGS, Reading, ScenarioRecord, Window, next_day, place_window
from forecast.scenario.sentences import find_sentences

_COUNTS = Named("place", number(above=0, least=LEAST_COUNT, most=FAR_TOO_MUCH))


def _read_places(reader: Reader, node: Node, key: KeyPath) -> tuple[Itinerary, ...]:
    """Read places, each a way of its own: their names, or counts of past cases by name."""
    if not isinstance(node, Mapping):
        return tuple(Itinerary(name, name) for name in reader.some_names(node, key, "place"))
    counts = _COUNTS.read(reader, node, key)
    if not counts:
        reader.expect(node, key, "at least one place")
    for name, count in counts.items():
        if not LEAST_COUNT <= count <= FAR_TOO_MUCH:
            limits = f"{LEAST_COUNT:g} to {FAR_TOO_MUCH:g}"
            reader.expect(node.items[name], (*key, name), f"a count from {limits}, of past cases that went there")
    return tuple(Itinerary(name, name, count=count) for name, count in counts.items())


_PLACES = Leaf(
    "list of names, or counts of past cases by name",
    _read_places,
    {"anyOf": [SOME_NAMES.json, {"type": "object", "additionalProperties": _COUNTS.kind.json, "minProperties": 1}]},
    (),
    list,
)


@record
class Added:
    """What a file adds to the lists of the one that it extends."""

    places: tuple[Itinerary, ...] = key("places", _PLACES, "more places, or more past cases by place", absent=())
    timeline: tuple[TimelineEntry, ...] = key("timeline", TIMELINE, "entries, which follow those below", absent=())
    priors: Any = key(
        "priors", NEW_PRIORS, "priors of what is new, such as a covariate of the week's news", absent=None
    )
    sources: Mapping = key("sources", SOURCES, "sources, folders or files of them", absent=None)
    facts: Mapping = key("facts", FACTS, "facts", absent=None)


ADDED = Record(Added, "addition")
EXTENDS = Key("extends", PATH, "the file below; paths are relative to the file they stand in", absent=None)
SCENARIO = Record(
    ScenarioRecord,
    "scenario",
    places=key("places", _PLACES, "in place of itineraries: places alone, each a way of its own", absent=("anywhere",)),
    add=key("add", ADDED, "what is added to lists below, in a file that extends another", absent=None),
    assume=key("assume", ASSUMED, "other priors, in a file that extends another", absent=None),
)


def read_scenario(reader: Reader, tree: Mapping, *, name: str, found: FactsRead) -> ScenarioRecord:
    """Type a scenario's tree.

    Parameters
    ----------
    reader : Reader
        Collects the problems.
    tree : Mapping
        The file laid over all that it extends.
    name : str
        The scenario's, unless the file gives it one.
    found : FactsRead
        Sources and facts of the folder that the scenario names.
    """
    tree, assumed = fill_in(tree)
    tree = find_sentences(reader, tree, found)
    record: ScenarioRecord = SCENARIO.read(reader, tree, (), name=name)
    read_facts(reader, tree.items, tree.mark, found)
    _check_stages(reader, tree, record.question)
    return replace(
        record,
        question=replace(record.question, itineraries=_read_ways(reader, tree, record.question)),
        sources=found.sources,
        facts=found.facts,
        window=_complete_window(reader, tree, record),
        readings=_read_readings(reader, tree),
        assumed=assumed,
        warnings=tuple(reader.warnings),
    )


def read_priors(reader: Reader, node: Node) -> Priors:
    """Read all beliefs with their facts and reasons."""
    return PRIORS.read(reader, node, ("priors",))


def _check_stages(reader: Reader, tree: Mapping, question: Question) -> None:
    """Find stages that cannot be, and silent ones that are none."""
    stages, declared = question.stages, tree.items.get("stages")
    if isinstance(declared, Sequence) and (not stages or {EVENT, WORTH} & set(stages)):
        reader.expect(declared, ("stages",), f"one stage or more, none of them named {EVENT} or {WORTH}")
    elif len(stages) > STAGES_MOST:
        reader.add(("stages",), tree.keys["stages"], f"expected at most {STAGES_MOST} stages; found {len(stages):,}")
    silent = () if ("stages",) in reader.broken else question.silent
    for index, name in enumerate(silent):
        if name not in stages[1:] and name:
            mark = locate(tree, ("silent", index))
            reader.add(("silent", index), mark, f"unknown stage {name}", near=(name, stages[1:]))


def _read_ways(reader: Reader, tree: Mapping, question: Question) -> tuple[Itinerary, ...]:
    """Return the itineraries, or read places as short ones."""
    both = [name for name in ("places", "itineraries") if name in tree.items]
    if both == ["places"]:
        return _read_places(reader, tree.items["places"], ("places",))
    if len(both) == 2:
        message = "expected places or itineraries; found both. Each itinerary names its place, so leave places out"
        reader.add(("places",), tree.keys["places"], message)
    elif not both and not {("places",), ("itineraries",)} & reader.broken:
        message = "expected places, or itineraries, because events on record name some; found neither"
        reader.add(("places",), tree.mark, message)
    return question.itineraries


def _complete_window(reader: Reader, tree: Mapping, record: ScenarioRecord) -> Window:
    """Begin a window the day after `as_of` unless it says when, and end it there if that cannot be told."""
    node, until, days = tree.items.get("window"), record.window.until, None
    said = node.items if isinstance(node, Mapping) else {}
    if "days" in said and "until" in said:
        message = "expected until or days; found both. Where another file gives one, take it away with null"
        reader.add(("window", "days"), said["days"].mark, message)
    elif "days" in said:
        days = RANK.read(reader, said["days"], ("window", "days"))
        if days > DAYS_AHEAD_MOST:
            reader.expect(said["days"], ("window", "days"), f"up to {DAYS_AHEAD_MOST:,} days, which is forty years")
        until = record.as_of
    elif until is None and not any(key[:1] in {("window",), ("as_of",)} for key in reader.broken):
        reader.add(("window", "until"), (node or tree).mark, "expected the key until, or days; found neither")
    start = record.window.start or next_day(record.as_of)
    unsure = not reader.broken.isdisjoint({("window",), ("window", "until"), ("window", "days")})
    if unsure or until is None:
        return place_window(start, start, record.as_of)
    return place_window(start, until, record.as_of, days)


def _read_readings(reader: Reader, tree: Mapping) -> tuple[Reading, ...]:
    """Read readings, each with the scenario's priors under what it assumes."""
    readings = READINGS.read(reader, tree.items["readings"], ("readings",)) if "readings" in tree.items else ()
    return tuple(_complete_reading(reader, tree, reading) for reading in readings)


def _complete_reading(reader: Reader, tree: Mapping, reading: Reading) -> Reading:
    key: KeyPath = ("readings", reading.name)
    readings, priors = tree.items["readings"], tree.items.get("priors")
    node = readings.items[reading.name] if isinstance(readings, Mapping) else readings
    said = node.items if isinstance(node, Mapping) else {}
    if not {"recode", "assume"} & set(said):
        reader.add(key, node.mark, "expected recode, assume or both; found neither, so nothing is read otherwise")
    if "assume" not in said or priors is None:
        return reading
    if isinstance(priors, Mapping):
        priors = lay_assumptions(reader, priors, said["assume"], (*key, "assume"))
    return replace(reading, priors=read_priors(reader, priors))
