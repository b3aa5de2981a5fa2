"""The look that the figures share: colours by place and by stage, sizes, and small drawing steps.

Hues are of Okabe & Ito (2008, https://jfly.uni-koeln.de/color/) for places, where the event happens; stages, the
waiting, are one ramp of blue-grey from light to dark. Both differ in lightness as well, and everything is labelled.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Literal

from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path
from matplotlib.ticker import MaxNLocator

from forecast.plots import words
from forecast.plots.fonts import FONT, choose_fonts, no_warnings
from forecast.plots.given import Given

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DPI = 144
INK, SOFT, FAINT = "#1b1f24", "#5d6670", "#d9dde2"
PRIOR = "#9aa2ab"
POSTERIOR = "#0072b2"
PLACE_COLOURS = ("#d55e00", "#f0b13c", "#009e73", "#cc79a7", "#7b3294", "#56b4e9", "#8c510a", "#b8c04a")
STAGE_RAMP = LinearSegmentedColormap.from_list("stages", ["#e6ebf0", "#b4c6d6", "#7b9cba", "#46739b", "#1d4a73"])
_MARGINS = 40.0  # points, left and right of the source line
TITLE, BODY, SMALL, TINY = 13.0, 9.0, 7.5, 6.5  # points

HEADLINES = 43.0  # points that title and subtitle need
END_GAP = 11.0  # points between labels at the right edge


def new_figure(width: float, height: float, *, dpi: float = DPI) -> Figure:
    """Make a white figure of so many inches, without pyplot."""
    return Figure(figsize=(width, height), dpi=dpi, facecolor="white")


def place_colours(names: Sequence[str]) -> dict[str, str]:
    """Give each place its colour, by its position in the question."""
    return {name: PLACE_COLOURS[index % len(PLACE_COLOURS)] for index, name in enumerate(names)}


def stage_colours(names: Sequence[str]) -> dict[str, str]:
    """Give each stage its colour: the further on, the darker."""
    return {name: to_hex(STAGE_RAMP(index / max(1, len(names) - 1))) for index, name in enumerate(names)}


def look(text: str, **how: Any) -> dict[str, Any]:
    """Return how a text is written, `how` on top: with fonts that have its letters. Dollars are dollars, not maths."""
    return {"fontsize": SMALL, "color": INK, "family": choose_fonts(text), "parse_math": False} | how


@lru_cache(maxsize=4096)
def text_width(text: str, size: float, bold: bool = False) -> float:
    """Return the width of a line of text in points."""
    prop = FontProperties(family=choose_fonts(text), size=size, weight="bold" if bold else "normal")
    with no_warnings():
        return float(text_to_path.get_text_width_height_descent(text, prop, ismath=False)[0])


def shorten(text: str, width: float, size: float, bold: bool = False) -> str:
    """Cut a text to `width` points, at a word if there is one to cut at, and show the cut by an ellipsis."""
    text = " ".join(text.split())
    if text_width(text, size, bold) <= width:
        return text
    kept, room = _cut(text.split(" "), " ", width, size, bold)
    if room > width / 2:  # as where words are not parted by spaces
        kept, _ = _cut(list(text), "", width, size, bold)
    return kept


def _cut(parts: Sequence[str], joint: str, width: float, size: float, bold: bool) -> tuple[str, float]:
    """Keep as many parts as fit; return them with an ellipsis, and the points that are left."""
    end = " …"
    start = text_width(end, size, bold) - text_width(joint, size, bold)  # nothing joins the first
    ends = [*accumulate((text_width(joint + part, size, bold) for part in parts), initial=start)]
    fits = max(bisect_right(ends, width) - 1, 0)
    return (joint.join(parts[:fits]).rstrip(",;:. ") + end).lstrip(), width - ends[fits]


def write(ax: Axes, at: tuple[float, float], text: str, *, shift: tuple[float, float] = (0, 0), **how: Any) -> Any:
    """Write at a fraction of the axes, shifted by points; `how` goes to the text."""
    return ax.annotate(
        text, at, shift, xycoords="axes fraction", textcoords="offset points", annotation_clip=False,
        **look(text, **how),
    )  # fmt: skip


def name_axis(ax: Axes, side: Literal["x", "y"], text: str) -> None:
    """Write what an axis shows along it."""
    axis = ax.xaxis if side == "x" else ax.yaxis
    axis.set_label_text(text, **look(text))


def entitle(ax: Axes, title: str, subtitle: str, *, left: float = 0.0, up: float = 12.0) -> None:
    """Write title and subtitle above the axes, `left` and `up` points away from its upper left corner."""
    write(ax, (0, 1), subtitle, shift=(left, up), fontsize=BODY, color=SOFT, va="bottom")
    room = (ax.figure.bbox.width - ax.bbox.x0) * 72 / ax.figure.dpi - left - 10
    title, size = fit_title(title, room)
    write(ax, (0, 1), title, shift=(left, up + 15), fontsize=size, fontweight="bold", va="bottom")


def sign(ax: Axes, result: Given, *, down: float, right: float = 0.0, taken: float = 0.0) -> None:
    """Write the source line `down` points below the axes, flush right, and before it whatever is supposed.

    `taken` is how many points at the left are in use.
    """
    line = words.describe_origin(result)
    if supposed := words.list_suppositions(result):
        room = float(ax.figure.bbox.width) * 72 / ax.figure.dpi - text_width(line, TINY) - _MARGINS - taken
        line = f"{shorten(f'supposing {"; ".join(supposed)}', room, TINY)} · {line}"
    write(ax, (1, 0), line, shift=(right, -down), fontsize=TINY, color=SOFT, ha="right", va="top")


def name_rows(ax: Axes, heights: Sequence[float], names: Sequence[str], how: Sequence[dict[str, Any]] = ()) -> None:
    """Write a name left of the axes at each height; `how` may change a row's text. Ticks would take twice as long."""
    ax.yaxis.set_visible(False)
    across = ax.get_yaxis_transform()
    for row, (height, name) in enumerate(zip(heights, names, strict=True)):
        ax.annotate(
            name, (0, height), (-5, 0), xycoords=across, textcoords="offset points", ha="right", va="center",
            annotation_clip=False, label="row", **look(name, **(how[row] if how else {})),
        )  # fmt: skip


