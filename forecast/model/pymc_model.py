"""The history's likelihood and the priors as one PyMC model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.model.conditions import log_spans
from forecast.model.log_gamma import CELL, REACH
from forecast.model.never_rows import log_never
from forecast.model.poisson import build_poisson_rows, log_day_of_events, log_unsure_steps, row_rates
from forecast.model.timeline import Timeline
from forecast.model.vectors import LawVector, LogGammaVector, ParameterPriors, PriorVector

if TYPE_CHECKING:
    import pymc as pm


def build_pymc_model(timeline: Timeline, priors: ParameterPriors) -> pm.Model:
    """Build the PyMC model: the parameters, Poisson counts for the history, events by their day.

    A parameter with a standard deviation of 0 is a constant; what is drawn under its name plays no part.

    Returns
    -------
    pymc.Model
        With the dims ``stage transition ratio plan episode`` and, for the data, ``step event``.
    """
    import pymc as pm
    import pytensor.tensor as pt

    rows = build_poisson_rows(timeline)
    coords: dict[str, Any] = {vector.dim: list(vector.labels) for vector in priors.values()}
    steps, events = rows.itinerary < 0, rows.itinerary >= 0
    sure = rows.exposure > 0
    coords |= {"step": np.arange((steps & sure).sum()), "event": np.arange((events & sure).sum())}
    with pm.Model(coords=coords) as model:
        theta = {name: _declare(name, vector) for name, vector in priors.items()}
        step_rate, event_rate = row_rates(theta, timeline, rows, pt)
        for dim, which, rate in (("step", steps, step_rate), ("event", events, event_rate)):
            if (some := which & sure).any():  # the other rows are of steps that came on one of several days
                mu = rate if sure[which].all() else rate[np.flatnonzero(sure[which])]
                exposure, count = rows.exposure[some], rows.count[some].astype(int)
                if timeline.history.fading.half_life is None:
                    pm.Poisson(f"{dim}s", mu=mu * exposure, observed=count, dims=dim)
                else:  # counts of a faded weight are no whole numbers
                    pm.Potential(f"{dim}s", (count * rows.weight[some] * pt.log(mu) - mu * exposure).sum())
        if len(timeline.spans.days):
            pm.Potential("spans_of_conditions", log_spans(theta, timeline.spans, pt).sum())
        if len(rows.is_whole):
            pm.Potential("day_of_events", log_day_of_events((step_rate, event_rate), rows, pt).sum())
        if len(rows.never.of):
            pm.Potential("never", log_never(theta, event_rate, rows.never, events, pt).sum())
        if len(rows.unsure.step):
            pm.Potential("unsure_steps", log_unsure_steps((step_rate, event_rate), rows, pt).sum())
    return model


def _declare(name: str, vector: PriorVector) -> Any:
    """Add a vector of parameters to the model."""
    import pymc as pm
    import pytensor.tensor as pt

    if isinstance(vector, LogGammaVector):
        # PyMC's Gamma, in logarithms: a count below one makes numbers too small for it
        return pm.CustomDist(
            name, vector.counts, logp=_log_gamma_density, dist=_draw_log_gamma, support_point=_start, dims=vector.dim
        )
    if isinstance(vector, LawVector):
        return _declare_curves(name, vector)
    mean, sd = (np.where(vector.is_fixed, usual, part) for usual, part in ((0, vector.mean), (1, vector.sd)))
    drawn = pm.Normal(name, mu=mean, sigma=sd, dims=vector.dim)  # one of no width has no density
    return pt.where(vector.is_fixed, vector.mean, drawn) if vector.is_fixed.any() else drawn


def _declare_curves(name: str, vector: LawVector) -> Any:
    """Add parameters that are curves of standard normals, as the quick engine has them.

    The curves have their kinks and tails in their tables; a density in closed form would have to repeat each.
    """
    import pymc as pm
    import pytensor.tensor as pt

    standard = pm.Normal(f"{name}_standard", dims=vector.dim)
    at = (pt.clip(standard, -REACH, REACH) + REACH) / CELL
    cell = pt.clip(pt.floor(at), 0, vector.table.shape[1] - 1).astype("int64")
    c = pt.as_tensor(vector.table)[np.arange(len(vector.labels)), cell]
    share = at - cell
    value = c[:, 0] + share * (c[:, 1] + share * (c[:, 2] + share * c[:, 3]))
    # What stands under the name of a constant plays no part, but must vary for the diagnostics.
    pm.Deterministic(name, pt.where(vector.is_fixed, standard, value), dims=vector.dim)
    return value


def _log_gamma_density(value: Any, counts: Any) -> Any:
    import pytensor.tensor as pt

    return counts * value - pt.exp(value) - pt.gammaln(counts)


def _draw_log_gamma(counts: Any, size: Any) -> Any:
    """Draw log Gamma(count) as log Gamma(count + 1) + log U / count, which never underflows."""
    import pymc as pm
    import pytensor.tensor as pt

    return pt.log(pm.Gamma.dist(counts + 1, 1, size=size)) + pt.log(pm.Uniform.dist(size=size)) / counts


def _start(_: Any, __: Any, counts: Any) -> Any:
    import pytensor.tensor as pt

    return pt.digamma(counts)
