"""Make seeds/announced-trips.csv: trips that the White House announced with their days, and how many legs were kept.

    python seeds/make_decisions.py ANNOUNCED.csv

Receives a table of legs, one a row, collected from statements of the White House (public domain, CC0) without looking
at what came of them. Left out are legs whose day was filled in from what happened, and all legs of a traveller of whom
the table has not the days on which she came. Legs of one traveller that are at most a week apart are one trip, about
which one decision is made: it is a row. A leg was kept if he came within a day of the day that was announced.
"""

from __future__ import annotations

import csv
import datetime
import sys
from pathlib import Path

PATH = Path(__file__).parent / "announced-trips.csv"
APART, SLACK = datetime.timedelta(days=7), datetime.timedelta(days=1)
Leg = dict[str, str]


def day(text: str) -> datetime.date:
    """Return a date."""
    return datetime.date.fromisoformat(text)


def is_kept(leg: Leg) -> bool:
    """Tell whether a leg took place on its days, give or take one."""
    if leg["happened"] != "1":
        return False
    last = day(leg["planned_end"] or leg["planned_start"])
    return day(leg["planned_start"]) - SLACK <= day(leg["actual_start"]) <= last + SLACK


def make(raw: Path) -> list[tuple[str, str, str, int, int]]:
    """Return rows of the traveller, the first day planned, the hosts, the number of legs and how many were kept."""
    with raw.open(encoding="utf-8", newline="") as file:
        legs = [leg for leg in csv.DictReader(file) if leg["planned_precision"] == "date_or_range"]
    unknown = {leg["traveller"] for leg in legs if leg["happened"] == "1" and not leg["actual_start"]}
    legs = [leg for leg in legs if leg["traveller"] not in unknown]
    trips: list[list[Leg]] = []
    for leg in sorted(legs, key=lambda leg: (leg["traveller"], leg["planned_start"])):
        last = trips[-1][-1] if trips else None
        if (
            last
            and last["traveller"] == leg["traveller"]
            and day(leg["planned_start"]) - day(last["planned_start"]) <= APART
        ):
            trips[-1].append(leg)
        else:
            trips.append([leg])
    rows = []
    for trip in trips:
        hosts = " and ".join(dict.fromkeys(leg["host"] for leg in trip))
        rows.append((trip[0]["traveller"], trip[0]["planned_start"], hosts, len(trip), sum(map(is_kept, trip))))
    return sorted(rows, key=lambda row: (row[1], row[0]))


def main() -> None:
    """Write the table."""
    with PATH.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("traveller", "planned", "hosts", "legs", "kept"))
        writer.writerows(make(Path(sys.argv[1])))


if __name__ == "__main__":
    main()
