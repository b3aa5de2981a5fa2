"""How an estimate shows itself outside: as a table of one row, and as a dot on its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


class Shown:
    """What has a mean, a 90% interval and perhaps a Monte Carlo error: the base of `Estimate`."""

    mean: float
    eti90: tuple[float, float]
    mcse: float | None

    def to_dataframe(self) -> pd.DataFrame:
        """Return a row: ``p``, the ends of its 90% interval ``p_lo`` and ``p_hi``, and its Monte Carlo error."""
        import pandas as pd

        lo, hi = self.eti90
        return pd.DataFrame({"p": [self.mean], "p_lo": [lo], "p_hi": [hi], "mcse": [self.mcse]}, dtype="float64")

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw the mean and its 90% interval.

        Raises
        ------
        InputError
            If `ax` is nothing to draw on.
        """
        from forecast.plots import check_axes, plot_interval

        check_axes(ax)
        return plot_interval(self, ax=ax)
