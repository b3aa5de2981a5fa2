"""What history taught: prior against posterior of every parameter, on the scale on which an analyst gave it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecast.hazards import natural_scale
from forecast.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from forecast.predict import Forecast

Array = np.ndarray
WIDTH, ROW, HEAD = 10.0, 0.235, 0.62  # inches: of the figure, of a row, of a panel's title and axis
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
_TITLES = {
    "stay": ("How long stages last", "days, log scale"),
    "end_share": ("How stays end, in ordinary times", "share of the stage's ends"),
    "hazard_ratio": ("Hazard ratios", "factor, log scale"),
    "kept": ("Plans kept as dated", "probability"),
    "meanwhile": ("Event rates until a plan's days", "factor, log scale"),
    "seriousness": ("Seriousness: one standard deviation", "factor, log scale"),
}
_KEYS = {"stay": "stages", "end_share": "stages", "hazard_ratio": "hazard_ratios", "kept": "plans", "meanwhile": "plans"}


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


def collect_panels(result: Forecast) -> list[Panel]:
    """Summarise prior and posterior draws, marking by an asterisk what is hindsight."""
    structure = result.timeline.structure
    prior, posterior = (natural_scale(draws, structure) for draws in (result.fit.prior, result.fit.draws))
    late = set(result.scenario.hindsight())
    sources = [source for source, _ in structure.transitions]
    panels = []
    for name in _TITLES:
        if name not in posterior:
            continue
        labels = list(posterior[name].labels)
        shown = [row for row in range(len(labels)) if name != "end_share" or sources.count(sources[row]) > 1]
        if not shown:
            continue
        marks = [_mark(name, labels[row], late) for row in shown]
        panels.append(
            Panel(
                name=name,
                labels=[style.spell(labels[row]) + mark for row, mark in zip(shown, marks, strict=True)],
                groups=[sources[row] if name == "end_share" else 0 for row in shown],
                prior=np.quantile(prior[name].values[shown], LEVELS, axis=1),
                posterior=np.quantile(posterior[name].values[shown], LEVELS, axis=1),
            )
        )
    return panels


def _mark(name: str, label: str, late: set[str]) -> str:
    key = f"priors.{_KEYS[name]}.{label.split(' > ')[0]}" if name in _KEYS else f"priors.{name}"
    return " *" if key in late else ""


def plot_priors(result: Forecast, *, ax: Axes | None = None) -> Axes | Array:
    """Draw 50% and 90% intervals of prior and posterior, a panel for each kind of parameter.

    Parameters
    ----------
    ax : Axes, optional
        Where to draw the stays, and those alone; without it a figure with all panels is made.

    Returns
    -------
    Axes or array of Axes
        One for each panel, in the order stays, ends, hazard ratios, plans kept, meanwhile, seriousness.
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
    """Lay the panels out in two columns of like height: how stays end in one, all else in the other."""
    columns = [[panel for panel in panels if panel.name != "end_share"], [panel for panel in panels if panel.name == "end_share"]]
    columns = [column for column in columns if column]
    tall = max(sum(panel.rows * ROW + HEAD for panel in column) for column in columns)
    height = tall + 1.15
    figure = style.new_figure(WIDTH if len(columns) == 2 else WIDTH * 0.62, height)
    width = figure.get_figwidth()
    found = {}
    for index, column in enumerate(columns):
        stretch = tall / sum(panel.rows * ROW + HEAD for panel in column)
        y = height - 0.72
        for panel in column:
            y -= (panel.rows * ROW + HEAD) * stretch
            high = (panel.rows * ROW + HEAD) * stretch - HEAD
            left = 1.2 + index * 5.15
            wide = (3.35 if index == 0 else 3.45) if len(columns) == 2 else width - 1.45
            found[panel.name] = figure.add_axes((left / width, (y + 0.3) / height, wide / width, high / height))
    return np.array([found[panel.name] for panel in panels])


