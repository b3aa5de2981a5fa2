"""What changed between two forecasts, as a table for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forecast.errors import escape
from forecast.report.changes import spell_change
from forecast.report.lines import count_columns, decimal, pad, wrap

CHANGES_MOST = 20
NOTE = (
    "Each part is P after it less P before it, in this order; another order would share what they make together "
    "otherwise. All P on the way are of the quick engine with one seed"
)


def render_diff(plain: Mapping[str, Any]) -> str:
    """Write both P, each part of the change, and the keys that differ.

    Parameters
    ----------
    plain : dict
        `Diff.to_dict()`.
    """
    before, after = plain["before"], plain["after"]
    lines = [escape(after["title"])]
    for name, end in (("first", before), ("second", after)):
        window = end["window"]
        lines.append(
            f"{pad(name, 7)} {escape(end['scenario'])}, as of {end['as_of']}, from {window['from']} to "
            f"{window['until']}: P {decimal(end['p'])}"
        )
    change = after["p"] - before["p"]
    lines += ["", f"P changed by {change:+.3f}:" if plain["parts"] else "nothing that moves P has changed"]
    width = max((count_columns(escape(part["name"])) for part in plain["parts"]), default=0)
    for part in plain["parts"]:
        lines.append(f"  {pad(escape(part['name']), width)}  {part['change']:+.4f}  to {part['p']:.3f}")
        if part["facts"]:
            lines += wrap(", ".join(map(escape, part["facts"])), " " * 6, " " * 8)
    if plain["parts"]:
        lines += wrap(NOTE, "  ")
    if changes := plain["changes"]:
        lines += ["", "what differs"]
        lines += [line for item in changes[:CHANGES_MOST] for line in wrap(spell_change(item), "  ", " " * 6)]
        if (more := len(changes) - CHANGES_MOST) > 0:
            lines.append(f"  and {more} more, in the JSON")
    return "\n".join(lines)
