"""The look that the figures share: colours by place and by stage, sizes, and small drawing steps.

The colours themselves are those of `forecast.report.colours`, which the page has too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap, to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from forecast.plots import words
from forecast.plots.fonts import FONT, choose_fonts
from forecast.plots.measure import shorten, text_width
from forecast.report import FAINT as FAINT  # the figures' as well as the page's
from forecast.report import INK as INK
from forecast.report import PLACE_COLOURS as PLACE_COLOURS
from forecast.report import POSTERIOR as POSTERIOR
from forecast.report import PRIOR as PRIOR
from forecast.report import SOFT as SOFT
from forecast.report import STAGE_COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DPI = 144
STAGE_RAMP = LinearSegmentedColormap.from_list("stages", STAGE_COLOURS)
PALER = 0.55  # what is left of a colour where it comes a second time
EDGE = 14.0  # points from the figure's left edge to its title and foot
FOOT_LINE = 9.0  # points from one line of the foot to the next
NAME = 150.0  # points that a name may take
TITLE, BODY, SMALL, TINY = 13.0, 9.0, 7.5, 6.5  # points

HEADLINES = 43.0  # points that title and subtitle need
END_GAP = 11.0  # points between labels at the right edge


def new_figure(width: float, height: float, *, dpi: float = DPI) -> Figure:
    """Make a white figure of so many inches, without pyplot."""
    return Figure(figsize=(width, height), dpi=dpi, facecolor="white")


def place_colours(names: Sequence[str]) -> dict[str, str]:
    """Give each place its colour, by its position in the question; where they begin again they are paler."""
    count = len(PLACE_COLOURS)
    return {name: _fade(PLACE_COLOURS[index % count], index // count) for index, name in enumerate(names)}


def _fade(colour: str, times: int) -> str:
    left = PALER**times
    red, green, blue = (1 - left * (1 - part) for part in to_rgb(colour))
    return to_hex((red, green, blue)) if times else colour


def stage_colours(names: Sequence[str]) -> dict[str, str]:
    """Give each stage its colour: the further on, the darker."""
    return {name: to_hex(STAGE_RAMP(index / max(1, len(names) - 1))) for index, name in enumerate(names)}


def look(text: str, **how: Any) -> dict[str, Any]:
    """Return how a text is written, `how` on top: with fonts that have its letters. Dollars are dollars, not maths."""
    return {"fontsize": SMALL, "color": INK, "family": choose_fonts(text), "parse_math": False} | how


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


def entitle(ax: Axes, title: str, subtitle: str, *, up: float = 12.0) -> None:
    """Write title and subtitle so many points above the axes, from the figure's left edge."""
    left, room = EDGE - left_margin(ax), _room(ax)
    subtitle, size = fit(subtitle, room, BODY)
    write(ax, (0, 1), subtitle, shift=(left, up), fontsize=size, color=SOFT, va="bottom")
    title, size = fit(words.plain(title), room, TITLE, bold=True)
    write(ax, (0, 1), title, shift=(left, up + 15), fontsize=size, fontweight="bold", va="bottom")


def sign(ax: Axes, lines: Sequence[str], *, down: float) -> None:
    """Write the lines of the foot, the first of them so many points below the axes, from the figure's left edge."""
    left, room = EDGE - left_margin(ax), _room(ax)
    for row, line in enumerate(lines):
        shift = (left, -down - FOOT_LINE * row)
        write(ax, (0, 0), shorten(line, room, TINY), shift=shift, fontsize=TINY, color=SOFT, va="top", label="foot")


def _room(ax: Axes) -> float:
    """Return the points between the figure's edges that texts may take."""
    return float(ax.figure.bbox.width) * 72 / ax.figure.dpi - 2 * EDGE


