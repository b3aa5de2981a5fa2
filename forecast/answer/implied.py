"""What the priors say in an analyst's terms, what was learned of it, and what they imply beside the record.

Receives a scenario; looks its posterior up and fits nothing. Hands on plain numbers by name.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from forecast.inference import Settings, find_posterior, stream
from forecast.model import (
    PRIOR_DRAWS,
    Indices,
    Parameters,
    Timeline,
    build_priors,
    build_timeline,
    count_record,
    draw_priors,
    natural_scale,
    simulate_histories,
)
from forecast.multistate import Array
from forecast.report import Sketch
from forecast.scenario import EVENT, Scenario

DAYS_A_DECADE = 3652.5
CONTRADICTED = 0.02  # prior predictive p below which a prior and the record do not go together
SKETCHED = 32  # parts of a sketched density
_LOG_UNITS = ("days", "ratio", "shape")
SIMULATED_LEAST = 200  # histories that tell of something, for a p as small as that

Spread = tuple[float, float, float]  # 5%, 50% and 95% points
Quantities = dict[str, dict[str, Spread]]  # by quantity and label
Implied = dict[str, tuple[Spread, float]]  # simulated and on record, by what is counted


@dataclass(frozen=True)
class PriorSummary:
    """The priors of a scenario in numbers.

    Attributes
    ----------
    before, after : dict of dict of (lo, median, hi)
        Stays in days, shares, ratios and chances, by quantity and label, from the prior and from the stored posterior;
        the latter is empty where none is stored.
    implied : dict of ((lo, median, hi), number)
        See `hold_against_record`.
    contradicted : dict of (str, float)
        See `find_contradictions`.
    sketches : dict of dict of Sketch
        Densities of the same quantities as in `before`; factors and days on a scale of logarithms.
    """

    before: Quantities
    after: Quantities
    implied: Implied
    contradicted: Mapping[str, tuple[str, float]] = field(default_factory=dict)
    sketches: Mapping[str, Mapping[str, Sketch]] = field(default_factory=dict)


def summarise_priors(scenario: Scenario, settings: Settings | None = None) -> PriorSummary:
    """Summarise the priors of a scenario, and its posterior where one is stored.

    Parameters
    ----------
    settings : Settings, optional
        Those that the posterior was drawn with.

    Examples
    --------
    >>> from forecast.document import load_scenario
    >>> list(summarise_priors(load_scenario("tests/questions/launch.yaml")).implied)
    ['events a decade', 'days in waiting for each stay that ended', 'steps waiting > event']
    """
    settings = settings or Settings()
    known = scenario.known()
    timeline = build_timeline(known)
    priors = build_priors(known, timeline)
    posterior = find_posterior(timeline, priors, settings)
    if posterior is None:
        rng = stream(settings.seed, "prior")
        prior = draw_priors(priors, PRIOR_DRAWS, rng)
        histories = simulate_histories(timeline, prior, rng)
    else:
        prior, histories = posterior.prior, posterior.prior_predictive
    structure = timeline.structure
    return PriorSummary(
        before=spread_all(prior, structure),
        after=spread_all(posterior.draws, structure) if posterior else {},
        implied=hold_against_record(timeline, histories),
        contradicted=find_contradictions(timeline, histories),
        sketches=_sketch_all(prior, posterior.draws if posterior else None, structure),
    )


def hold_against_record(timeline: Timeline, histories: Parameters) -> Implied:
    """Hold histories simulated from the priors against the record of the same years.

    Parameters
    ----------
    histories : dict
        `events` (itineraries, draws), `steps` (transitions, draws) and `days` (stages, draws); see
        `forecast.model.simulate_histories`.

    Returns
    -------
    dict of ((lo, median, hi), number)
        Simulated, and on record (NaN where the record tells nothing of it), by what is counted: events a decade, the
        share of episodes that end in the event, days in a stage for each stay that ended, steps. What no simulated
        history tells of is left out; all is where the record has no days.
    """
    rows = _list_rows(timeline, histories)
    return {row.label: (_spread(row.simulated), row.seen) for row in rows}


def find_contradictions(timeline: Timeline, histories: Parameters) -> dict[str, tuple[str, float]]:
    """Return by prior what the record holds that it makes improbable, and the prior predictive p of that.

    p is twice the smaller share of simulated histories on either side of the record, those level with it on both
    (Box 1980, doi:10.2307/2982063).

    Returns
    -------
    dict of (str, float)
        By the key of the prior; those below `CONTRADICTED` alone, the lowest of each.
    """
    found: dict[str, tuple[str, float]] = {}
    for row in _list_rows(timeline, histories):
        if row.stage is None or math.isnan(row.seen) or row.simulated.size < SIMULATED_LEAST:
            continue
        below, above = (row.simulated <= row.seen).mean(), (row.simulated >= row.seen).mean()
        p, key = 2 * float(min(below, above)), f"priors.stages.{row.stage}"
        if p < CONTRADICTED and p < found.get(key, ("", 1.0))[1]:
            found[key] = row.label, p
    return found


@dataclass(frozen=True, eq=False)
class _Row:
    """What is counted in simulated histories, (histories,), and on record; of which stage, if of one alone."""

    label: str
    simulated: Array
    seen: float
    stage: str | None = None


def _list_rows(timeline: Timeline, histories: Parameters) -> list[_Row]:
    structure, record = timeline.structure, count_record(timeline)
    taken, spent = record["steps"], record["days"]
    total = float(spent.sum())
    if not total:
        return []
    ends, lapses = (np.array([j == end for _, j in structure.transitions]) for end in (-1, 0))
    events = record["events"].sum()  # those among them that a plan brought about, from a stage that has no such end
    decade = DAYS_A_DECADE / total
    rows = [_Row(f"{EVENT}s a decade", histories["events"].sum(axis=0) * decade, events * decade)]
    if structure.has_rest:
        happened, lapsed = histories["steps"][ends].sum(axis=0), histories["steps"][lapses].sum(axis=0)
        share = events / max(1, events + taken[lapses].sum())
        rows.append(_Row("share of episodes that end in the event", _ratio(happened, happened + lapsed), share))
    for index, stage in enumerate(structure.stages):
        leaves = np.array([i == index for i, _ in structure.transitions])
        stays, left = (
            _ratio(histories["days"][index], histories["steps"][leaves].sum(axis=0)),
            taken[leaves].sum(),
        )
        mean = spent[index] / left if left else math.nan
        rows.append(_Row(f"days in {stage} for each stay that ended", stays, mean, stage))
    for index, name in enumerate(structure.transition_names):
        source = structure.stages[structure.transitions[index][0]]
        rows.append(_Row(f"steps {name}", histories["steps"][index], float(taken[index]), source))
    return [row for row in rows if row.simulated.size]


def _ratio(values: Array, counts: Array) -> Array:
    """Divide by counts, in those draws in which there is something to count."""
    return values[counts > 0] / counts[counts > 0]


def spread_all(draws: Parameters, structure: Indices) -> Quantities:
    """Return each quantity of an analyst's terms by its 5%, 50% and 95% points, by name and label."""
    return {
        name: {label: _spread(values) for label, values in zip(quantity.labels, quantity.values, strict=True)}
        for name, quantity in natural_scale(draws, structure).items()
    }


