"""The timelines of a family's units as one: they share their parameters, and differ in their paces.

A unit has a pace of its own, or shares one with others, as with all that go to one host. Receives timelines with
the same stages and priors. Hands on one with all their histories, which the likelihood takes as any other, and the
parameters of each unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from forecast.model.parameters import UNIT, YEAR, Parameters, name_spread
from forecast.model.segments import Segments
from forecast.model.timeline import Group, History, Timeline
from forecast.multistate import Array


def pool_timelines(
    timelines: Mapping[str, Timeline], groups: Mapping[str, Mapping[str, str]] | None = None
) -> Timeline:
    """Lay the histories of units one after the other.

    What lies right of `as_of` is that of the first, and stands for none of the others.

    Parameters
    ----------
    groups : dict of dict
        By what units may have a pace of, besides each its own: the label of each unit, by its name.
    """
    parts = list(timelines.values())
    plans = [len(part.plans) for part in parts]
    offsets = np.concatenate([[0], np.cumsum(plans)])
    segments = [
        _widen(part.history.segments, int(offset), int(offsets[-1]))
        for part, offset in zip(parts, offsets, strict=False)
    ]
    joined = segments[0]
    for more in segments[1:]:
        joined = joined.join(more)
    histories = [part.history for part in parts]
    episodes = np.cumsum([0, *(len(part.episodes) for part in parts)])
    steps = np.cumsum([0, *(np.abs(history.unsure).max(initial=0) for history in histories)])

    def over(name: str) -> Array:
        return np.concatenate([getattr(history, name) for history in histories])

    history = History(
        segments=joined,
        stage=over("stage"),
        episode=np.concatenate(
            [np.where(h.episode >= 0, h.episode + first, -1) for h, first in zip(histories, episodes, strict=False)]
        ),
        moved_to=over("moved_to"),
        event_by=over("event_by"),
        unsure=np.concatenate(
            [h.unsure + np.sign(h.unsure) * first for h, first in zip(histories, steps, strict=False)]
        ),
        entered=over("entered"),
        pace=over("pace"),
        fading=max(parts, key=lambda part: part.as_of).history.fading,
        unit=np.repeat(np.arange(len(parts)), [len(history.stage) for history in histories]),
    )
    return replace(
        parts[0],
        plans=tuple(plan for part in parts for plan in part.plans),
        history=history,
        episodes=tuple(f"{name} {label}" for name, part in timelines.items() for label in part.episodes),
        units=tuple(timelines),
        groups={UNIT: Group(tuple(timelines), np.arange(len(parts)))}
        | {name: _group([labels[unit] for unit in timelines]) for name, labels in (groups or {}).items()},
        episodes_of=tuple(slice(int(first), int(last)) for first, last in pairwise(episodes)),
    )


def log_paces(theta: Parameters, timeline: Timeline, unit: Array, xp: Any = np) -> Any:
    """Return the logarithm of how fast units are, (units, draws) or (units,); 0 where they are all alike."""
    total: Any = 0.0
    for name, group in timeline.groups.items():
        scale, normals = name_spread(name)
        if normals in theta:
            total = total + xp.exp(theta[scale][0]) * theta[normals][group.of_unit[unit]]
    return total


def list_members(timeline: Timeline) -> dict[str, Array]:
    """Return which of the standard normals acts on each segment, (segments,) of int, by their name."""
    unit = timeline.history.unit
    members = {name_spread(name)[1]: group.of_unit[unit] for name, group in timeline.groups.items()}
    return members | {name_spread(YEAR)[1]: timeline.history.segments.season}


def parameters_of(theta: Parameters, pooled: Timeline, unit: int) -> Parameters:
    """Return the parameters of one unit, as those of a timeline of its own: its stays, divided by its pace.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> theta = {"log_stay": np.zeros((1, 2)), "log_tau": np.zeros((1, 2)), "u": np.array([[0.5, -1.0]])}
    >>> pooled = SimpleNamespace(groups={"unit": Group(("a",), np.array([0]))}, episodes_of=(slice(0, 0),))
    >>> parameters_of(theta, pooled, 0)["log_stay"].tolist()
    [[-0.5, 1.0]]
    """
    paces = {name for group in pooled.groups for name in name_spread(group)}
    found = {name: values for name, values in theta.items() if name not in paces and name != "z"}
    found["log_stay"] = theta["log_stay"] - log_paces(theta, pooled, np.array(unit))
    if "z" in theta and len(episodes := theta["z"][pooled.episodes_of[unit]]):
        found["z"] = episodes
    return found


def extend_seasons(
    theta: dict[str, Array], timeline: Timeline, until: int, rng: np.random.Generator
) -> dict[str, Array]:
    """Return draws that hold the years ahead as well, up to one; what the record does not know is from the prior.

    A draw has the same year for all units.
    """
    _, normals = name_spread(YEAR)
    if normals not in theta or until <= timeline.seasons[-1]:
        return theta
    more = rng.standard_normal((until - timeline.seasons[-1], theta[normals].shape[1]))
    return theta | {normals: np.concatenate([theta[normals], more])}


def _group(labels: list[str]) -> Group:
    distinct = tuple(dict.fromkeys(labels))
    return Group(distinct, np.array([distinct.index(label) for label in labels]))


def _widen(segments: Segments, first: int, plans: int) -> Segments:
    """Return segments that know of the plans of all units: none of them is open but their own."""

    def widen(values: Array) -> Array:
        found = np.zeros((len(values), plans))
        found[:, first : first + values.shape[1]] = values
        return found

    return replace(segments, in_window=widen(segments.in_window), late=widen(segments.late))
