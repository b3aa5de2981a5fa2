"""Which forms there are of a belief about a number, by what it is about; `forecast.scenario.forms` reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Form:
    """Keys that must stand together, those that may join them, and how it is written."""

    needed: tuple[str, ...]
    may: tuple[str, ...] = ()
    written: str = ""


MOST = Form(("median", "most"), written="{median: ..., most: ...}")
WITHIN = Form(("median", "within"), written="{median: ..., within: [lo, hi]}")
MOMENTS = Form(("mean", "sd"), written="{mean: ..., sd: ...}")
RECORD = Form(("record",), ("robust",), "{record: [...]}")
EVENTS = Form(("events", "years"), ("robust",), "{events: ..., years: ...}")
TABLE = Form(("table", "column"), ("robust",), "{table: ..., column: ...}")  # written out before it is read
CHANCE = Form(("chance", "within"), written="{chance: ..., within: days}")
COUNTED = Form(("of", "were"), written="{of: ..., were: ...}")
DECISIONS = Form(("table", "of", "were"), ("like",), "{table: ..., of: ..., were: ...}")  # written out, as TABLE is
# By what is believed: a factor, a mean in days, single days, a chance.
FORMS: dict[str, tuple[Form, ...]] = {
    "factor": (WITHIN, MOST, MOMENTS),
    "mean": (WITHIN, MOST, MOMENTS, RECORD, EVENTS, TABLE, CHANCE),
    "single": (MOST, MOMENTS, RECORD, TABLE),
    "chance": (WITHIN, MOST, COUNTED, DECISIONS),
}


USUAL = {
    "factor": "a factor, such as [0.5, 2]",
    "mean": "days, such as [60, 120]",
    "single": "days, such as [60, 120]",
    "chance": "a chance, such as [0.2, 0.6]",
}


def list_forms(of: str) -> str:
    """Say which forms there are.

    >>> list_forms("factor")
    'a number, [lo, hi], {median: ..., within: [lo, hi]}, {median: ..., most: ...} or {mean: ..., sd: ...}'
    """
    *others, last = ["a number", "[lo, hi]", *(form.written for form in FORMS[of])]
    return f"{', '.join(others)} or {last}"


def write_schema(end: dict[str, Any], *, of: str) -> dict[str, Any]:
    """Describe the forms in JSON Schema, for numbers within the bounds of `end`."""
    pair = {"type": "array", "items": end, "minItems": 2, "maxItems": 2}
    positive = {"type": "number", "minimum": 0}
    chance = {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}
    stay = {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "string", "pattern": "^[0-9.]+[+]?$"}]}
    values: dict[str, Any] = {
        "sd": positive,
        "record": {"type": "array", "items": stay, "minItems": 1},
        "robust": {"type": "number", "minimum": 0, "exclusiveMaximum": 1},
        "events": positive,
        "years": positive,
        "table": {"type": "string"},
        "column": {"type": "string"},
        "chance": {"anyOf": [chance, {"type": "array", "items": chance, "minItems": 2, "maxItems": 2}]},
        "of": positive,
        "were": positive,
        "like": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
    }
    special: dict[Form, Any] = {
        WITHIN: {"within": pair},
        CHANCE: {"within": positive},
        DECISIONS: {column: {"type": "string"} for column in ("of", "were")},
    }
    return {
        "anyOf": [
            pair,
            end,
            *(
                {
                    "type": "object",
                    "properties": {
                        name: special.get(form, {}).get(name, values.get(name, end))
                        for name in (*form.needed, *form.may)
                    },
                    "required": list(form.needed),
                    "additionalProperties": False,
                }
                for form in FORMS[of]
            ),
        ]
    }
