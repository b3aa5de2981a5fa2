"""The JSON Schema of a scenario file, made from the declared keys, for editors and for programs that write such files.

It says what keys there are, of what type and within what bounds. What hangs on names or days elsewhere in a file is
for the checks. Dates are texts in it.
"""

from __future__ import annotations

from typing import Any

from forecast.document.ensemble import OF_ALL
from forecast.scenario import (
    BECAUSE,
    DAY,
    EXTENDS,
    FACT_OF_FILE,
    NAME,
    NEEDED,
    ORDER,
    PRIORS,
    SCENARIO,
    SOURCE,
    STEPS_BY,
    TEXT,
    Assumed,
    ById,
    Entries,
    Key,
    Leaf,
    Listed,
    Named,
    NewPriors,
    OneOf,
    Record,
)

Json = dict[str, Any]
_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_NULL: Json = {"type": "null"}
_PARTLY = "part-of-"
_SENTENCE: Json = {"not": {"type": "array", "items": NAME.json}}  # which is a line of reasoning, too
_SHARED = (TEXT, NAME, DAY, BECAUSE)
EVENT_OF_SEVERAL: Json = {"anyOf": [{"type": "string"}, {"type": "object"}]}


def make_json_schema() -> Json:
    """Describe a scenario file; ``#/$defs/seeds`` is a file of a folder of facts.

    A file that extends another needs no key but `extends`, and may delete by null what lies below it.

    Examples
    --------
    >>> make_json_schema()["$defs"]["stage"]["required"]
    ['from', 'stage', 'because']
    """
    writer = _Writer()
    writer.kind(SCENARIO)
    writer.kind(SCENARIO, part=True)
    whole, part = writer.definitions["scenario"], writer.definitions[_PARTLY + "scenario"]
    whole["not"] = {"required": ["places", "itineraries"]}
    writer.definitions["window"]["anyOf"] = [{"required": ["until"]}, {"required": ["days"]}]
    part["properties"] = {"extends": writer.key(EXTENDS, part=False), **part["properties"]}
    part["required"] = ["extends"]
    del part["properties"]["priors"]  # a change of belief goes under assume
    part["properties"]["assume"] = whole["properties"]["assume"]
    _define_several(writer, whole["properties"])
    facts = {"type": "array", "items": writer.kind(FACT_OF_FILE)}
    writer.definitions["seeds"] = _mapping({"source": writer.kind(SOURCE), "facts": facts}, ["source", "facts"])
    return {
        "$schema": _DRAFT,
        "title": "A scenario of forecast",
        "if": {"type": "object", "required": ["extends"]},
        "then": _refer(_PARTLY + "scenario"),
        "else": {
            "if": {"type": "object", "required": ["timelines"]},
            "then": _refer("several-timelines"),
            "else": _refer("scenario"),
        },
        "$defs": writer.definitions,
    }


def _define_several(writer: _Writer, properties: Json) -> None:
    """Define a file of several timelines: a family has the keys of a scenario, but for those of the whole file."""
    family = {name: said for name, said in properties.items() if name not in (*OF_ALL, "name", "title", "timeline")}
    ratio: Json = {"type": "array", "items": {"type": "number", "minimum": 1}, "minItems": 2, "maxItems": 2}
    family |= {
        "timeline": {"type": ["array", "object"], "description": "entries, each with its unit where there are several"},
        "units": {
            "anyOf": [{"type": "array", "items": writer.kind(NAME), "minItems": 1}, {"type": ["string", "object"]}],
            "description": "names of timelines with the same stages and priors, each with what it shares a pace by, or "
            "a table of them and their steps",
        },
        "pace": {
            "anyOf": [ratio, {"type": "object", "additionalProperties": ratio}],
            "description": "how many times as fast a fast unit is as a slow one; by what units have in common, or unit",
        },
        "years": {**ratio, "description": "how many times as busy a busy year is as a quiet one, for all units"},
        "starts": _mapping({"after": {**EVENT_OF_SEVERAL, "description": "what its clock waits for"}}, ["after"])
        | {"description": "when its clock starts; with the record unless given"},
        "once": {"type": "boolean", "description": "whether the event can come but once in each"},
    }
    whole = {name: properties[name] for name in ("name", "title", *OF_ALL)}
    whole["timelines"] = writer.named(_mapping(family, ["priors"]), part=False) | {
        "description": "timelines by name, each with stages and priors, or a family of them with units"
    }
    steps = {
        "type": "object",
        "additionalProperties": {"anyOf": STEPS_BY},
        "description": "by when events come, or not",
    }
    whole["given"] = _mapping({"event": steps}, ["event"]) | {"description": "what is supposed to be learned"}
    event: Json = {**EVENT_OF_SEVERAL, "description": "what of them is a yes"}
    whole["question"] = _mapping({"event": event}, ["event"])
    writer.definitions["several-timelines"] = _mapping(whole, ["timelines", "question", "as_of", "window"])


