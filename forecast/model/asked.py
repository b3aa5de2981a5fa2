"""What is asked of a timeline, as indices, and what becomes of its events then: the aim of the walk ahead."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from forecast.model.indices import Indices
from forecast.model.segments import Segments
from forecast.multistate import Aim, Array, Goal, Reached, Supposed
from forecast.scenario import YES, Known, find_seen


@dataclass(frozen=True, eq=False)
class Asked:
    """What is asked.

    Attributes
    ----------
    least : int
        The number of events from which on the answer is yes.
    most : int or None
        The largest one for which it is; None if there is none.
    itineraries : (itineraries,) of bool
        Those whose events count.
    reached, in_force : int
        The stage that is asked about, or -1.
    is_first : bool
        The timeline is over with its first event.
    seen : int
        How many events there were in the window up to `as_of`; `least` and `most` are of those to come.
    names, places : tuple of str
        Itineraries and places over which the answer is split; one stands for all where it is not.
    place_of : tuple of int
        By itinerary of `names`.
    """

    least: int
    most: int | None
    itineraries: Array
    reached: int
    in_force: int
    is_first: bool
    seen: int
    names: tuple[str, ...]
    places: tuple[str, ...]
    place_of: tuple[int, ...]

    @property
    def is_plain(self) -> bool:
        """Tell whether it is about the first event to come, one that counts."""
        return self.reached < 0 and self.in_force < 0 and (self.least, self.most) == (1, None)

    @property
    def has_day(self) -> bool:
        """Tell whether a yes comes on some day and stays: a first event, the third, a stage that is reached."""
        return self.in_force < 0 and self.most is None

    @property
    def leaves_stages(self) -> bool:
        """Tell whether a yes takes paths out of the stages."""
        return self.is_plain or self.reached >= 0

    @property
    def counts_events(self) -> bool:
        """Tell whether a yes is a number of events."""
        return self.reached < 0 and self.in_force < 0

    @property
    def members(self) -> Array:
        """1 where an itinerary of `names` leads to a place: (places, names)."""
        return np.equal.outer(np.arange(len(self.places)), self.place_of).astype(float)

    @property
    def is_split(self) -> bool:
        """Tell whether the answer has itineraries and places."""
        return self.places != (YES,)

    def split(self, values: Array) -> Array:
        """Keep the itineraries of the answer, or sum over all: (..., itineraries, draws)."""
        if not self.is_split:
            return values.sum(axis=-2, keepdims=True)
        return values if self.itineraries.all() else values[..., self.itineraries, :]

    def at(self, place: str) -> Asked:
        """Return the same of one place alone."""
        here = [name for name, at in zip(self.names, self.place_of, strict=True) if self.places[at] == place]
        chosen = self.itineraries.copy()
        chosen[chosen] = np.isin(self.names, here)
        return replace(self, itineraries=chosen, names=tuple(here), places=(place,), place_of=(0,) * len(here))

    def goal(
        self, structure: Indices, ahead: Segments, first_day: int, supposed: Supposed, learned: tuple[Reached, ...]
    ) -> Goal:
        """Say what a yes is.

        Parameters
        ----------
        first_day : int
            Number of the window's first day, counted from 0, the first one ahead.
        learned : tuple of Reached
            What is learned by a day.
        """
        parts = len(structure.never.list_shown(len(structure.stages)))
        aim = self._aim(ahead, first_day, supposed, parts)
        return Goal(aim, self.least, self.most, self.in_force, learned)

    def _aim(self, ahead: Segments, first_day: int, supposed: Supposed, parts: int) -> Aim:
        """Say by segment what becomes of an event, and of entering the stage that is asked about.

        What is learned of days ahead says that there was no event on them.
        """
        segments, ways = len(ahead.days), len(self.itineraries)
        aim = Aim.first(segments, ways, parts)
        free = np.arange(segments) >= supposed.learned
        inside = free & (np.cumsum(ahead.days) > first_day)
        reached = np.where(inside & (self.reached >= 0), self.reached, -1)
        if self.reached < 0 and self.in_force < 0:
            passes = free[:, None] & ~(inside[:, None] & self.itineraries)  # an event that is none of the question's
        else:
            passes = np.repeat(free[:, None], ways, axis=1)
            if self.reached == 0 and not self.is_first:  # the first stage, which an event leads to as well
                passes = passes & ~inside[:, None]
        if not self.is_first:
            return replace(aim, back=passes.astype(float), reached=reached)
        if self.is_plain:  # before the window it may end the walk as well: only days of the window count
            passes = passes & ~self.itineraries
        return replace(aim, out=passes, reached=reached)


def build_asked(known: Known, structure: Indices) -> Asked:
    """Look up what a question asks."""
    question = known.question
    asks = question.asks

    def find(stage: str | None) -> int:
        return -1 if stage is None else structure.stages.index(stage)

    least, most = asks.numbers or (1, None)
    seen = 0 if asks.stage else len(find_seen(known))
    chosen = np.array([not asks.places or structure.places[at] in asks.places for at in structure.place_of])
    found = Asked(
        max(0, least - seen),
        None if most is None else most - seen,
        chosen,
        find(asks.reached),
        find(asks.in_force),
        question.is_first,
        seen,
        (YES,),
        (YES,),
        (0,),
    )
    if question.answer_places == (YES,):
        return found
    places = question.answer_places
    ways = [
        (name, places.index(structure.places[at]))
        for name, at, is_asked in zip(structure.itineraries, structure.place_of, chosen, strict=True)
        if is_asked
    ]
    return replace(found, names=tuple(name for name, _ in ways), places=places, place_of=tuple(at for _, at in ways))
