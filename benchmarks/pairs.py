"""Time whole processes side by side: A B A B ..., and the ratio pair by pair.

Machines are noisy and drift, so only ratios within one run mean anything. Both commands run with byte code cached, as
on any machine after the first import.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Pair:
    """Wall times in seconds of two commands, run in turn."""

    ours: list[float]
    theirs: list[float]

    @property
    def ratios(self) -> list[float]:
        """Ours over theirs, pair by pair."""
        return [a / b for a, b in zip(self.ours, self.theirs, strict=True)]

    def row(self, name: str, bar: float) -> str:
        """Return a row of the table that docs/performance.md holds."""
        middle, low, high = statistics.median(self.ratios), min(self.ratios), max(self.ratios)
        verdict = "met" if middle <= bar else "NOT MET"
        times = f"{statistics.median(self.ours):.2f} s against {statistics.median(self.theirs):.2f} s"
        return f"| {name} | {times} | {middle:.2f}x ({low:.2f} to {high:.2f}) | <= {bar:g}x | {verdict} |"


def time_process(command: Sequence[str], extra: dict[str, str]) -> float:
    """Run a command to its end and return its wall time in seconds."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | extra
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
    return time.perf_counter() - started


def time_pairs(
    ours: Sequence[str], theirs: Sequence[str], *, runs: int, prepare: Callable[[], dict[str, str]], warm: bool = True
) -> Pair:
    """Time two commands in turn; `prepare` gives each run its environment."""
    if warm:
        time_process(ours, prepare())
        time_process(theirs, prepare())
    times = [(time_process(ours, prepare()), time_process(theirs, prepare())) for _ in range(runs)]
    return Pair([a for a, _ in times], [b for _, b in times])
