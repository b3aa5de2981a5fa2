"""Scenarios side by side: P, places and timing of each, its difference to the first, and the keys behind that.

Receives scenarios, hands on a `Comparison`, which knows how to be a table.
"""

from __future__ import annotations

import datetime
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forecast.answer import Estimate, ReadingAnswer, Result, range_over, run_scenario
from forecast.errors import FitError
from forecast.explore.differences import Difference, subtract
from forecast.inference import Engine, Settings
from forecast.report import render_comparison, render_comparison_html
from forecast.scenario import Change, Scenario, find_changes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Compared:
    """One scenario's answer among others.

    Attributes
    ----------
    median_day : datetime.date or None
        By when the event, if it falls into the window, is as likely as not to have happened.
    difference : Difference or None
        P less that of the first scenario; None for the first itself.
    changes : tuple of Change
        The keys in which it differs from the first.
    """

    scenario: Scenario
    p_event: Estimate
    places: Mapping[str, Estimate]
    median_day: datetime.date | None
    readings: Mapping[str, ReadingAnswer]
    engine: str
    fingerprint: str
    difference: Difference | None
    changes: tuple[Change, ...]

    @property
    def readings_range(self) -> tuple[float, float] | None:
        """Least and largest P over all readings, its own among them; None where the scenario lists no others."""
        return range_over(self.p_event.mean, self.readings)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        scenario, bounds = self.scenario, self.readings_range
        plain: dict[str, Any] = {
            "scenario": scenario.name,
            "title": scenario.question.title,
            "as_of": scenario.as_of.isoformat(),
            "window": {"from": scenario.window.start.isoformat(), "until": scenario.window.until.isoformat()},
            "p_event": self.p_event.to_dict(),
            "places": {name: place.to_dict() for name, place in self.places.items()},
            "median_day": None if self.median_day is None else self.median_day.isoformat(),
            "difference": None if self.difference is None else self.difference.to_dict(),
            "changes": [change.to_dict() for change in self.changes],
            "engine": self.engine,
            "fingerprint": self.fingerprint,
        }
        if bounds is not None:
            plain["readings"] = {name: answer.to_dict() for name, answer in self.readings.items()}
            plain["readings_range"] = list(bounds)
        return plain


@dataclass(frozen=True)
class Comparison:
    """Scenarios in their order; the first is the one that the others are compared with."""

    rows: tuple[Compared, ...]

    @property
    def title(self) -> str:
        """What the event is; of several questions, how many there are."""
        titles = dict.fromkeys(row.scenario.question.title for row in self.rows)
        return next(iter(titles)) if len(titles) == 1 else f"{len(titles)} questions"

    def to_dict(self) -> dict[str, Any]:
        """Return the contents of `compare.json`."""
        return {"schema": 1, "title": self.title, "scenarios": [row.to_dict() for row in self.rows]}

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw P of each by place, with its interval and the range over other readings."""
        from forecast.explore.figures import draw_comparison

        return draw_comparison(self.rows, self.title, ax=ax)

    def __str__(self) -> str:
        return render_comparison(self.to_dict())

    def _repr_html_(self) -> str:
        return render_comparison_html(self.to_dict())


def compare_scenarios(
    scenarios: Sequence[Scenario],
    *,
    settings: Settings | None = None,
    engine: Engine = "nuts",
    fresh: bool = False,
) -> Comparison:
    """Answer several scenarios and compare each with the first.

    Parameters
    ----------
    scenarios : sequence of Scenario
        At least one; their as-of dates, windows and even questions may differ.
    settings, engine, fresh
        As in `forecast.run_scenario`.

    Raises
    ------
    FitError
        If a fit fails its gate; the message names the scenario.
    ValueError
        If there is nothing to compare.

    Examples
    --------
    >>> import forecast
    >>> paths = ["scenarios/may.yaml", "scenarios/year-end.yaml"]
    >>> print(forecast.compare_scenarios([forecast.load_scenario(path) for path in paths]))  # doctest: +SKIP
    """
    if not scenarios:
        message = "expected at least one scenario to compare; found none"
        raise ValueError(message)
    rows: list[Compared] = []
    first: Result | None = None
    for scenario in scenarios:  # of all but the first only the summary is kept: draws and curves take tens of megabytes
        logger.info(scenario.name)
        try:
            result = run_scenario(
                scenario,
                settings=settings,
                engine=engine,
                fresh=fresh,
            )
        except FitError as error:
            message = f"{scenario.name}: {error}"
            raise FitError(message) from error
        rows.append(_summarise(result, first))
        first = first or result
    return Comparison(tuple(rows))


def _summarise(result: Result, first: Result | None) -> Compared:
    return Compared(
        scenario=result.scenario,
        p_event=result.p_event,
        places=result.places,
        median_day=result.median_day,
        readings=result.readings,
        engine=result.fit.diagnostics["engine"],
        fingerprint=result.fit.fingerprint,
        difference=None if first is None else subtract(result, first),
        changes=() if first is None else find_changes(first.scenario, result.scenario),
    )