def write_swatches(ax: Axes, colours: Mapping[str, str], *, at: tuple[float, float]) -> None:
    """Write names in a row, each behind a square of its colour, so many points from the axes' upper left corner."""
    y = at[1]
    for index, (name, colour) in enumerate(colours.items()):
        x = at[0] + measure_swatches([*colours][:index])
        write(ax, (0, 1), "\N{BLACK SQUARE}", shift=(x, y), color=colour, fontsize=BODY)
        write(ax, (0, 1), words.spell(name), shift=(x + 10, y))


def measure_swatches(names: Iterable[str]) -> float:
    """Return the points that `write_swatches` needs."""
    return sum(24 + text_width(words.spell(name), SMALL) for name in names)


def give_headroom(ax: Axes, points: float) -> None:
    """Lower the top of the axes until so many points are free above it in the figure."""
    box = ax.get_position()
    top = 1 - points / (ax.figure.bbox.height * 72 / ax.figure.dpi)
    ax.set_position((box.x0, box.y0, box.width, top - box.y0))


@dataclass(frozen=True)
class EndLabel:
    """What is written at the right edge beside a height of the y axis; `order` ranks it when room is short."""

    text: str
    height: float
    colour: str
    order: float = 0.0
    bold: bool = False


def name_ends(ax: Axes, labels: Sequence[EndLabel], *, leader: float) -> None:
    """Write labels right of the axes, moved apart where they would overlap, each with a leader to its height."""
    low, high = ax.get_ylim()
    width, height = width_in_points(ax), height_in_points(ax)
    room = int(height / END_GAP)
    kept = sorted(range(len(labels)), key=lambda index: labels[index].order)[:room]
    shown = [label for index, label in enumerate(labels) if index in kept]
    at = [(label.height - low) / (high - low) * height for label in shown]
    placed = spread(at, END_GAP, (END_GAP / 2, height - END_GAP / 2))
    lines = [[(1, y / height), (1 + (leader - 3) / width, moved / height)] for y, moved in zip(at, placed, strict=True)]
    colours = [label.colour for label in shown]
    ax.add_collection(
        LineCollection(lines, colors=colours, linewidths=1.5, transform=ax.transAxes, clip_on=False, label="leaders"),
        autolim=False,
    )
    for label, moved in zip(shown, placed, strict=True):
        write(ax, (1, 0), label.text, shift=(leader, moved - 2.7), fontweight="bold" if label.bold else "normal")


def dress(ax: Axes, *, grid: Literal["x", "y"] | None = None) -> None:
    """Take away the box, quieten the ticks, and lay a faint grid along `grid` (``x``, ``y`` or none).

    Before ticks are set: each that exists would have to be changed.
    """
    for side, spine in ax.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(SOFT)
    ax.tick_params(colors=SOFT, labelcolor=INK, labelsize=SMALL, length=3, labelfontfamily=FONT)
    ax.set_axisbelow(True)
    if grid:
        ax.grid(axis=grid, color=FAINT, linewidth=0.6)


def scale_in_percent(ax: Axes) -> None:
    """Put a handful of round percentages on the y axis."""
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.yaxis.set_major_formatter(words.tick_percent)


def choose_reach(most: float) -> float:
    """Return the end of an axis of probabilities: room for what is written right of the largest, but at most 1."""
    return 1.0 if 1.15 * most > 0.8 else 1.15 * most


def left_margin(ax: Axes) -> float:
    """Return the points left of the axes in the figure."""
    return float(ax.bbox.x0 * 72 / ax.figure.dpi)


def height_in_points(ax: Axes) -> float:
    """Return the height of the axes in points."""
    return float(ax.bbox.height * 72 / ax.figure.dpi)


def width_in_points(ax: Axes) -> float:
    """Return the width of the axes in points."""
    return float(ax.bbox.width * 72 / ax.figure.dpi)


def fit_title(title: str, width: float) -> tuple[str, float]:
    """Return a title and its size such that it fits so many points: smaller if need be, and only then cut."""
    size = TITLE
    while size > BODY and text_width(title, size, bold=True) > width:
        size -= 0.5
    return shorten(title, width, size, bold=True), size


def spread(wanted: Sequence[float], gap: float, bounds: tuple[float, float]) -> list[float]:
    """Move positions apart by at least `gap`, within bounds, in their order and as little as a sweep allows.

    Examples
    --------
    >>> spread([0.0, 0.1, 5.0], 1.0, (0.0, 10.0))
    [0.0, 1.0, 5.0]
    """
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    placed = [max(bounds[0], min(bounds[1], wanted[index])) for index in order]
    for index in range(1, len(placed)):
        placed[index] = max(placed[index], placed[index - 1] + gap)
    limit = bounds[1]
    for index in reversed(range(len(placed))):
        placed[index] = min(placed[index], limit)
        limit = placed[index] - gap
    by_index = dict(zip(order, placed, strict=True))
    return [by_index[index] for index in range(len(wanted))]
