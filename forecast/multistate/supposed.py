"""What is set and what is learned of the days ahead, by segment, as numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from forecast.multistate.rates import Array


@dataclass(frozen=True, eq=False)
class Supposed:
    """What is set and what is learned of the days ahead, segment by segment.

    Attributes
    ----------
    put : (segments,) of int
        Stage that an intervention puts the episode into at a segment's end, or -1.
    enters : (segments,) of int
        Stage learned to be entered on a segment's only day, or -1.
    silence : (segments,) of bool
        Learned: nothing new is announced.
    learned : int
        By the end of so many segments, it is learned, the event has not happened.
    silent_stages : tuple of int
        Stages whose lapse nobody need announce, so that silence leaves it possible.
    """

    put: Array
    enters: Array
    silence: Array
    learned: int = 0
    silent_stages: tuple[int, ...] = ()

    def after(self, segments: int) -> Supposed:
        """Return the same after so many more segments, of which nothing is supposed."""
        if self.learned:
            message = "expected nothing that is learned: it would be of the days before as well"
            raise ValueError(message)
        none = Supposed.nothing(segments)
        return replace(
            self,
            put=np.concatenate([none.put, self.put]),
            enters=np.concatenate([none.enters, self.enters]),
            silence=np.concatenate([none.silence, self.silence]),
        )

    @classmethod
    def quiet(cls, segments: int, silent_stages: tuple[int, ...]) -> Supposed:
        """Suppose that nothing new was announced."""
        none = np.full(segments, -1)
        return cls(none, none, np.ones(segments, bool), segments, silent_stages)

    @classmethod
    def nothing(cls, segments: int) -> Supposed:
        """Suppose nothing."""
        none = np.full(segments, -1)
        return cls(none, none, np.zeros(segments, bool))
