"""The schema of a scenario file: what keys there are and what each becomes.

Receives the merged tree of a scenario, hands on a `ScenarioRecord` whose parts are typed. Whether they fit together is
for `scenario.checks`.
"""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Callable
from typing import Any

from forecast.errors import KeyPath, suggest
from forecast.scenario.assume import lay_assumptions
from forecast.scenario.beliefs import Interval, PlanBelief, Prior, Priors, RatioBelief, StageBelief
from forecast.scenario.nodes import Mapping, Node, Scalar, Sequence, describe, locate
from forecast.scenario.question import EVENT, Itinerary, Question
from forecast.scenario.read_entries import read_entry
from forecast.scenario.read_facts import FactsRead, read_facts
from forecast.scenario.read_suppositions import read_evidence, read_interventions
from forecast.scenario.reader import NO_DAY, NO_INTERVAL, NUMBER, Reader
from forecast.scenario.record import Reading, ScenarioRecord, Window
from forecast.scenario.suppositions import Evidence, Interventions

_NEEDED = ("title", "question", "history_from", "as_of", "window", "timeline", "priors")
_KNOWN = (
    "name",
    "sources",
    "facts",
    "stages",
    "silent",
    "places",
    "itineraries",
    "unused",
    "assume",
    "do",
    "given",
    "readings",
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
    keys = reader.mapping(tree, (), needed=_NEEDED, known=_KNOWN)
    sources, facts = read_facts(reader, keys, tree.mark, found)
    as_of = reader.date(keys["as_of"], ("as_of",)) if "as_of" in keys else NO_DAY
    timeline = reader.sequence(keys["timeline"], ("timeline",), "a list of entries") if "timeline" in keys else ()
    return ScenarioRecord(
        name=_read_scenario_name(reader, keys["name"]) if "name" in keys else name,
        question=_read_question(reader, keys, tree),
        sources=sources,
        facts=facts,
        timeline=tuple(read_entry(reader, node, ("timeline", index)) for index, node in enumerate(timeline)),
        priors=read_priors(reader, keys["priors"]) if "priors" in keys else Priors({}),
        as_of=as_of,
        window=_read_window(reader, keys["window"], as_of) if "window" in keys else Window(as_of, as_of),
        unused=reader.names(keys["unused"], ("unused",)) if "unused" in keys else (),
        interventions=read_interventions(reader, keys["do"]) if "do" in keys else Interventions(),
        evidence=read_evidence(reader, keys["given"]) if "given" in keys else Evidence(),
        readings=_read_readings(reader, keys) if "readings" in keys else (),
    )


# --- the question ------------------------------------------------------------------------------------------------


def _read_scenario_name(reader: Reader, node: Node) -> str:
    """Read the name of a scenario, which is that of its results' folder too."""
    name = reader.text(node, ("name",))
    if name and (name.startswith(".") or set(name) & set("/\\") or not name.isprintable()):
        reader.expect(node, ("name",), "a name that can be a folder's, without slashes and no dot first")
    return name


def _read_window(reader: Reader, node: Node, as_of: datetime.date) -> Window:
    keys = reader.mapping(node, ("window",), needed=("until",), known=("from",))
    next_day = datetime.date.fromordinal(min(as_of.toordinal() + 1, datetime.date.max.toordinal()))
    start = reader.date(keys["from"], ("window", "from")) if "from" in keys else next_day
    return Window(start, reader.date(keys["until"], ("window", "until")) if "until" in keys else start)


def _read_question(reader: Reader, keys: dict[str, Node], tree: Mapping) -> Question:
    asked: dict[str, Node] = {}
    if "question" in keys:
        asked = reader.mapping(keys["question"], ("question",), needed=("event", "resolves", "timezone"))
    text = {name: reader.text(node, ("question", name)) for name, node in asked.items()}
    if text.get("timezone"):
        _check_timezone(reader, asked["timezone"], text["timezone"])
    stages = reader.names(keys["stages"], ("stages",)) if "stages" in keys else ("waiting",)
    if isinstance(keys.get("stages"), Sequence) and (not stages or EVENT in stages):
        reader.expect(keys["stages"], ("stages",), f"one stage or more, none of them named {EVENT}")
    silent = reader.names(keys["silent"], ("silent",)) if "silent" in keys else ()
    for index, name in enumerate(silent):
        if name not in stages[1:] and name and ("stages",) not in reader.broken:
            mark = locate(keys["silent"], (index,))
            reader.add(("silent", index), mark, f"unknown stage {name}; {suggest(name, stages[1:])}")
    return Question(
        title=reader.text(keys["title"], ("title",)) if "title" in keys else "",
        event=text.get("event", ""),
        resolves=text.get("resolves", ""),
        timezone=text.get("timezone", ""),
        stages=stages,
        silent=silent,
        itineraries=_read_itineraries(reader, keys, tree),
        history_from=reader.date(keys["history_from"], ("history_from",)) if "history_from" in keys else NO_DAY,
    )


def _check_timezone(reader: Reader, node: Node, name: str) -> None:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        nearest = suggest(name, sorted(zoneinfo.available_timezones()))
        expected = "expected a time zone such as Europe/Paris"
        reader.add(("question", "timezone"), node.mark, f"{expected}; found {describe(node)}; {nearest}")


def _read_itineraries(reader: Reader, keys: dict[str, Node], tree: Mapping) -> tuple[Itinerary, ...]:
    if "itineraries" not in keys:
        places = reader.some_names(keys["places"], ("places",), "place") if "places" in keys else ()
        if "places" not in keys and not {("places",), ("itineraries",)} & set(reader.broken):
            reader.add(("places",), tree.mark, "expected places, or itineraries; found neither")
        return tuple(Itinerary(place, place) for place in places)
    if "places" in keys:
        message = "expected places or itineraries; found both. Each itinerary names its place, so leave places out"
        reader.add(("places",), tree.keys["places"], message)
    ways = []
    for name, node in reader.names_to_nodes(keys["itineraries"], ("itineraries",)).items():
        key: KeyPath = ("itineraries", name)
        items = reader.mapping(node, key, needed=("place", "because"), known=None)
        place = reader.name(items.pop("place"), (*key, "place")) if "place" in items else ""
        because = reader.names(items.pop("because"), (*key, "because")) if "because" in items else ()
        attributes = {label: reader.number(item, (*key, label)) for label, item in items.items()}
        ways.append(Itinerary(name, place, attributes, because))
    return tuple(ways)


# --- priors ------------------------------------------------------------------------------------------------------

Items = dict[str, Node]


def read_priors(reader: Reader, node: Node) -> Priors:
    """Read all beliefs with their facts and reasons."""
    groups = reader.mapping(node, ("priors",), needed=("stages",), known=("hazard_ratios", "plans", "seriousness"))

    def read_group(group: str, read_belief: Callable[..., Any], names: tuple[str, ...]) -> dict[str, Prior]:
        key = ("priors", group)
        members = reader.names_to_nodes(groups[group], key) if group in groups else {}
        return {name: _read_prior(reader, item, (*key, name), read_belief, names) for name, item in members.items()}

    seriousness = None
    if "seriousness" in groups:
        seriousness = _read_prior(reader, groups["seriousness"], ("priors", "seriousness"), _read_ratio, ("factor",))
    return Priors(
        stages=read_group("stages", _read_stage, ("stay", "ends")),
        hazard_ratios=read_group("hazard_ratios", _read_ratio, ("factor",)),
        plans=read_group("plans", _read_plan, ("kept", "meanwhile")),
        seriousness=seriousness,
    )


def _read_prior(
    reader: Reader, node: Node, key: KeyPath, read_belief: Callable[..., Any], names: tuple[str, ...]
) -> Prior:
    """Read a belief, its facts and its reason; `names` are the keys of the belief itself."""
    extra = ("per",) if key[1] == "hazard_ratios" else ()
    items = reader.mapping(node, key, needed=(*names, "because", "reason"), known=(*extra, "otherwise"))
    otherwise = None
    if "otherwise" in items:
        other = reader.mapping(items["otherwise"], (*key, "otherwise"), needed=names)
        shared = {name: items[name] for name in extra if name in items}
        otherwise = read_belief(reader, shared | other, (*key, "otherwise"))
    return Prior(
        belief=read_belief(reader, items, key),
        because=reader.names(items["because"], (*key, "because")) if "because" in items else (),
        reason=reader.text(items["reason"], (*key, "reason")) if "reason" in items else "",
        otherwise=otherwise,
    )


def _read_stage(reader: Reader, items: Items, key: KeyPath) -> StageBelief:
    ends = reader.names_to_nodes(items["ends"], (*key, "ends")) if "ends" in items else {}
    return StageBelief(
        stay=_interval_of(reader, items, key, "stay"),
        ends={name: reader.number(item, (*key, "ends", name)) for name, item in ends.items()},
    )


def _read_ratio(reader: Reader, items: Items, key: KeyPath) -> RatioBelief:
    factor = _interval_of(reader, items, key, "factor")
    if "per" not in items:
        return RatioBelief(factor)
    node, per = items["per"], (*key, "per")
    number, _, unit = reader.text(node, per).partition(" ")
    if not NUMBER.fullmatch(number):
        if number:
            reader.expect(node, per, "a number and its unit, such as 1 day")
        return RatioBelief(factor)
    return RatioBelief(factor, reader.number(Scalar(node.mark, number, plain=True), per), unit)


def _read_plan(reader: Reader, items: Items, key: KeyPath) -> PlanBelief:
    return PlanBelief(_interval_of(reader, items, key, "kept"), _interval_of(reader, items, key, "meanwhile"))


def _interval_of(reader: Reader, items: Items, key: KeyPath, name: str) -> Interval:
    return reader.interval(items[name], (*key, name)) if name in items else NO_INTERVAL


# --- readings ------------------------------------------------------------------------------------------------------


def _read_readings(reader: Reader, keys: Items) -> tuple[Reading, ...]:
    found = []
    for name, node in reader.names_to_nodes(keys["readings"], ("readings",)).items():
        key: KeyPath = ("readings", name)
        items = reader.mapping(node, key, needed=("reason",), known=("recode", "assume"))
        recoded = reader.names_to_nodes(items["recode"], (*key, "recode")) if "recode" in items else {}
        priors = keys.get("priors")
        if "assume" in items and isinstance(priors, Mapping):
            priors = lay_assumptions(reader, priors, items["assume"], (*key, "assume"))
        reading = Reading(
            name,
            reader.text(items["reason"], (*key, "reason")) if "reason" in items else "",
            {fact: reader.name(item, (*key, "recode", fact)) for fact, item in recoded.items()},
            read_priors(reader, priors) if "assume" in items and priors is not None else None,
        )
        found.append(reading)
        if not {"recode", "assume"} & set(items):
            reader.add(key, node.mark, "expected recode, assume or both; found neither, so nothing is read otherwise")
    return tuple(found)