def name_rows(ax: Axes, heights: Sequence[float], names: Sequence[str], how: Sequence[dict[str, Any]] = ()) -> None:
    """Write a name left of the axes at each height; `how` may change a row's text. Ticks would take twice as long.

    A name is cut where the figure ends.
    """
    ax.yaxis.set_visible(False)
    across, room = ax.get_yaxis_transform(), max(left_margin(ax) - 10, 40)
    for row, (height, name) in enumerate(zip(heights, names, strict=True)):
        styled = {"fontsize": SMALL, **(how[row] if how else {})}
        is_bold = styled.get("fontweight") == "bold"
        text = "\n".join(shorten(line, room, styled["fontsize"], is_bold) for line in name.split("\n"))
        ax.annotate(
            text, (0, height), (-5, 0), xycoords=across, textcoords="offset points", ha="right", va="center",
            annotation_clip=False, label="row", **look(text, **styled),
        )  # fmt: skip


def draw_ticks(ax: Axes, ticks: Sequence[float], labels: Sequence[str]) -> None:
    """Draw the x axis with a faint grid as few things, where many axes are small: Matplotlib's take twice as long.

    The limits must be set.
    """
    ax.xaxis.set_visible(False)
    across = ax.get_xaxis_transform()
    lines = [[(x, 0.0), (x, 1.0)] for x in ticks]
    grid = LineCollection(lines, colors=FAINT, linewidths=0.6, transform=across, zorder=0.5, label="grid")
    ax.add_collection(grid, autolim=False)
    ax.plot(ticks, [0] * len(ticks), ls="", marker=3, ms=3, color=SOFT, transform=across, clip_on=False, label="ticks")
    for x, text in zip(ticks, labels, strict=True):
        ax.annotate(
            text, (x, 0), (0, -6.5), xycoords=across, textcoords="offset points", ha="center", va="top",
            annotation_clip=False, label="tick", **look(text),
        )  # fmt: skip


def write_swatches(ax: Axes, colours: Mapping[str, str], *, at: tuple[float, float], down: float = 0.0) -> None:
    """Write names behind squares of their colours, so many points from the axes' upper left corner.

    They stand in a row, or one below the other where it is said how far `down` each is.
    """
    x, y = at
    for name, colour in colours.items():
        text = shorten(name, NAME, SMALL)
        write(ax, (0, 1), "\N{BLACK SQUARE}", shift=(x, y), color=colour, fontsize=BODY)
        write(ax, (0, 1), text, shift=(x + 10, y))
        x, y = (x, y - down) if down else (x + measure_swatches([name]), y)


def measure_swatches(names: Iterable[str]) -> float:
    """Return the points that `write_swatches` needs for a row."""
    return sum(24 + text_width(shorten(name, NAME, SMALL), SMALL) for name in names)


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


def fit(text: str, width: float, size: float, bold: bool = False) -> tuple[str, float]:
    """Return a text and its size such that it fits so many points: smaller if need be, and only then cut."""
    least = min(size, BODY if bold else SMALL)
    while size > least and text_width(text, size, bold) > width:
        size -= 0.5
    return shorten(text, width, size, bold), size


def spread(wanted: Sequence[float], gap: float, bounds: tuple[float, float]) -> list[float]:
    """Move positions apart by at least `gap`, within bounds, in their order and as little as can be.

    That is an isotonic regression of what is left of each position when the gaps are taken away: pools of those that
    would overlap share their mean.

    Examples
    --------
    >>> spread([2.0, 2.0, 5.0], 1.0, (0.0, 10.0))
    [1.5, 2.5, 5.0]
    """
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    pools: list[tuple[float, int]] = []
    for rank, index in enumerate(order):
        mean, count = wanted[index] - rank * gap, 1
        while pools and pools[-1][0] >= mean:
            before, size = pools.pop()
            mean, count = (before * size + mean * count) / (size + count), size + count
        pools.append((mean, count))
    most = bounds[1] - gap * (len(wanted) - 1)
    means = [max(bounds[0], min(most, mean)) for mean, count in pools for _ in range(count)]
    placed = {index: mean + rank * gap for rank, (index, mean) in enumerate(zip(order, means, strict=True))}
    return [placed[index] for index in range(len(wanted))]
