"""Fonts: which of those installed have the letters of a text, and what is said where none has them."""

from __future__ import annotations

import logging
import unicodedata
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache

import numpy as np
from matplotlib import rc_context
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font

from forecast.plots.given import Array

logger = logging.getLogger(__name__)

FONT = "DejaVu Sans"  # comes with Matplotlib, so a figure looks the same everywhere
_FIRST = ("Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", "WenQuanYi Zen Hei")
_BOXES = "Last Resort"  # a font of nothing but boxes, which claims every letter
_UNSEEN = ("Cc", "Cf", "Zl", "Zp")  # Unicode's categories of what is not drawn: controls, joiners, breaks


@lru_cache(maxsize=4096)
def choose_fonts(text: str) -> tuple[str, ...]:
    """Return the families that a text is drawn with: `FONT`, and for letters that it lacks, installed ones with them.

    Letters that no font has are drawn as boxes, which is said once.

    Examples
    --------
    >>> choose_fonts("Kim visits Владивосток")
    ('DejaVu Sans',)
    """
    if text.isascii():
        return (FONT,)
    lacking = np.array([ord(letter) for letter in text if unicodedata.category(letter) not in _UNSEEN], int)
    lacking = np.setdiff1d(lacking, _read_letters(FONT))
    chosen = [FONT]
    for family in _list_families() if lacking.size else ():
        left = np.setdiff1d(lacking, _read_letters(family))
        if left.size < lacking.size:
            chosen.append(family)
            lacking = left
        if not lacking.size:
            break
    else:
        if lacking.size:
            _tell_of_boxes("".join(map(chr, lacking)))
    return tuple(chosen)


@cache
def _list_families() -> tuple[str, ...]:
    """List the installed families beside `FONT`, from those that are tried first."""
    names = {entry.name for entry in fontManager.ttflist if not entry.name.startswith(_BOXES)} - {FONT}
    rest = sorted(names - set(_FIRST), key=lambda name: (not name.startswith("Noto Sans"), name))
    return (*(name for name in _FIRST if name in names), *rest)


@cache
def _read_letters(family: str) -> Array:
    """Return the code points of the letters that a family has."""
    path = findfont(FontProperties(family=family), fallback_to_default=False)
    return np.fromiter(get_font(path).get_charmap(), np.int32)


_told: set[str] = set()


def _tell_of_boxes(letters: str) -> None:
    if not _told:
        logger.warning(
            f"no installed font has {letters}: boxes are drawn instead; Noto Sans has most of the world's letters"
        )
    _told.update(letters)


@contextmanager
def drawing() -> Iterator[None]:
    """Draw letters where they were measured, which is without hinting, and without warnings."""
    with rc_context({"text.hinting": "no_hinting"}), no_warnings():
        yield


@contextmanager
def no_warnings() -> Iterator[None]:
    """Keep Matplotlib from warning of each letter that no font has, again and again: `choose_fonts` says it once."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from", UserWarning)
        yield
