"""What scoring a log costs: one of 10,000 forecasts beside one of 100, whole processes, and the parts in this one.

    python benchmarks/log.py [--lines N]

The log is made up: questions that are logged weekly, with a crowd's price, half of them resolved.
"""

from __future__ import annotations

import argparse
import datetime
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from forecast.track import score_log

WEEKS = 10  # a question is logged
FIRST = datetime.date(2020, 1, 6)


def write_log(path: Path, lines: int) -> None:
    """Write a log of so many forecasts, and an answer for every question."""
    rng = random.Random(1)
    written = {"schema": 1, "kind": "forecast", "written": "2020-01-06T09:00:00Z"}
    with path.open("w", encoding="utf-8") as file:
        for number in range(lines):
            question, week = divmod(number, WEEKS)
            as_of = FIRST + datetime.timedelta(days=question % 900 + 7 * week)
            until = FIRST + datetime.timedelta(days=question % 900 + 7 * WEEKS + question % 400)
            p = rng.random()
            told = {
                "name": f"question-{question}",
                "title": f"Question {question}",
                "asked": "at least 1 in the window",
                "as_of": as_of.isoformat(),
                "window": {"from": (as_of + datetime.timedelta(days=1)).isoformat(), "until": until.isoformat()},
                "p_event": {"mean": p, "eti90": [p / 2, (1 + p) / 2], "mcse": 0.001},
                "places": {"north": p / 3, "south": 2 * p / 3},
                "has_day": True,
                "quantiles": {"0.1": until.isoformat(), "0.5": None},
                "engine": "quick",
                "fingerprint": "0123456789abcdef" * 2,
                "scenario_sha256": "0123456789abcdef" * 4,
                "crowd": rng.random(),
            }
            file.write(json.dumps(written | told) + "\n")
            if week == WEEKS - 1:
                answer = {"answer": "yes", "day": until.isoformat()} if rng.random() < p else {"answer": "no"}
                answer |= {"schema": 1, "kind": "resolution", "written": "2024-01-01T09:00:00Z"}
                file.write(json.dumps({"schema": 1, **answer, "name": f"question-{question}"}) + "\n")


def measure(path: Path) -> float:
    """Return the seconds that `forecast score` takes, the best of three."""
    command = [sys.executable, "-m", "forecast", "score", "--log", str(path)]
    spans = []
    for _ in range(3):
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        spans.append(time.perf_counter() - started)
    return min(spans)


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=10_000)
    lines = parser.parse_args().lines
    with tempfile.TemporaryDirectory() as folder:
        long, short = Path(folder) / "long.jsonl", Path(folder) / "short.jsonl"
        write_log(long, lines)
        write_log(short, 100)
        many, few = measure(long), measure(short)
        started = time.perf_counter()
        scores = score_log(long)
        scored = time.perf_counter() - started
        text = str(scores)
        print(f"{lines:,} lines, {long.stat().st_size / 1e6:.1f} MB: {many:.2f} s; 100 lines: {few:.2f} s")
        print(
            f"ratio {many / few:.2f}; in this process {scored:.2f} s, and {time.perf_counter() - started - scored:.2f}"
        )
        print(text.splitlines()[0])


if __name__ == "__main__":
    main()
