"""Every bound that a check holds values to, with the reason for its size."""

from __future__ import annotations

import datetime

NEAR_NOTHING, FAR_TOO_MUCH = 1e-12, 1e12  # bounds of any number; beyond them logarithms and powers lose their digits
SHORTEST_STAY, LONGEST_STAY = 1e-3, 1e8  # days: a minute and a half, in a model of days; longer than there are people
LEAST_SPREAD = 1.1  # of single stays, their 95% point over their 5% point: narrower ones all end within a day or so
LEAST_SHAPE, MOST_SHAPE = 0.3, 20.0  # of stays: below, half are over in an instant; above, all take the same
LEAST_FACTOR, MOST_FACTOR = 1e-6, 1e6  # of a rate; one in a million does not happen, and a million times over, at once
MOST_SERIOUS = 1e3  # times as fast, by one standard deviation; four of them are a million million times
LEAST_COUNT = 0.01  # the standard deviation of a logit is 1 / count; beyond some hundreds its exponential overflows
CALENDAR_END = datetime.date(9000, 12, 31)  # room for the years after it, before the calendar of dates ends
DAYS_AHEAD_MOST = 14_610  # forty years: each draw's curves are kept by day, and a mistyped year would fill the memory
FADES_LEAST, FADES_MOST = 0.1, 1000.0  # years; with less hardly a month of the record is left, and more fades nothing
DAYS_UNSURE_MOST = 366  # of an interval that a step falls into; each of its days is summed over
MOST_LOG_RATIO = 100.0  # an itinerary e**100 times as likely as another; more says nothing else and overflows too
STAGES_MOST = 100  # each may be followed by any other, so the work grows with the square
PRIORS_MOST = 5000  # of a group; each is a parameter, and some hundreds are as many as can be fitted
CHANGING_MOST = 3  # conditions that may end or come back; each doubles the states of the forecast
REPORTS_MOST = 6  # that may be wrong; each doubles what may be true
READINGS_MOST = 50  # each is a fit of its own
NO_EVENT = "none"  # what a prediction without an event is called
DAYS_A_YEAR = 365.2425  # of the Gregorian calendar, on average
