"""What the record has taught and what is belief: how far quantities were pinned down, and whose spread P's band is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from forecast.answer import Ahead, carry_ahead, prior_only
from forecast.inference import Posterior, divide, stream
from forecast.model import Timeline, count_record
from forecast.multistate import Array

LUCK = "this episode's luck"
GROUPS = {  # of parameters, by the names of their vectors
    "stays": ("log_stay", "log_shape"),
    "ends": ("end_logit", "place_logit", "never_logit"),
    "ratios": ("log_ratio",),
    "plans": ("kept_logit", "log_meanwhile", "log_late"),
    "conditions": ("log_lasts", "log_returns"),
    "seriousness": ("log_sigma",),
}
REST = "together"
DRAWS_A_COLUMN = 10  # at least, or the regression finds what is not there


@dataclass(frozen=True)
class Contraction:
    """How far the record has pinned a parameter down.

    Attributes
    ----------
    group, label : str
    contraction : float
        1 - variance after the record / before, on the scale on which the prior is a standard normal; 0 is nothing
        learned, 1 all.
    """

    group: str
    label: str
    contraction: float


@dataclass(frozen=True)
class Learned:
    """What is learned and what is believed.

    Attributes
    ----------
    rows : tuple of Contraction
        The most contracted first.
    taught : float
        The sum of contractions: how many parameters' worth the record has taught.
    stage : str
        The stage of today.
    days, steps : float
        How many days, and ends of stays, the record holds of it.
    p_prior : float
        P from the priors alone, before the record taught anything.
    spread : dict of str to float
        What share of the variance of P over draws goes with each group of parameters; `together` is the rest. They sum
        to 1; all 0 where P does not vary.
    """

    rows: tuple[Contraction, ...]
    taught: float
    stage: str
    days: float
    steps: int
    p_prior: float
    spread: dict[str, float]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self) | {"parameters": len(self.rows), "rows": [asdict(row) for row in self.rows]}


def find_learned(timeline: Timeline, posterior: Posterior) -> Learned:
    """Find what a posterior has learned."""
    seed, record = posterior.diagnostics["seed"], count_record(timeline)
    ahead = carry_ahead(timeline, posterior.draws, stream(seed, "ahead"), agreement=0)
    rows = sorted(_contract(timeline, posterior), key=lambda row: -row.contraction)
    structure, stage = timeline.structure, timeline.stage
    leaves = [at for at, (source, _) in enumerate(structure.transitions) if source == stage]
    return Learned(
        rows=tuple(rows),
        taught=float(sum(row.contraction for row in rows)),
        stage=structure.stages[stage],
        days=float(record["days"][stage]),
        steps=int(record["steps"][leaves].sum()),
        p_prior=prior_only(timeline, posterior.prior, stream(seed, "prior ahead")),
        spread=share_spread(posterior, ahead),
    )


def _contract(timeline: Timeline, posterior: Posterior) -> list[Contraction]:
    found = []
    sources = [source for source, _ in timeline.structure.transitions]
    alone = [sources.count(source) == 1 for source in sources]  # the share of a stage's one end is 1
    for group, names in GROUPS.items():
        for name in names:
            if name in posterior.draws:
                vector = posterior.priors[name]
                standard = vector.standardise(posterior.draws[name])
                known = vector.is_fixed | alone if name == "end_logit" else vector.is_fixed
                for label, values, fixed in zip(vector.labels, standard, known, strict=True):
                    if not fixed:
                        left = float(np.clip(1 - values.var(), 0.0, 1.0))
                        found.append(Contraction(group, f"{_call(name)} {label}".strip(), left))
    return found


def _call(name: str) -> str:
    """Name a vector of parameters as an analyst does."""
    return {"log_stay": "stay", "log_shape": "shape", "end_logit": "end", "place_logit": "place"}.get(
        name, name.removeprefix("log_").removesuffix("_logit")
    )


def share_spread(posterior: Posterior, ahead: Ahead) -> dict[str, float]:
    """Share the variance of P over draws out among groups of parameters.

    P of a draw is regressed on all parameters, as standard normals, and on their squares. What a group's columns make
    of it has a covariance with P; over the variance of P that is the group's share. The shares of all groups and of
    what the regression leaves sum to 1. Where there are fewer than `DRAWS_A_COLUMN` draws for each column, the squares
    stay out.
    """
    p, weight = divide(ahead.total, ahead.weight), ahead.weight / ahead.weight.sum()
    centred = p - weight @ p
    spread = float(weight @ centred**2)
    columns = {LUCK: np.stack(ahead.frailties)}
    for group, names in GROUPS.items():
        some = [posterior.priors[name].standardise(posterior.draws[name]) for name in names if name in posterior.draws]
        if some and (stacked := np.concatenate(some)).size:
            columns[group] = stacked
    columns = {group: _standardise(values) for group, values in columns.items()}
    columns = {group: values for group, values in columns.items() if len(values)}
    if 2 * sum(map(len, columns.values())) * DRAWS_A_COLUMN <= p.size:
        columns = {group: np.concatenate([values, _standardise(values**2)]) for group, values in columns.items()}
    if spread < np.finfo(float).tiny or not columns:
        return dict.fromkeys([*columns, REST], 0.0)
    design, root = np.concatenate(list(columns.values())), np.sqrt(weight)
    design = design - (design @ weight)[:, None]
    slopes = np.linalg.lstsq((design * root).T, centred * root, rcond=None)[0]
    shares, first = {}, 0
    for group, values in columns.items():
        last = first + len(values)
        shares[group] = float((slopes[first:last] @ design[first:last] * centred) @ weight) / spread
        first = last
    return shares | {REST: 1 - sum(shares.values())}


def _standardise(values: Array) -> Array:
    """Return the rows that vary, with mean 0 and variance 1."""
    values = values[values.std(axis=1) > 1e-9]
    return (values - values.mean(axis=1, keepdims=True)) / values.std(axis=1, keepdims=True)
