"""What scoring a log costs: one of 10,000 forecasts beside one of 100, whole processes.

    python benchmarks/log.py [--runs N]

The log is made up: questions that are logged weekly, with a crowd's price, half of them resolved.
"""

from __future__ import annotations

import datetime
import json
import random
import tempfile
from pathlib import Path

from pairs import HEADER, read_runs, time_pairs

LINES = 10_000
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


def main() -> None:
    """Measure."""
    runs = read_runs(__doc__, 5)
    with tempfile.TemporaryDirectory() as folder:
        long, short = Path(folder) / "long.jsonl", Path(folder) / "short.jsonl"
        write_log(long, LINES)
        write_log(short, LINES // 100)
        commands = [["-m", "forecast", "score", "--log", str(path)] for path in (long, short)]
        pair = time_pairs(*commands, runs=runs, prepare=dict)
        print(HEADER)
        print(pair.row(f"scoring a log of {LINES:,} forecasts, against one of {LINES // 100}", at_most=3))


if __name__ == "__main__":
    main()
