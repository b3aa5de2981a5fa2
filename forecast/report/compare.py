"""Scenarios side by side as a table, for a terminal and for a notebook."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from forecast.errors import escape
from forecast.report.changes import spell_change
from forecast.report.table import decimal

if TYPE_CHECKING:
    from forecast.explore import Compared, Comparison

WIDTH = 110
NAME_LEAST, PLACE_MOST, ALIGNED = 16, 13, 30  # characters
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
    starts = _number(rows)
    if len(rows) > 1:
        lines += ["", f"what differs from 1 {escape(rows[0].scenario.name)}"]
        pairs = zip(starts[1:], rows[1:], strict=True)
        lines += [line for start, row in pairs for line in _render_changes(start, row)]
    if any(row.readings for row in rows):
        lines += ["", "P over other readings of the facts"]
        lines += [line for start, row in zip(starts, rows, strict=True) for line in _render_readings(start, row)]
    return "\n".join(lines)


def render_comparison_html(comparison: Comparison) -> str:
    """Write the table for a notebook."""
    columns = _tabulate(comparison.rows, _all_places(comparison.rows))
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


# --- the table ---------------------------------------------------------------------------------------------------


def _render_rows(rows: Sequence[Compared]) -> list[str]:
    """Lay the columns out: a name that is too long for its column stands on a line of its own."""
    starts = _number(rows)
    digits = len(str(len(rows)))
    longest, room = max(map(len, starts)) - digits - 1, WIDTH - digits - 1
    places = _all_places(rows)
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
    for index, start in enumerate(starts):
        if len(start) > digits + 1 + name_width:
            lines.append(start)
            start = ""
        lines.append(lay(start, [texts[index] for texts in columns.values()]))
    return lines


def _number(rows: Sequence[Compared]) -> list[str]:
    """Return the number and the name of each row."""
    digits = len(str(len(rows)))
    return [f"{number:>{digits}} {escape(row.scenario.name)}" for number, row in enumerate(rows, 1)]


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
    """Write the difference and its error, with a fourth place where three would hide the error."""
    if (found := row.difference) is None:
        return ""
    if found.mean == found.mcse == 0:
        return "0"
    places = 3 if found.mcse >= 0.0005 else 4
    error = "<0.0001" if found.mcse < 0.00005 else f"{found.mcse:.{places}f}"
    return f"{found.mean:+.{places}f} ±{error}" + ("" if found.common else "*")


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


def _render_changes(start: str, row: Compared) -> list[str]:
    texts = [spell_change(change) for change in row.changes[:CHANGES_MOST]] or ["nothing"]
    if (more := len(row.changes) - CHANGES_MOST) > 0:
        texts.append(f"and {more} more")
    return _list_below(start, texts)


def _render_readings(start: str, row: Compared) -> list[str]:
    if (bounds := row.readings_range) is None:
        return []
    each = "; ".join(f"{name}: {decimal(answer.p_event.mean)}" for name, answer in row.readings.items())
    return _list_below(f"{start:<{ALIGNED}}  {' to '.join(map(decimal, bounds))}", [each])


def _list_below(start: str, texts: Sequence[str]) -> list[str]:
    """Write texts below what they belong to, or beside it if there is but one and it fits."""
    if len(texts) == 1 and len(line := f"{start:<{ALIGNED}}  {texts[0]}") <= WIDTH:
        return [line]
    wrapper = textwrap.TextWrapper(WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 8, break_on_hyphens=False)
    return [start, *(line for text in texts for line in wrapper.wrap(text))]
