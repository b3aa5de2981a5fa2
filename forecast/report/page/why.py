"""Why P is what it is, and what to watch, as parts of a page.

Receives plain values of an explanation and of signposts. Hands on HTML.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forecast.report.explain import NOTE_BELIEF, NOTE_SOURCES, SWINGS, name_source, write_paragraph
from forecast.report.lines import decimal
from forecast.report.page.html import Html, fold, prose, table, tag
from forecast.report.signposts import LEAST

Plain = Mapping[str, Any]


def write_why(found: Plain) -> Html:
    """Say why P is what it is: a paragraph, and what each day of news, each source and each belief did.

    Parameters
    ----------
    found : dict
        `Explanation.to_dict()`; or ``without``, which says why there is none.
    """
    parts: list[Html] = []
    if "without" in found:
        parts.append(tag("p", f"This answer could not be taken apart: {found['without']}"))
    else:
        parts.append(tag("p", prose(write_paragraph(found))))
        parts += [fold(title, *inside) for title, inside in _list_views(found)]
        parts.append(tag("p", "These P are of the quick engine, whose draws are fewer.", class_="soft"))
    return tag("section", tag("h2", "Why", id="why"), *parts, aria_labelledby="why")


def _list_views(found: Plain) -> list[tuple[str, list[Html]]]:
    views: list[tuple[str, list[Html]]] = []
    if news := found.get("news"):
        told = [
            (
                prose(row["day"]),
                f"{row['p_before']:.3f}",
                f"{row['p_after']:.3f}",
                f"{row['impact']:+.3f}",
                _say_news(row),
            )
            for row in news["rows"]
        ]
        heads = ("day", "before", "after", "news", "what became public")
        said = f"P was {decimal(news['p_start'])} on {news['since']}; time passing made {news['time']:+.3f} of it, "
        said += f"news {news['news']:+.3f}. Each row is a day of news: P on its eve and in its evening."
        views.append(("By news", [tag("p", prose(said)), table("P day by day of news", heads, told)]))
    if sources := found.get("source"):
        each = [
            (name_source(row), row["facts"], f"{row['p_without']:.3f}", f"{row['shapley']:+.3f}")
            for row in sources["rows"]
        ]
        columns = ("source", "facts", "P without it", "share")
        parts = [table("What each source adds to P", columns, each), tag("p", f"{NOTE_SOURCES}.", class_="soft")]
        views.append(("By source", parts))
    if belief := found.get("belief"):
        swings = [(row["key"].removeprefix("priors."), *_ends(row)) for row in belief["swings"][:SWINGS]]
        known = ("what is known", "low", "P", "high", "P")
        parts = [table("P if one belief were known to be at an end of its interval", known, swings)]
        if belief["groups"]:
            grouped = [(name, f"{change:+.3f}") for name, change in belief["groups"].items()]
            way = f"From the constant rate, {belief['base_rate']:.3f}, to P"
            parts += [table(way, ("", "change"), grouped), tag("p", f"{NOTE_BELIEF}.", class_="soft")]
        views.append(("By belief", parts))
    return views


def _say_news(row: Plain) -> str:
    steps = [step["says"] for step in row["steps"]]
    return "; ".join([*steps, ", ".join(row["facts"])])


def _ends(row: Plain) -> list[str]:
    said = []
    for end in ("low", "high"):
        p = row[f"p_{end}"]
        said += [f"{row[end]:.4g}", "–" if p is None else decimal(p)]
    return said


def write_watch(found: Plain) -> Html | None:
    """Say what to watch, the most informative step first; nothing where a question has no such steps."""
    if "without" in found:
        return None
    rows = [
        (
            row["says"],
            decimal(row["chance"]),
            *(_if(row[name]) for name in ("p_if", "p_if_not")),
            f"{row['information']:.3f}",
        )
        for row in found["rows"]
        if row["chance"] >= LEAST
    ]
    heads = ("step", "chance", "P if it comes", "P if not", "bits")
    said = f"What may become public by {found['until']}, and what P becomes then; what tells most comes first."
    note = "A bit is what the answer to one even question tells. P if it comes and P if not average to P by the chance."
    parts = [tag("p", prose(said)), table("Steps to watch", heads, rows), tag("p", note, class_="soft")]
    return tag("section", tag("h2", "What to watch", id="watch"), *parts, aria_labelledby="watch")


def _if(p: float | None) -> str:
    return "–" if p is None else decimal(round(p, 6))
