"""How wide a table is, and how its numbers and its long lines are written.

Widths are counted in columns of a terminal: a Chinese or Japanese letter takes two, an accent by itself none.
"""

from __future__ import annotations

import unicodedata

WIDTH = 110  # columns


def count_columns(text: str) -> int:
    """Count the columns that a text takes.

    >>> [count_columns(text) for text in ("Oslo", "奥斯陆", "Осло")]
    [4, 6, 4]
    """
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.category(letter) in ("Mn", "Me") else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def say_days(last: object, earliest: object | None) -> str:
    """Name a day, or those on one of which something was.

    >>> say_days("2015-04-30", "2015-03-01")
    'a day of 2015-03-01 to 2015-04-30'
    """
    return str(last) if earliest is None else f"a day of {earliest} to {last}"


def pad(text: str, width: int) -> str:
    """Fill a text up with blanks on its right.

    >>> pad("北京", 6) + "|"
    '北京  |'
    """
    return text + " " * (width - count_columns(text))


def wrap(text: str, first: str = " " * 4, then: str | None = None, width: int = WIDTH) -> list[str]:
    """Break a text into lines no wider than `width`, with something before the first and before all others.

    Between words, and where a script does without blanks between any two letters.

    >>> wrap("Nothing is announced.", "- ", "  ", 16)
    ['- Nothing is', '  announced.']
    """
    lines, line = [], first
    then, room = first if then is None else then, width
    begun = False
    for word in text.split():
        while word:
            gap = " " if begun else ""
            if count_columns(line + gap + word) <= room:
                line, word, begun = line + gap + word, "", True
                continue
            if not begun or _is_wide(word[0]):
                fits = _count_fitting(word, room - count_columns(line + gap), least=not begun)
                line, word, begun = line + gap * bool(fits) + word[:fits], word[fits:], True
            if word:
                lines.append(line)
                line, begun = then, False
    return [*lines, line] if begun else lines


def _is_wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in "WF"


def _count_fitting(word: str, room: int, *, least: bool) -> int:
    """Count the first letters of a word that fit, at least one if told so."""
    count = 0
    while count < len(word) and count_columns(word[: count + 1]) <= room:
        count += 1
    return max(count, 1) if least else count


def decimal(share: float) -> str:
    """Write a probability as a number, with three places where two would claim 0 or 1.

    Examples
    --------
    >>> [decimal(share) for share in (0.426, 0.997, 0.003, -1e-17)]
    ['0.43', '0.997', '0.003', '0.00']
    """
    share = max(share, 0.0)  # a difference of two sums may end a rounding error below
    return f"{share:.2f}" if 0.01 <= share <= 0.99 or share in (0, 1) else f"{share:.3f}"


def with_error(share: float, mcse: float) -> str:
    """Write a probability with its Monte Carlo error.

    Examples
    --------
    >>> with_error(0.4254, 0.0015), with_error(0.4254, 0.0002)
    ('0.43 ± 0.002', '0.43 ± <0.001')
    """
    return f"{decimal(share)} ± {f'{mcse:.3f}' if mcse >= 0.0005 else '<0.001' if mcse > 0 else '0'}"


def plain_number(value: float) -> str:
    """Write a number without powers of ten.

    Examples
    --------
    >>> [plain_number(value) for value in (1447.2, 38.21, 0.0312, 0.00001, 0)]
    ['1,447', '38.2', '0.0312', '<0.001', '0']
    """
    if 0 < value < 0.001:
        return "<0.001"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
