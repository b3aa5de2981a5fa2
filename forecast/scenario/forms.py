"""The forms in which a belief about a number may be said; each becomes a 90% interval on the scale of its prior.

A positive quantity is lognormal and a chance logit-normal, so two numbers of any kind say it all.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import Any

from forecast.errors import KeyPath
from forecast.scenario.nodes import Mapping, Node, Scalar, Sequence
from forecast.scenario.reader import NO_INTERVAL, Z95, Interval, Reader

Scale = tuple[Callable[[float], float], Callable[[float], float]]  # there and back
LOG: Scale = (math.log, math.exp)
LOGIT: Scale = (lambda p: math.log(p / (1 - p)), lambda x: 1 / (1 + math.exp(-x)))
_PARTS = 400  # equal parts of a normal, enough for three digits of a mean
FORMS = (("median", "most"), ("mean", "sd"))
EXPECTED = "a number, [lo, hi], {median: ..., most: ...} or {mean: ..., sd: ...}"


def read_interval(reader: Reader, node: Node, key: KeyPath, *, below: float | None = None) -> Interval:
    """Read an interval in any of its forms; what bounds it keeps to is for the checks.

    Parameters
    ----------
    below : float, optional
        1 for a chance.
    """
    if isinstance(node, Sequence):
        return reader.interval(node, key)
    if isinstance(node, Scalar):
        return _read_known(reader, node, key)
    if not isinstance(node, Mapping):
        reader.expect(node, key, EXPECTED)
        return NO_INTERVAL
    names = tuple(sorted(node.items))
    form = next((form for form in FORMS if tuple(sorted(form)) == names), None)
    if form is None:
        found = " and ".join(names) or "none"
        reader.add(key, node.mark, f"expected {EXPECTED}; found a mapping with {found}")
        return NO_INTERVAL
    one, two = (reader.number(node.items[name], (*key, name)) for name in form)
    if reader.broken & {(*key, name) for name in form}:
        return NO_INTERVAL
    try:
        if form == FORMS[0]:
            return _by_median(one, two, LOG if below is None else LOGIT)
        return _by_moments(one, two, below)
    except ValueError as error:
        reader.add(key, node.mark, str(error))
    except OverflowError:
        reader.add(key, node.mark, "expected numbers that are not so far apart")
    return NO_INTERVAL


def _read_known(reader: Reader, node: Scalar, key: KeyPath) -> Interval:
    """Read a number, which is known."""
    if node.is_null:
        reader.expect(node, key, EXPECTED)
        return NO_INTERVAL
    value = reader.number(node, key)
    return NO_INTERVAL if key in reader.broken else Interval(value, value)


def _by_median(median: float, most: float, scale: Scale) -> Interval:
    """Return the interval with this median and this 95% point.

    >>> _by_median(35, 140, LOG).lo
    8.75
    """
    if not most > median:
        message = f"expected most, the 95% point, above the median, {median:g}; found {most:g}"
        raise ValueError(message)
    there, back = scale
    try:
        return Interval(float(f"{back(2 * there(median) - there(most)):.12g}"), most)
    except (ValueError, ZeroDivisionError):
        raise ValueError(_bounds(scale)) from None


def _by_moments(mean: float, sd: float, below: float | None) -> Interval:
    """Return the interval of the lognormal with this mean and standard deviation."""
    if below is not None:
        message = "expected another form for a chance: a number, [lo, hi] or {median: ..., most: ...}"
        raise ValueError(message)
    if not (mean > 0 and sd >= 0):
        message = f"expected a mean above 0 and a standard deviation from 0 on; found {mean:g} and {sd:g}"
        raise ValueError(message)
    variance = math.log1p((sd / mean) ** 2)
    middle, half = math.log(mean) - variance / 2, Z95 * math.sqrt(variance)
    return Interval(math.exp(middle - half), math.exp(middle + half)) if sd else Interval(mean, mean)


def mean_over(interval: Interval, scale: Scale, value: Callable[[float], float] = float) -> float:
    """Return the mean of a function of a quantity, of which this is the 90% interval and which is normal on a scale.

    >>> mean_over(Interval(0.8, 0.8), LOGIT), round(mean_over(Interval(0.2, 0.8), LOGIT), 3)
    (0.8, 0.5)
    """
    if interval.lo == interval.hi:
        return value(interval.lo)
    there, back = scale
    low, high = there(interval.lo), there(interval.hi)
    normal = NormalDist((low + high) / 2, (high - low) / (2 * Z95))
    return sum(value(back(normal.inv_cdf((part + 0.5) / _PARTS))) for part in range(_PARTS)) / _PARTS


def _bounds(scale: Scale) -> str:
    return "expected numbers above 0" + (" and below 1" if scale is LOGIT else "")


def write_schema(end: dict[str, Any], *, chance: bool) -> dict[str, Any]:
    """Describe the forms in JSON Schema, for numbers within the bounds of `end`."""
    forms = FORMS[:1] if chance else FORMS
    return {
        "anyOf": [
            {"type": "array", "items": end, "minItems": 2, "maxItems": 2},
            end,
            *(
                {
                    "type": "object",
                    "properties": {name: {**end, **({"minimum": 0} if name == "sd" else {})} for name in form},
                    "required": list(form),
                    "additionalProperties": False,
                }
                for form in forms
            ),
        ]
    }
