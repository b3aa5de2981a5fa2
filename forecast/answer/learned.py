"""What is learned of other timelines' events, used: curves given that, and how likely each draw held it to be."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from forecast.answer.carried import Carried
from forecast.answer.listening import Drawn, take_noise_out
from forecast.multistate import Array
from forecast.scenario import Part, Reach


def learn(
    parts: Mapping[Part, Carried],
    drawn: Drawn | None,
    learned: Mapping[Part, Reach],
    dates: Sequence[datetime.date],
) -> tuple[dict[Part, Carried], Drawn | None, Array | float]:
    """Return parts and drawn days given that some come by a day, or do not, and the probability of that: (draws,).

    Parameters
    ----------
    drawn : Drawn or None
        Days of all parts where some hang together; without them each is told by its own curve.
    """
    if not learned:
        return dict(parts), drawn, 1.0
    if drawn is None:
        found = dict(parts)
        chances = []
        for part, step in learned.items():
            by, chance = _condition(parts[part].by, dates.index(step.by), happens=step.happens)
            found[part] = replace(parts[part], by=by)
            chances.append(chance)
        return found, None, np.prod(chances, axis=0)
    until = {part: (step.by - dates[0]).days for part, step in learned.items()}
    agrees = np.all([(drawn.days[part] <= until[part]) == step.happens for part, step in learned.items()], axis=0)
    drawn = replace(drawn, agrees=agrees)
    grid = [(day - dates[0]).days for day in dates]
    chance = agrees.mean(axis=1)
    found = {}
    for part, each in parts.items():
        by = np.stack([drawn.share(drawn.days[part] <= day) for day in grid], axis=1)
        found[part] = replace(each, by=take_noise_out(by, chance, drawn.times))
    return found, drawn, chance


def _condition(by: Array, at: int, *, happens: bool) -> tuple[Array, Array]:
    """Return a curve given that it has come by one of its dates, or has not, and the probability of that."""
    chance = by[:, at : at + 1]
    if happens:
        agreeing, chance = np.minimum(by, chance), chance
    else:
        agreeing, chance = np.maximum(by - chance, 0.0), 1 - chance
    return np.divide(agreeing, chance, out=np.zeros_like(by), where=chance > 0), chance[:, 0]
