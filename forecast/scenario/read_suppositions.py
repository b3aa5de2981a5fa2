"""The verbs do and given from YAML: what is set, and what is supposed to be learned, of the days after `as_of`."""

from __future__ import annotations

import datetime
from typing import Any

from forecast.errors import KeyPath
from forecast.scenario.entries import CovariateEntry, PlanEntry
from forecast.scenario.nodes import Node
from forecast.scenario.read_entries import read_entry
from forecast.scenario.read_facts import read_hypothetical
from forecast.scenario.reader import Reader
from forecast.scenario.suppositions import Evidence, Interventions, Setting

DO = ("stage", "hazard_ratios", "itineraries", "remove", "facts", "timeline")
GIVEN = ("stage", "no_event_until", "silence_until")


def read_interventions(reader: Reader, node: Node) -> Interventions:
    """Read what `do` sets."""
    items = reader.mapping(node, ("do",), known=DO)
    found: dict[str, Any] = {
        name: _read_days(reader, items[name], ("do", name)) for name in ("stage", "remove") if name in items
    }
    if "hazard_ratios" in items:
        found["hazard_ratios"] = _read_ratios(reader, items["hazard_ratios"], ("do", "hazard_ratios"))
    if "itineraries" in items:
        found["itineraries"] = _read_attributes(reader, items["itineraries"], ("do", "itineraries"))
    if "facts" in items:
        found["facts"] = read_hypothetical(reader, items["facts"], ("do", "facts"))
    if "timeline" in items:
        found["timeline"] = _read_entries(reader, items["timeline"], ("do", "timeline"))
    return Interventions(**found)


def read_evidence(reader: Reader, node: Node) -> Evidence:
    """Read what `given` supposes to be learned."""
    items = reader.mapping(node, ("given",), known=GIVEN)
    found: dict[str, Any] = {name: reader.date(items[name], ("given", name)) for name in GIVEN[1:] if name in items}
    if "stage" in items:
        found["stage"] = _read_days(reader, items["stage"], ("given", "stage"))
    return Evidence(**found)


def _read_days(reader: Reader, node: Node, key: KeyPath) -> dict[str, datetime.date]:
    return {name: reader.date(item, (*key, name)) for name, item in reader.names_to_nodes(node, key).items()}


def _read_ratios(reader: Reader, node: Node, key: KeyPath) -> dict[str, Setting[float]]:
    found = {}
    for name, setting in reader.names_to_nodes(node, key).items():
        items = reader.mapping(setting, (*key, name), needed=("factor",), known=("from",))
        factor = reader.number(items["factor"], (*key, name, "factor")) if "factor" in items else 1.0
        found[name] = Setting(factor, _read_start(reader, items, (*key, name)))
    return found


def _read_attributes(reader: Reader, node: Node, key: KeyPath) -> dict[str, Setting]:
    found = {}
    for name, setting in reader.names_to_nodes(node, key).items():
        items = reader.names_to_nodes(setting, (*key, name))
        values = {label: reader.number(item, (*key, name, label)) for label, item in items.items() if label != "from"}
        if not values and (*key, name) not in reader.broken:
            reader.add((*key, name), setting.mark, "expected attributes to set; found none. To take it away use remove")
        found[name] = Setting(values, _read_start(reader, items, (*key, name)))
    return found


def _read_start(reader: Reader, items: dict[str, Node], key: KeyPath) -> datetime.date | None:
    return reader.date(items["from"], (*key, "from")) if "from" in items else None


def _read_entries(reader: Reader, node: Node, key: KeyPath) -> tuple[CovariateEntry | PlanEntry, ...]:
    found: list[CovariateEntry | PlanEntry] = []
    for index, item in enumerate(reader.sequence(node, key, "a list of entries")):
        entry = read_entry(reader, item, (*key, index))
        if isinstance(entry, CovariateEntry | PlanEntry):
            found.append(entry)
        elif (*key, index) not in reader.broken:
            message = "expected a covariate or a plan; found another. To put the episode into a stage use do.stage"
            reader.add((*key, index), item.mark, message)
    return tuple(found)
