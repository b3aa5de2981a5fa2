"""The names of a question as indices, and the plans that were known: what segments and rates are built over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from forecast.model.never import Never
from forecast.model.shapes import Shapes, build_shapes
from forecast.multistate import Array
from forecast.scenario import EVENT, Itinerary, Known


@dataclass(frozen=True, eq=False)
class Indices:
    """The names of a question and how they hang together, as indices."""

    stages: tuple[str, ...]
    transitions: tuple[tuple[int, int], ...]  # (from, to), to = -1 for the event
    itineraries: tuple[str, ...]
    places: tuple[str, ...]
    place_of: tuple[int, ...]  # by itinerary
    ratios: tuple[str, ...]
    kinds: tuple[str, ...]  # of plans
    attributes: Array  # (itineraries, ratios), relative to the first itinerary
    present: Array  # (itineraries,) of bool; False for one that an intervention removes
    lasting: tuple[str, ...] = ()  # conditions that end some day
    returning: tuple[str, ...] = ()  # of those, the ones that may come back
    counts: tuple[float, ...] = ()  # of past cases, by itinerary, where places are given by counts
    late: tuple[str, ...] = ()  # kinds of plans that may come true after their days
    shapes: Shapes = field(default_factory=Shapes)  # of stays
    never: Never = field(default_factory=Never)  # from which stays or episodes the event may not come

    @cached_property
    def transition_names(self) -> tuple[str, ...]:
        """Label each transition: ``invited > preparing``."""
        return tuple(f"{self.stages[i]} > {self.stages[j] if j >= 0 else EVENT}" for i, j in self.transitions)

    @cached_property
    def event_transition(self) -> Array:
        """Return, by stage, the index of its transition to the event, or -1 where it has none."""
        by_stage = {i: index for index, (i, j) in enumerate(self.transitions) if j < 0}
        return np.array([by_stage.get(stage, -1) for stage in range(len(self.stages))])

    def mean_of(self, condition: str, *, is_on: bool) -> int:
        """Return the index of a condition's mean days on, or off, among ``log_lasts`` and ``log_returns``; -1 for none.

        >>> import dataclasses
        >>> names = dataclasses.replace(Indices(*[()] * 9), lasting=("rain", "strike"), returning=("strike",))
        >>> [names.mean_of(name, is_on=on) for name, on in (("strike", True), ("strike", False), ("rain", False))]
        [1, 2, -1]
        """
        names = self.lasting if is_on else self.returning
        return names.index(condition) + (0 if is_on else len(self.lasting)) if condition in names else -1

    @property
    def shaped(self) -> tuple[str, ...]:
        """The stages whose shape is a parameter."""
        return tuple(self.stages[stage] for stage in self.shapes.unknown)

    @cached_property
    def late_of(self) -> Array:
        """Return, by kind of plan, the index of its mean days late, or -1 where a plan is over with its days."""
        return np.array([self.late.index(kind) if kind in self.late else -1 for kind in self.kinds], int)

    @cached_property
    def has_rest(self) -> bool:
        """Tell whether stage 0 is a resting stage."""
        return len(self.stages) > 1


def build_indices(known: Known) -> Indices:
    """Turn the names of a question into indices."""
    question, priors = known.question, known.priors
    stages = question.stages
    spells = {name: prior.belief for name, prior in priors.conditions.items() if name in known.spells}
    transitions = tuple(
        (index, -1 if end == EVENT else stages.index(end))
        for index, stage in enumerate(stages)
        for end in priors.stages[stage].belief.ends
    )
    return Indices(
        stages=stages,
        transitions=transitions,
        itineraries=tuple(way.name for way in question.itineraries),
        places=question.places,
        place_of=tuple(question.places.index(way.place) for way in question.itineraries),
        ratios=tuple(priors.hazard_ratios),
        kinds=tuple(priors.plans),
        attributes=compare_itineraries(known, question.itineraries),
        present=np.ones(len(question.itineraries), bool),
        lasting=tuple(name for name, belief in spells.items() if not belief.is_for_good),
        returning=tuple(name for name, belief in spells.items() if belief.may_return),
        counts=tuple(way.count for way in question.itineraries if way.count is not None),
        late=tuple(name for name, prior in priors.plans.items() if prior.belief.late is not None),
        shapes=build_shapes([priors.stages[name].belief for name in stages]),
        never=_build_never(known),
    )


def _build_never(known: Known) -> Never:
    """Tell from which stays the event may never come; of a whole episode, from none that rests."""
    stages = known.question.stages
    if known.priors.never is not None:
        live = tuple(range(1, len(stages))) or (0,)
        return Never(live, (0,) * len(live), (EVENT,), is_whole=len(stages) > 1)
    some = tuple(index for index, name in enumerate(stages) if known.priors.stages[name].belief.never is not None)
    return Never(some, tuple(range(len(some))), tuple(stages[index] for index in some))


def compare_itineraries(known: Known, ways: Sequence[Itinerary]) -> Array:
    """Return attributes of itineraries in units of their ratios, relative to the first: (itineraries, ratios)."""
    reference = ways[0]
    columns = []
    for name, prior in known.priors.hazard_ratios.items():
        per = prior.belief.per
        least = reference.attributes.get(name, 0.0)
        columns.append([1.0 if name == way.place else (way.attributes.get(name, 0.0) - least) / per for way in ways])
    return np.array(columns, float).reshape(-1, len(ways)).T
