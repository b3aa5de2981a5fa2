"""What the priors say in an analyst's terms, what was learned of it, and what they imply beside the record.

Receives a scenario; looks its posterior up and fits nothing. Hands on plain numbers by name.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

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
from forecast.scenario import EVENT, Scenario

DAYS_A_DECADE = 3652.5

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
    """

    before: Quantities
    after: Quantities
    implied: Implied


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
        before=_spread_all(prior, structure),
        after=_spread_all(posterior.draws, structure) if posterior else {},
        implied=hold_against_record(timeline, histories),
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
    structure, record = timeline.structure, count_record(timeline)
    taken, spent = record["steps"], record["days"]
    total = float(spent.sum())
    if not total:
        return {}
    ends, lapses = (np.array([j == end for _, j in structure.transitions]) for end in (-1, 0))
    events = record["events"].sum()  # those among them that a plan brought about, from a stage that has no such end
    decade = DAYS_A_DECADE / total
    rows = [(f"{EVENT}s a decade", histories["events"].sum(axis=0) * decade, events * decade)]
    if structure.has_rest:
        happened, lapsed = histories["steps"][ends].sum(axis=0), histories["steps"][lapses].sum(axis=0)
        share = events / max(1, events + taken[lapses].sum())
        rows.append(("share of episodes that end in the event", _ratio(happened, happened + lapsed), share))
    for index, stage in enumerate(structure.stages):
        leaves = np.array([i == index for i, _ in structure.transitions])
        stays, left = (
            _ratio(histories["days"][index], histories["steps"][leaves].sum(axis=0)),
            taken[leaves].sum(),
        )
        mean = spent[index] / left if left else math.nan
        rows.append((f"days in {stage} for each stay that ended", stays, mean))
    for index, name in enumerate(structure.transition_names):
        rows.append((f"steps {name}", histories["steps"][index], taken[index]))
    return {label: (_spread(simulated), float(seen)) for label, simulated, seen in rows if simulated.size}


def _ratio(values: Array, counts: Array) -> Array:
    """Divide by counts, in those draws in which there is something to count."""
    return values[counts > 0] / counts[counts > 0]


def _spread_all(draws: Parameters, structure: Indices) -> Quantities:
    return {
        name: {label: _spread(values) for label, values in zip(quantity.labels, quantity.values, strict=True)}
        for name, quantity in natural_scale(draws, structure).items()
    }


def _spread(values: Array) -> Spread:
    lo, median, hi = np.quantile(values, [0.05, 0.5, 0.95]).tolist()
    return lo, median, hi
