"""The timelines of a family's units as one: they share their parameters, and each has a pace of its own.

Receives timelines with the same stages and priors. Hands on one with all their histories, which the likelihood takes as
any other, and the parameters of each unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

import numpy as np

from forecast.model.parameters import Parameters
from forecast.model.segments import Segments
from forecast.model.timeline import History, Timeline
from forecast.multistate import Array


def pool_timelines(timelines: Mapping[str, Timeline]) -> Timeline:
    """Lay the histories of units one after the other.

    What lies right of `as_of` is that of the first, and stands for none of the others.
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
        episodes_of=tuple(slice(int(first), int(last)) for first, last in pairwise(episodes)),
    )


def parameters_of(theta: Parameters, pooled: Timeline, unit: int) -> Parameters:
    """Return the parameters of one unit, as those of a timeline of its own: its stays, divided by its pace.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> theta = {"log_stay": np.zeros((1, 2)), "log_tau": np.zeros((1, 2)), "u": np.array([[0.5, -1.0]])}
    >>> parameters_of(theta, SimpleNamespace(episodes_of=(slice(0, 0),)), 0)["log_stay"].tolist()
    [[-0.5, 1.0]]
    """
    found = {name: values for name, values in theta.items() if name not in ("u", "log_tau", "z")}
    if "u" in theta:
        found["log_stay"] = theta["log_stay"] - np.exp(theta["log_tau"]) * theta["u"][unit]
    if "z" in theta and len(episodes := theta["z"][pooled.episodes_of[unit]]):
        found["z"] = episodes
    return found


def _widen(segments: Segments, first: int, plans: int) -> Segments:
    """Return segments that know of the plans of all units: none of them is open but their own."""

    def widen(values: Array) -> Array:
        found = np.zeros((len(values), plans))
        found[:, first : first + values.shape[1]] = values
        return found

    return replace(segments, in_window=widen(segments.in_window), late=widen(segments.late))
