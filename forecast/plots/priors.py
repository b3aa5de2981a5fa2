"""What history taught: prior against posterior of every parameter, on the scale on which an analyst gave it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from forecast.plots import style, words
from forecast.plots.areas import shorten_name
from forecast.plots.given import Array, Given
from forecast.plots.scales import log_ticks
from forecast.scenario import EVENT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, NARROW = 9.0, 7.5  # inches: of the figure with two columns and with one
ROW, HEAD = 0.2, 0.56  # inches: of a row, of a panel's title and axis
_DPI = 128  # the tallest figure, with many lines
_TOP, _FOOT = 0.55, 0.62  # inches above and below the panels
_LEAST = 3.1  # inches that a panel needs beside its names
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
_TITLES = {
    "stay": ("How long stages last", "days, log scale"),
    "shape": ("How stays age", "shape, log scale"),
    "end_share": ("How stays end", "share, in ordinary times"),
    "hazard_ratio": ("Hazard ratios", "factor, log scale"),
    "kept": ("Plans kept as dated", "probability"),
    "meanwhile": ("Event rates before a plan", "factor, log scale"),
    "late": ("Days late", "days, log scale"),
    "lasts": ("How long conditions last", "days, log scale"),
    "returns": ("How long they stay away", "days, log scale"),
    "never": ("The event never comes", "share"),
    "seriousness": ("Seriousness", "factor per σ, log scale"),
}
_KEYS = {
    "stay": "stages",
    "shape": "stages",
    "end_share": "stages",
    "hazard_ratio": "hazard_ratios",
    "kept": "plans",
    "meanwhile": "plans",
    "late": "plans",
    "lasts": "conditions",
    "returns": "conditions",
}


@dataclass(frozen=True)
class Panel:
    """A kind of parameter: labels, and quantiles (levels, labels) of prior and posterior."""

    name: str
    labels: list[str]
    groups: list[int]  # labels of one group stand together
    prior: Array
    posterior: Array

    @property
    def is_log(self) -> bool:
        """Tell whether the scale is logarithmic."""
        return "log" in _TITLES[self.name][1]

    @property
    def rows(self) -> int:
        """How many rows it needs."""
        return len(self.labels)


def collect_panels(result: Given) -> list[Panel]:
    """Summarise prior and posterior draws, marking by an asterisk what is hindsight."""
    quantities, late = result.quantities(), set(result.scenario.known().hindsight)
    panels = []
    for name in _TITLES:
        if name not in quantities:
            continue
        found, labels = quantities[name], quantities[name].labels
        sources = [label.split(" > ")[0] for label in labels]  # of a transition, the stage that it leaves
        shown = [row for row in range(len(labels)) if name != "end_share" or sources.count(sources[row]) > 1]
        if name == "seriousness" and np.ptp(found.prior) == 0:  # episodes are alike, and nobody learns that
            continue
        if not shown:
            continue
        marks = [_mark(name, labels[row], late) for row in shown]
        panels.append(
            Panel(
                name=name,
                labels=[_label(result, name, labels[row]) + mark for row, mark in zip(shown, marks, strict=True)],
                groups=[sources.index(sources[row]) if name == "end_share" else 0 for row in shown],
                prior=np.quantile(found.prior[shown], LEVELS, axis=1),
                posterior=np.quantile(found.posterior[shown], LEVELS, axis=1),
            )
        )
    return panels


def _label(result: Given, name: str, label: str) -> str:
    parts = label.split(" > ")
    text = " > ".join(shorten_name(words.show(result.scenario, part), len(parts)) for part in parts)
    if name != "hazard_ratio":
        return text
    belief = result.scenario.priors.hazard_ratios[label].belief
    return text + (f", per {belief.per:g} {words.isolate(belief.unit)}" if belief.unit else "")


def _mark(name: str, label: str, late: set[str]) -> str:
    if name == "never" and label != EVENT:
        return _mark("stay", label, late)
    key = f"priors.{_KEYS[name]}.{label.split(' > ')[0]}" if name in _KEYS else f"priors.{name}"
    return " *" if key in late else ""


def plot_priors(result: Given, *, ax: Axes | None = None) -> Axes | Array:
    """Draw 50% and 90% intervals of prior and posterior, a panel for each kind of parameter.

    Parameters
    ----------
    ax : Axes, optional
        Where to draw the stays, and those alone; without it a figure with all panels is made.

    Returns
    -------
    Axes or array of Axes
        One for each panel, in the order stays, ends, hazard ratios, plans kept, meanwhile, late,
        conditions, seriousness.
    """
    panels = collect_panels(result)
    if ax is not None:
        draw_panel(ax, panels[0])
        return ax
    axes = _new_axes(panels)
    for panel, place in zip(panels, axes, strict=True):
        draw_panel(place, panel)
    _annotate(axes, panels, result)
    return axes


def _new_axes(panels: list[Panel]) -> Array:
    """Lay the panels out in two columns of one height: how stays end in one, all else in the other."""
    columns = [[panel for panel in panels if (panel.name == "end_share") == ends] for ends in (False, True)]
    columns = [column for column in columns if column]
    needs = [sum(panel.rows * ROW + HEAD for panel in column) for column in columns]
    names = [
        max(style.text_width(label, style.SMALL) for panel in column for label in panel.labels) / 72 + 0.25
        for column in columns
    ]
    share = max((WIDTH if len(columns) == 2 else NARROW) / len(columns), max(names) + _LEAST)
    full, tall = share * len(columns), max(needs) + _TOP + _FOOT
    figure = style.new_figure(full, tall, dpi=_DPI)
    found = {}
    for index, (column, need, name) in enumerate(zip(columns, needs, names, strict=True)):
        y, stretch = tall - _TOP, (max(needs) - HEAD * len(column)) / (need - HEAD * len(column))
        for panel in column:
            high = panel.rows * ROW * stretch
            y -= high + HEAD
            left, wide = index * share + name, share - name - 0.25
            found[panel.name] = figure.add_axes((left / full, (y + 0.3) / tall, wide / full, high / tall))
    return np.array([found[panel.name] for panel in panels])


def draw_panel(ax: Axes, panel: Panel) -> None:
    """Draw each parameter's prior above its posterior, in rows from the top."""
    rows = np.arange(panel.rows) + 0.35 * np.unique(panel.groups, return_inverse=True)[1]
    if panel.is_log:
        ax.set_xscale("log")
    draw_intervals(ax, rows, panel)
    style.dress(ax)
    ax.set_ylim(rows[-1] + 0.6, -0.6)
    style.name_rows(ax, list(rows), panel.labels)
    set_value_ticks(ax, panel)
    title, units = _TITLES[panel.name]
    style.write(ax, (0, 1), title, shift=(0, 3), fontsize=style.BODY, fontweight="bold", va="bottom")
    style.write(ax, (1, 1), units, shift=(0, 3), color=style.SOFT, ha="right", va="bottom")