def draw_panel(ax: Axes, panel: Panel) -> None:
    """Draw each parameter's prior above its posterior, in rows from the top."""
    rows = np.arange(panel.rows) + 0.35 * np.unique(panel.groups, return_inverse=True)[1]
    if panel.is_log:
        ax.set_xscale("log")
    draw_intervals(ax, rows - 0.17, panel.prior, style.PRIOR, "prior")
    draw_intervals(ax, rows + 0.17, panel.posterior, style.POSTERIOR, "posterior")
    style.dress(ax, grid="x")
    ax.set_ylim(rows[-1] + 0.6, -0.6)
    ax.set_yticks(rows, panel.labels)
    ax.tick_params(axis="y", length=0)
    set_value_ticks(ax, panel)
    title, units = _TITLES[panel.name]
    style.write(ax, (0, 1), title, shift=(0, 3), fontsize=style.BODY, fontweight="bold", va="bottom")
    style.write(ax, (1, 1), units, shift=(0, 3), color=style.SOFT, ha="right", va="bottom")


def draw_intervals(ax: Axes, y: Array, quantiles: Array, colour: str, label: str) -> None:
    """Draw 90% intervals thin, 50% intervals thick, and medians as dots."""
    ax.hlines(y, quantiles[0], quantiles[4], color=colour, linewidth=1.0, zorder=3, label=f"{label}, 90%")
    ax.hlines(y, quantiles[1], quantiles[3], color=colour, linewidth=3.2, zorder=3.1, label=f"{label}, 50%")
    ax.scatter(quantiles[2], y, s=13, color="white", edgecolors=colour, linewidths=1.2, zorder=3.2, label=f"{label}, median")


def set_value_ticks(ax: Axes, panel: Panel) -> None:
    """Set limits and plain numbers as ticks; a ratio of 1 has a line of its own."""
    low = float(min(panel.prior[0].min(), panel.posterior[0].min()))
    high = float(max(panel.prior[-1].max(), panel.posterior[-1].max()))
    if not panel.is_log:
        ax.set_xlim(0, min(1.0, 1.05 * high))
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        return
    ax.set_xlim(low / 1.15, high * 1.15)
    decades = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    for steps in ((1, 2, 5), (1, 3), (1,)):
        ticks = [step * 10.0**decade for decade in decades for step in steps]
        ticks = [tick for tick in ticks if low / 1.15 <= tick <= high * 1.15]
        if len(ticks) <= 8:
            break
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.set_xticks([], minor=True)
    if panel.name != "stay" and low < 1 < high:
        ax.axvline(1, color=style.SOFT, linewidth=0.8, zorder=1)


def _annotate(axes: Array, panels: list[Panel], result: Forecast) -> None:
    figure = axes[0].figure
    width, height = figure.get_figwidth(), figure.get_figheight()
    scenario = result.scenario
    figure.text(0.2 / width, 1 - 0.1 / height, f"{scenario.question.title}: what history taught", fontsize=style.TITLE, fontweight="bold",
                color=style.INK, va="top", family=style.FONT)  # fmt: skip
    figure.text(0.2 / width, 1 - 0.36 / height, f"prior (grey, above) and posterior (blue, below) as of {scenario.as_of}: "
                "median, 50% and 90% of draws", fontsize=style.BODY, color=style.SOFT, va="top", family=style.FONT)  # fmt: skip
    starred = any(label.endswith("*") for panel in panels for label in panel.labels)
    if starred:
        figure.text(0.2 / width, 0.1 / height, "* hindsight: none of the facts behind this prior was public yet", fontsize=style.SMALL,
                    color=style.INK, va="bottom", family=style.FONT)  # fmt: skip
    figure.text(1 - 0.2 / width, 0.1 / height, style.describe_origin(result), fontsize=style.TINY, color=style.SOFT, ha="right",
                va="bottom", family=style.FONT)  # fmt: skip
