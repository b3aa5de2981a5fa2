"""Stays, or whole episodes, from which the event cannot come, though nobody sees that.

With the chance p a stay is barred from the event, from its beginning on; all else goes on as in others. So a stage has
two parts that look alike; `forecast.model.never_rows` has what the record says of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from forecast.model.parameters import Parameters
from forecast.multistate import Array, Rates


@dataclass(frozen=True)
class Never:
    """Which stages have two parts.

    Attributes
    ----------
    stages : tuple of int
        Those from which the event may never come.
    of : tuple of int
        Which of ``never_logit`` each is about.
    names : tuple of str
        What these are about: stages, or the event.
    is_whole : bool
        It holds for a whole episode, and not for each stay by itself.
    """

    stages: tuple[int, ...] = ()
    of: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    is_whole: bool = False

    def chance(self, theta: Parameters, stage: int) -> Array:
        """Return the chance that a stay, or an episode, is barred when it begins: (draws,)."""
        return 1 / (1 + np.exp(-theta["never_logit"][self.of[self.stages.index(stage)]]))

    def part(self, stage: int, *, is_barred: bool = False) -> int:
        """Return the number of a part; the barred one of a stage follows the other.

        >>> never = Never(stages=(1,), of=(0,))
        >>> [never.part(0), never.part(1), never.part(1, is_barred=True), never.part(2)]
        [0, 1, 2, 3]
        """
        return stage + sum(other < stage for other in self.stages) + is_barred

    def parts(self, stage: int) -> tuple[int, ...]:
        """Return the numbers of all parts of a stage."""
        return (self.part(stage), self.part(stage, is_barred=True))[: 1 + (stage in self.stages)]

    def list_shown(self, stages: int) -> list[int]:
        """Return the stage of each part."""
        return [stage for stage in range(stages) for _ in self.parts(stage)]

    def split(self, rates: Rates, theta: Parameters) -> Rates:
        """Return rates over the parts of stages."""
        if not self.stages:
            return rates
        shown = self.list_shown(len(rates.event))
        parts = [(stage, part > self.part(stage)) for part, stage in enumerate(shown)]
        barred = np.array([is_barred for _, is_barred in parts])
        step = np.zeros((len(parts), len(parts), rates.draws))
        for source, (stage, was_barred) in enumerate(parts):
            for target in np.flatnonzero(rates.step[stage].any(axis=-1)).tolist():
                for is_barred, share in self._enter(theta, rates, stage, target, was_barred=was_barred):
                    step[source, self.part(target, is_barred=is_barred)] = share * rates.step[stage, target]
        return replace(
            rates,
            step=step,
            event=np.where(barred[:, None], 0.0, rates.event[shown]),
            stage_factor=rates.stage_factor[:, shown],
            clocks={part: rates.clocks[stage] for part, stage in enumerate(shown) if stage in rates.clocks},
            shown=tuple(shown),
            barred=frozenset(np.flatnonzero(barred).tolist()),
            has_rest=rates.rests,
        )

    def _enter(
        self, theta: Parameters, rates: Rates, source: int, target: int, *, was_barred: bool
    ) -> list[tuple[bool, Any]]:
        """Return in which parts a step ends, and how often it is each."""
        if target not in self.stages:
            return [(False, 1.0)]
        if self.is_whole and not (rates.rests and source == 0):
            return [(was_barred, 1.0)]
        chance = self.chance(theta, target)
        return [(False, 1 - chance), (True, chance)]

    def begin(self, theta: Parameters, stage: int, rng: np.random.Generator) -> Array:
        """Draw the parts in which stays in a stage begin: (draws,) of int."""
        if stage not in self.stages:
            return np.full(theta["log_stay"].shape[-1], self.part(stage))
        chance = self.chance(theta, stage)
        return self.part(stage) + (rng.random(len(chance)) < chance)
