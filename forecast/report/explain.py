"""Why P is what it is, in a paragraph and in tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from forecast.errors import escape
from forecast.report.lines import count_columns, decimal, pad, wrap

Plain = Mapping[str, Any]
SWINGS, CONTRACTED = 5, 5  # rows shown; the others are in the JSON
NOTE_NEWS = (
    "before: P on the eve; after: on the day; both are of the same days ahead, {start} to {until}. expected: the "
    "chance of what came by that day, as of the last day of news; where no step came, the chance of that. bits: -log2 "
    "of it. Priors, plans and articles about them are not foretold"
)
NOTE_SOURCES = (
    "without: P if all that this source alone states had never become public; share: its Shapley value, what it adds "
    "on average over all orders in which sources may come. Shares sum to P less P without any source"
)
NOTE_BELIEF = (
    "stages: the step from a constant rate to the stages alone; the others by their Shapley values. They sum to P less "
    "the constant rate"
)


def render_explanation(plain: Plain) -> str:
    """Write the paragraph, and a table for each view that was asked for.

    Parameters
    ----------
    plain : dict
        `Explanation.to_dict()`.
    """
    window = plain["window"]
    lines = [escape(plain["title"]), f"as of {plain['as_of']}, from {window['from']} to {window['until']}", ""]
    lines += wrap(write_paragraph(plain), "")
    for view, render in (("news", _render_news), ("source", _render_sources), ("record", _render_record),
                         ("belief", _render_beliefs)):  # fmt: skip
        if view in plain:
            lines += ["", *render(plain)]
    return "\n".join(lines)


def write_paragraph(plain: Plain) -> str:
    """Say in plain words why P is what it is, and which three things moved it most."""
    return " ".join(_write_sentences(plain))


def _write_sentences(plain: Plain) -> Iterator[str]:
    yield f"P is {decimal(plain['p'])}."
    if news := plain.get("news"):
        yield f"On {news['since']} it was {decimal(news['p_start'])} for the same days."
        movers = [f"{escape(mover['says'])} ({_points(mover['change'])})" for mover in plain["movers"]]
        if movers:
            count = ("one thing", "two things", "three things")[len(movers) - 1]
            yield f"Since then the {count} that moved it most: {'; '.join(movers)}."
    if (sources := plain.get("source")) and sources["rows"]:
        most = sources["rows"][0]
        yield (
            f"The source that carries most of it is {name_source(most)}: without it P would be "
            f"{decimal(most['p_without'])}."
        )
    if record := plain.get("record"):
        yield (
            f"Of {_count(record['parameters'], 'parameter')} the record taught about {record['taught']:.0f}; "
            f"{_say_today(record)}"
        )
        yield f"By the priors alone P would be {decimal(record['p_prior'])}."
    if (belief := plain.get("belief")) and belief["swings"] and belief["swings"][0]["p_low"] is not None:
        swing = belief["swings"][0]
        ends = " and ".join(decimal(swing[end]) if swing[end] is not None else "-" for end in ("p_low", "p_high"))
        yield f"The belief that matters most is {swing['key']}: known to be at either end of its interval, P is {ends}."


def _say_today(record: Plain) -> str:
    if not record["days"]:
        return f"of {escape(record['stage'])}, the stage of today, it holds no day: that part is prior."
    held = f"{_count(round(record['days']), 'day')} and {_count(record['steps'], 'step')} out of it"
    return f"of {escape(record['stage'])}, the stage of today, it holds {held}."


def _count(number: int, name: str) -> str:
    return f"{number:,} {name}" + ("" if number == 1 else "s")


def _points(change: float) -> str:
    return f"{change:+.2f}" if abs(change) >= 0.005 else f"{change:+.3f}"


def _lay(rows: Sequence[Sequence[str]], left: int = 1) -> Iterator[str]:
    """Lay rows out in columns, the first `left` of them to the left and the others to the right."""
    widths = [max(map(count_columns, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            pad(cell, width) if at < left else " " * (width - count_columns(cell)) + cell
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield ("  " + "  ".join(cells)).rstrip()


def _render_news(plain: Plain) -> list[str]:
    news = plain["news"]
    rows = [("day", "time", "before", "after", "news", "expected", "bits")]
    told: list[Sequence[str]] = [()]
    for row in news["rows"]:
        known = ["-", "-"] if row["expected"] is None else [decimal(row["expected"]), f"{row['surprise'] or 0.0:.1f}"]
        rows.append(
            (row["day"], f"{row['time']:+.3f}", f"{row['p_before']:.3f}", f"{row['p_after']:.3f}",
             f"{row['impact']:+.3f}", *known)
        )  # fmt: skip
        steps = [step["says"] for step in row["steps"]]
        told.append(
            [
                *([f"came: {escape(', '.join(steps))}"] if steps else []),
                f"{', '.join(map(escape, row['facts']))} ({', '.join(map(escape, row['sources']))})",
            ]
        )
    lines = ["by news", f"  P on {news['since']}: {news['p_start']:.3f}"]
    for line, texts in zip(_lay(rows), told, strict=True):
        lines += [line, *(more for text in texts for more in wrap(text, " " * 6, " " * 8))]
    error = "" if news["mcse"] is None else f" ± {max(news['mcse'], 0.001):.3f} (Monte Carlo error)"
    lines += [f"  time since then: {news['time_after']:+.3f}", f"  P on {plain['as_of']}: {news['p_end']:.3f}{error}"]
    whole = news["p_end"] - news["p_start"]
    lines.append(f"  in all {whole:+.3f}: time passing {news['time']:+.3f}, news {news['news']:+.3f}")
    return [*lines, *wrap(NOTE_NEWS.format(start=news["days"]["from"], until=news["days"]["until"]), "  ")]


def name_source(row: Plain) -> str:
    """Name a source by its publisher and day."""
    if not row["publisher"]:
        return escape(row["source"])
    return f"{escape(row['publisher'])}, {row['date']}"


def _render_sources(plain: Plain) -> list[str]:
    sources = plain["source"]
    head = ["source", "facts", "without", "P less that", "share"]
    rows = [head + (["±"] if sources["is_sampled"] else [])]
    for row in sources["rows"]:
        name = name_source(row) + (" *" if row["repairs"] else "")
        cells = [
            name,
            str(row["facts"]),
            f"{row['p_without']:.3f}",
            f"{row['left_out']:+.3f}",
            f"{row['shapley']:+.3f}",
        ]
        rows.append(cells + ([f"{row['mcse']:.3f}"] if sources["is_sampled"] else []))
    lines = ["by source", *_lay(rows)]
    lines.append(
        f"  P without any source: {sources['p_none']:.3f}; {sources['coalitions']} coalitions, of which "
        f"{sources['repaired']} had to be mended"
    )
    for row in sources["rows"]:
        for repair in row["repairs"]:
            lines += wrap(f"* without {name_source(row)}: {escape(repair)}", "  ", " " * 4)
    return [*lines, *wrap(NOTE_SOURCES, "  ")]


def _render_record(plain: Plain) -> list[str]:
    record = plain["record"]
    lines = ["by record"]
    lines += wrap(
        f"Of {_count(record['parameters'], 'parameter')} the record taught about {record['taught']:.1f}, the sum of "
        f"how far the variance of each shrank; {_say_today(record)} P from the priors alone: {record['p_prior']:.3f}.",
        "  ",
    )
    most = [f"{escape(row['label'])} {row['contraction']:.0%}" for row in record["rows"][:CONTRACTED]]
    lines += wrap(f"learned most: {', '.join(most)}", "  ", " " * 4)
    shares = sorted(record["spread"].items(), key=lambda item: (item[0] == "together", -item[1]))
    said = ", ".join(f"{name} {max(share, 0.0):.0%}" for name, share in shares)
    lines += wrap(f"whose spread the 90% band is: {said}", "  ", " " * 4)
    return lines


def _render_beliefs(plain: Plain) -> list[str]:
    belief = plain["belief"]
    rows = [("one quantity known", "low", "P", "high", "P")]
    for swing in belief["swings"][:SWINGS]:
        found = ["-" if swing[end] is None else f"{swing[end]:.3f}" for end in ("p_low", "p_high")]
        rows.append((escape(swing["key"]), f"{swing['low']:.4g}", found[0], f"{swing['high']:.4g}", found[1]))
    lines = ["by belief", *_lay(rows)]
    if (more := len(belief["swings"]) - SWINGS) > 0:
        lines.append(f"  and {more} more, in explain.json")
    if belief["groups"]:
        parts = ", ".join(f"{name} {change:+.3f}" for name, change in belief["groups"].items())
        way = f"from the constant rate, {belief['base_rate']:.3f}, to P, {plain['p']:.3f}: {parts}"
        lines += [*wrap(way, "  ", " " * 4), *wrap(NOTE_BELIEF, "  ")]
    return lines
