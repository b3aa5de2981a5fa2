"""Scores averaged within questions and then over them, ours and the crowd's. Receives plain arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from forecast.multistate import Array
from forecast.track.scores import brier, log_score

RULES = {"brier": brier, "log": log_score}


def score_group(p: Array, came: Array, question: Array, crowd: Array, place: Array) -> dict[str, Any]:
    """Score some forecasts, and the crowd beside those for which it has a price.

    Parameters
    ----------
    p, came : (forecasts,)
    question : (forecasts,) of int
        Which question each is of.
    crowd : (forecasts,)
        What the crowd said; NaN where it said nothing.
    place : (forecasts,)
        What was given to the place, given that it came; NaN where there is none.
    """
    priced, placed = np.isfinite(crowd), np.isfinite(place)
    found: dict[str, Any] = {"questions": len(np.unique(question)), "forecasts": len(p)}
    found |= {name: average(rule(p, came), question)[0] for name, rule in RULES.items()}
    if placed.any():
        found["log_place"] = average(log_score(place[placed], np.full(placed.sum(), True)), question[placed])[0]
    if priced.any():
        found["crowd"] = {"questions": len(np.unique(question[priced])), "forecasts": int(priced.sum())}
        for name, rule in RULES.items():
            ours, theirs = rule(p[priced], came[priced]), rule(crowd[priced], came[priced])
            mean, error = average(_subtract(ours, theirs), question[priced])
            found["crowd"][name] = {
                "ours": average(ours, question[priced])[0],
                "crowd": average(theirs, question[priced])[0],
                "difference": mean,
                "error": error,
            }
    return found


def average(values: Array, question: Array) -> tuple[float | None, float | None]:
    """Average within questions and then over them, with the standard error if there is one; None where infinite."""
    _, which = np.unique(question, return_inverse=True)
    means = np.bincount(which, values) / np.bincount(which)
    if not np.isfinite(means).all():
        return None, None
    error = float(means.std(ddof=1) / np.sqrt(len(means))) if len(means) > 1 else None
    return float(means.mean()), error


def _subtract(ours: Array, theirs: Array) -> Array:
    """Return the difference, infinite also where both are."""
    with np.errstate(invalid="ignore"):
        return np.nan_to_num(ours - theirs, nan=np.inf, posinf=np.inf, neginf=-np.inf)
