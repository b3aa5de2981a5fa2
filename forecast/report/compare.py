"""Scenarios side by side as a table, for a terminal and for a notebook."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from forecast.errors import escape
from forecast.report.changes import spell_change
from forecast.report.lines import WIDTH, count_columns, decimal, pad, wrap

Plain = Mapping[str, Any]
Rows = Sequence[Plain]  # of compare.json
NAME_LEAST, PLACE_MOST, ALIGNED = 16, 13, 30  # characters
CHANGES_MOST = 12  # a row; the others are in compare.json
OTHERS = "other places"
_CUT = "\N{HORIZONTAL ELLIPSIS}"
NOTE = "to the first: P less that of 1, with its Monte Carlo error, on the same draws"
NOTE_FITS = "; * on draws of another fit, so the errors of both add in quadrature"


def render_comparison(comparison: Plain) -> str:
    """Write P, places, timing and differences of each scenario, then what differs and what other readings give.

    Parameters
    ----------
    comparison : dict
        What stands in `compare.json`: `Comparison.to_dict()`.
    """
    rows: Rows = comparison["scenarios"]
    window = rows[0]["window"]
    count = "1 scenario" if len(rows) == 1 else f"{len(rows)} scenarios"
    elsewhere = any({"as_of", "window.from", "window.until"} & {item["key"] for item in row["changes"]} for row in rows)
    lines = [
        f"{escape(comparison['title'])}: {count}",
        f"as of {rows[0]['as_of']}, from {window['from']} to {window['until']}"
        + (" unless another date stands below" if elsewhere else ""),
        "",
        *_render_rows(rows),
        "",
        *wrap(_explain(rows), ""),
    ]
    starts = _number(rows)
    if len(rows) > 1:
        lines += ["", f"what differs from 1 {escape(rows[0]['scenario'])}"]
        pairs = zip(starts[1:], rows[1:], strict=True)
        lines += [line for start, row in pairs for line in _render_changes(start, row)]
    for start, row in zip(starts, rows, strict=True):
        if "pair" in row:
            lines += ["", f"conditional pair of {start}", *_render_pair(row["pair"])]
    if any("readings" in row for row in rows):
        lines += ["", "P over other readings of the facts"]
        lines += [line for start, row in zip(starts, rows, strict=True) for line in _render_readings(start, row)]
    return "\n".join(lines)


def render_comparison_html(comparison: Plain) -> str:
    """Write the table for a notebook, of `Comparison.to_dict()`."""
    rows: Rows = comparison["scenarios"]
    columns = _tabulate(rows, _all_places(rows))
    heads = "".join(f"<th>{html.escape(name)}</th>" for name in ("scenario", *columns, "what differs"))
    body = ""
    for index, row in enumerate(rows):
        changes = "; ".join(map(spell_change, row["changes"]))
        cells = [row["scenario"], *(texts[index] for texts in columns.values()), changes]
        body += "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>"
    return (
        f"<table><caption>{html.escape(comparison['title'])}</caption><thead><tr>{heads}</tr></thead>"
        f"<tbody>{body}</tbody></table><p><small>{html.escape(_explain(rows))}</small></p>"
    )


# --- the table ---------------------------------------------------------------------------------------------------


def _render_rows(rows: Rows) -> list[str]:
    """Lay the columns out: a name that is too long for its column stands on a line of its own."""
    starts = _number(rows)
    digits = len(str(len(rows)))
    longest, room = max(map(count_columns, starts)) - digits - 1, WIDTH - digits - 1
    places = _all_places(rows)
    while True:
        columns = _tabulate(rows, places)
        widths = {name: max(map(count_columns, (_cut(name), *texts))) for name, texts in columns.items()}
        left = room - sum(width + 2 for width in widths.values())
        if left >= min(longest, NAME_LEAST) or not places:
            break
        places = places[:-1]  # the least likely of those that are left joins the others
    name_width = max(min(longest, left), NAME_LEAST)

    def lay(start: str, texts: Sequence[str]) -> str:
        cells = (pad(text, width) for text, width in zip(texts, widths.values(), strict=True))
        return "  ".join((pad(start, digits + 1 + name_width), *cells)).rstrip()

    lines = [lay(" " * (digits + 1) + "scenario", [_cut(name) for name in columns])]
    for index, start in enumerate(starts):
        if count_columns(start) > digits + 1 + name_width:
            lines.append(start)
            start = ""
        lines.append(lay(start, [texts[index] for texts in columns.values()]))
    return lines


def _render_pair(pair: Plain) -> list[str]:
    """Write the four numbers of a conditional pair, and that they add up."""
    told = {
        "P": pair["p"],
        f"P if {pair['given']}": pair["p_if"],
        "P if it is not": pair["p_if_not"],
        "P that it is": pair["chance"],
    }
    width = max(map(count_columns, told)) + 2
    lines = [f"  {pad(name, width)}{'-' if value is None else decimal(value)}" for name, value in told.items()]
    parts = [f"{decimal(share)} × {decimal(p)}" for share, p in _weigh(pair) if p is not None]
    return [*lines, f"  they add up: {' + '.join(parts)} = {decimal(pair['sum'])}"]


def _weigh(pair: Plain) -> list[tuple[float, float | None]]:
    return [(pair["chance"], pair["p_if"]), (1 - pair["chance"], pair["p_if_not"])]


def _number(rows: Rows) -> list[str]:
    """Return the number and the name of each row."""
    digits = len(str(len(rows)))
    return [f"{number:>{digits}} {escape(row['scenario'])}" for number, row in enumerate(rows, 1)]


def _all_places(rows: Rows) -> list[str]:
    """Return every place, the likeliest over all rows first."""
    names = dict.fromkeys(name for row in rows for name in row["places"])
    return sorted(names, key=lambda name: -sum(_share(row, name) or 0.0 for row in rows))


def _tabulate(rows: Rows, places: Sequence[str]) -> dict[str, list[str]]:
    """Return the texts of each column by its heading."""
    columns = {
        "P": [decimal(row["p_event"]["mean"]) for row in rows],
        "90%": [" to ".join(map(decimal, row["p_event"]["eti90"])) for row in rows],
        **{name: ["" if (p := _share(row, name)) is None else decimal(p) for row in rows] for name in places},
    }
    rest = [[place["mean"] for name, place in row["places"].items() if name not in places] for row in rows]
    if any(rest):
        columns[OTHERS] = [decimal(sum(means)) if means else "" for means in rest]
    columns["median day"] = [row["median_day"] or ("never" if row.get("has_day", True) else "-") for row in rows]
    if len(rows) > 1:
        columns["to the first"] = [_difference(row) for row in rows]
    return columns


def _share(row: Plain, place: str) -> float | None:
    """Return P of the event at a place; None where the row's question knows no such place."""
    return row["places"][place]["mean"] if place in row["places"] else None


