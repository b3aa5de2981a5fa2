"""The same few draws for many edits of one scenario: common random numbers.

Weighted draws of the quick engine, chosen once and with the same noise each time. So an answer is off by the Monte
Carlo error of those draws, nearly the same one each time, and differences between answers are far more exact than each.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import numpy as np

from forecast.inference.laplace import Laplace, build_target, find_modes
from forecast.inference.pareto import smooth_weights
from forecast.inference.quick import BLOCK, draw_proposals, gate, name_draws
from forecast.inference.settings import stream
from forecast.inference.weights import resample
from forecast.model import ParameterPriors, Timeline
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


class CommonDraws:
    """Draws from the posteriors of one scenario's edits.

    Parameters
    ----------
    timeline, priors : Timeline, ParameterPriors
        Of the scenario without edits, the base.
    draws : int
        How many weighted draws each posterior is given.
    seed : int
        Of all noise, the same for each posterior.
    """

    def __init__(self, timeline: Timeline, priors: ParameterPriors, *, draws: int, seed: int = 1) -> None:
        self.draws, self.seed = draws, seed
        self.base: Laplace | None = None
        with contextlib.suppress(np.linalg.LinAlgError):  # an edit may have a mode even so
            self.base = find_modes(build_target(timeline, priors))
        self.base_weights: dict[int, Array] = {}  # of its own proposals, by their number

    def draw(self, timeline: Timeline, priors: ParameterPriors) -> WeightedDraws:
        """Draw from a posterior by the quick engine, from the base's mode on, always with the same noise."""
        try:
            laplace = find_modes(build_target(timeline, priors, self.base), self.base)
        except np.linalg.LinAlgError as error:
            return WeightedDraws({}, np.zeros(0), "quick", str(error))
        found = self._choose(priors, laplace, PROPOSALS[0])
        return self._choose(priors, laplace, PROPOSALS[1]) if found.failure else found

    def _choose(self, priors: ParameterPriors, laplace: Laplace, count: int) -> WeightedDraws:
        """Weigh proposals, put the weights to the quick engine's gate, and keep some of them.

        Kept are those that the base's weights choose, so that they are the same ones each time; what an edit does to
        their weights stays with them. Smoothed weights would jump where an edit changes their order, and P with them.
        """
        x, s, log_weight = self._propose(laplace, count)
        weight, shape = smooth_weights(log_weight.ravel())
        diagnostics = {"pareto_k": shape, "ess": 1 / (weight @ weight), "largest_weight": weight.max()}
        chance = weight  # where the base has other episodes, and its noise is about other things
        if self.base is not None and self.base.mode.shape == laplace.mode.shape:
            chance = self._weigh_base(self.base, count)
        chosen = resample(chance, self.draws, stream(self.seed, "choice"))
        block, column = np.divmod(chosen, BLOCK)
        found = name_draws(priors, np.ascontiguousarray(x[block, :, column].T), s[block].T)
        kept = log_weight.ravel()[chosen] - np.log(chance[chosen])
        kept = np.exp(kept - kept.max())
        return WeightedDraws(found, kept / kept.mean(), "quick", gate(diagnostics))

    def _weigh_base(self, base: Laplace, count: int) -> Array:
        """Return the weights of the base's own proposals, computed once."""
        if count not in self.base_weights:
            self.base_weights[count] = smooth_weights(self._propose(base, count)[2].ravel())[0]
        return self.base_weights[count]

    def _propose(self, laplace: Laplace, count: int) -> tuple[Array, Array, Array]:
        rng = stream(self.seed, "proposals")
        return draw_proposals(laplace, max(count, PROPOSALS_PER_DRAW * self.draws), rng)
