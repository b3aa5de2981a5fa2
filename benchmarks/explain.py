"""The cost of explanations, of signposts and of differences: seconds, and ratios to one answer in the same run.

    python benchmarks/explain.py [--runs N]

One answer is what `forecast run --quick` computes: a fit of the flagship by the quick engine, and its draws carried
ahead. Processor time stands beside the clock's, because a busy machine stretches the one and not the other.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import forecast
from forecast.explore import diff_scenarios, explain_scenario, find_signposts

ROOT = Path(__file__).parent.parent
MAY = ROOT / "scenarios" / "may.yaml"
EXPLAIN, SIGNPOSTS, DIFF = 15.0, 1.0, 2.0  # seconds: the bars, on two cores that nobody else uses


def clock(act: Callable[[], object], runs: int) -> tuple[float, float]:
    """Return the median of wall and of processor seconds, after one run that nobody times."""
    act()
    taken = []
    for _ in range(runs):
        wall, processor = time.perf_counter(), time.process_time()
        act()
        taken.append((time.perf_counter() - wall, time.process_time() - processor))
    walls, processors = zip(*taken, strict=True)
    return statistics.median(walls), statistics.median(processors)


def clock_command(runs: int) -> tuple[float, float]:
    """Time the whole command in processes of its own: 64 coalitions, all facts, all views, both cores."""
    taken = []
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, "-m", "forecast", "explain", str(MAY), "--out", folder]
        for _ in range(runs):
            wall, before = time.perf_counter(), os.times()
            subprocess.run(words, check=True, capture_output=True)
            after = os.times()
            used = after.children_user + after.children_system - before.children_user - before.children_system
            taken.append((time.perf_counter() - wall, used))
    walls, processors = zip(*taken, strict=True)
    return statistics.median(walls), statistics.median(processors)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, help="times of each")
    runs = parser.parse_args().runs
    may = forecast.load_scenario(MAY)
    posterior = forecast.draw_posterior(may, engine="quick")
    early = may.at(as_of="2025-03-01")
    one = clock(lambda: forecast.run_scenario(may, engine="quick"), runs)
    parts = {
        "explain, the command, two processes": (clock_command(runs), EXPLAIN),
        "explain, by news": (clock(lambda: explain_scenario(may, by=["news"]), runs), None),
        "explain, by source": (clock(lambda: explain_scenario(may, by=["source"]), runs), None),
        "explain, by record": (clock(lambda: explain_scenario(may, by=["record"]), runs), None),
        "explain, by belief": (clock(lambda: explain_scenario(may, by=["belief"]), runs), None),
        "signposts, once fitted": (clock(lambda: find_signposts(may, posterior=posterior), runs), SIGNPOSTS),
        "diff of two files": (clock(lambda: diff_scenarios(may, ROOT / "scenarios" / "year-end.yaml"), runs), DIFF),
        "diff of two days, six steps": (clock(lambda: diff_scenarios(early, may), runs), DIFF),
    }
    print(f"one answer: {one[0]:.2f} s, {one[1]:.2f} s of processor")
    print("| measure | wall | processor | processor, to one answer | bar | |\n|---|---|---|---|---|---|")
    for name, ((wall, used), bar) in parts.items():
        told = "none" if bar is None else f"< {bar:g} s"
        met = "" if bar is None else "met" if wall < bar else "NOT MET"
        print(f"| {name} | {wall:.2f} s | {used:.2f} s | {used / one[1]:.1f}x | {told} | {met} |", flush=True)


if __name__ == "__main__":
    main()
