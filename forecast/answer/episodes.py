"""Later episodes: whether one seriousness may stand for all of them, or each needs one of its own."""

from __future__ import annotations

import numpy as np

from forecast.model import Timeline
from forecast.multistate import Array

ONE_LATER_EPISODE = 1096  # days, three years: up to here all later episodes may share one z, and P is off by < 0.003
ONE_AFTER_REST = 365  # days, the same where an intervention ends the episode that is under way
SHORT = 0.1  # share of draws that count as those whose stays are short
LATER_COPIES = 7  # of a later episode beyond, see `later_frailties`


def are_many(timeline: Timeline, draws: dict[str, Array]) -> bool:
    """Tell whether several later episodes may fall into the days ahead, which one z for all of them would tie together.

    That is so if the days hold a rest and a stay in a stage, by the draws whose stays are short.
    """
    if "log_sigma" not in draws or not np.isfinite(draws["log_sigma"]).any():
        return False
    stays = np.exp(draws["log_stay"])
    cycle = np.quantile(stays[0] + stays[1:].min(axis=0), SHORT)
    return bool(timeline.ahead.days.sum() > cycle)


def ties_episodes(timeline: Timeline, draws: dict[str, Array]) -> bool:
    """Tell whether P is of a walk in which one z stands for several later episodes, and may be off by hundredths."""
    goal = timeline.seeks()
    is_one = not (goal.counts or goal.aim.goes_on) and count_copies(timeline) == 1
    return is_one and are_many(timeline, draws)


def count_copies(timeline: Timeline, *, recurs: bool = False) -> int:
    """Return how many copies of a later episode the forecast needs; as many as can be where many may follow events."""
    most = 0 if recurs else ONE_AFTER_REST if (timeline.supposed.put == 0).any() else ONE_LATER_EPISODE
    return LATER_COPIES if timeline.structure.has_rest and timeline.ahead.days.sum() > most else 1
