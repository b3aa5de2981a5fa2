"""What work will take, said before it starts: seconds and memory by a rule of thumb, right within a factor of two.

Receives counts. Hands on a `Cost`, which is told where it is large, and refused where the machine cannot hold it.
"""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path

from forecast.errors import InputError, Problem
from forecast.inference.quick import PROPOSALS_LEAST, PROPOSALS_PER_DRAW
from forecast.inference.settings import Settings
from forecast.model import ParameterPriors, Timeline, build_poisson_rows

logger = logging.getLogger(__name__)

SECONDS_TOLD, BYTES_TOLD = 10, 1e9  # from here on it is said
LIBRARIES = {"quick": 1.2e8, "nuts": 5e8}  # bytes of what is imported: NumPy, or PyMC with its compiler
CGROUP = Path("/sys/fs/cgroup/memory.max")  # what a container may take


@dataclass(frozen=True)
class Cost:
    """Seconds, and bytes at the peak."""

    seconds: float
    bytes: float


def announce(cost: Cost, what: str, remedy: str) -> None:
    """Say what takes long or much, before it starts.

    Raises
    ------
    InputError
        If it takes more memory than there is.
    """
    if cost.bytes > (most := memory()):
        expected = f"expected what fits into memory, {most / 1e9:.1f} GB"
        raise InputError([Problem((), f"{expected}; {what} would take about {cost.bytes / 1e9:.1f} GB. {remedy}")])
    if cost.seconds > SECONDS_TOLD or cost.bytes > BYTES_TOLD:
        logger.info(f"{what} will take about {_span(cost.seconds)} and {cost.bytes / 1e9:.1f} GB. {remedy}")


def cost_quick(timeline: Timeline, priors: ParameterPriors, settings: Settings) -> Cost:
    """Return what importance sampling will take; a term of the likelihood stands for one or two of its rows."""
    count, terms = _count_labels(priors), 0.6 * len(build_poisson_rows(timeline).count)
    proposals = max(PROPOSALS_LEAST, PROPOSALS_PER_DRAW * settings.chains * settings.draws)
    sampling = proposals * (8e-6 + 4e-10 * count * (terms + count))
    numbers = proposals * (4 * count + terms + count**2 / 16)
    return Cost(5e-9 * terms * count**2 + sampling, LIBRARIES["quick"] + 8 * numbers)


def cost_nuts(timeline: Timeline, priors: ParameterPriors, settings: Settings) -> Cost:
    """Return what sampling will take, without a retry, once the model is compiled."""
    rows, count = len(build_poisson_rows(timeline).count), _count_labels(priors)
    kept = settings.chains * settings.draws
    steps = settings.chains * (settings.draws + settings.tune)
    return Cost(1e-6 * steps * (rows + count), LIBRARIES["nuts"] + 8 * kept * count * 14)


def memory() -> float:
    """Return how many bytes this process may take: those of the machine, or of its container."""
    most = float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")) if hasattr(os, "sysconf") else float("inf")
    try:
        return min(most, float(CGROUP.read_text()))
    except (OSError, ValueError):  # there is none, or it says max
        return most


def _count_labels(priors: ParameterPriors) -> int:
    return sum(len(vector.labels) for vector in priors.values())


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
