"""The same few draws for many edits of one scenario: common random numbers."""

from __future__ import annotations

from dataclasses import dataclass

from forecast.multistate import Array

PROPOSALS = (4_096, 16_384)  # the second where the gate refuses the first, of which 2,400 are effective on the flagship
PROPOSALS_PER_DRAW = 12


@dataclass(frozen=True, eq=False)
class WeightedDraws:
    """Draws on the scale of the model, (labels, draws) by name, their weights, and why they may not be used, if so."""

    draws: dict[str, Array]
    weight: Array
    engine: str
    failure: str = ""
