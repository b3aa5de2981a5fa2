"""The schema of a scenario file: what keys there are and what each becomes.

Receives the merged tree of a scenario, hands on a `Scenario` whose parts are typed. Whether they fit together is for
`forecast.checks`.
"""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Callable
from pathlib import Path
from typing import Any

from forecast.errors import KeyPath, suggest
from forecast.nodes import Mapping, Node, Scalar, Sequence, describe, locate
from forecast.question import EVENT, Itinerary, Question
from forecast.reader import NO_DAY, NO_INTERVAL, NUMBER, Reader
from forecast.scenario import (
    CovariateEntry,
    EventEntry,
    Interval,
    PlanBelief,
    PlanEntry,
    Prior,
    Priors,
    RatioBelief,
    Scenario,
    StageBelief,
    StageEntry,
    TimelineEntry,
    Window,
)
from forecast.seeds import read_facts

VERBS = ("do", "given")
_NEEDED = ("title", "question", "history_from", "as_of", "window", "timeline", "priors")
_KNOWN = ("name", "sources", "facts", "stages", "silent", "places", "itineraries", "unused", "assume", *VERBS)


def read_scenario(reader: Reader, tree: Mapping, *, name: str, root: Path) -> Scenario:
    """Type a scenario's tree.

    Parameters
    ----------
    reader : Reader
        Collects the problems.
    tree : Mapping
        The file laid over all that it extends.
    name : str
        The scenario's, unless the file gives it one.
    root : Path
        The project's folder, in which its facts must lie.
    """
    keys = reader.mapping(tree, (), needed=_NEEDED, known=_KNOWN)
    for verb in VERBS:
        if verb in keys:
            message = "this verb is reserved for the next version; leave it out, or edit a copy of the base file"
            reader.add((verb,), tree.keys[verb], message)
    sources, facts = read_facts(reader, keys, tree.mark, root)
    as_of = reader.date(keys["as_of"], ("as_of",)) if "as_of" in keys else NO_DAY
    timeline = reader.sequence(keys["timeline"], ("timeline",), "a list of entries") if "timeline" in keys else ()
    return Scenario(
        name=_read_scenario_name(reader, keys["name"]) if "name" in keys else name,
        question=_read_question(reader, keys, tree),
        sources=sources,
        facts=facts,
        timeline=tuple(_read_entry(reader, node, ("timeline", index)) for index, node in enumerate(timeline)),
        priors=_read_priors(reader, keys["priors"]) if "priors" in keys else Priors({}),
        as_of=as_of,
        window=_read_window(reader, keys["window"], as_of) if "window" in keys else Window(as_of, as_of),
        unused=reader.names(keys["unused"], ("unused",)) if "unused" in keys else (),
    )


# --- the question ------------------------------------------------------------------------------------------------


def _read_scenario_name(reader: Reader, node: Node) -> str:
    """Read the name of a scenario, which is that of its results' folder too."""
    name = reader.text(node, ("name",))
    if name and (name.startswith(".") or set(name) & set("/\\")):
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


# --- the timeline ------------------------------------------------------------------------------------------------

_ENTRIES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {  # keys needed and known, by what the entry says
    "stage": (("from", "stage", "because"), ()),
    "event": (("day", "event", "because"), ()),
    "covariate": (("covariate", "because"), ("from", "until", "places", "transitions")),
    "plan": (("plan", "from", "until", "because"), ("places", "alongside")),
}


def _read_entry(reader: Reader, node: Node, key: KeyPath) -> TimelineEntry:
    present = [kind for kind in _ENTRIES if isinstance(node, Mapping) and kind in node.items]
    if len(present) != 1:
        _refuse_entry(reader, node, key, present)
        return StageEntry(NO_DAY, "", ())
    needed, known = _ENTRIES[present[0]]
    items = reader.mapping(node, key, needed=needed, known=known)

    def read[T](name: str, read_as: Callable[[Node, KeyPath], T]) -> T | None:
        return read_as(items[name], (*key, name)) if name in items else None

    def some(node: Node, key: KeyPath) -> tuple[str, ...]:
        return reader.some_names(node, key, "name")

    because = read("because", reader.names) or ()
    if present[0] == "stage":
        return StageEntry(read("from", reader.date) or NO_DAY, read("stage", reader.name) or "", because)
    if present[0] == "event":
        return EventEntry(read("day", reader.date) or NO_DAY, read("event", reader.name) or "", because)
    places, start, until = read("places", some) or (), read("from", reader.date), read("until", reader.date)
    if present[0] == "plan":
        kind, alongside = read("plan", reader.name) or "", read("alongside", reader.flag) or False
        return PlanEntry(kind, start or NO_DAY, until or NO_DAY, because, places, alongside)
    ends = read("transitions", some) or (EVENT,)
    return CovariateEntry(read("covariate", reader.name) or "", start, until, because, places, ends)


def _refuse_entry(reader: Reader, node: Node, key: KeyPath, present: list[str]) -> None:
    """Report an entry that says nothing, or two things."""
    if not isinstance(node, Mapping):
        reader.expect(node, key, "an entry with one of stage, event, covariate or plan")
    elif present:
        found = " and ".join(present)
        reader.add(
            key, node.mark, f"expected one of stage, event, covariate or plan; found {found}. Make two entries of it"
        )
    else:
        strange = [
            name for name in node.items if name not in {known for kind in _ENTRIES.values() for known in sum(kind, ())}
        ]
        nearest = f"unknown key {strange[0]}; {suggest(strange[0], _ENTRIES)}" if strange else "found none of them"
        reader.add(key, node.mark, f"expected an entry with one of stage, event, covariate or plan; {nearest}")


# --- priors ------------------------------------------------------------------------------------------------------

Items = dict[str, Node]


def _read_priors(reader: Reader, node: Node) -> Priors:
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
