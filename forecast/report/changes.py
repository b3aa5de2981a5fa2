"""Changes between scenarios in words: a key, and its values in the one and in the other."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from forecast.errors import escape


def spell_change(change: Mapping[str, Any]) -> str:
    """Write a key and its values in one scenario and in the other.

    Parameters
    ----------
    change : dict
        `key`, `before` and `after`, as `Change.to_dict` gives them; None where the key has no value.

    Examples
    --------
    >>> spell_change({"key": "priors.plans.leak.kept", "before": [0.02, 0.5], "after": [0.5, 0.9]})
    'priors.plans.leak.kept [0.02, 0.5] -> [0.5, 0.9]'
    >>> spell_change({"key": "timeline", "before": None, "after": {"stage": "invited", "from": "2025-03-27"}})
    'timeline + {stage: invited, from: 2025-03-27}'
    """
    key, before, after = change["key"], change["before"], change["after"]
    if before is None:
        return f"{key} + {_spell(after)}"
    if after is None:
        return f"{key} - {_spell(before)}"
    return f"{key} {_spell(before)} -> {_spell(after)}"


def _spell(value: Any) -> str:
    """Write a plain value as it may stand in a scenario."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_spell(item)}" for name, item in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(map(_spell, value)) + "]"
    return escape(value) if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else json.dumps(value)
