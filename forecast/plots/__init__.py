"""The figures of a forecast: each takes a result and returns Axes; none of them needs PyMC, ArviZ or pyplot.

>>> from forecast import plots
>>> list(plots.FIGURES)
['timeline', 'whether', 'where', 'when', 'priors']
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.plots.priors import plot_priors
from forecast.plots.timeline import plot_timeline
from forecast.plots.when import plot_when
from forecast.plots.where import plot_where
from forecast.plots.whether import plot_whether

if TYPE_CHECKING:
    from forecast.predict import Forecast

FIGURES: dict[str, Callable[..., Any]] = {
    "timeline": plot_timeline,
    "whether": plot_whether,
    "where": plot_where,
    "when": plot_when,
    "priors": plot_priors,
}

__all__ = ["FIGURES", "plot_priors", "plot_timeline", "plot_when", "plot_where", "plot_whether", "render_figure"]


def render_figure(name: str, result: Forecast) -> bytes:
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
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = np.ravel(FIGURES[name](result))[0].figure
    FigureCanvasAgg(figure)
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=figure.dpi)
    return stream.getvalue()
