"""The cost of a row of P alone, as a ratio to an earlier release, in turn within one run.

    git worktree add ../before 5649f4d
    python benchmarks/rows.py --before ../before [--runs N]

A row is the flagship's P at 1,000 draws, its window's last day varied; the figure is the processor time of a process
that answers 100 of them once it has answered five, so that compiling, which a long sweep does once, is not counted.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
BAR = 5
ROWS = """
import datetime, inspect, json, time
import forecast
from forecast.explore import Evaluator
from forecast.scenario import find_slot
base = forecast.load_scenario("scenarios/may.yaml")
slot = find_slot(base, "window.until")
many = {"rows": 10_000} if "rows" in inspect.signature(Evaluator).parameters else {}
evaluator = Evaluator(base, draws=1000, **many)
days = [base.window.start + datetime.timedelta(days=2 * step) for step in range(10, 110)]
found = [evaluator.answer([(slot, day)]).p for day in days[:5]]
started = time.process_time()
found = [evaluator.answer([(slot, day)]).p for day in days]
print(json.dumps({"seconds": (time.process_time() - started) / len(days), "p": found}))
"""


def time_rows(tree: Path) -> tuple[float, list[float]]:
    """Return the processor time of a row of a checkout, and P of each."""
    from forecast.explore import SURROUNDINGS

    surroundings = os.environ | SURROUNDINGS | {"PYTHONPATH": str(tree)}
    done = subprocess.run([sys.executable, "-c", ROWS], cwd=tree, env=surroundings, capture_output=True, check=True)
    answer = json.loads(done.stdout)
    return answer["seconds"], answer["p"]


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path, required=True, help="a checkout of the earlier release")
    parser.add_argument("--runs", type=int, default=5, help="pairs to time")
    options = parser.parse_args()
    pairs = [(time_rows(options.before.resolve()), time_rows(ROOT)) for _ in range(options.runs + 1)][1:]
    ratios = [before[0] / now[0] for before, now in pairs]
    apart = max(abs(one - other) for before, now in pairs for one, other in zip(before[1], now[1], strict=True))
    middle, low, high = statistics.median(ratios), min(ratios), max(ratios)
    old, new = (statistics.median(pair[side][0] for pair in pairs) for side in (0, 1))
    print("| measure | median | ratio (range) | bar | |\n|---|---|---|---|---|")
    print(
        f"| a row at 1,000 draws, before against now; P apart by {apart:.0e} at most | {1000 * old:.1f} ms against "
        f"{1000 * new:.1f} ms of one core | {middle:.1f}x ({low:.1f} to {high:.1f}) | >= {BAR}x | "
        f"{'met' if middle >= BAR else 'NOT MET'} |"
    )


if __name__ == "__main__":
    main()
