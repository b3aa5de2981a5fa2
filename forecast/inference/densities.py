"""Log prior and log likelihood of each draw."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from forecast.model import (
    ParameterPriors,
    Timeline,
    build_poisson_rows,
    log_day_of_events,
    log_never,
    log_spans,
    log_unsure_steps,
    row_rates,
    scaled_by,
)
from forecast.multistate import Array

CHUNK = 4_000  # draws at a time: all of many over a long history would not fit into memory


def log_prior(priors: ParameterPriors, draws: dict[str, Array]) -> dict[str, Array]:
    """Return the log density of the prior of each family of parameters, (draws,), up to constants.

    Parameters that are fixed have no density. The episodes' z and the units' u are no priors of anybody's and are left
    out: they are scaled by `log_sigma` and `log_tau`, which are in.
    """
    found, scaled = {}, set(map(scaled_by, priors))
    for name, vector in priors.items():
        if name not in scaled and not vector.is_fixed.all():
            found[name] = vector.log_density(draws[name])
    return found


def log_likelihood(timeline: Timeline, draws: dict[str, Array]) -> Array:
    """Return the log density of each past stay: how long it lasted and how it ended, (stays, draws).

    Given the parameters and the z of its episode a stay depends on no other; so leaving one out is a cross-validation
    that means something. The stay that is under way adds the chance that it has lasted so long.
    """
    rows, history = build_poisson_rows(timeline), timeline.history
    found = []
    for part in split_draws(draws):
        density = np.zeros((len(timeline.stay_names), part["log_stay"].shape[-1]))
        rates = row_rates(part, timeline, rows)
        for which, rate in zip((rows.itinerary < 0, rows.itinerary >= 0), rates, strict=True):
            terms = -rows.exposure[which, None] * rate
            happened = rows.count[which] > 0  # counts are 0 or 1
            terms[happened] += rows.weight[which][happened, None] * np.log(rate[happened])
            np.add.at(density, history.stay[rows.segment[which]], terms)
        if spans := len(timeline.spans.days):
            density[-spans:] += log_spans(part, timeline.spans)
        happened = (history.event_by >= 0) & (history.unsure == 0)
        density[history.stay[happened]] += log_day_of_events(rates, rows)  # one event ends one stay
        if len(rows.never.of):
            np.add.at(density, rows.never.stay, log_never(part, rates[1], rows.never, rows.itinerary >= 0))
        if len(unsure := rows.unsure.step):  # counted with the stay that ends; it tells of the next one, too
            density[rows.unsure.stay[np.flatnonzero(np.diff(unsure, prepend=-1))]] += log_unsure_steps(rates, rows)
        found.append(density)
    return np.concatenate(found, axis=-1)


def split_draws(draws: dict[str, Array]) -> Iterator[dict[str, Array]]:
    """Yield draws, (labels, draws) by name, a chunk at a time."""
    for start in range(0, draws["log_stay"].shape[-1], CHUNK):
        yield {name: values[:, start : start + CHUNK] for name, values in draws.items()}
