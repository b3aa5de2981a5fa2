"""The scale on which the prior of each quantity is normal, and the way back."""

from __future__ import annotations

import math

from forecast.scenario.forms import LOG, LOGIT, Scale

FAST_TO_SLOW = 2.5631031310892007  # standard deviations from the 10th to the 90th percentile of a normal


def _log_log(x: float) -> float:
    return -math.inf if x == 1 else math.log(math.log(x))  # where no episode is more serious than another


SCALES: dict[str, Scale] = {
    "stay": LOG,
    "lasts": LOG,
    "returns": LOG,
    "factor": LOG,
    "meanwhile": LOG,
    "late": LOG,
    "shape": LOG,
    "kept": LOGIT,
    "never": LOGIT,
    "share": LOGIT,
    "seriousness": (_log_log, lambda y: math.exp(math.exp(y))),
    # the ratio of a fast unit's rates to a slow one's, whose logarithm is so many standard deviations of their own
    "pace": (lambda ratio: _log_log(ratio) - math.log(FAST_TO_SLOW), lambda y: math.exp(FAST_TO_SLOW * math.exp(y))),
}
