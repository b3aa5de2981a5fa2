"""The cost of a sweep, as ratios within one run.

    python benchmarks/sweep.py [--runs N] [--rows N]

- a sweep of a prior on one core against the same on two, whole processes;
- the peak memory of a sweep right of as_of of 100,000 rows against one of 1,000, 200 draws each: of the process that
  writes, and of the largest of those that compute (Linux only: it is read in /proc);
- the time of a row where the window has 3,000 days against 30, with the same number of segments, P and places only.
"""

from __future__ import annotations

import argparse
import datetime
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from pairs import ROOT, time_pairs

import forecast
from forecast.explore import SURROUNDINGS, Evaluator
from forecast.scenario import Scenario, Window, find_slot

TWO_CORES, MEMORY, DAYS = 1.7, 1.2, 1.5  # the bars
TREATY = "tests/questions/treaty.yaml"  # its rows are cheap, so that 100,000 take a minute or two
LATE = datetime.date(2025, 9, 10)  # after the flagship's last dated entry: one segment, however long the window


def command(scenario: str, vary: str, out: Path, jobs: int, *more: str) -> list[str]:
    """Return the arguments of a sweep."""
    start = ["-m", "forecast", "sweep", scenario, "--quick", "--no-plots"]
    return [*start, "--out", str(out), "--jobs", str(jobs), "--vary", vary, *more]


def measure_cores(runs: int, folder: Path) -> str:
    """Time whole processes with one job and with two."""
    vary = "priors.hazard_ratios.multilateral=0.02:1:1200"

    def prepare() -> dict[str, str]:
        for file in folder.iterdir():
            file.unlink()
        return dict(SURROUNDINGS)

    one, two = (command("scenarios/may.yaml", vary, folder / f"{jobs}.csv", jobs) for jobs in (1, 2))
    pair = time_pairs(one, two, runs=runs, prepare=prepare, warm=False)
    middle, low, high = statistics.median(pair.ratios), min(pair.ratios), max(pair.ratios)
    times = f"{statistics.median(pair.theirs):.1f} s against {statistics.median(pair.ours):.1f} s"
    return row("1,200 rows of a prior, two cores against one", times, f"{middle:.2f}x ({low:.2f} to {high:.2f})",
               f">= {TWO_CORES}x", is_met=middle >= TWO_CORES)  # fmt: skip


def peak_memory(arguments: list[str]) -> tuple[int, int]:
    """Run a command; return the peak memory in kB of its process and of the largest below it."""
    process = subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    own = below = 0
    while process.poll() is None:
        own = max(own, high_water(process.pid))
        below = max([below, *(high_water(child) for child in children(process.pid))])
        time.sleep(0.05)
    if process.returncode:
        sys.exit(f"{' '.join(arguments)} ended with {process.returncode}")
    return own, below


def high_water(pid: int) -> int:
    """Return the most memory that a process has had, in kB; 0 if it has gone."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith("VmHWM")), 0)


def children(pid: int) -> list[int]:
    """List the processes that a process has started."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def measure_memory(rows: int, folder: Path) -> str:
    """Compare the peak memory of many rows with that of a thousand."""
    found = []
    for count in (1000, rows):
        days = "window.until=2026-03-10:2036-03-10:1000"
        more = (
            ("--draws", "200", "--vary", f"do.stage.idle=2026-03-03:2027-03-02:{count // 1000}") if count > 1000 else ()
        )
        found.append(peak_memory(command(TREATY, days, folder / f"memory-{count}.csv", 2, *more)))
    (few_own, few_below), (many_own, many_below) = found
    ratios = many_own / few_own, many_below / few_below
    few, many = (f"{own / 1024:.0f} and {below / 1024:.0f} MB" for own, below in found)
    return row(f"peak memory of {rows:,} rows against 1,000: who writes, who computes", f"{many} against {few}",
               f"{ratios[0]:.2f}x, {ratios[1]:.2f}x", f"<= {MEMORY}x", is_met=max(ratios) <= MEMORY)  # fmt: skip


def measure_days(runs: int) -> str:
    """Time the rows of a sweep right of as_of over a short and over a long window, in turn."""
    base = forecast.load_scenario(ROOT / "scenarios" / "may.yaml")
    evaluators = [Evaluator(window_of(base, days), draws=200) for days in (30, 3000)]
    assert all(len(evaluator.timeline.ahead.days) == 1 for evaluator in evaluators)
    slot = find_slot(base, "do.hazard_ratios.multilateral")
    times: list[list[float]] = [[], []]
    for turn in range(runs + 1):
        for which, evaluator in enumerate(evaluators):
            started = time.perf_counter()
            for step in range(200):
                answer = evaluator.answer([(slot, 0.1 + 0.001 * step + turn)])
                assert answer.p is not None, answer.error
            times[which].append((time.perf_counter() - started) / 200)
    ratios = [long / short for short, long in zip(times[0][1:], times[1][1:], strict=True)]
    middle, low, high = statistics.median(ratios), min(ratios), max(ratios)
    shown = " against ".join(f"{1000 * statistics.median(series[1:]):.2f} ms" for series in times[::-1])
    return row("a row over 3,000 days against 30", shown, f"{middle:.2f}x ({low:.2f} to {high:.2f})",
               f"<= {DAYS}x", is_met=middle <= DAYS)  # fmt: skip


def window_of(base: Scenario, days: int) -> Scenario:
    """Return the flagship as of a late day, with a window of so many days."""
    return replace(
        base, as_of=LATE, window=Window(LATE + datetime.timedelta(days=1), LATE + datetime.timedelta(days=days))
    )


def row(name: str, values: str, ratio: str, bar: str, *, is_met: bool) -> str:
    """Return a row of the table that docs/performance.md holds."""
    return f"| {name} | {values} | {ratio} | {bar} | {'met' if is_met else 'NOT MET'} |"


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="pairs to time")
    parser.add_argument("--rows", type=int, default=100_000, help="of the large sweep, in thousands")
    options = parser.parse_args()
    print("| measure | median | ratio (range) | bar | |\n|---|---|---|---|---|")
    print(measure_days(options.runs), flush=True)
    with tempfile.TemporaryDirectory() as name:
        print(measure_cores(options.runs, Path(name)), flush=True)
        print(measure_memory(options.rows, Path(name)), flush=True)


if __name__ == "__main__":
    main()
