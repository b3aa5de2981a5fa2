"""Fonts: which of those installed have the letters of a text, and what is said where none has them."""

from __future__ import annotations

import logging
import unicodedata
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache, lru_cache

import numpy as np
from matplotlib import rc_context
from matplotlib.font_manager import findSystemFonts, fontManager
from matplotlib.ft2font import FT2Font

from forecast.plots.given import Array

logger = logging.getLogger(__name__)

FONT = "DejaVu Sans"  # comes with Matplotlib, so a figure looks the same everywhere
_FIRST = ("Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", "WenQuanYi Zen Hei")
_BOXES = "Last Resort"  # a font of nothing but boxes, which claims every letter
_SHOWN = 8  # letters that a warning shows
_UNSEEN = ("Cc", "Cf", "Zl", "Zp")  # Unicode's categories of what is not drawn: controls, joiners, breaks


_told: list[str] = []  # letters of which it was said that no font has them


@lru_cache(maxsize=4096)
def choose_fonts(text: str) -> tuple[str, ...]:
    """Return the families that a text is drawn with: `FONT`, and for letters that it lacks, installed ones with them.

    Letters that no font has are drawn as boxes, which is said once.

    Examples
    --------
    >>> choose_fonts("The minister visits Владивосток")
    ('DejaVu Sans',)
    """
    if text.isascii():
        return (FONT,)
    chosen, lacking = _find_families(text)
    if lacking and _add_new_fonts():
        chosen, lacking = _find_families(text)
    if lacking:
        _tell_of_boxes(lacking)
    return chosen


def _find_families(text: str) -> tuple[tuple[str, ...], str]:
    """Return the families that a text needs, in the order in which they are tried, and the letters that none has."""
    lacking = np.array([ord(letter) for letter in text if unicodedata.category(letter) not in _UNSEEN], int)
    chosen = []
    for family in _list_families():
        left = np.setdiff1d(lacking, _read_letters(family))
        if left.size < lacking.size or family == FONT:
            chosen.append(family)
            lacking = left
        if not lacking.size:
            break
    return tuple(chosen), "".join(map(chr, lacking))


@cache
def _add_new_fonts() -> bool:
    """Add fonts that were installed after Matplotlib listed them, once a process, and tell whether there are any."""
    known = {str(entry.fname) for entry in fontManager.ttflist}
    new = [path for path in findSystemFonts() if path not in known]
    for path in new:
        with suppress(OSError, RuntimeError):  # no font, or a damaged one
            fontManager.addfont(path)
    _list_families.cache_clear()
    return bool(new)


@cache
def _list_families() -> dict[str, str]:
    """List the installed families in the order in which they are tried, each with a file of its letters."""
    files = {entry.name: entry.fname for entry in reversed(fontManager.ttflist) if not entry.name.startswith(_BOXES)}
    rest = sorted(files, key=lambda name: (not name.startswith("Noto Sans"), name))
    return {name: files[name] for name in (FONT, *_FIRST, *rest) if name in files}


@cache
def _read_letters(family: str) -> Array:
    """Return the code points of the letters that a family has."""
    try:
        return np.fromiter(FT2Font(_list_families()[family]).get_charmap(), int)
    except (OSError, RuntimeError):  # Matplotlib's list of fonts is older than the file's end
        return np.array([], int)


def _tell_of_boxes(letters: str) -> None:
    if _told:
        return
    _told.append(letters)
    some = letters if len(letters) <= _SHOWN else f"{letters[:_SHOWN]} and {len(letters) - _SHOWN} other letters"
    logger.warning(f"no installed font has {some}: boxes are drawn instead. Noto Sans has most of the world's letters")


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
