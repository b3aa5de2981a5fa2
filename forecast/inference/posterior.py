"""A posterior: draws of every parameter and what is known of them, as arrays; with labels, as NetCDF or a DataTree.

Nothing is fitted here.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.inference.control import score, take_out
from forecast.inference.densities import split_draws
from forecast.inference.laplace import build_target
from forecast.inference.netcdf import Group, Groups, open_netcdf, write_netcdf
from forecast.inference.settings import stream
from forecast.inference.tree import flatten, label_densities, label_draws, label_histories, label_record, label_stats
from forecast.inference.weights import batch_means_mcse, importance_mcse
from forecast.model import PRIOR_DRAWS, ParameterPriors, Timeline, simulate_histories
from forecast.multistate import Array

if TYPE_CHECKING:
    import xarray as xr

SAMPLE_STATS = ("diverging", "energy", "n_steps", "step_size")


@dataclass(frozen=True, eq=False, repr=False)
class Posterior:
    """Draws of every parameter, with those of the prior.

    Attributes
    ----------
    draws, prior : dict of (labels, chains * draws) and (labels, prior draws) arrays
        On the scale of the model: logarithms and logits.
    prior_predictive : dict of arrays
        Histories simulated from the prior draws: `events` (itineraries, draws), `steps` (transitions, draws) and `days`
        (stages, draws) spent in each stage.
        Empty for the quick engine, which leaves them to `label_posterior`.
    sample_stats : dict of (chains, draws) arrays
        NUTS: see `SAMPLE_STATS`; quick: `weight`, see `forecast.inference.quick.QuickDraws`.
    diagnostics : dict
        Engine and settings; NUTS: R-hat, effective sample sizes and divergences; quick: Pareto k, effective sample
        size and largest weight.
    timeline : Timeline
        That of a scenario with this fit: what is left of its `as_of`, and the names of all, are the posterior's own.
    netcdf : bytes
        The same with labels and units, as it lies in the store; the quick engine's is made when asked for.
    """

    priors: ParameterPriors
    draws: dict[str, Array]
    prior: dict[str, Array]
    prior_predictive: dict[str, Array]
    sample_stats: dict[str, Array]
    diagnostics: dict[str, Any]
    fingerprint: str
    chains: int
    timeline: Timeline
    netcdf: bytes = b""

    def __repr__(self) -> str:
        count = next(iter(self.draws.values())).shape[-1] if self.draws else 0
        return f"<Posterior {self.fingerprint[:8]}: {count:,} draws, {self.engine} engine>"

    @property
    def engine(self) -> str:
        """Name of what drew it: ``nuts`` or ``quick``."""
        return self.diagnostics["engine"]

    def mcse(self, values: Array) -> float:
        """Return the Monte Carlo error of a mean of values over draws, (draws,)."""
        if self.diagnostics.get("controls"):
            values = take_out(values, self._score)
        if "weight" in self.sample_stats:
            return importance_mcse(values, self.sample_stats["weight"])
        return batch_means_mcse(values, self.chains)

    @cached_property
    def _score(self) -> Array:
        """The gradient of the log density at the draws, which `forecast.inference.control` has centred."""
        return score(build_target(self.timeline, self.priors), self.draws)

    def to_netcdf(self, attrs: Mapping[str, str] | None = None, **more: Group) -> bytes:
        """Return it as NetCDF, labelled and with units, with further attributes and groups, or what joins a group."""
        attrs = attrs or {}
        if self.netcdf:
            return write_netcdf(more, attrs, onto=self.netcdf) if more or attrs else self.netcdf
        own = {
            "fingerprint": self.fingerprint,
            "diagnostics": json.dumps(self.diagnostics),
            "as_of": self.timeline.as_of,
        }
        groups = label_posterior(self)
        for name, group in more.items():
            groups[name] = groups.get(name, {}) | group
        return write_netcdf(groups, {**own, **attrs})

    def to_datatree(self, **more: Group) -> xr.DataTree:
        """Return it as an xarray DataTree with ArviZ's groups; `more` is as in `to_netcdf`."""
        import xarray as xr

        return xr.load_datatree(io.BytesIO(self.to_netcdf(None, **more)), engine="h5netcdf")


def label_posterior(posterior: Posterior) -> Groups:
    """Label a posterior: ArviZ's groups but `predictions`, which depend on what is asked of it."""
    timeline, priors, chains = posterior.timeline, posterior.priors, posterior.chains
    structure, before = timeline.structure, posterior.prior_predictive
    seed = posterior.diagnostics["seed"]
    if not before:
        before = simulate_histories(timeline, posterior.prior, stream(seed, "histories"))
    rng = stream(seed, "posterior histories")
    parts = [simulate_histories(timeline, part, rng) for part in split_draws(posterior.draws)]
    after = {name: np.concatenate([part[name] for part in parts], axis=-1) for name in before}
    drawn = label_draws(posterior.draws, priors, structure, chains)
    return {
        "posterior": drawn,
        "prior": label_draws(posterior.prior, priors, structure, 1),
        "prior_predictive": label_histories(before, structure, 1),
        "posterior_predictive": label_histories(after, structure, chains),
        "sample_stats": {name: drawn[name] for name in ("chain", "draw")} | label_stats(posterior.sample_stats),
        "observed_data": label_record(timeline),
        **label_densities(timeline, priors, posterior.draws, chains),
    }


def read_posterior(netcdf: bytes, timeline: Timeline, priors: ParameterPriors) -> Posterior:
    """Read a posterior back.

    Raises
    ------
    OSError, KeyError, ValueError
        If it is not what `Posterior.to_netcdf` returns for this timeline and these priors.
    """
    with open_netcdf(netcdf) as file:
        diagnostics = json.loads(file.attrs["diagnostics"])
        shape, structure = (diagnostics["chains"], diagnostics["draws"]), timeline.structure
        labels = {"events": structure.itineraries, "steps": structure.transitions, "days": structure.stages}

        def read(group: str, name: str, *expected: int) -> Array:
            values = file[group][name][...]
            if values.shape != expected or values.dtype.kind not in "iuf":
                message = f"expected numbers of shape {expected} in {group}/{name}; found {values.dtype} {values.shape}"
                raise ValueError(message)
            return values

        def read_draws(group: str, *samples: int) -> dict[str, Array]:
            draws = {name: flatten(read(group, name, *samples, len(each.labels))) for name, each in priors.items()}
            # Only a constant may lie at infinity, as the scale of episodes that are all alike.
            if not all(np.isfinite(draws[name][~each.is_fixed]).all() for name, each in priors.items()):
                message = f"expected finite numbers in {group}"
                raise ValueError(message)
            return draws

        return Posterior(
            priors=priors,
            draws=read_draws("posterior", *shape),
            prior=read_draws("prior", 1, PRIOR_DRAWS),
            prior_predictive={
                name: flatten(read("prior_predictive", name, 1, PRIOR_DRAWS, len(each)))
                for name, each in labels.items()
            },
            sample_stats={name: read("sample_stats", name, *shape) for name in SAMPLE_STATS},
            diagnostics=diagnostics,
            fingerprint=file.attrs["fingerprint"],
            chains=shape[0],
            timeline=timeline,
            netcdf=netcdf,
        )
