"""Draws in an analyst's terms: days, shares, factors and chances."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.model.hazards import end_shares, itinerary_shares
from forecast.model.indices import Indices
from forecast.model.parameters import Parameters
from forecast.multistate import Array
from forecast.scenario import FAST_TO_SLOW


@dataclass(frozen=True, eq=False)
class Quantity:
    """A parameter as an analyst reads it: (labels, draws) along `dim`, in `units`."""

    dim: str
    labels: tuple[str, ...]
    values: Array
    units: str


def natural_scale(theta: Parameters, structure: Indices) -> dict[str, Quantity]:
    """Turn NumPy parameters into stays in days, shares, ratios and chances, by name."""
    found = {
        "stay": Quantity("stage", structure.stages, structure.shapes.typical_stays(theta), "days"),
        "end_share": Quantity(
            "transition", structure.transition_names, end_shares(theta, structure), "share of a stage's ends"
        ),
        "itinerary_share": Quantity(
            "itinerary",
            structure.itineraries,
            itinerary_shares(theta, structure),
            "share of the event in ordinary times",
        ),
    }
    if structure.shaped:
        found["shape"] = Quantity("shaped_stage", structure.shaped, np.exp(theta["log_shape"]), "shape")
    if structure.never.stages:
        share = 1 / (1 + np.exp(-theta["never_logit"]))
        found["never"] = Quantity("never_of", structure.never.names, share, "probability")
    if structure.ratios:
        found["hazard_ratio"] = Quantity("ratio", structure.ratios, np.exp(theta["log_ratio"]), "ratio")
    if structure.kinds:
        kept = 1 / (1 + np.exp(-theta["kept_logit"]))
        found["kept"] = Quantity("plan", structure.kinds, kept, "probability")
        found["meanwhile"] = Quantity("plan", structure.kinds, np.exp(theta["log_meanwhile"]), "ratio")
    if structure.late:
        found["late"] = Quantity("late_plan", structure.late, np.exp(theta["log_late"]), "days")
    for name, names in (("lasts", structure.lasting), ("returns", structure.returning)):
        if names:
            dim = "condition" if name == "lasts" else "returning_condition"
            found[name] = Quantity(dim, names, np.exp(theta[f"log_{name}"]), "days")
    if "log_sigma" in theta:
        found["seriousness"] = Quantity("scale", ("seriousness",), np.exp(np.exp(theta["log_sigma"])), "ratio")
    for name in theta:
        if name.startswith("log_tau"):
            ratio = np.exp(FAST_TO_SLOW * np.exp(theta[name]))
            found[name.replace("log_tau", "pace")] = Quantity("spread", ("spread",), ratio, "ratio of fast to slow")
    return found
