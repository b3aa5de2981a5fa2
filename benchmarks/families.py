"""What a family of timelines costs, as ratios within one process.

    python benchmarks/families.py [--runs N]

- 27 units of two stages, the quick engine, from the file to P, against an import of `forecast` alone in a new process;
- eight of eleven with a shared pace, once fitted, in seconds;
- the peak of memory of the first;
- a first run by NUTS without figures, the whole process, against a bare script that samples the same model.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from pairs import HEADER, time_pairs

import forecast
from forecast.answer.ensembles import run_ensemble
from forecast.document import load_question

ROOT = Path(__file__).parents[1]
RATIFICATIONS = ROOT / "scenarios" / "invented" / "ratifications.yaml"
EIGHT = """\
title: Eight of eleven parliaments ratify
as_of: 2024-12-31
history_from: 2024-12-31
window: {days: 365}
facts: [{id: known, says: Known., source: gazette, public: 2024-01-01}]
timelines:
  parliament:
    units: [a, b, c, d, e, f, g, h, i, j, k]
    pace: [1.5, 4]
    priors: {stages: {waiting: {stay: {mean: [200, 900]}, ends: {event: 1}, because: [known], reason: known}}}
question: {event: {at_least: 8, of: parliament}}
"""


def seconds(call) -> float:
    """Return how long a call takes."""
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def import_alone() -> None:
    """Import the library in a process of its own."""
    subprocess.run([sys.executable, "-c", "import forecast.answer"], check=True, cwd=ROOT)


def time_first_runs(runs: int) -> str:
    """Return the row of a first run by NUTS against bare PyMC."""
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "store"
        command = ["-m", "forecast.run", str(RATIFICATIONS), "--out", str(Path(folder) / "out"), "--no-plots"]

        def empty() -> dict[str, str]:
            for entry in store.glob("*"):
                entry.unlink()
            return {"FORECAST_STORE": str(store)}

        pair = time_pairs(command, ["benchmarks/bare_pymc.py", str(RATIFICATIONS)], runs=runs, prepare=empty)
    return pair.row("27 units, a first run by NUTS without figures, against bare PyMC", at_most=1.5)


def main() -> None:
    """Time, side by side, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    pairs = []
    for _ in range(runs):
        whole = seconds(lambda: forecast.run_scenario(RATIFICATIONS, engine="quick").p_event)
        pairs.append((whole, seconds(import_alone)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    eight = load_question(EIGHT)
    first = run_ensemble(eight, engine="quick")
    once = [seconds(lambda: run_ensemble(eight, engine="quick").p_event) for _ in range(runs)]
    fitted = [seconds(lambda: run_again(first)) for _ in range(runs)]
    print(f"27 units to P: {median(a for a, _ in pairs):.2f} s, {median(a / b for a, b in pairs):.1f}x a bare import")
    print(f"peak of memory: {peak:.2f} GB")
    print(f"8 of 11, fit and all: {median(once):.2f} s; once its units are carried: {median(fitted):.3f} s")
    print(HEADER)
    print(time_first_runs(max(1, runs // 3)))


def run_again(result: forecast.EnsembleResult) -> float:
    """Put the units of an answer together anew."""
    result.__dict__.pop("yes", None)
    result.__dict__.pop("p_event", None)
    return result.p_event.mean


if __name__ == "__main__":
    main()
