"""A result as labelled arrays and as a table: for xarray and pandas, which are imported when asked.

Receives a `Result`, whose methods call this module. Hands on a Dataset or a DataFrame.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


def label_curves(result: Any) -> xr.Dataset:
    """Lay a result's curves out by day, place and stage, each with its band and its units."""
    import xarray as xr

    bands = {
        "p_by": (("day",), result.cif_any, "probability that the event has happened by the end of the day"),
        "p_by_place": (("place", "day"), result.cif, "the same, at each place"),
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
        "place": list(structure.places),
        "stage": list(structure.stages),
    }
    attrs = {"title": result.scenario.question.title, "as_of": result.timeline.as_of, "engine": result.engine}
    return xr.Dataset(variables, coords, attrs)


def tabulate_curves(result: Any) -> pd.DataFrame:
    """Lay the same out as a table: a row a day."""
    import pandas as pd

    curve, structure = result.cif_any, result.timeline.structure
    by_place = np.cumsum(result.incidence, axis=1)
    columns = {
        "p": curve.mean,
        "p_lo": curve.lo,
        "p_hi": curve.hi,
        **{f"p_{place}": by_place[index] for index, place in enumerate(structure.places)},
        **{f"stage_{stage}": result.stages[index] for index, stage in enumerate(structure.stages)},
    }
    return pd.DataFrame(columns, index=pd.DatetimeIndex(result.days, name="day"))