def _sketch_all(before: Parameters, after: Parameters | None, structure: Indices) -> dict[str, dict[str, Sketch]]:
    """Sketch the densities of all quantities that are not known."""
    late = natural_scale(after, structure) if after else {}
    found: dict[str, dict[str, Sketch]] = {}
    for name, quantity in natural_scale(before, structure).items():
        for row, label in enumerate(quantity.labels):
            learned = late[name].values[row] if late else None
            if (sketch := _sketch(quantity.values[row], learned, is_log=quantity.units in _LOG_UNITS)) is not None:
                found.setdefault(name, {})[label] = sketch
    return found


def _sketch(before: Array, after: Array | None, *, is_log: bool) -> Sketch | None:
    drawn = [before] if after is None else [before, after]
    lo, hi = (
        float(edge([np.quantile(values, share) for values in drawn])) for edge, share in ((min, 0.01), (max, 0.99))
    )
    if not lo < hi:
        return None
    edges = np.geomspace(lo, hi, SKETCHED + 1) if is_log else np.linspace(lo, hi, SKETCHED + 1)
    heights = [tuple((np.histogram(values, edges)[0] / len(values)).tolist()) for values in drawn]
    return Sketch(lo, hi, *heights)


def _spread(values: Array) -> Spread:
    lo, median, hi = np.quantile(values, [0.05, 0.5, 0.95]).tolist()
    return lo, median, hi
