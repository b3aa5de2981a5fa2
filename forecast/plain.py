"""Plain Python values to nodes, so that what is given in Python passes the same schema and checks as a file."""

from __future__ import annotations

import datetime
from typing import Any

from forecast.nodes import Mapping, Mark, Node, Scalar, Sequence

NOWHERE = Mark("", 0, 0)


def make_node(value: Any) -> Node:
    """Turn mappings, lists, texts, numbers, dates, truth values and None into nodes.

    Examples
    --------
    >>> make_node({"kept": [0.3, 0.8]}).items["kept"].items[0].value
    '0.3'
    """
    if isinstance(value, dict):
        items = {str(name): make_node(item) for name, item in value.items()}
        return Mapping(NOWHERE, items, dict.fromkeys(items, NOWHERE))
    if isinstance(value, list | tuple | set | frozenset):
        return Sequence(NOWHERE, tuple(make_node(item) for item in value))
    if value is None:
        return Scalar(NOWHERE, "", plain=True)
    if isinstance(value, bool):
        return Scalar(NOWHERE, str(value).lower(), plain=True)
    if isinstance(value, datetime.date):
        return Scalar(NOWHERE, value.isoformat(), plain=True)
    return Scalar(NOWHERE, str(value), plain=True)
