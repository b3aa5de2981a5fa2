"""Log prior and log likelihood of each draw."""

from __future__ import annotations

import numpy as np

from forecast.inference.posterior import Posterior
from forecast.model import Timeline, build_poisson_rows, log_day_of_events, row_rates
from forecast.multistate import Array


def log_densities(timeline: Timeline, posterior: Posterior) -> dict[str, Array]:
    """Return the log density of the prior of each family of parameters, and of the likelihood, each (draws,).

    Up to constants; parameters that are fixed have no density.
    """
    found = {}
    for name, vector in posterior.priors.items():
        free = ~vector.is_fixed
        if name != "z" and free.any():
            standard = (posterior.draws[name][free] - vector.mean[free, None]) / vector.sd[free, None]
            found[name] = -0.5 * (standard**2).sum(axis=0)
    rows = build_poisson_rows(timeline)
    rates = row_rates(posterior.draws, timeline, rows)
    found["likelihood"] = log_day_of_events(rates, rows) + np.zeros(posterior.draws["log_stay"].shape[-1])
    for which, rate in zip((rows.itinerary < 0, rows.itinerary >= 0), rates, strict=True):
        happened = rows.count[which] > 0  # counts are 0 or 1
        found["likelihood"] += np.log(rate[happened]).sum(axis=0) - rows.exposure[which] @ rate
    return found
