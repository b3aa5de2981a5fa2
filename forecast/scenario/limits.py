"""Every bound that a check holds values to, with the reason for its size."""

from __future__ import annotations

NEAR_NOTHING, FAR_TOO_MUCH = 1e-12, 1e12  # bounds of any number; beyond them logarithms and powers lose their digits
SHORTEST_STAY = 1e-3  # days: a minute and a half, in a model of days
LEAST_COUNT = 0.01  # the standard deviation of a logit is 1 / count; beyond some hundreds its exponential overflows
DAYS_AHEAD_MOST = 7305  # twenty years: each draw's curves are kept by day, and a mistyped year would fill the memory
MOST_LOG_RATIO = 100.0  # an itinerary e**100 times as likely as another; more says nothing else and overflows too
NO_EVENT = "none"  # what a prediction without an event is called
