"""Letters as outlines: each is read from the font once, then measured, and drawn as a path at any size.

Matplotlib's own Agg renderer reads a letter from the font's file whenever it measures or draws one, which takes half
the time of all figures. What needs shaping (joined scripts, accents that combine) is left to it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties, findfont
from matplotlib.ft2font import FT2Font, Kerning, LoadFlags
from matplotlib.path import Path
from matplotlib.transforms import Affine2D

if TYPE_CHECKING:
    from matplotlib.ft2font import GlyphIndexType

Array = np.ndarray
FONT = "DejaVu Sans"  # comes with matplotlib, so a figure looks the same everywhere
_EM = 1000.0  # points at which outlines are read: fine enough for their coordinates, which are in 64ths
_UNSHAPED = re.compile("[ -\u02ff\u0370-\u0482\u048a-\u052f\u2010-\u2027\u2030-\u205e\u2190-\u25ff]*")


@dataclass(frozen=True)
class Letter:
    """A letter of the font: its glyph's number, how far it moves the pen, and its outline, in units of `_EM`."""

    glyph: GlyphIndexType
    advance: float
    vertices: Array
    codes: Array


@dataclass(frozen=True)
class Line:
    """A line of text as one path, and its measures, in units of `_EM`."""

    path: Path
    width: float
    top: float
    bottom: float  # below the baseline, so as a rule negative


@cache
def _open_font(bold: bool) -> FT2Font:
    font = FT2Font(findfont(FontProperties(family=FONT, weight="bold" if bold else "normal")))
    font.set_size(_EM, 72)
    return font


@cache
def _read_letter(letter: str, bold: bool) -> Letter:
    font = _open_font(bold)
    advance = font.load_char(ord(letter), flags=LoadFlags.NO_HINTING).linearHoriAdvance / 65536
    return Letter(font.get_char_index(ord(letter)), advance, *font.get_path())


@cache
def _kern(left: GlyphIndexType, right: GlyphIndexType, bold: bool) -> float:
    return _open_font(bold).get_kerning(left, right, Kerning.UNFITTED) / 64


def _move_pen(letters: Sequence[Letter], bold: bool) -> list[float]:
    """Return where each letter begins, and where the last one ends."""
    kerns = [*(_kern(left.glyph, right.glyph, bold) for left, right in pairwise(letters)), 0.0]
    moves = (letter.advance + kern for letter, kern in zip(letters, kerns, strict=False))
    return list(accumulate(moves, initial=0.0))


@lru_cache(maxsize=2048)
def lay_out(text: str, bold: bool = False) -> Line:
    """Lay a line of text out, with kerning, as one path that begins at 0 on the baseline."""
    letters = [_read_letter(letter, bold) for letter in text]
    pen = _move_pen(letters, bold)
    vertices = np.concatenate([letter.vertices for letter in letters])
    vertices[:, 0] += np.repeat(pen[:-1], [len(letter.vertices) for letter in letters])
    codes = np.concatenate([letter.codes for letter in letters])
    top, bottom = (vertices[:, 1].max(), vertices[:, 1].min()) if len(vertices) else (0.0, 0.0)
    return Line(Path(vertices, codes), pen[-1], float(top), float(bottom))


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Return the width of a line of text in points."""
    return _move_pen([_read_letter(letter, bold) for letter in text], bold)[-1] * size / _EM


def shorten(text: str, width: float, size: float, bold: bool = False) -> str:
    """Cut a text to `width` points at a word, and show the cut by an ellipsis."""
    text = " ".join(text.split())
    if text_width(text, size, bold) <= width:
        return text
    words = text.split(" ")
    while len(words) > 1 and text_width(" ".join(words).rstrip(",;:.") + " …", size, bold) > width:
        words.pop()
    return " ".join(words).rstrip(",;:.") + " …"


class OutlineRenderer(RendererAgg):
    """Matplotlib's Agg renderer, with text of our own font filled as paths."""

    def get_text_width_height_descent(self, s: str, prop: Any, ismath: Any) -> tuple[float, float, float]:
        """Return the measures of a line in pixels."""
        if ismath or not _UNSHAPED.fullmatch(s):
            return super().get_text_width_height_descent(s, prop, ismath)
        line, scale = lay_out(s, prop.get_weight() == "bold"), self._scale(prop)
        return line.width * scale, (line.top - line.bottom) * scale, -line.bottom * scale

    def draw_text(
        self, gc: Any, x: float, y: float, s: str, prop: Any, angle: float, ismath: Any = False, mtext: Any = None
    ) -> None:
        """Fill a line, its baseline beginning at x from the left and y from the top, in pixels."""
        if ismath or not _UNSHAPED.fullmatch(s):
            super().draw_text(gc, x, y, s, prop, angle, ismath, mtext)
            return
        turn = Affine2D().scale(self._scale(prop)).rotate_deg(angle).translate(x, self.height - y)
        gc.set_linewidth(0)
        gc.set_snap(False)
        self.draw_path(gc, lay_out(s, prop.get_weight() == "bold").path, turn, gc.get_rgb())

    def _scale(self, prop: Any) -> float:
        return self.points_to_pixels(prop.get_size_in_points()) / _EM
