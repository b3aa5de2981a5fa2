"""What to watch, as a table for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forecast.errors import escape
from forecast.report.lines import count_columns, decimal, pad, wrap

NOTE = (
    "chance: that it becomes public by then. P if it comes, and if it does not: the two average to P of today by the "
    "chance. bits: what knowing whether it comes tells of the answer, of at most {most:.2f}. Brier: by how much the "
    "score is expected to fall. A stage counts as entered if it is before the event"
)
LEAST = 0.0005  # chance below which a row is left to the JSON


def render_signposts(plain: Mapping[str, Any]) -> str:
    """Write a row a step, the most informative first.

    Parameters
    ----------
    plain : dict
        `Signposts.to_dict()`.
    """
    from math import log2

    p, shown = plain["p"], [row for row in plain["rows"] if row["chance"] >= LEAST]
    most = 0.0 if p in (0, 1) else -(p * log2(p) + (1 - p) * log2(1 - p))
    lines = [
        escape(plain["title"]),
        f"as of {plain['as_of']}, P from {plain['window']['from']} to {plain['window']['until']} is {decimal(p)}; "
        f"what may become public by {plain['until']}:",
        "",
    ]
    width = max([len("step"), *(count_columns(escape(row["says"])) for row in shown)])
    lines.append(f"  {pad('step', width)}  chance  P if it comes  P if not   bits   Brier")
    for row in shown:
        said = ["-" if row[name] is None else decimal(round(row[name], 6)) for name in ("p_if", "p_if_not")]
        lines.append(
            f"  {pad(escape(row['says']), width)}  {decimal(row['chance']):>6}  {said[0]:>13}  {said[1]:>8}  "
            f"{row['information']:.3f}  {row['brier']:+.3f}"
        )
    if left := len(plain["rows"]) - len(shown):
        lines.append(f"  {left} more with a chance below {LEAST:.2%}")
    return "\n".join([*lines, "", *wrap(NOTE.format(most=most), ""), f"engine {plain['engine']}"])
