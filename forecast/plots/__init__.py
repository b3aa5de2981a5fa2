"""The figures of a forecast: each takes a result and returns Axes; none of them needs PyMC, ArviZ or pyplot.

Figures of many runs, which take plain numbers, are in `plots.compare`, `plots.sweep` and `plots.tornado`; `render_axes`
turns any of them into PNG.

>>> from forecast import plots
>>> list(plots.FIGURES)
['timeline', 'whether', 'where', 'when', 'decay', 'priors']
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.plots.compare import ComparedBar, plot_compare
from forecast.plots.decay import plot_decay
from forecast.plots.letters import OutlineRenderer
from forecast.plots.png import encode_png
from forecast.plots.priors import plot_priors
from forecast.plots.response import Heading, plot_heat, plot_response
from forecast.plots.timeline import plot_timeline
from forecast.plots.tornado import SwingBar, plot_tornado
from forecast.plots.when import plot_when
from forecast.plots.where import plot_where
from forecast.plots.whether import plot_whether

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from forecast.answer import Result

Array = np.ndarray

FIGURES: dict[str, Callable[..., Any]] = {
    "timeline": plot_timeline,
    "whether": plot_whether,
    "where": plot_where,
    "when": plot_when,
    "decay": plot_decay,
    "priors": plot_priors,
}

__all__ = [
    "FIGURES",
    "ComparedBar",
    "Heading",
    "SwingBar",
    "plot_compare",
    "plot_decay",
    "plot_heat",
    "plot_priors",
    "plot_response",
    "plot_timeline",
    "plot_tornado",
    "plot_when",
    "plot_where",
    "plot_whether",
    "render_axes",
    "render_figure",
]


def render_figure(name: str, result: Result) -> bytes:
    """Draw a figure at its own size and return it as PNG.

    Parameters
    ----------
    name : str
        One of `FIGURES`.

    Raises
    ------
    ValueError
        If there is no figure of that name.
    """
    if name not in FIGURES:
        raise ValueError(f"expected a figure among {', '.join(FIGURES)}; found {name}")  # noqa: EM102
    return render_axes(FIGURES[name](result))


def render_axes(axes: Axes | Array) -> bytes:
    """Return the whole figure of one or several Axes as PNG."""
    figure = np.asarray(axes).flat[0].figure
    width, height = figure.bbox.size.astype(int)
    renderer = OutlineRenderer(width, height, figure.dpi)
    figure.draw(renderer)
    return encode_png(np.asarray(renderer.buffer_rgba())[..., :3], figure.dpi)
