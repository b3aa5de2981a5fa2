"""Values of a line of JSON: read by key, or refused with the key."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, NoReturn

from forecast.errors import InputError, Problem, shorten


def read_text(plain: Mapping[Any, Any], key: str, default: str | None = None) -> str:
    """Read a text."""
    found = plain.get(key, default)
    if not isinstance(found, str) or (default is None and not found):
        refuse(key, "a text", found)
    return found


def read_day(plain: Mapping[Any, Any], key: str) -> datetime.date:
    """Read a day."""
    try:
        return datetime.date.fromisoformat(plain[key])
    except (KeyError, TypeError, ValueError):
        refuse(key, "a day, YYYY-MM-DD", plain.get(key))


def read_time(plain: Mapping[Any, Any], key: str) -> datetime.datetime:
    """Read a time with its time zone."""
    try:
        found = datetime.datetime.fromisoformat(plain[key])
    except (KeyError, TypeError, ValueError):
        found = None
    if found is None or found.tzinfo is None:
        refuse(key, "a time such as 2026-11-27T09:30:00Z", plain.get(key))
    return found


def read_share(plain: Mapping[Any, Any], key: Any) -> float:
    """Read a probability."""
    found = plain.get(key)
    if isinstance(found, bool) or not isinstance(found, int | float) or not 0 <= found <= 1:
        refuse(str(key), "a number from 0 to 1", found)
    return float(found)


def refuse(key: str, expected: str, found: Any) -> NoReturn:
    """Say what was expected at a key.

    Raises
    ------
    InputError
    """
    raise InputError([Problem((key,), f"expected {expected}; found {shorten(repr(found))}")])
