"""Posteriors of one question on one day after another, by the quick engine: each begins at the mode of the last.

A posterior is kept while history and priors are those of the day before. Each has the same noise, so that what moves
from day to day is what was learned.
"""

from __future__ import annotations

import numpy as np

from forecast.errors import FitError
from forecast.inference import quick
from forecast.inference.draw import complete
from forecast.inference.laplace import Laplace
from forecast.inference.posterior import Posterior
from forecast.inference.settings import Settings, stream
from forecast.model import ParameterPriors, Timeline, fingerprint_inputs

PROPOSALS = (8_192, 32_768, 131_072)  # the next where the gate refuses the last


class SuccessiveDraws:
    """Draws from the posteriors of days that follow one another.

    Parameters
    ----------
    settings : Settings
        Draws, chains and seed of each.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.start: Laplace | None = None
        self.last: tuple[str, Posterior] | None = None  # with the fingerprint of its history and priors

    def draw(self, timeline: Timeline, priors: ParameterPriors) -> Posterior:
        """Return the posterior of the next day.

        Raises
        ------
        FitError
            If the gate refuses the largest number of proposals too.
        """
        fingerprint = fingerprint_inputs(timeline, priors, {})
        if self.last is None or self.last[0] != fingerprint:
            self.last = fingerprint, self._draw(timeline, priors)
        return self.last[1]

    def _draw(self, timeline: Timeline, priors: ParameterPriors) -> Posterior:
        count = self.settings.chains * self.settings.draws
        failure = ""
        for proposals in PROPOSALS:
            rng, enough = stream(self.settings.seed, "proposals"), max(proposals, quick.PROPOSALS_PER_DRAW * count)
            try:
                found = quick.quick_draws(timeline, priors, count, rng, proposals=enough, start=self.start)
            except np.linalg.LinAlgError as error:
                self.start = None
                raise FitError(str(error)) from None
            self.start = found.laplace
            if not (failure := quick.gate(found.diagnostics)):
                return complete(found, timeline, priors, self.settings)
        message = f"the quick engine fails its gate, with {PROPOSALS[-1]:,} proposals too: {failure}"
        raise FitError(message)
