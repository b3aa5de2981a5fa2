"""How many: the probability of each number of events, or of each answer of a multiple-choice question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecast.plots import style, words
from forecast.plots.given import Given
from forecast.plots.rows import Row, draw_bars, draw_intervals, new_axes, place_rows, write_value, write_values

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def list_answers(result: Given) -> list[Row]:
    """List the answers, each with its probability: the question's own, or else how many events there may be."""
    choices = result.choices or result.how_many
    return [Row(choice.label, choice.estimate.mean, choice.estimate.eti90, style.POSTERIOR) for choice in choices]


def plot_counts(result: Given, *, ax: Axes | None = None) -> Axes:
    """Draw how probable each answer is, with 90% intervals.

    Parameters
    ----------
    ax : Axes, optional
        Where to draw; without it a figure is made, as tall as its rows need.

    Returns
    -------
    Axes
        x is the probability of each answer.

    Raises
    ------
    InputError
        If the question has no answers but yes and no, and its events cannot be counted.
    """
    rows = list_answers(result)
    heights, total = place_rows(rows, apart=0.0)
    names = [words.plain(row.name) for row in rows]
    if ax is None:
        room = max(style.text_width(name, style.BODY, bold=True) for name in names)
        ax = new_axes(total, room, max(style.text_width(write_value(row), style.BODY) for row in rows))
    draw_bars(ax, rows, heights)
    draw_intervals(ax, rows, heights)
    ax.set_xlim(0, style.choose_reach(max(row.eti90[1] for row in rows)))
    ax.set_ylim(total, 0)
    write_values(ax, rows, heights)
    style.dress(ax, grid="x")
    style.name_rows(ax, heights, names, [{"fontsize": style.BODY}] * len(rows))
    ax.xaxis.set_major_formatter(words.tick_percent)
    is_dated = bool(result.scenario.question.bins) and result.scenario.question.bins[0].is_dated
    what = "when" if is_dated else "how many events"
    style.name_axis(ax, "x", f"probability, {words.describe_window(result)}: bar and dot the mean, line 90% of draws")
    style.entitle(ax, result.scenario.question.title, f"{what}, {words.describe_answer(result)}", up=6)
    style.sign(ax, words.describe_foot(result), down=38)
    return ax
