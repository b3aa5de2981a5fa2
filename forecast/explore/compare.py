"""Scenarios side by side: P, places and timing of each, its difference to the first, and the keys behind that.

Receives scenarios, hands on a `Comparison`, which knows how to be a table.
"""

from __future__ import annotations

import datetime
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Any, TypeGuard

from forecast.answer import (
    EnsembleResult,
    Estimate,
    ReadingAnswer,
    Result,
    answer_ensemble,
    range_over,
    run_scenario,
)
from forecast.document import Source, load_question
from forecast.errors import FitError, InputError, Problem, check_choice, shorten
from forecast.explore.compare_several import find_changes_of_several, find_pair_of_several, subtract_several
from forecast.explore.differences import Difference, subtract
from forecast.explore.pairs import Pair, find_pair
from forecast.inference import Engine, Settings
from forecast.report import render_comparison, render_comparison_html
from forecast.scenario import AnyScenario, Change, Ensemble, Scenario, find_changes, find_settled, refuse_reports

if TYPE_CHECKING:
    import pandas as pd
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
    pair : Pair or None
        P if a stage is entered by a day and if not, where the scenario supposes one of them and nothing else.
    has_day : bool
        Whether a yes comes on some day and stays.
    """

    scenario: AnyScenario
    p_event: Estimate
    places: Mapping[str, Estimate]
    median_day: datetime.date | None
    readings: Mapping[str, ReadingAnswer]
    engine: str
    fingerprint: str
    difference: Difference | None
    changes: tuple[Change, ...]
    pair: Pair | None = None
    has_day: bool = True

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
        if not self.has_day:
            plain["has_day"] = False
        if self.pair is not None:
            plain["pair"] = self.pair.to_dict()
        return plain


@dataclass(frozen=True, repr=False)
class Comparison:
    """Scenarios in their order; the first is the one that the others are compared with."""

    rows: tuple[Compared, ...]

    def __repr__(self) -> str:
        return f"<Comparison of {', '.join(row.scenario.name for row in self.rows)}>"

    @property
    def title(self) -> str:
        """What the event is; of several questions, how many there are."""
        titles = dict.fromkeys(row.scenario.question.title for row in self.rows)
        return next(iter(titles)) if len(titles) == 1 else f"{len(titles)} questions"

    def to_dict(self) -> dict[str, Any]:
        """Return the contents of `compare.json`."""
        return {"schema": 1, "title": self.title, "scenarios": [row.to_dict() for row in self.rows]}

    def to_dataframe(self) -> pd.DataFrame:
        """Return a row a scenario: P with its 90% interval and error, by place, the median day, the difference."""
        import pandas as pd

        rows = [
            {
                "as_of": row.scenario.as_of,
                "from": row.scenario.window.start,
                "until": row.scenario.window.until,
                "p": row.p_event.mean,
                "p_lo": row.p_event.eti90[0],
                "p_hi": row.p_event.eti90[1],
                "mcse": row.p_event.mcse,
                **{f"p_{name}": place.mean for name, place in row.places.items()},
                "median_day": row.median_day,
                "difference": None if row.difference is None else row.difference.mean,
                "difference_mcse": None if row.difference is None else row.difference.mcse,
                "engine": row.engine,
            }
            for row in self.rows
        ]
        return pd.DataFrame(rows, index=pd.Index([row.scenario.name for row in self.rows], name="scenario"))

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw P of each by place, with its interval and the range over other readings."""
        from forecast.explore.figures import draw_comparison

        return draw_comparison(self.rows, self.title, ax=ax)

    def __str__(self) -> str:
        return render_comparison(self.to_dict())

    def _repr_html_(self) -> str:
        return render_comparison_html(self.to_dict())


