"""A result as labelled arrays and as a table: for xarray and pandas, which are imported when asked.

Receives a `Result`, whose methods call this module. Hands on a Dataset or a DataFrame.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.answer.bands import find_band, stack_bands
from forecast.answer.summaries import Band
from forecast.multistate import Array

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


def by_day(result: Any) -> Band:
    """Return P from the window's first day to each day, (days,): 0 before the window, P on its last day."""
    alive, first, weight = result.curves.alive, result.timeline.first_day, result.curves.weight
    ends = alive[:, 1:]
    return find_band(ends.shape, lambda days: (np.maximum(alive[:, first, None] - ends[:, days], 0.0), weight))


def by_day_and_place(result: Any) -> Band:
    """Return the same by place: (places, days)."""
    curves, first = result.curves, result.timeline.first_day

    def happened(place: int) -> Array:
        incidence = curves.incidence_by(place)
        incidence[:first] = 0.0
        return np.cumsum(incidence, axis=0, out=incidence).T

    return stack_bands(map(happened, range(len(result.places))), curves.weight)


def label_curves(result: Any) -> xr.Dataset:
    """Lay a result's curves out by day, place and stage, each with its band and its units."""
    import xarray as xr

    bands = {
        "p_by": (
            ("day",),
            by_day(result),
            "probability of the event from the window's first day to this one",
        ),
        "p_by_place": (("place", "day"), by_day_and_place(result), "the same, at each place"),
        "p_stage": (("stage", "day"), result.occupancy, "probability of each stage, with no event yet"),
    }
    sides = ("mean", "lo", "hi")
    variables = {
        name: (
            ("quantity", *dims),
            np.stack([getattr(found, side) for side in sides]),
            {"units": "probability", "long_name": said},
        )
        for name, (dims, found, said) in bands.items()
    }
    structure = result.timeline.structure
    coords = {
        "quantity": list(sides),
        "day": np.array(result.days, "datetime64[ns]"),
        "place": list(result.places),
        "stage": list(structure.stages),
    }
    attrs = {"title": result.scenario.question.title, "as_of": result.timeline.as_of, "engine": result.engine}
    return xr.Dataset(variables, coords, attrs)


def tabulate_curves(result: Any) -> pd.DataFrame:
    """Lay the same out as a table: a row a day."""
    import pandas as pd

    curve, structure = by_day(result), result.timeline.structure
    by_place = by_day_and_place(result).mean
    columns = {
        "p": curve.mean,
        "p_lo": curve.lo,
        "p_hi": curve.hi,
        **{f"p_{place}": by_place[index] for index, place in enumerate(result.places)},
        **{f"stage_{stage}": result.stages[index] for index, stage in enumerate(structure.stages)},
    }
    return pd.DataFrame(columns, index=pd.DatetimeIndex(result.days, name="day"))
