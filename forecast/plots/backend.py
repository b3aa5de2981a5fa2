"""Matplotlib, whatever MPLBACKEND names: figures go into files, so a backend that it does not know is none of theirs.

Imported before anything else of Matplotlib, which reads that variable once and ends where it knows no such backend.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

_NAME = "MPLBACKEND"
_asked = None if "matplotlib" in sys.modules else os.environ.pop(_NAME, None)

import matplotlib  # noqa: E402

if _asked is not None:
    os.environ[_NAME] = _asked
    with suppress(ValueError):  # as Matplotlib does it, for those who do show figures
        matplotlib.rcParams["backend"] = _asked

from matplotlib import rc_context as rc_context  # noqa: E402
from matplotlib.backends.backend_agg import FigureCanvasAgg as FigureCanvasAgg  # noqa: E402
