"""How many: the probability of each number of events, or of each answer of a multiple-choice question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecast.plots import style, words
from forecast.plots.given import Given
from forecast.plots.rows import Row, draw_rows

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
    is_dated = bool(result.scenario.question.bins) and result.scenario.question.bins[0].is_dated
    return draw_rows(
        rows,
        [words.plain(row.name) for row in rows],
        axis=f"probability, {words.describe_window(result)}",
        title=(
            result.scenario.question.title,
            f"{'when' if is_dated else 'how many events'}, {words.describe_answer(result)}",
        ),
        foot=words.describe_foot(result),
        ax=ax,
    )
