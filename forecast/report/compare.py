"""Scenarios side by side as a table, for a terminal and for a notebook."""

from __future__ import annotations

import html
import json
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from forecast.errors import escape
from forecast.report.table import decimal

if TYPE_CHECKING:
    from forecast.compare import Compared, Comparison
    from forecast.differences import Change

WIDTH = 110
NAME_LEAST, PLACE_MOST = 16, 13  # characters
CHANGES_MOST = 12  # a row; the others are in compare.json
OTHERS = "other places"
NOTE = "to the first: P less that of 1, with its Monte Carlo error, on the same draws"
NOTE_FITS = "; * on draws of another fit, so the errors of both add in quadrature"


def render_comparison(comparison: Comparison) -> str:
    """Write P, places, timing and differences of each scenario, then what differs and what other readings give."""
    rows = comparison.rows
    window = rows[0].scenario.window
    count = "1 scenario" if len(rows) == 1 else f"{len(rows)} scenarios"
    elsewhere = any({"as_of", "window.from", "window.until"} & {item.key for item in row.changes} for row in rows)
    lines = [
        f"{escape(comparison.title)}: {count}",
        f"as of {rows[0].scenario.as_of}, from {window.start} to {window.until}"
        + (" unless another date stands below" if elsewhere else ""),
        "",
        *_render_rows(rows),
        "",
        *textwrap.wrap(_explain(rows), WIDTH),
    ]
    if len(rows) > 1:
        lines += ["", f"what differs from 1 {escape(rows[0].scenario.name)}"]
        lines += [line for number, row in enumerate(rows[1:], 2) for line in _render_changes(number, row)]
    if any(row.readings for row in rows):
        lines += ["", "P over other readings of the facts"]
        lines += [line for number, row in enumerate(rows, 1) for line in _render_readings(number, row)]
    return "\n".join(lines)


def render_comparison_html(comparison: Comparison) -> str:
    """Write the table for a notebook."""
    columns = _tabulate(comparison.rows, list(_all_places(comparison.rows)))
    names = [row.scenario.name for row in comparison.rows]
    heads = "".join(f"<th>{html.escape(name)}</th>" for name in ("scenario", *columns, "what differs"))
    body = ""
    for index, (name, row) in enumerate(zip(names, comparison.rows, strict=True)):
        cells = [name, *(texts[index] for texts in columns.values()), "; ".join(map(spell_change, row.changes))]
        body += "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>"
    return (
        f"<table><caption>{html.escape(comparison.title)}</caption><thead><tr>{heads}</tr></thead>"
        f"<tbody>{body}</tbody></table><p><small>{html.escape(_explain(comparison.rows))}</small></p>"
    )


def spell_change(change: Change) -> str:
    """Write a key and its values in one scenario and in the other.

    Examples
    --------
    >>> from forecast.differences import Change
    >>> spell_change(Change("priors.hazard_ratios.rain.factor", [0.02, 0.5], [0.5, 1.5]))
    'priors.hazard_ratios.rain.factor [0.02, 0.5] -> [0.5, 1.5]'
    >>> spell_change(Change("timeline", None, {"stage": "invited", "from": "2025-03-27"}))
    'timeline + {stage: invited, from: 2025-03-27}'
    """
    if change.before is None:
        return f"{change.key} + {_spell(change.after)}"
    if change.after is None:
        return f"{change.key} - {_spell(change.before)}"
    return f"{change.key} {_spell(change.before)} -> {_spell(change.after)}"