def draw_intervals(ax: Axes, rows: Array, panel: Panel) -> None:
    """Draw 90% intervals thin, 50% intervals thick, and medians as dots: all priors first, then all posteriors."""
    y = np.concatenate([rows - 0.17, rows + 0.17])
    quantiles = np.concatenate([panel.prior, panel.posterior], axis=1)
    colours = [style.PRIOR] * panel.rows + [style.POSTERIOR] * panel.rows
    ax.hlines(y, quantiles[0], quantiles[4], colors=colours, linewidth=1.0, zorder=3, label="90%")
    ax.hlines(y, quantiles[1], quantiles[3], colors=colours, linewidth=3.2, zorder=3.1, label="50%")
    ax.scatter(
        quantiles[2],
        y,
        s=13,
        color="white",
        edgecolors=colours,
        linewidths=1.2,
        zorder=3.2,
        label="median",
        clip_on=False,
    )


def set_value_ticks(ax: Axes, panel: Panel) -> None:
    """Set limits and plain numbers as ticks; a ratio of 1 has a line of its own."""
    low = float(min(panel.prior[0].min(), panel.posterior[0].min()))
    high = float(max(panel.prior[-1].max(), panel.posterior[-1].max()))
    if not panel.is_log:
        most = min(1.0, 1.05 * high)
        ax.set_xlim(0, most)
        shares = [tick for tick in MaxNLocator(5, steps=[1, 2, 5, 10]).tick_values(0, most) if tick <= most]
        style.draw_ticks(ax, shares, list(map(words.tick_percent, shares)))
        return
    ax.set_xlim(low / 1.15, high * 1.15)
    ticks = log_ticks(low / 1.15, high * 1.15)
    style.draw_ticks(ax, ticks, [f"{tick:g}" for tick in ticks])
    if panel.name != "stay" and low < 1 < high:
        ax.axvline(1, color=style.SOFT, linewidth=0.8, zorder=1)


def _annotate(axes: Array, panels: list[Panel], result: Given) -> None:
    figure = axes[0].figure
    width, height = figure.get_figwidth(), figure.get_figheight()
    scenario = result.scenario
    title, size = style.fit(
        f"{words.isolate(scenario.question.title)}: what history taught", 72 * (width - 0.4), style.TITLE, bold=True
    )
    subtitle = f"prior (grey, above) and posterior (blue, below) as of {scenario.as_of}: median, 50% and 90% of draws"

    def put(x: float, y: float, text: str, **how: Any) -> None:
        figure.text(x / width, y / height, text, **style.look(text, **how))

    put(0.2, height - 0.1, title, fontsize=size, fontweight="bold", va="top")
    put(0.2, height - 0.36, subtitle, fontsize=style.BODY, color=style.SOFT, va="top")
    foot = words.describe_foot(result)
    starred = any(label.endswith("*") for panel in panels for label in panel.labels)
    if starred:
        note = "* hindsight: none of the facts behind this prior was public yet"
        put(0.2, 0.1 + len(foot) * style.FOOT_LINE / 72, note, va="bottom")
    for row, line in enumerate(reversed(foot)):
        text = style.shorten(line, 72 * (width - 0.4), style.TINY)
        put(0.2, 0.1 + row * style.FOOT_LINE / 72, text, fontsize=style.TINY, color=style.SOFT, va="bottom")
