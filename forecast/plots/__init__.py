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

_COMPRESSION = 2  # of 9: hardly larger than at the default of 6, in half the time

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
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    figure = np.ravel(FIGURES[name](result))[0].figure
    canvas = FigureCanvasAgg(figure)
    with rc_context({"text.hinting": "no_hinting"}):  # letters are most of the work, and hinting half of theirs
        canvas.draw()
    pixels = np.ascontiguousarray(np.asarray(canvas.buffer_rgba())[..., :3])  # opaque: a third less to compress
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "png", compress_level=_COMPRESSION, dpi=(figure.dpi, figure.dpi))
    return stream.getvalue()
