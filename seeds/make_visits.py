"""Make scenarios/learned/visits.csv: days on which presidents and secretaries of state of the United States came.

    python seeds/make_visits.py TRAVELS.csv

Receives a table of their stops abroad, one a row, with the columns role, start, country_id and tour_id, as the Office
of the Historian of the U.S. State Department keeps them (public domain, CC0). Hands on the first stop of each tour in
each of fifteen hosts: those with the most of them from 1971 to 1994, by either traveller, so that no year that is
scored had a say in it.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from pathlib import Path

FIRST, CHOSEN_UNTIL, LAST = "1971", "1994", "2012"  # years
HOSTS = 15
TRAVELLERS = ("president", "secretary")
PATH = Path(__file__).parents[1] / "scenarios" / "learned" / "visits.csv"


def make(raw: Path) -> list[tuple[str, str, str, str, str]]:
    """Return rows of unit, host, traveller, day and event."""
    with raw.open(encoding="utf-8", newline="") as file:
        stops = sorted(csv.DictReader(file), key=lambda stop: stop["start"])
    visits: dict[tuple[str, str, str], str] = {}  # a tour that comes back to a host counts once
    for stop in stops:
        if FIRST <= stop["start"][:4] <= LAST:
            visits.setdefault((stop["country_id"], stop["role"], stop["tour_id"]), stop["start"])
    seen = Counter(host for (host, *_), day in visits.items() if day[:4] <= CHOSEN_UNTIL)
    hosts = sorted(sorted(seen), key=seen.__getitem__, reverse=True)[:HOSTS]
    days = sorted({(host, role, day) for (host, role, _), day in visits.items() if host in hosts})
    rows = [(f"{host}-{role}", host, role, day, "came") for host, role, day in days]
    empty = {(host, role) for host in hosts for role in TRAVELLERS} - {(host, role) for host, role, _ in days}
    return sorted([*rows, *((f"{host}-{role}", host, role, "", "") for host, role in empty)])


def main() -> None:
    """Write the table."""
    with PATH.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("unit", "host", "traveller", "day", "event"))
        writer.writerows(make(Path(sys.argv[1])))


if __name__ == "__main__":
    main()