def compare_scenarios(
    scenarios: Sequence[Source | Ensemble],
    *,
    baseline: str | None = None,
    engine: Engine = "nuts",
    settings: Settings | None = None,
    fresh: bool = False,
) -> Comparison:
    """Answer several scenarios and compare each with one of them.

    Parameters
    ----------
    scenarios : sequence of Scenario, path-like, str, file object or mapping
        At least one; their as-of dates, windows and even questions may differ.
    baseline : str, optional
        Name of the one that the others are compared with, which then comes first; the first one without it.
    engine, settings, fresh
        As in `forecast.run_scenario`.

    Raises
    ------
    InputError
        If a scenario cannot be used, there is none, or none of that name.
    FitError
        If a fit fails its gate; the message names the scenario.

    Examples
    --------
    >>> import forecast
    >>> print(forecast.compare_scenarios(["scenarios/may.yaml", "scenarios/year-end.yaml"]))  # doctest: +SKIP
    """
    if isinstance(scenarios, str | PathLike | Mapping) or not isinstance(scenarios, Iterable):
        expected = "expected a list of scenarios, each a path, a text of YAML, a file object, a dict or a Scenario"
        raise InputError([Problem(("scenarios",), f"{expected}; found {shorten(repr(scenarios))}")])
    loaded = _put_first([load_question(source) for source in scenarios], baseline)
    kinds = {type(scenario) for scenario in loaded}
    if len(kinds) > 1:
        message = "expected files of one timeline each, or of several each; found both. Compare them apart"
        raise InputError([Problem(("scenarios",), message)])
    rows: list[Compared] = []
    if Ensemble in kinds:
        of_several: EnsembleResult | None = None
        for ensemble in loaded:
            assert isinstance(ensemble, Ensemble)
            logger.info(ensemble.name)
            found = answer_ensemble(ensemble, engine=engine, settings=settings, fresh=fresh)
            pair = find_pair_of_several(found, engine, settings)
            rows.append(_summarise_several(found, of_several, pair))
            of_several = of_several or found
        return Comparison(tuple(rows))
    first: Result | None = None
    for scenario in filter(_is_single, loaded):
        # Of all but the first only the summary is kept: draws and curves take tens of megabytes.
        logger.info(scenario.name)
        if settled := find_settled(scenario.known()):
            message = f"{scenario.name}: the question is answered, with {settled.word}, on {settled.day}; leave it out"
            raise InputError([Problem(("scenarios",), message)])
        try:
            refuse_reports(scenario.known())  # draws of several courses do not pair
            result = run_scenario(scenario, engine=engine, settings=settings, fresh=fresh)
        except FitError as error:
            message = f"{scenario.name}: {error}"
            raise FitError(message) from error
        assert isinstance(result, Result)
        rows.append(_summarise(result, first))
        first = first or result
    return Comparison(tuple(rows))


def _is_single(scenario: AnyScenario) -> TypeGuard[Scenario]:
    return isinstance(scenario, Scenario)


def _put_first(scenarios: list[AnyScenario], baseline: str | None) -> list[AnyScenario]:
    """Return the scenarios with the one of that name in front."""
    if not scenarios:
        raise InputError([Problem((), "expected at least one scenario to compare; found none")])
    if baseline is None:
        return scenarios
    names = [scenario.name for scenario in scenarios]
    check_choice("baseline", baseline, names, "scenario")
    if names.count(baseline) > 1:
        message = f"expected a name that one scenario bears; several are called {baseline}"
        raise InputError([Problem(("baseline",), message)])
    at = names.index(baseline)
    return [scenarios[at], *scenarios[:at], *scenarios[at + 1 :]]


def _summarise_several(result: EnsembleResult, first: EnsembleResult | None, pair: Pair | None) -> Compared:
    days = result.median_days
    return Compared(
        scenario=result.ensemble,
        p_event=result.p_event,
        places={},
        median_day=None if days is None else days[1],
        readings=result.readings,
        engine=result.engine,
        fingerprint=" ".join(posterior.fingerprint for posterior in result.posteriors.values()),
        difference=None if first is None else subtract_several(result, first),
        changes=() if first is None else find_changes_of_several(first.ensemble, result.ensemble),
        pair=pair,
        has_day=result.lasts,
    )


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
        pair=find_pair(result),
        has_day=result.has_day,
    )
