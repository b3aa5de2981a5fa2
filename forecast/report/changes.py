"""Changes between scenarios in words: a key, and its values in the one and in the other."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from forecast.errors import escape

if TYPE_CHECKING:
    from forecast.scenario import Change


def spell_change(change: Change) -> str:
    """Write a key and its values in one scenario and in the other.

    Examples
    --------
    >>> from forecast.scenario.changes import Change
    >>> spell_change(Change("priors.hazard_ratios.rain.factor", [0.02, 0.5], [0.5, 1.5]))
    'priors.hazard_ratios.rain.factor [0.02, 0.5] -> [0.5, 1.5]'
    >>> spell_change(Change("timeline", None, {"stage": "invited", "from": "2025-03-27"}))
    'timeline + {stage: invited, from: 2025-03-27}'
    """
    if change.before is None:
        return f"{change.key} + {_spell(change.after)}"
    if change.after is None:
        return f"{change.key} - {_spell(change.before)}"
    return f"{change.key} {_spell(change.before)} -> {_spell(change.after)}"


def _spell(value: Any) -> str:
    """Write a plain value as it may stand in a scenario."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_spell(item)}" for name, item in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(map(_spell, value)) + "]"
    return escape(value) if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else json.dumps(value)
