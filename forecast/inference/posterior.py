"""A posterior as plain arrays, and the same as a labelled entry of the store.

ArviZ's groups and names on one side, arrays of (labels, draws) on the other; nothing is fitted here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from forecast.inference.netcdf import Entry
from forecast.inference.weights import batch_means_mcse, importance_mcse
from forecast.model import ParameterPriors
from forecast.multistate import Array

SAMPLE_STATS = ("diverging", "energy", "n_steps", "step_size")


@dataclass(frozen=True, eq=False)
class Posterior:
    """Draws of every parameter, with those of the prior.

    Attributes
    ----------
    draws, prior : dict of (labels, chains * draws) and (labels, prior draws) arrays
        On the scale of the model: logarithms and logits.
    prior_predictive : dict of arrays
        Histories simulated from the prior draws: `events` (draws,), `steps` (transitions, draws) and `days`
        (stages, draws) spent in each stage.
        Empty for the quick engine, which leaves them to `label_posterior`.
    sample_stats : dict of (chains, draws) arrays
        NUTS: see `SAMPLE_STATS`; quick: `weight`, see `forecast.inference.quick.QuickDraws`.
    diagnostics : dict
        Engine and settings; NUTS: R-hat, effective sample sizes and divergences; quick: Pareto k, effective sample
        size and largest weight.
    entry : Entry or None
        The same as NetCDF, with labels and units, as it lies in the store; the quick engine's is made when asked for.
    """

    priors: ParameterPriors
    draws: dict[str, Array]
    prior: dict[str, Array]
    prior_predictive: dict[str, Array]
    sample_stats: dict[str, Array]
    diagnostics: dict[str, Any]
    fingerprint: str
    chains: int
    entry: Entry | None = None

    def mcse(self, values: Array) -> float:
        """Return the Monte Carlo error of a mean of values over draws, (draws,)."""
        if "weight" in self.sample_stats:
            return importance_mcse(values, self.sample_stats["weight"])
        return batch_means_mcse(values, self.chains)
