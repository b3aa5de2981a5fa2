"""Forecast one-off dated events: whether, where and when, from sourced facts.

>>> import forecast
>>> scenario = forecast.load_scenario("scenarios/may.yaml")
>>> result = forecast.run_scenario(scenario)  # doctest: +SKIP
>>> result.p_event, result.places, result.window(0.8)  # doctest: +SKIP

Importing this package is light: each name below is fetched on first use.
"""

from __future__ import annotations

import importlib

TYPE_CHECKING = False  # `typing` takes five milliseconds to load
if TYPE_CHECKING:
    from typing import Any

    from forecast import plots
    from forecast.answer import EnsembleResult, Estimate, Result, Settled, build_model, draw_posterior, run_scenario
    from forecast.document import dump_scenario, load_scenario
    from forecast.errors import FitError, ForecastError, InputError, OutputError, Problem
    from forecast.explore import (
        Comparison,
        Diff,
        Explanation,
        Page,
        Replay,
        Sensitivity,
        Signposts,
        Sweep,
        compare_scenarios,
        diff_scenarios,
        explain_scenario,
        find_signposts,
        make_page,
        measure_sensitivity,
        replay,
        sweep_scenario,
    )
    from forecast.inference import Posterior, Settings
    from forecast.scenario import Known, Scenario
    from forecast.track import (
        DateRange,
        LogScores,
        describe_forecast,
        export_forecasts,
        import_crowd,
        log_forecast,
        resolve_question,
        score_log,
    )

__version__ = "0.2.0"

_NAMES = {
    "forecast.answer": (
        "EnsembleResult",
        "Estimate",
        "Result",
        "Settled",
        "build_model",
        "draw_posterior",
        "run_scenario",
    ),
    "forecast.document": ("dump_scenario", "load_scenario"),
    "forecast.errors": ("FitError", "ForecastError", "InputError", "OutputError", "Problem"),
    "forecast.explore": (
        "Comparison",
        "Diff",
        "Explanation",
        "Page",
        "Replay",
        "Sensitivity",
        "Signposts",
        "Sweep",
        "compare_scenarios",
        "diff_scenarios",
        "explain_scenario",
        "find_signposts",
        "make_page",
        "measure_sensitivity",
        "replay",
        "sweep_scenario",
    ),
    "forecast.inference": ("Posterior", "Settings"),
    "forecast.scenario": ("Known", "Scenario"),
    "forecast.track": (
        "DateRange",
        "LogScores",
        "describe_forecast",
        "export_forecasts",
        "import_crowd",
        "log_forecast",
        "resolve_question",
        "score_log",
    ),
}
_HOMES = {name: wing for wing, names in _NAMES.items() for name in names}

__all__ = [
    "Comparison",
    "DateRange",
    "Diff",
    "EnsembleResult",
    "Estimate",
    "Explanation",
    "FitError",
    "ForecastError",
    "InputError",
    "Known",
    "LogScores",
    "OutputError",
    "Page",
    "Posterior",
    "Problem",
    "Replay",
    "Result",
    "Scenario",
    "Sensitivity",
    "Settings",
    "Settled",
    "Signposts",
    "Sweep",
    "build_model",
    "compare_scenarios",
    "describe_forecast",
    "diff_scenarios",
    "draw_posterior",
    "dump_scenario",
    "explain_scenario",
    "export_forecasts",
    "find_signposts",
    "import_crowd",
    "load_scenario",
    "log_forecast",
    "make_page",
    "measure_sensitivity",
    "plots",
    "replay",
    "resolve_question",
    "run_scenario",
    "score_log",
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
