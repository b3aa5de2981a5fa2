"""Does it help to learn from many? Visits of US presidents to fifteen hosts, forecast each year from the years before.

    python benchmarks/presidents.py [--from 1995] [--until 2012] [--keep FILE]

For each year and each host: P(the president comes within the year), from the record until the eve of the year, by

- alone: each host with the prior and its own record;
- alike: hosts as units of one family, each with a pace of its own;
- both: host and traveller as two paces, so that a host's visits by the secretary of state teach, and a common season;
- each: the same, and each pair of host and traveller with a pace of its own besides,

with the whole record from 1971 on, and with that of the last two years alone. Printed are the log score in nats and
the Brier score, lower is better, their differences from `alone` with errors over years, and how far the number of hosts
that were visited lies from what was forecast, in standard deviations of the forecast and of independent hosts. A fit a
line is kept in a file, so that a second run goes on where the first one stopped.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

import forecast

TABLE = Path(__file__).parents[1] / "scenarios" / "learned" / "visits.csv"
PRIOR = {
    "stay": {"mean": [120, 3000]},
    "ends": {"event": 1},
    "because": "Our own view (a view)",
    "reason": "In between.",
}
SHARED: dict[str, dict[str, Any]] = {
    "alike": {"pace": {"unit": [1.5, 6]}},
    "both": {"pace": {"host": [1.5, 6], "traveller": [2, 15]}, "years": [1, 2]},
    "each": {"pace": {"host": [1.5, 6], "traveller": [6, 6], "unit": [1.5, 6]}, "years": [1, 2]},
}
VARIANTS = ("alone", *SHARED)
RECORDS = {"whole": 1970, "two years": 2}  # the year on whose last day it begins, or how many years it has
DRAWS = {("each", "whole"): 2000, ("each", "two years"): 4000}  # where 500 are too skewed
Row = dict[str, str]


def read_visits() -> list[Row]:
    """Return the table's rows."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def ask(rows: list[Row], variant: str, record: str, year: int) -> dict[str, Any]:
    """Return the question of a year as a file would have it."""
    first = RECORDS[record] if record == "whole" else year - 1 - RECORDS[record]
    hosts = sorted({row["host"] for row in rows})
    known = [row for row in rows if f"{first + 1}" <= row["day"][:4] < f"{year}"]

    def entries(some: list[Row], *, named: bool) -> list[dict[str, str]]:
        return [
            {
                **({"unit": row["unit"]} if named else {}),
                "day": row["day"],
                "event": "came",
                "because": "They came (a table)",
            }
            for row in some
        ]

    family: dict[str, Any] = {"places": ["came"], "priors": {"stages": {"away": PRIOR}}}
    if variant == "alone":
        own = {host: [row for row in known if row["unit"] == f"{host}-president"] for host in hosts}
        timelines = {host: {**family, "timeline": entries(some, named=False)} for host, some in own.items()}
        asked = hosts
    else:
        who = ["president"] if variant == "alike" else ["president", "secretary"]
        units = {f"{host}-{one}": {"host": host, "traveller": one} for host in hosts for one in who}
        some = [row for row in known if row["traveller"] in who]
        family |= {"units": list(units) if variant == "alike" else units, "timeline": entries(some, named=True)}
        timelines, asked = {"visit": family | SHARED[variant]}, [f"visit.{host}-president" for host in hosts]
    return {
        "title": "Visits",
        "as_of": f"{year - 1}-12-31",
        "history_from": f"{first}-12-31",
        "window": {"until": f"{year}-12-31"},
        "timelines": timelines,
        "question": {"event": {"at_least": 1, "of": asked}},
    }


def replay(rows: list[Row], years: range, kept: Path) -> Iterator[dict[str, Any]]:
    """Yield the forecast of each year by each variant; what is kept is not computed again."""
    done = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    seen = {(one["variant"], one["record"], one["year"]): one for one in done}
    with kept.open("a", encoding="utf-8") as file:
        for record in RECORDS:
            for year in years:
                for variant in VARIANTS:
                    if (found := seen.get((variant, record, year))) is None:
                        settings = forecast.Settings(draws=DRAWS.get((variant, record), 500))
                        said = ask(rows, variant, record, year)
                        result = forecast.run_scenario(said, engine="quick", settings=settings)
                        found = {"variant": variant, "record": record, "year": year}
                        found["p"] = [each.mean for each in result.which.values()]
                        found["number"] = [each.estimate.mean for each in result.how_many]
                        file.write(json.dumps(found) + "\n")
                        file.flush()
                    yield found


def find_came(rows: list[Row], year: int) -> np.ndarray:
    """Return 1 for each host to which a president came in a year."""
    hosts = sorted({row["host"] for row in rows})
    visited = {row["host"] for row in rows if row["traveller"] == "president" and row["day"][:4] == str(year)}
    return np.array([float(host in visited) for host in hosts])


def score(rows: list[Row], found: list[dict[str, Any]]) -> str:
    """Return a table of scores and of sums."""
    years = sorted({one["year"] for one in found})
    came = np.array([find_came(rows, year) for year in years])
    lines = [f"{came.size} questions, {came.mean():.3f} of them yes", ""]
    heads: tuple[str, ...] = (
        "record",
        "by",
        "mean P",
        "log score",
        "Brier",
        "log score less alone",
        "Brier less alone",
    )
    heads += ("sum, sd of forecast", "sum, sd if independent")
    lines += [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for record in RECORDS:
        losses: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        for variant in VARIANTS:
            mine = sorted(
                (o for o in found if o["variant"] == variant and o["record"] == record), key=lambda o: o["year"]
            )
            p, number = np.array([one["p"] for one in mine]), np.array([one["number"] for one in mine])
            log = -np.log(np.where(came == 1, p, 1 - p)).mean(axis=1)
            brier = ((p - came) ** 2).mean(axis=1)
            losses[variant] = log, brier
            counts = np.arange(number.shape[1])
            mean = number @ counts
            spread = np.sqrt(number @ counts**2 - mean**2)
            apart = came.sum(axis=1) - mean
            by_model, alone = (
                np.sqrt(np.mean((apart / sd) ** 2)) for sd in (spread, np.sqrt((p * (1 - p)).sum(axis=1)))
            )
            less = [each - first for each, first in zip(losses[variant], losses["alone"], strict=True)]
            told = [f"{each.mean():+.4f} ± {each.std(ddof=1) / np.sqrt(len(years)):.4f}" for each in less]
            if variant == "alone":
                told = ["", ""]
            cells = [
                record,
                variant,
                f"{p.mean():.3f}",
                f"{log.mean():.4f}",
                f"{brier.mean():.4f}",
                *told,
                f"{by_model:.2f}",
                f"{alone:.2f}",
            ]
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Replay, score and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="first", type=int, default=1995)
    parser.add_argument("--until", type=int, default=2012)
    parser.add_argument("--keep", type=Path, default=Path("presidents.jsonl"))
    said = parser.parse_args()
    rows = read_visits()
    print(score(rows, list(replay(rows, range(said.first, said.until + 1), said.keep))))


if __name__ == "__main__":
    main()
