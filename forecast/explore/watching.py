"""The walks behind signposts: for each step that may come, the same draws carried ahead without it.

Receives a timeline with silence learned up to a day, and a posterior. Hands on a `Signpost` for each step.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from forecast.answer import carry_ahead
from forecast.errors import InputError, Problem
from forecast.inference import Posterior, stream
from forecast.model import Timeline, build_timeline
from forecast.multistate import Array, Reached
from forecast.scenario import EVENT, Evidence, Scenario

CERTAIN = 1e-12  # nearer to 0 or 1 than this, a chance is rounding, and nothing can be learned


@dataclass(frozen=True)
class Signpost:
    """A step that may become public by a day, and what it would say.

    Attributes
    ----------
    kind : {"stage", "lapse", "condition", "event", "silence"}
    name : str
        The stage or the condition; the event itself; nothing.
    says : str
        The step in words.
    chance : float
        That it comes by the day.
    p_if, p_if_not : float or None
        P of a yes if it comes, and if it does not; None where that cannot be.
    information : float
        Mutual information of the step and the answer, in bits.
    brier : float
        Expected change of the Brier score once it is known whether it comes; 0 or less.
    """

    kind: str
    name: str
    says: str
    chance: float
    p_if: float | None
    p_if_not: float | None
    information: float
    brier: float

    @property
    def expected(self) -> float:
        """What P is expected to be once it is known whether the step comes."""
        return self.chance * (self.p_if or 0.0) + (1 - self.chance) * (self.p_if_not or 0.0)


def silence_until(scenario: Scenario, last: datetime.date) -> Timeline:
    """Return the timeline of a scenario with silence learned up to a day, whatever it asks, and nothing else."""
    return build_timeline(replace(scenario.known(), evidence=Evidence(silence_until=last)))


def refuse_given(*, is_given: bool) -> None:
    """Refuse what supposes that some of it is known.

    Raises
    ------
    InputError
    """
    if is_given:
        message = "expected nothing: signposts are about what is open, and this supposes that some of it is known"
        raise InputError([Problem(("given",), f"{message}. Leave given out")])


Chances = tuple[Array, Array]  # of what a walk is confined to, with a yes and in all: (draws,) each


@dataclass(frozen=True)
class Watched:
    """A step, and the walk without it; the silence walk is confined to what others leave out."""

    kind: str
    name: str
    says: str
    walk: Callable[[], Chances]


class Watcher:
    """Walks the same draws once for each step, without it.

    Parameters
    ----------
    timeline : Timeline
        With silence learned up to the last day on which a step is waited for, and nothing else.
    """

    def __init__(self, timeline: Timeline, posterior: Posterior) -> None:
        self.posterior, self.structure = posterior, timeline.structure
        self.silent, supposed = timeline, timeline.supposed
        self.count = supposed.learned  # segments
        self.days = int(timeline.ahead.days[: self.count].sum())
        self.open = replace(timeline, supposed=replace(supposed, silence=np.zeros_like(supposed.silence), learned=0))
        self.joint, self.weight = self._carry(self.open)
        self.p = float(self.joint.sum() / self.weight.sum())

    def list_steps(self) -> Iterator[Watched]:
        """Yield the steps that may come."""
        structure, rest = self.structure, self.structure.has_rest
        count = len(structure.stages)
        for stage in range(1 if rest else 0, count if count > 1 else 0):
            name, parts = structure.stages[stage], structure.never.parts(stage)
            yield Watched("stage", name, f"{name} is entered", partial(self._without, parts))
        silent_stages = self.silent.supposed.silent_stages
        loud = [stage for stage in range(1, count) if stage not in silent_stages] if rest else []
        if loud:
            leaving = tuple(part for stage in loud for part in structure.never.parts(stage))
            name, walk = structure.stages[0], partial(self._without, (0,), leaving)
            yield Watched("lapse", name, f"a lapse to {name} is announced", walk)
        changing = self.open.changing
        for at, name in enumerate(changing.names):
            settled = changing.settled[: self.count, at].any() or (changing.put[:, at] >= 0).any()
            if not settled and changing.log_mean(self.posterior.draws, at, is_on=bool(changing.is_on[at])) is not None:
                says = f"{name} {'ends' if changing.is_on[at] else 'is back'}"
                yield Watched("condition", name, says, partial(self._keep, at))
        if self.open.asked.reached < 0:
            supposed = self.silent.supposed
            none = replace(self.silent, supposed=replace(supposed, silence=np.zeros_like(supposed.silence)))
            yield Watched(EVENT, EVENT, "the event comes", partial(self._carry, none))
        yield Watched("silence", "", "nothing new becomes public", self._break_silence)

    def find_chance(self, kind: str, name: str = "") -> float | None:
        """Return the chance that one step comes; None where it is none that the model foretells."""
        step = next((step for step in self.list_steps() if (step.kind, step.name) == (kind, name)), None)
        row = None if step is None else self.tell(step)
        return None if row is None else row.chance

    def _keep(self, condition: int) -> Chances:
        """Walk while a condition stays as it is, which it does whatever else comes."""
        changing = self.open.changing
        log_mean = changing.log_mean(self.posterior.draws, condition, is_on=bool(changing.is_on[condition]))
        assert log_mean is not None  # or it were no step
        settled = changing.settled.copy()
        settled[: self.count, condition] = True
        kept = np.exp(-self.days * np.exp(-log_mean))
        joint, weight = self._carry(replace(self.open, changing=replace(changing, settled=settled)))
        return joint * kept, weight * kept

    def _without(self, parts: tuple[int, ...], leaving: tuple[int, ...] | None = None) -> Chances:
        shut = Reached(parts, self.count, happens=False, leaving=leaving)
        return self._carry(replace(self.open, learned=(shut,)))

    def _break_silence(self) -> Chances:
        joint, weight = self._carry(self.silent)
        return self.joint - joint, self.weight - weight

    def _carry(self, timeline: Timeline) -> Chances:
        rng = stream(self.posterior.diagnostics["seed"], "ahead")
        ahead = carry_ahead(timeline, self.posterior.draws, rng, agreement=0)
        return ahead.total, ahead.weight

    def tell(self, step: Watched) -> Signpost | None:
        """Put a row together from what is left without the step; None where it cannot come."""
        total = float(self.weight.sum())
        yes_without, all_without = (float(part.sum()) / total for part in step.walk())
        chance = min(max(1 - all_without, 0.0), 1.0)
        if chance <= CERTAIN:
            return None
        p_if = min(max((self.p - yes_without) / chance, 0.0), 1.0)
        p_if_not = yes_without / (1 - chance) if chance < 1 - CERTAIN else None
        return weigh(step.kind, step.name, step.says, chance, p_if, p_if_not)


def weigh(kind: str, name: str, says: str, chance: float, p_if: float, p_if_not: float | None) -> Signpost:
    """Tell what knowing of a step is worth, from its chance and P with it and without."""
    yes = np.array([chance * p_if, (1 - chance) * (p_if_not or 0.0)])
    p = float(yes.sum())
    table = np.stack([yes, np.array([chance, 1 - chance]) - yes])
    gain = chance * (p_if - p) ** 2
    gain += 0.0 if p_if_not is None else (1 - chance) * (p_if_not - p) ** 2
    return Signpost(kind, name, says, chance, p_if, p_if_not, share_information(table), -gain)


def share_information(table: Array) -> float:
    """Return the mutual information of two things in bits, from a table of how probable each pair is.

    Examples
    --------
    >>> share_information(np.array([[0.5, 0.0], [0.0, 0.5]]))
    1.0
    >>> round(abs(share_information(np.array([[0.06, 0.14], [0.24, 0.56]]))), 12)
    0.0
    """
    table = np.clip(table, 0.0, None)
    apart = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True)
    some = table > 0
    return max(0.0, float((table[some] * np.log2(table[some] / apart[some])).sum()))
