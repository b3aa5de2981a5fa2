"""Whether the parts of a scenario have the types that they are declared with: a slip made in Python, not in a file.

Receives any value and its type hint. Hands on problems, each with the names of the fields that lead to it.
"""

from __future__ import annotations

import datetime
import types
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from forecast.errors import KeyPath, Problem, shorten

_WORDS = {datetime.date: "a datetime.date", str: "a text", float: "a number", bool: "True or False"}


def check_types(value: Any, hint: Any, key: KeyPath = ()) -> Iterator[Problem]:
    """Yield what within a value is of another type than its hint says; of a part that is wrong, nothing deeper."""
    kind, parts = get_origin(hint) or hint, get_args(hint)
    if kind in (types.UnionType, Union):
        kinds = [get_origin(part) or part for part in parts]
        matches = [part for part, each in zip(parts, kinds, strict=True) if isinstance(value, each)]
        if matches:
            yield from check_types(value, matches[0], key)
        else:
            yield _misfit(" or ".join(map(_name, kinds)), value, key)
    elif kind is Literal:
        if value not in parts:
            yield _misfit(" or ".join(parts), value, key)
    elif not _fits(value, kind):
        yield _misfit(_name(kind), value, key)
    elif kind is tuple:
        yield from _check_items(value, parts, key)
    elif kind is Mapping:
        for name, item in value.items():
            yield from check_types(name, parts[0], key)
            yield from check_types(item, parts[1], (*key, str(name)))
    elif hasattr(kind, "__dataclass_fields__"):
        for name, inner in _hints(kind, parts).items():
            yield from check_types(getattr(value, name), inner, (*key, name))


def _check_items(value: tuple[Any, ...], hints: tuple[Any, ...], key: KeyPath) -> Iterator[Problem]:
    """Check a tuple, of any length or of a type for each place."""
    each = hints[:1] * len(value) if Ellipsis in hints else hints
    if len(each) != len(value):
        yield Problem(key, f"expected {len(each)} values; found {len(value)}")
    for index, (item, hint) in enumerate(zip(value, each, strict=False)):
        yield from check_types(item, hint, (*key, index))


@cache
def _hints(kind: type, parts: tuple[Any, ...]) -> dict[str, Any]:
    """Return the hints of a dataclass's fields, the parameters of a generic one filled in."""
    filled: dict[Any, Any] = dict(zip(getattr(kind, "__type_params__", ()), parts, strict=False))

    def fill(hint: Any) -> Any:
        wanted = getattr(hint, "__parameters__", ())
        return filled[hint] if isinstance(hint, TypeVar) else hint[*map(filled.get, wanted)] if wanted else hint

    return {name: fill(hint) for name, hint in get_type_hints(kind).items()}


def _fits(value: Any, kind: Any) -> bool:
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, kind) and not (kind is datetime.date and isinstance(value, datetime.datetime))


def _misfit(expected: str, value: Any, key: KeyPath) -> Problem:
    return Problem(key, f"expected {expected}; found {shorten(repr(value))}")


def _name(kind: Any) -> str:
    return _WORDS.get(kind) or ("None" if kind is type(None) else kind.__name__)