def _difference(row: Plain) -> str:
    """Write the difference and its error, with a fourth place where three would hide the error."""
    if (found := row["difference"]) is None:
        return ""
    mean, mcse = found["mean"], found["mcse"]
    if mean == mcse == 0:
        return "0"
    places = 3 if mcse >= 0.0005 else 4
    error = "<0.0001" if mcse < 0.00005 else f"{mcse:.{places}f}"
    return f"{mean:+.{places}f} ±{error}" + ("" if found["draws"] == "common" else "*")


def _cut(name: str) -> str:
    name = escape(name)
    while count_columns(name) > PLACE_MOST:
        name = f"{name.removesuffix(_CUT)[:-1]}{_CUT}"
    return name


# --- what stands below it ----------------------------------------------------------------------------------------


def _explain(rows: Rows) -> str:
    differences = [row["difference"] for row in rows if row["difference"] is not None]
    apart = any(item["draws"] != "common" for item in differences)
    notes = [NOTE + (NOTE_FITS if apart else "")] if differences else []
    engines = {row["engine"] for row in rows}
    by_row = [f"{engine}: {', '.join(str(n) for n, row in enumerate(rows, 1) if row['engine'] == engine)}" for engine in
              sorted(engines)]  # fmt: skip
    errors = [row["p_event"].get("mcse", 0.0) for row in rows]
    most = f"{max(errors):.3f}" if max(errors) >= 0.0005 else "0.001"
    notes.append(f"Monte Carlo error of P at most {most}")
    notes.append(f"engine {engines.pop()}" if len(engines) == 1 else f"engines {'; '.join(by_row)}")
    return ". ".join(notes)


def _render_changes(start: str, row: Plain) -> list[str]:
    texts = [spell_change(change) for change in row["changes"][:CHANGES_MOST]] or ["nothing"]
    if (more := len(row["changes"]) - CHANGES_MOST) > 0:
        texts.append(f"and {more} more")
    return _list_below(start, texts)


def _render_readings(start: str, row: Plain) -> list[str]:
    if "readings" not in row:
        return []
    each = "; ".join(f"{name}: {decimal(answer['p_event']['mean'])}" for name, answer in row["readings"].items())
    return _list_below(f"{pad(start, ALIGNED)}  {' to '.join(map(decimal, row['readings_range']))}", [each])


def _list_below(start: str, texts: Sequence[str]) -> list[str]:
    """Write texts below what they belong to, or beside it if there is but one and it fits."""
    if len(texts) == 1 and count_columns(line := f"{pad(start, ALIGNED)}  {texts[0]}") <= WIDTH:
        return [line]
    return [start, *(line for text in texts for line in wrap(text, " " * 6, " " * 8))]
