"""HTML that can only hold what was meant: every text is escaped where it enters, once.

Receives texts and other `Html`. Hands on `Html`, a text that is safe to write into a page as it is.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

from forecast.errors import escape

EMPTY = frozenset({"meta", "input", "br", "line", "path", "rect", "circle", "use"})  # elements without contents
DATE = re.compile(r"(\b\d{4}-\d{2}-\d{2}\b)")
CONTROLS = "\n\t"  # letters below the blank that a text may hold


class Html(str):
    """A text that is HTML already."""

    __slots__ = ()


def text(value: object) -> Html:
    """Return a value as text that a page shows as it is; what would act and not be seen is written out.

    Examples
    --------
    >>> text("<script>alert('hi')</script>")
    '&lt;script&gt;alert(&#x27;hi&#x27;)&lt;/script&gt;'
    """
    if isinstance(value, Html):
        return value
    plain = str(value)
    if not plain.isprintable():
        plain = "".join(letter if letter.isprintable() or letter in CONTROLS else escape(letter) for letter in plain)
    return Html(html.escape(plain))


def join(parts: Iterable[object], between: str = "") -> Html:
    """Put parts in a row."""
    return Html(text(between).join(map(text, parts)))


def tag(name: str, /, *children: object, **attributes: object) -> Html:
    """Write an element; a child that is None is left out, and so is an attribute that is None or False.

    Names of attributes have ``_`` for ``-``, and one at the end where Python has the word.

    Examples
    --------
    >>> tag("p", "5 < 6", class_="note", hidden=True)
    '<p class="note" hidden>5 &lt; 6</p>'
    """
    written = "".join(
        f" {_name(key)}" if value is True else f' {_name(key)}="{text(value)}"'
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in EMPTY:
        return Html(f"<{name}{written}>" if name in ("meta", "input", "br") else f"<{name}{written}/>")
    inside = "".join(text(child) for child in children if child is not None)
    return Html(f"<{name}{written}>{inside}</{name}>")


def _name(key: str) -> str:
    key = key.rstrip("_")
    return key if key in ("viewBox", "preserveAspectRatio", "textLength") else key.replace("_", "-")


def table(caption: str, heads: Sequence[object], rows: Iterable[Sequence[object]]) -> Html:
    """Write a table, whose first column names its rows; on a narrow screen it can be moved sideways."""
    body = [
        tag("tr", *(tag("th", cell, scope="row") if not column else tag("td", cell) for column, cell in enumerate(row)))
        for row in rows
    ]
    head = tag("tr", *(tag("th", name, scope="col") if name else tag("td") for name in heads))
    whole = tag("table", tag("caption", caption), tag("thead", head), tag("tbody", *body))
    return tag("div", whole, class_="scroll", role="region", aria_label=caption, tabindex="0")


def fold(summary: object, *children: object, **attributes: object) -> Html:
    """Write something that opens when its summary is chosen."""
    return tag("details", tag("summary", summary), *children, **attributes)


def items(parts: Iterable[object], **attributes: object) -> Html:
    """Write a list."""
    return tag("ul", *(tag("li", prose(part)) for part in parts), **attributes)


def prose(words: object) -> Html:
    """Return a text whose dates are not broken at the ends of lines.

    Examples
    --------
    >>> prose("by 2025-05-31 & then")
    'by <time>2025-05-31</time> &amp; then'
    """
    if isinstance(words, Html):
        return words
    parts = DATE.split(str(words))
    return join(tag("time", part) if place % 2 else part for place, part in enumerate(parts))
