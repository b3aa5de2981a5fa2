"""Time two things side by side: A B A B ..., and the ratio pair by pair.

Machines are noisy and drift, so only ratios within one run mean anything. Processes run with byte code cached, as on
any machine after the first import.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
SCENARIO = "scenarios/may.yaml"  # below ROOT
HEADER = "| measure | median time | ratio (range) | bar | |\n|---|---|---|---|---|"


@dataclass(frozen=True)
class Pair:
    """Wall times in seconds of two pieces of work, done in turn."""

    ours: list[float]
    theirs: list[float]

    @property
    def ratios(self) -> list[float]:
        """Ours over theirs, pair by pair."""
        return [a / b for a, b in zip(self.ours, self.theirs, strict=True)]

    def row(self, name: str, *, at_most: float | None = None, at_least: float | None = None) -> str:
        """Return a row of the table below HEADER: ours over theirs, or with `at_least` how many times faster it is."""
        ratios = self.ratios if at_least is None else [1 / ratio for ratio in self.ratios]
        middle = statistics.median(ratios)
        bar, verdict = "none", ""
        if at_most is not None:
            bar, verdict = f"<= {at_most:g}x", "met" if middle <= at_most else "NOT MET"
        if at_least is not None:
            bar, verdict = f">= {at_least:g}x", "met" if middle >= at_least else "NOT MET"
        times = f"{show_time(statistics.median(self.ours))} against {show_time(statistics.median(self.theirs))}"
        return f"| {name} | {times} | {middle:.3g}x ({min(ratios):.3g} to {max(ratios):.3g}) | {bar} | {verdict} |"


def show_time(seconds: float) -> str:
    """Return a time in the unit that suits it."""
    return f"{seconds:.2f} s" if seconds >= 0.1 else f"{1000 * seconds:.0f} ms"


def read_runs(description: str | None, runs: int) -> int:
    """Return how many pairs the command line asks for."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=runs, help=f"pairs to time, {runs} if not given")
    return parser.parse_args().runs


def time_process(command: Sequence[str], extra: dict[str, str]) -> float:
    """Run Python with a command to its end and return its wall time in seconds."""
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
    return _take_turns(
        lambda: time_process(ours, prepare()), lambda: time_process(theirs, prepare()), runs=runs, warm=warm
    )


def time_calls(ours: Callable[[], object], theirs: Callable[[], object], *, runs: int, each: int = 1) -> Pair:
    """Time two functions in turn: ours `each` times in a pair, of which the median counts."""

    def several() -> float:
        return statistics.median(_time_call(ours) for _ in range(each))

    return _take_turns(several, lambda: _time_call(theirs), runs=runs)


def _time_call(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _take_turns(ours: Callable[[], float], theirs: Callable[[], float], *, runs: int, warm: bool = True) -> Pair:
    times = [(ours(), theirs()) for _ in range(runs + warm)][warm:]  # the first warms up
    return Pair([a for a, _ in times], [b for _, b in times])
