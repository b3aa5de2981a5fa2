"""How wide a table is, and how its numbers and its long lines are written."""

from __future__ import annotations

import textwrap

WIDTH = 110  # characters


def wrap(text: str) -> list[str]:
    """Break a text into lines that stand below a heading."""
    return textwrap.wrap(text, WIDTH, initial_indent=" " * 4, subsequent_indent=" " * 4)


def decimal(share: float) -> str:
    """Write a probability as a number, with three places where two would claim 0 or 1.

    Examples
    --------
    >>> [decimal(share) for share in (0.426, 0.997, 0.003)]
    ['0.43', '0.997', '0.003']
    """
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
