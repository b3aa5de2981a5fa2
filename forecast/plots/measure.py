"""How wide a text is, and texts cut or broken to a width: at a word's end, or at a letter's where words are long."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache, lru_cache
from itertools import accumulate

from matplotlib.font_manager import FontProperties, findfont
from matplotlib.ft2font import FT2Font, LoadFlags
from matplotlib.textpath import text_to_path

from forecast.plots.fonts import FONT, choose_fonts, no_warnings

_SIZE = 100.0  # points at which letters are measured
_ELLIPSIS = " …"


@lru_cache(maxsize=4096)
def text_width(text: str, size: float, bold: bool = False) -> float:
    """Return the width of a line of text in points."""
    prop = FontProperties(family=choose_fonts(text), size=size, weight="bold" if bold else "normal")
    with no_warnings():
        return float(text_to_path.get_text_width_height_descent(text, prop, ismath=False)[0])


def shorten(text: str, width: float, size: float, bold: bool = False) -> str:
    """Cut a text to `width` points, at a word if there is one to cut at, and show the cut by an ellipsis."""
    text = " ".join(text.split())
    if _sum_letters(text, size, bold) <= width:
        return text
    head = _take(text, width - text_width(_ELLIPSIS, size, bold), size, bold)
    return (head.rstrip(",;:. ") + _ELLIPSIS).lstrip()


def fold(text: str, width: float, size: float, most: int) -> list[str]:
    """Break a text into lines of `width` points, at most so many; the last is cut if the text goes on after it.

    Examples
    --------
    >>> fold("Two capitals announce that the leader comes to see the other", 150.0, 6.5, 9)
    ['Two capitals announce that the leader comes', 'to see the other']
    """
    rest, lines = " ".join(text.split()), list[str]()
    while len(lines) < most - 1 and _sum_letters(rest, size) > width:
        head = _take(rest, width, size)
        lines.append(head.rstrip())
        rest = rest[len(head) :].lstrip()
    return [*lines, shorten(rest, width, size)]


def _take(text: str, width: float, size: float, bold: bool = False) -> str:
    """Return as much of a text as fits, and a letter of it at least."""
    for parts in (re.findall(r"\s*\S+", text), list(text)):  # words, or else letters, as where no spaces part words
        ends = [*accumulate(_sum_letters(part, size, bold) for part in parts)]
        fits = bisect_right(ends, width)
        if fits and ends[fits - 1] > width / 2:
            break
    return "".join(parts[: max(fits, 1)])


def _sum_letters(text: str, size: float, bold: bool = False) -> float:
    """Return the width of a text; of plain letters as their sum, which takes a hundredth of the time."""
    if not text.isascii():
        return text_width(text, size, bold)
    return sum(_letter_width(letter, bold) for letter in text) * size / _SIZE


@cache
def _letter_width(letter: str, bold: bool) -> float:
    return float(_load_font(bold).load_char(ord(letter), flags=LoadFlags.NO_HINTING).linearHoriAdvance) / 65536


@cache
def _load_font(bold: bool) -> FT2Font:
    font = FT2Font(findfont(FontProperties(family=FONT, weight="bold" if bold else "normal")))
    font.set_size(_SIZE, 72)
    return font
