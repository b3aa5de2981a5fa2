"""The scores of a log: how often it came against P, ours and the crowd's, and the Brier score by horizon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.plots import style
from forecast.plots.reliability import dress_reliability, lay_panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Plain = Mapping[str, Any]
COLOURS = {"ours": style.POSTERIOR, "crowd": style.PLACE_COLOURS[0]}
HALF = 0.5  # the Brier score of always 0.5 is its square
SAID = "P as it was given; a tick for each forecast\ndots: share that came, with questions; bars: 90%, if right"


def plot_log_scores(scores: Plain) -> Axes:
    """Draw a panel of calibration for us, one for the crowd if it has prices, and one of scores by horizon.

    Parameters
    ----------
    scores : dict
        `LogScores.to_dict()`.

    Returns
    -------
    Axes
        The first panel; x is P as it was given, y the share of questions that came.
    """
    rows, has_crowd = scores["rows"], bool(scores["crowd_calibration"])
    panels = lay_panels(3 if has_crowd else 2)
    _draw_bins(panels[0], "ours", scores["calibration"], [row["p"] for row in rows], COLOURS["ours"])
    if has_crowd:
        given = [row["crowd"] for row in rows if row["crowd"] is not None]
        _draw_bins(panels[1], "the crowd", scores["crowd_calibration"], given, COLOURS["crowd"])
    _draw_horizons(panels[-1], scores["scores"])
    count = f"{scores['forecasts']:,} forecasts of {scores['questions']:,} questions, {scores['came']:,} of which came"
    late = f"; {scores['late']:,} logged late" if scores["late"] else ""
    style.entitle(panels[0], "Forecasts that were logged, and what came", count + late, up=30)
    return panels[0]


def _draw_bins(ax: Axes, name: str, bins: Sequence[Plain], given: Sequence[float], colour: str) -> None:
    dress_reliability(ax, name, np.array(given), SAID)
    x, y = ([each[key] for each in bins] for key in ("p", "share"))
    lo, hi = ([each["band"][side] / each["questions"] for each in bins] for side in (0, 1))
    ax.vlines(x, lo, hi, color=style.SOFT, alpha=0.25, linewidth=7, label="if right")
    ax.plot(x, y, ".", color=colour, markersize=9, clip_on=False, zorder=3, label="came")
    for at, share, each in zip(x, y, bins, strict=True):
        ax.annotate(
            f"{each['questions']:,}", (at, share), (5, 3 if share < 1 else -9), textcoords="offset points",
            **style.look("", fontsize=style.TINY, color=style.SOFT),
        )  # fmt: skip


def _draw_horizons(ax: Axes, groups: Plain) -> None:
    """Draw a row for each group: our Brier score and the crowd's, of the forecasts beside which it has a price."""
    style.dress(ax, grid="x")
    ax.axvline(HALF**2, color=style.SOFT, linewidth=0.8, linestyle=(0, (4, 2)), label="always 0.5")
    most = HALF**2
    for row, (name, found) in enumerate(groups.items()):
        pair = found["crowd"]["brier"] if "crowd" in found else {"ours": found["brier"]}
        ends = [pair.get(who, pair["ours"]) for who in COLOURS]
        ax.plot(ends, [row, row], color=style.FAINT, linewidth=2, zorder=1)
        for who, colour in COLOURS.items():
            if who in pair:
                ax.plot(pair[who], row, ".", color=colour, markersize=9, label=who)
        most = max(most, *ends)
        questions = found.get("crowd", found)["questions"]
        said = f"{name}: {questions:,} question{'s' * (questions != 1)}"
        ax.annotate(
            said, (0, row), (3, 7), xycoords=("axes fraction", "data"), textcoords="offset points",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
            **style.look(said, fontsize=style.TINY, color=style.SOFT),
        )  # fmt: skip
    ax.set_xlim(0, 1.15 * most)
    ax.set_ylim(len(groups) - 0.5, -0.7)
    ax.yaxis.set_visible(False)
    beside = "blue: ours, orange: the crowd, where it has a price"
    said = beside if any("crowd" in found for found in groups.values()) else "less is better"
    style.name_axis(ax, "x", f"Brier score; dashed: always 0.5\n{said}")
    style.write(ax, (0, 1), "by horizon", shift=(0, 8), fontsize=style.BODY, fontweight="bold", va="bottom")
