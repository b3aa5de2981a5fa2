"""The timeline's forecast: chances by day as areas that sum to 1, of stages and places, or of numbers so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecast.plots import style, words
from forecast.plots.areas import shorten_name
from forecast.plots.dates import curve_days
from forecast.plots.given import Array, Given

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEADER = 34.0  # points between an area and its name


@dataclass(frozen=True)
class Stack:
    """Chances that sum to 1 on every day.

    Attributes
    ----------
    x : (days + 1,)
        Date numbers: the end of `as_of`, then the end of each day.
    names, colours : tuple of str
        Stages from the first, then places.
    shares : (names, days + 1)
    stages : int
        How many of the names are stages.
    """

    x: Array
    names: tuple[str, ...]
    colours: tuple[str, ...]
    shares: Array
    stages: int


def stack_chances(result: Given) -> Stack:
    """Put stage occupancy and cumulative incidence by place on top of one another."""
    question = result.scenario.question
    if question.asks.is_number and result.keeps_draws:
        return _stack_numbers(result)
    names = tuple(result.places) if result.leaves_stages else ()  # else the stages hold all there is
    happened = np.cumsum(result.incidence, axis=1)[: len(names)]
    shares = np.concatenate([result.stages, happened])
    today = np.concatenate([result.stages_today, np.zeros(len(names))])[:, None]
    stages, places = style.stage_colours(question.stages), style.place_colours(names)
    return Stack(
        x=curve_days(result),
        names=(*question.stages, *names),
        colours=(*stages.values(), *places.values()),
        shares=np.concatenate([today, shares], axis=1),
        stages=len(question.stages),
    )


def _stack_numbers(result: Given) -> Stack:
    """Put the chances of so many events so far on top of one another, the fewest below."""
    names, shares = result.so_far
    least, most = result.scenario.question.asks.numbers or (1, None)
    is_no = [not _is_yes(name, least, most) for name in names]
    return Stack(
        x=curve_days(result),
        names=tuple(f"{name} {'event' if name == '1' else 'events'}" for name in names),
        colours=tuple(style.stage_colours(names).values()),
        shares=shares,
        stages=is_no.index(False) if False in is_no else len(names),
    )


def _is_yes(name: str, least: int, most: int | None) -> bool:
    number = int(name.removesuffix("+"))
    return number >= least and (most is None or number <= most)


def draw_stack(ax: Axes, stack: Stack) -> None:
    """Draw the chances as areas that sum to 1, and a line where waiting ends and a yes begins."""
    edges = np.concatenate([np.zeros((1, len(stack.x))), np.cumsum(stack.shares, axis=0)])
    for index, (name, colour) in enumerate(zip(stack.names, stack.colours, strict=True)):
        ax.fill_between(
            stack.x,
            edges[index],
            edges[index + 1],
            facecolor=colour,
            edgecolor="white",
            linewidth=0.5,
            zorder=1,
            label=name,
        )
    ax.plot(stack.x, edges[stack.stages], color=style.INK, linewidth=1.2, zorder=2.2, label="no event yet")


def draw_shares(ax: Axes, stack: Stack) -> None:
    """Draw a scale of percentages over the areas, written just right of the as-of line."""
    levels = [0.25, 0.5, 0.75]
    ax.hlines(levels, stack.x[0], stack.x[-1], colors="white", linewidth=0.6, alpha=0.5, zorder=1.5)
    for level in levels:
        text = f"{level:.0%}"
        ax.annotate(
            text, (stack.x[0], level), (5, 1), textcoords="offset points", va="bottom", zorder=4,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.6},
            **style.look(text, fontsize=style.TINY),
        )  # fmt: skip


def label_stack(ax: Axes, stack: Stack, result: Given) -> None:
    """Name each area at the right edge, with its share on the last day."""
    edges = np.concatenate([[0.0], np.cumsum(stack.shares[:, -1])])
    labels = [
        style.EndLabel(
            text=f"{shorten_name(words.show(result.scenario, name))} {words.percent(share)}",
            height=float(edges[index] + edges[index + 1]) / 2,
            colour=stack.colours[index],
            order=-float(share),
            bold=index >= stack.stages,
        )
        for index, (name, share) in enumerate(zip(stack.names, stack.shares[:, -1], strict=True))
    ]
    style.name_ends(ax, labels, leader=LEADER)
    style.write(
        ax, (1, 1), f"on {result.days[-1]}", shift=(LEADER, 4), va="bottom", color=style.SOFT, fontsize=style.TINY
    )