def _spell(value: Any) -> str:
    """Write a plain value as it may stand in a scenario."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_spell(item)}" for name, item in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(map(_spell, value)) + "]"
    return escape(value) if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else json.dumps(value)


# --- the table ---------------------------------------------------------------------------------------------------


def _render_rows(rows: Sequence[Compared]) -> list[str]:
    """Lay the columns out: a name that is too long for its column stands on a line of its own."""
    digits, longest = len(str(len(rows))), max(len(row.scenario.name) for row in rows)
    room = WIDTH - digits - 1
    places = list(_all_places(rows))
    while True:
        columns = _tabulate(rows, places)
        widths = {name: max(map(len, (name[:PLACE_MOST], *texts))) for name, texts in columns.items()}
        left = room - sum(width + 2 for width in widths.values())
        if left >= min(longest, NAME_LEAST) or not places:
            break
        places = places[:-1]  # the least likely of those that are left joins the others
    name_width = max(min(longest, left), NAME_LEAST)

    def lay(start: str, texts: Sequence[str]) -> str:
        cells = (f"{text:<{width}}" for text, width in zip(texts, widths.values(), strict=True))
        return "  ".join((f"{start:<{digits + 1 + name_width}}", *cells)).rstrip()

    lines = [lay(" " * (digits + 1) + "scenario", [_cut(name) for name in columns])]
    for index, row in enumerate(rows):
        start = f"{index + 1:>{digits}} {escape(row.scenario.name)}"
        if len(start) > digits + 1 + name_width:
            lines.append(start)
            start = ""
        lines.append(lay(start, [texts[index] for texts in columns.values()]))
    return lines


def _all_places(rows: Sequence[Compared]) -> list[str]:
    """Return every place, the likeliest over all rows first."""
    names = dict.fromkeys(name for row in rows for name in row.places)
    return sorted(names, key=lambda name: -sum(row.places[name].mean for row in rows if name in row.places))


def _tabulate(rows: Sequence[Compared], places: Sequence[str]) -> dict[str, list[str]]:
    """Return the texts of each column by its heading."""
    columns = {
        "P": [decimal(row.p_event.mean) for row in rows],
        "90%": [" to ".join(map(decimal, row.p_event.eti90)) for row in rows],
        **{name: [decimal(row.places[name].mean) if name in row.places else "" for row in rows] for name in places},
    }
    rest = [[place.mean for name, place in row.places.items() if name not in places] for row in rows]
    if any(rest):
        columns[OTHERS] = [decimal(sum(means)) if means else "" for means in rest]
    columns["median day"] = ["never" if row.median_day is None else str(row.median_day) for row in rows]
    if len(rows) > 1:
        columns["to the first"] = [_difference(row) for row in rows]
    return columns


def _difference(row: Compared) -> str:
    if row.difference is None:
        return ""
    return f"{row.difference.mean:+.3f} ±{row.difference.mcse:.3f}" + ("" if row.difference.common else "*")


def _cut(name: str) -> str:
    return escape(name) if len(name) <= PLACE_MOST else f"{escape(name[: PLACE_MOST - 1])}\N{HORIZONTAL ELLIPSIS}"


# --- what stands below it ----------------------------------------------------------------------------------------


def _explain(rows: Sequence[Compared]) -> str:
    differences = [row.difference for row in rows if row.difference is not None]
    notes = [NOTE + (NOTE_FITS if not all(item.common for item in differences) else "")] if differences else []
    engines = {row.engine for row in rows}
    by_row = [f"{engine}: {', '.join(str(n) for n, row in enumerate(rows, 1) if row.engine == engine)}" for engine in
              sorted(engines)]  # fmt: skip
    errors = [row.p_event.mcse or 0.0 for row in rows]
    notes.append(f"Monte Carlo error of P at most {max(errors):.3f}")
    notes.append(f"engine {engines.pop()}" if len(engines) == 1 else f"engines {'; '.join(by_row)}")
    return ". ".join(notes)


def _render_changes(number: int, row: Compared) -> list[str]:
    texts = [spell_change(change) for change in row.changes[:CHANGES_MOST]] or ["nothing"]
    if (more := len(row.changes) - CHANGES_MOST) > 0:
        texts.append(f"and {more} more")
    return [f"  {number} {escape(row.scenario.name)}", *(line for text in texts for line in _wrap(text))]


def _render_readings(number: int, row: Compared) -> list[str]:
    if (bounds := row.readings_range) is None:
        return []
    each = "; ".join(f"{name}: {decimal(answer.p_event.mean)}" for name, answer in row.readings.items())
    return [f"  {number} {escape(row.scenario.name)}: {' to '.join(map(decimal, bounds))}", *_wrap(each)]


def _wrap(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 8, break_on_hyphens=False)
