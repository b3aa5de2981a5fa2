"""How P answers to powers of the prior and of the likelihood."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.answer import carry_ahead
from forecast.inference import Engine, Posterior, Settings, find_or_fit, log_likelihood, log_prior, stream
from forecast.model import Timeline, build_priors, build_timeline
from forecast.multistate import Array
from forecast.scenario import Scenario

if TYPE_CHECKING:
    import xarray as xr

FLAT = 1e-9  # a log density that varies less over draws says nothing, to any power
THRESHOLD = 0.05  # Kallioinen et al.: from here on a posterior is called sensitive


@dataclass(frozen=True)
class PowerScaling:
    """How the distribution of P over draws answers to powers of prior and likelihood.

    Attributes
    ----------
    prior, likelihood : float
        Sensitivities; above `THRESHOLD` P is called sensitive.
    by_parameter : dict of str to float
        To the prior of each family of parameters alone.
    """

    prior: float
    likelihood: float
    by_parameter: dict[str, float]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self) | {"threshold": THRESHOLD, "diagnosis": self.diagnosis}

    @property
    def diagnosis(self) -> str:
        """Say what the two sensitivities mean together, and nothing of what fixing a quantity does."""
        scaled = "a little more or less weight on all priors at once"
        if self.prior < THRESHOLD:
            return f"{scaled} hardly moves P's distribution over draws; knowing one quantity may move P far even so"
        if self.likelihood < THRESHOLD:
            return f"{scaled} moves P's distribution, on the record hardly: strong priors, or a record that says little"
        return f"{scaled} moves P's distribution, and so does it on the record: the two may pull apart"


def scale_powers(scenario: Scenario, *, settings: Settings | None = None, engine: Engine = "nuts") -> PowerScaling:
    """Compute the power-scaling sensitivity of P to prior and likelihood on the draws of a posterior.

    Raises
    ------
    FitError
        If a fit fails its gate.
    """
    known = scenario.known()
    timeline = build_timeline(known)
    priors = build_priors(known, timeline)
    posterior = find_or_fit(timeline, priors, settings or Settings(), engine=engine)
    import arviz_stats

    tree = label_densities(timeline, posterior)
    names = [str(name) for name in tree["log_prior"].data_vars]

    def sense(group: str, chosen: list[str] | None = None) -> float:
        density = tree[f"log_{group}"].dataset
        log_density = sum(density[name].values for name in chosen or density)
        if np.ptp(log_density) < FLAT or np.ptp(tree["posterior"].dataset["p_event"].values) < FLAT:
            return 0.0
        found = arviz_stats.psense(tree, var_names=["p_event"], group=group, group_var_names=chosen)
        return float(found["p_event"])

    return PowerScaling(sense("prior"), sense("likelihood"), {name: sense("prior", [name]) for name in names})


def label_densities(timeline: Timeline, posterior: Posterior) -> xr.DataTree:
    """Lay out P by draw with the log densities of prior and likelihood, as ArviZ wants them."""
    import xarray as xr

    rng = stream(posterior.diagnostics["seed"], "ahead")
    chances = carry_ahead(timeline, posterior.draws, rng, agreement=0).total

    def split(values: Array) -> tuple[list[str], Array]:
        return ["chain", "draw"], values.reshape(posterior.chains, -1)

    densities = log_prior(posterior.priors, posterior.draws)
    groups = {
        "posterior": {"p_event": split(chances)},
        "log_prior": {name: split(values) for name, values in densities.items()},
        "log_likelihood": {"history": split(log_likelihood(timeline, posterior.draws).sum(axis=0))},
    }
    return xr.DataTree.from_dict({name: xr.Dataset(group) for name, group in groups.items()})
