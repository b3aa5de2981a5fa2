"""Priors as the model uses them, made from the analyst's intervals and counts.

A positive quantity (stay, factor) is lognormal and a chance (kept) logit-normal, both from their 90% intervals, unless
they have a law of their own, as from cases of the past. The
shares of a stage's ends are Dirichlet(counts), as gamma variables over their sum, in logarithms. Receives what is
known, hands on `ParameterPriors`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from forecast.model.laws import Curve, Normal, TwoSided
from forecast.model.parameters import UNIT, YEAR, name_spread
from forecast.model.shapes import SPREAD
from forecast.model.timeline import Timeline
from forecast.model.vectors import LawVector, LogGammaVector, NormalVector, ParameterPriors, PriorVector
from forecast.multistate import Array
from forecast.scenario import EVENT, SCALES, Z95, Chance, Interval, Known, Split, Stay

LEAST_OF_MOST = 0.0319938  # the 5% point of a half-normal over its 95% point
PRIOR_DRAWS = 1000  # enough for a comparison: the error of a P from the prior alone stays below 0.01


def build_priors(
    known: Known, timeline: Timeline, pace: Mapping[str, Interval] | None = None, years: Interval | None = None
) -> ParameterPriors:
    """Turn the beliefs in force into vectors, by parameter; empty ones are left out.

    Parameters
    ----------
    pace : dict of Interval, optional
        Of a family, by what its units have a pace of: the ratio of a fast one's rates to a slow one's, see `SCALES`.
    years : Interval, optional
        The same of a busy year and a quiet one.
    """
    structure, beliefs = timeline.structure, known.priors
    stages = [beliefs.stages[name].belief for name in structure.stages]
    ratios = [beliefs.hazard_ratios[name].belief for name in structure.ratios]
    plans = [beliefs.plans[name].belief for name in structure.kinds]
    ends = (structure.stages[target] if target >= 0 else EVENT for _, target in structure.transitions)
    counts = [stages[source].ends[end] for (source, _), end in zip(structure.transitions, ends, strict=True)]
    vectors: dict[str, PriorVector] = {
        "log_stay": _vector("stage", structure.stages, [_on_stay(belief.stay) for belief in stages]),
        "end_logit": LogGammaVector("transition", structure.transition_names, np.array(counts, float)),
        "log_ratio": _vector("ratio", structure.ratios, [_on("factor", belief.factor) for belief in ratios]),
        "kept_logit": _vector("plan", structure.kinds, [_on("kept", belief.kept) for belief in plans]),
        "log_meanwhile": _vector("plan", structure.kinds, [_on("meanwhile", belief.meanwhile) for belief in plans]),
    }
    if structure.counts:
        vectors["place_logit"] = LogGammaVector("counted_place", structure.itineraries, np.array(structure.counts))
    shapes = [_on("shape", shape) for stage in structure.shapes.unknown if (shape := stages[stage].shape)]
    vectors["log_shape"] = _vector("shaped_stage", structure.shaped, shapes)
    if structure.never.stages:
        whole = beliefs.never
        shares = [whole.belief.share] if whole else [share for stage in stages if (share := stage.never)]
        vectors["never_logit"] = _vector("never_of", structure.never.names, [_on("never", share) for share in shares])
    late = [interval for name in structure.late if (interval := beliefs.plans[name].belief.late)]
    vectors["log_late"] = _vector("late_plan", structure.late, [_on("late", interval) for interval in late])
    conditions = {name: prior.belief for name, prior in beliefs.conditions.items()}
    lasts = [_on("lasts", conditions[name].lasts) for name in structure.lasting]
    returns = [_on("returns", interval) for name in structure.returning if (interval := conditions[name].returns)]
    vectors["log_lasts"] = _vector("condition", structure.lasting, lasts)
    vectors["log_returns"] = _vector("returning_condition", structure.returning, returns)
    if structure.has_rest and beliefs.seriousness is not None:
        factor = beliefs.seriousness.belief.factor
        vectors["log_sigma"] = _vector("scale", ("seriousness",), [_on("seriousness", factor)])
        vectors["z"] = _vector("episode", timeline.episodes, [Normal(0.0, 1.0)] * len(timeline.episodes))
    spreads = {name: (interval, timeline.groups[name].labels) for name, interval in (pace or {}).items()}
    if years is not None:
        spreads[YEAR] = years, tuple(map(str, timeline.seasons))
    for of, (interval, labels) in spreads.items():
        if interval.hi > 1:
            scale, normals = name_spread(of)
            vectors[scale] = _vector("spread", ("spread",), [_on_spread(interval)])
            dim = of if of in (UNIT, YEAR) else f"by_{of}"  # a name of the analyst's may be that of another dimension
            vectors[normals] = _vector(dim, labels, [Normal(0.0, 1.0)] * len(labels))
    return {name: vector for name, vector in vectors.items() if vector.labels}


def draw_priors(priors: ParameterPriors, draws: int, rng: np.random.Generator) -> dict[str, Array]:
    """Draw every parameter from its prior: (labels, draws) by name."""
    return {name: vector.at(rng.standard_normal((len(vector.labels), draws))) for name, vector in priors.items()}


def _vector(dim: str, labels: tuple[str, ...], curves: list[Curve]) -> NormalVector | LawVector:
    normals = [curve for curve in curves if isinstance(curve, Normal)]
    if len(normals) < len(curves):
        return LawVector(dim, tuple(labels), tuple(curves))
    mean, sd = (np.array([getattr(curve, part) for curve in normals], float) for part in ("mean", "sd"))
    return NormalVector(dim, tuple(labels), mean, sd)


def _on_stay(stay: Stay) -> Curve:
    """Return the same for a stage's mean stay; of single stays it is one over the factor on their hazard."""
    return Normal(0.0, SPREAD) if stay.is_single else _on("stay", stay)


def _on_spread(interval: Interval) -> Curve:
    """Return the law of how much units, or years, differ; from 1 on it may be not at all.

    There tau has no 5% point that a lognormal could have; it is that of a half-normal with the same 95% point.
    """
    lo = interval.hi**LEAST_OF_MOST if interval.lo == 1 < interval.hi else interval.lo
    return _on("pace", Interval(lo, interval.hi))


def _on(quantity: str, interval: Interval) -> Curve:
    """Return the law that an interval stands for, on the quantity's scale.

    A known value has no width; a known seriousness of 1 lies at minus infinity, where all episodes are alike.
    """
    scale, _ = SCALES[quantity]
    lo, hi, law = scale(interval.lo), scale(interval.hi), interval.law
    if isinstance(law, Split):
        middle = scale(law.median)
        return TwoSided(middle, (middle - lo) / Z95, (hi - middle) / Z95)
    if law is not None and not isinstance(law, Chance):
        return law
    return Normal(lo, 0.0) if interval.lo == interval.hi else Normal((lo + hi) / 2, (hi - lo) / (2 * Z95))
