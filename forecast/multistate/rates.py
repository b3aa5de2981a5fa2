r"""Multi-state mathematics: rates per day to generators and their exponentials.

Pure NumPy; knows no dates, priors or YAML. Receives `Rates` (piecewise constant over segments, one column a draw);
`multistate.ahead` walks through the segments with what is made here, `multistate.paths` draws from the same rates.

The right-hand side of a timeline has two copies of the stages. *This* episode has its own frailty and its plans; a
lapse leads to *a later* episode with a frailty of its own and no plans:

    q_{ij}(s) = \lambda_{ij} f_{sj} e^{\pm\sigma z}
    a_i(s) = \lambda_{iE} e^{\sigma z} n_s \sum_r w_{sr} + \sum_r h_{sr}

with + for advances and events, - for setbacks, z = 0 in the resting stage, and plan hazards h in this episode outside
the resting stage. See docs/model.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from forecast.multistate.clocks import Clock

Array = np.ndarray
State = tuple[int, int]  # copy (0 this episode, 1 a later one) and stage


@dataclass(frozen=True, eq=False)
class Rates:
    """Rates per day, for each draw, over segments in which they are constant.

    Attributes
    ----------
    step : (stages, stages, draws)
        Ordinary rate from stage to stage; zero where no transition is declared.
    event : (stages, draws)
        Ordinary rate of the event from each stage.
    stage_factor : (segments, stages, draws)
        Covariates' factor on steps into each stage.
    weight : (segments, itineraries, draws)
        Share of each itinerary in the event, times its covariates.
    meanwhile : (segments, draws)
        Factor on ordinary event rates while plans are pending.
    plan : (segments, itineraries, draws)
        Hazard added by plans, per day.
    sigma : (draws,)
        Scale of the frailty; zero for a question of one stage.
    clocks : dict of int to Clock
        Of the stages that age: what the ordinary rates out of them are multiplied by. Plans are not.
    shown : tuple of int
        As which stage each is counted, where some are parts of one that differ unseen; each as itself if not given.
    barred : frozenset of int
        Stages from which plans bring no event.
    has_rest : bool, optional
        Whether stage 0 is a resting stage; if not given, it is where there are others.
    """

    step: Array
    event: Array
    stage_factor: Array
    weight: Array
    meanwhile: Array
    plan: Array
    sigma: Array
    clocks: dict[int, Clock] = field(default_factory=dict)
    shown: tuple[int, ...] = ()
    barred: frozenset[int] = frozenset()
    has_rest: bool | None = None

    @property
    def draws(self) -> int:
        """Number of draws."""
        return self.event.shape[-1]

    @property
    def rests(self) -> bool:
        """Tell whether stage 0 is a resting stage."""
        return len(self.event) > 1 if self.has_rest is None else self.has_rest

    @property
    def counted(self) -> tuple[int, ...]:
        """As which stage each is counted."""
        return self.shown or tuple(range(len(self.event)))

    def take(self, which: slice | Array) -> Rates:
        """Return the rates of some of the draws."""
        found: dict[str, Any] = {
            name: value[..., which] for name, value in vars(self).items() if isinstance(value, np.ndarray)
        }
        return replace(self, **found, clocks={stage: clock.take(which) for stage, clock in self.clocks.items()})

    def join(self, later: Rates) -> Rates:
        """Return the rates of these segments and of later ones."""
        names = ("stage_factor", "weight", "meanwhile", "plan")
        joined: dict[str, Any] = {name: np.concatenate([getattr(self, name), getattr(later, name)]) for name in names}
        return replace(self, **joined)


@dataclass(frozen=True, eq=False)
class Start:
    """The stages in which this episode may be at the beginning, and how probable each is.

    Attributes
    ----------
    stages : tuple of int
    shares : (stages, draws)
    """

    stages: tuple[int, ...]
    shares: Array

    @classmethod
    def of(cls, start: int | Start, draws: int) -> Start:
        """Return a start in one stage; or that which is one already."""
        return start if isinstance(start, Start) else cls((start,), np.ones((1, draws)))

    def take(self, which: slice | Array) -> Start:
        """Return that of some of the draws."""
        return Start(self.stages, self.shares[:, which])


def directions(stages: int) -> Array:
    """Return +1 where a step advances, -1 where it falls back: (stages, stages)."""
    return np.sign(np.subtract.outer(np.arange(stages), np.arange(stages))).T
