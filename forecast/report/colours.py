"""The colours of figures and of the page, by what they are for.

Hues are of Okabe & Ito (2008, https://jfly.uni-koeln.de/color/) for places, where the event happens; stages, the
waiting, are one ramp of blue-grey. Both differ in lightness as well, and everything is labelled.
`tests/plots/test_plots_colours.py` holds them apart for those who are blind to red, green or blue.
"""

from __future__ import annotations

from collections.abc import Sequence

INK, SOFT, FAINT = "#1b1f24", "#5d6670", "#d9dde2"
PRIOR = "#9aa2ab"
POSTERIOR = "#0072b2"
PLACE_COLOURS = ("#d55e00", "#f0b13c", "#009e73", "#cc79a7", "#7b3294", "#56b4e9", "#8c510a", "#0b5d3b")
STAGE_COLOURS = ("#e6ebf0", "#b4c6d6", "#7b9cba", "#46739b", "#1d4a73")  # from the resting stage on

# What the page is drawn in, by the name of its CSS variable: on white, and on a dark ground.
LIGHT = {
    "paper": "#ffffff",
    "card": "#f4f6f8",
    "ink": INK,
    "soft": SOFT,
    "faint": FAINT,
    "accent": "#005a8f",
    "good": "#0a6b43",
    "bad": "#a3281c",
}
DARK = {
    "paper": "#14181d",
    "card": "#1d232a",
    "ink": "#e8ecf0",
    "soft": "#a7b0bb",
    "faint": "#39424c",
    "accent": "#7cc0ee",
    "good": "#63cf9c",
    "bad": "#ff9a8d",
}
DARK_STAGES = ("#2a323b", "#3f5266", "#567594", "#7fa3c6", "#b9d2ea")
DARK_PLACES = ("#ef7d2b", "#f5c25c", "#22b58c", "#dd95bf", "#b487d6", "#7cc8f4", "#c58a45", "#fff0c3")


def mix_ramp(ramp: Sequence[str], count: int) -> list[str]:
    """Return so many colours along a ramp, evenly spaced from its first to its last.

    Examples
    --------
    >>> mix_ramp(("#000000", "#ffffff"), 3)
    ['#000000', '#808080', '#ffffff']
    """
    found = []
    for number in range(count):
        at = number / max(1, count - 1) * (len(ramp) - 1)
        left = min(int(at), len(ramp) - 2)
        pair = zip(_parts(ramp[left]), _parts(ramp[left + 1]), strict=True)
        found.append("#" + "".join(f"{round(low + (high - low) * (at - left)):02x}" for low, high in pair))
    return found


def _parts(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[start : start + 2], 16) for start in (1, 3, 5))


def contrast(colour: str, ground: str) -> float:
    """Return the contrast of two colours, 1 to 21, as WCAG 2.2 defines it.

    Examples
    --------
    >>> contrast("#000000", "#ffffff")
    21.0
    """
    light, dark = sorted((_luminance(colour), _luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    linear = [(x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4) for x in (p / 255 for p in _parts(colour))]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
