"""Forecast one-off dated events: whether, where and when, from sourced facts.

>>> import forecast
>>> scenario = forecast.load_scenario("scenarios/may.yaml")
>>> result = forecast.run_scenario(scenario)  # doctest: +SKIP
>>> result.p_event, result.places, result.window(0.8)  # doctest: +SKIP

Importing this package is light: each name below is fetched on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forecast import plots
    from forecast.answer import Result, run_scenario
    from forecast.document import dump_scenario, load_scenario
    from forecast.errors import FitError, ForecastError, InputError
    from forecast.explore import Comparison, compare_scenarios, measure_sensitivity, sweep_scenario
    from forecast.inference import Settings
    from forecast.scenario import Scenario

__version__ = "0.1.0"

_HOMES = {
    "Comparison": "forecast.explore",
    "compare_scenarios": "forecast.explore",
    "Result": "forecast.answer",
    "run_scenario": "forecast.answer",
    "sweep_scenario": "forecast.explore",
    "measure_sensitivity": "forecast.explore",
    "load_scenario": "forecast.document",
    "dump_scenario": "forecast.document",
    "Scenario": "forecast.scenario",
    "Settings": "forecast.inference",
    "ForecastError": "forecast.errors",
    "InputError": "forecast.errors",
    "FitError": "forecast.errors",
}

__all__ = [
    "Comparison",
    "FitError",
    "ForecastError",
    "InputError",
    "Result",
    "Scenario",
    "Settings",
    "compare_scenarios",
    "dump_scenario",
    "load_scenario",
    "measure_sensitivity",
    "plots",
    "run_scenario",
    "sweep_scenario",
]


def __getattr__(name: str) -> Any:
    if name == "plots":
        return importlib.import_module("forecast.plots")
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    message = f"module 'forecast' has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
