"""The bounds that the checks hold values to; `forecast.scenario.limits` tells the reason for each."""

from forecast.scenario.limits import (
    DAYS_AHEAD_MOST,
    FAR_TOO_MUCH,
    LEAST_COUNT,
    MOST_LOG_RATIO,
    NEAR_NOTHING,
    NO_EVENT,
    SHORTEST_STAY,
)

__all__ = [
    "DAYS_AHEAD_MOST",
    "FAR_TOO_MUCH",
    "LEAST_COUNT",
    "MOST_LOG_RATIO",
    "NEAR_NOTHING",
    "NO_EVENT",
    "SHORTEST_STAY",
]
