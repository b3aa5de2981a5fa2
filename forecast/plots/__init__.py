"""Figures: each takes a forecast, or the plain numbers of many, and returns Axes.

Receives anything with the attributes of `plots.given`. Hands on Axes; `render_figure` and `render_axes` draw them.
Knows no draws, no parameters and no pyplot.

>>> from forecast import plots
>>> list(plots.FIGURES)
['timeline', 'whether', 'where', 'when', 'decay', 'priors', 'counts']
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from forecast.errors import check_choice, check_type
from forecast.files import FIGURE_FORMATS
from forecast.plots.backend import FigureCanvasAgg, rc_context  # first of what needs Matplotlib
from forecast.plots.compare import ComparedBar, plot_compare
from forecast.plots.counts import plot_counts
from forecast.plots.decay import plot_decay
from forecast.plots.fonts import drawing
from forecast.plots.given import Array, Given
from forecast.plots.interval import plot_interval
from forecast.plots.keys import describe_key
from forecast.plots.log import plot_log_scores
from forecast.plots.priors import plot_priors
from forecast.plots.reliability import ReliabilityCurve, plot_reliability
from forecast.plots.replay import ReplayLine, plot_replay
from forecast.plots.response import Heading, plot_heat, plot_response
from forecast.plots.suggest import plot_suggestion
from forecast.plots.timeline import plot_timeline
from forecast.plots.together import ENSEMBLE_FIGURES
from forecast.plots.tornado import SwingBar, plot_tornado
from forecast.plots.waterfall import Part, plot_waterfall
from forecast.plots.when import plot_when
from forecast.plots.where import plot_where
from forecast.plots.whether import plot_whether
from forecast.plots.words import ENGINES, describe_question, show

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COMPRESSION = 1  # of 9: flat colours become a tenth larger than at the usual 6, in two thirds of the time
_LETTERS: Any = {"svg.hashsalt": "forecast", "svg.fonttype": "path", "pdf.fonttype": 42}  # as outlines; as TrueType
_RUNS = 3  # zlib's strategy for runs of one colour

FIGURES: dict[str, Callable[..., Any]] = {
    "timeline": plot_timeline,
    "whether": plot_whether,
    "where": plot_where,
    "when": plot_when,
    "decay": plot_decay,
    "priors": plot_priors,
    "counts": plot_counts,
}


def list_figures(result: Given) -> list[str]:
    """Return the names of the figures that tell something of an answer."""
    there = {"decay": result.decay is not None, "counts": bool(result.choices), "where": result.has_places}
    return [name for name in FIGURES if there.get(name, True)]


def check_axes(ax: Axes | None) -> None:
    """Refuse to draw on what is no Axes.

    Raises
    ------
    InputError
    """
    from matplotlib.axes import Axes

    check_type("ax", ax, (Axes, type(None)), "Matplotlib Axes, or None for a figure of its own")


def render_figure(name: str, result: Given, format: str = "png") -> bytes:
    """Draw a figure at its own size and return it as a file's contents.

    Parameters
    ----------
    name : str
        One of `FIGURES`.
    format : str
        ``png``, ``svg`` or ``pdf``.

    Raises
    ------
    InputError
        If there is no figure of that name, or no such format.
    """
    check_choice("name", name, FIGURES, "figure")
    return render_axes(FIGURES[name](result), format)


def render_axes(axes: Axes | Array, format: str = "png") -> bytes:
    """Return the whole figure of one or several Axes as PNG, SVG or PDF, at its own size and dots per inch.

    The same figure gives the same bytes. In an SVG letters are outlines, so that no font has to be there.

    Raises
    ------
    InputError
        If there is no such format.
    """
    check_choice("format", format, FIGURE_FORMATS, "format of a figure")
    figure = np.asarray(axes).flat[0].figure
    if format != "png":
        drawn = io.BytesIO()
        with drawing(), rc_context(_LETTERS):
            figure.savefig(drawn, format=format, metadata={"Date" if format == "svg" else "CreationDate": None})
        return drawn.getvalue()
    canvas, content = FigureCanvasAgg(figure), io.BytesIO()
    with drawing():
        canvas.draw()
    image = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    how = {"compress_level": _COMPRESSION, "compress_type": _RUNS, "dpi": (figure.dpi, figure.dpi)}
    image.save(content, format="png", **how)
    return content.getvalue()
