"""Timeline entries from YAML: a stage, an event, a covariate or a plan, each because of facts."""

from __future__ import annotations

from collections.abc import Callable

from forecast.errors import KeyPath, suggest
from forecast.scenario.entries import CovariateEntry, EventEntry, PlanEntry, StageEntry, TimelineEntry
from forecast.scenario.nodes import Mapping, Node
from forecast.scenario.question import EVENT
from forecast.scenario.reader import NO_DAY, Reader

_ENTRIES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {  # keys needed and known, by what the entry says
    "stage": (("from", "stage", "because"), ()),
    "event": (("day", "event", "because"), ()),
    "covariate": (("covariate", "because"), ("from", "until", "places", "transitions")),
    "plan": (("plan", "from", "until", "because"), ("places", "alongside")),
}


def read_entry(reader: Reader, node: Node, key: KeyPath) -> TimelineEntry:
    """Read one entry of a timeline."""
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