def _refer(name: str) -> Json:
    return {"$ref": f"#/$defs/{name}"}


def _mapping(properties: Json, required: list[str], others: Any = False) -> Json:
    needs = {"required": required} if required else {}
    return {"type": "object", "properties": properties, **needs, "additionalProperties": others}


class _Writer:
    """Writes kinds; of records it keeps the definitions, whole and in part."""

    def __init__(self) -> None:
        self.definitions: dict[str, Json] = {}

    def kind(self, kind: Any, *, part: bool = False) -> Json:
        """Describe values of a kind; in part where they are laid over others, so that nothing is needed."""
        if isinstance(kind, Leaf):
            return next((self.define(shared) for shared in _SHARED if kind.json == shared.json), dict(kind.json))
        if isinstance(kind, Record):
            return self.record(kind, part=part)
        if isinstance(kind, Named):
            return self.named(self.kind(kind.kind, part=part), part=part)
        if isinstance(kind, Entries):
            table = self.record(kind.tables, part=False)
            return {"anyOf": [{"type": "array", "items": {"anyOf": [self.kind(kind.kind), table]}}, table]}
        if isinstance(kind, Listed):
            return {"type": "array", "items": self.kind(kind.kind)}  # lists replace, so there are no parts of them
        if isinstance(kind, ById):
            listed = {"type": "array", "items": self.kind(kind.record)}
            return {"anyOf": [dict(EXTENDS.kind.json), listed]} if kind.record is SOURCE else listed
        if isinstance(kind, OneOf):
            return {"anyOf": [self.kind(record) for record in kind.records.values()]}
        if isinstance(kind, NewPriors):
            return self.kind(PRIORS, part=True)
        assert isinstance(kind, Assumed)
        return self.assumed()

    def define(self, leaf: Leaf) -> Json:
        """Define a value once and refer to it."""
        name = leaf.words.partition(",")[0].replace(" ", "-")
        self.definitions[name] = dict(leaf.json)
        return _refer(name)

    def named(self, value: Json, *, part: bool = False) -> Json:
        """Describe a mapping whose keys are names."""
        return {
            "type": "object",
            "propertyNames": self.define(NAME),
            "additionalProperties": _or_null(value) if part else value,
        }

    def record(self, record: Record, *, part: bool) -> Json:
        """Define a record once and refer to it."""
        name = (_PARTLY if part else "") + record.words.replace(" ", "-")
        if name not in self.definitions:
            self.definitions[name] = {}
            properties: Json = {}
            for item in record.flat():
                *groups, last = item.path
                group = properties
                for above in groups:
                    group = group.setdefault(above, _mapping({}, []))["properties"]
                group[last] = self.key(item, part=part)
                if groups and item.asked and not part:
                    properties[groups[0]].setdefault("required", []).append(last)
            others: Any = self.kind(record.rest.kind.kind) if record.rest else False
            if record.rest and part:
                others = _or_null(others)
            required = [] if part else list(record.asked)
            self.definitions[name] = _mapping(_sort(properties), required, others)
            if not part and {"reason", "because"} <= set(properties) - set(required) | {"because"}:
                self.definitions[name]["anyOf"] = [{"required": ["reason"]}, {"properties": {"because": _SENTENCE}}]
        return _refer(name)

    def key(self, key: Key, *, part: bool) -> Json:
        """Describe what stands under a key."""
        value = self.kind(key.kind, part=part)
        said = {"description": key.help + (f" ({key.unit})" if key.unit else "")}
        if isinstance(key.kind, Leaf) and key.absent is not NEEDED and key.absent and key.kind.vary is None:
            said["default"] = key.kind.plain(key.absent)
        return {**(_or_null(value) if part else value), **{name: text for name, text in said.items() if text}}

    def assumed(self) -> Json:
        """Describe what `assume` says: parts of priors, each with a reason of its own."""
        properties = {}
        for item in PRIORS.keys:
            prior = item.kind.kind if isinstance(item.kind, Named) else item.kind
            value = {**self.kind(prior, part=True), "required": ["reason"]}
            properties[item.name] = self.named(value) if isinstance(item.kind, Named) else value
        self.definitions["assumed-priors"] = _mapping(properties, [])
        return _refer("assumed-priors")


def _or_null(value: Json) -> Json:
    return {"anyOf": [value, _NULL]}


def _sort(properties: Json) -> Json:
    """Put the keys of a scenario in the order in which a file says them."""
    if not set(properties) <= set(ORDER):
        return properties
    return {name: properties[name] for name in ORDER if name in properties}
