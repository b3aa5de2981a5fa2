"""A result as one page to share: what it answers, why, what to watch, and what if.

Receives a result, or a scenario that is run. Hands on HTML and the same as plain values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from forecast.answer import Result, mark_page, plain_whatif, run_scenario, spread_all
from forecast.document import Source
from forecast.errors import InputError, Problem
from forecast.inference import Engine, Settings
from forecast.report import render_page
from forecast.scenario import EventEntry, step_day


@dataclass(frozen=True, eq=False)
class Page:
    """A page.

    Attributes
    ----------
    html : str
        One file that needs nothing else.
    result : Result
        What it shows.
    """

    html: str
    result: Result

    def to_dict(self) -> dict[str, Any]:
        """Return what it says, for machines: the contents of `forecast.json`."""
        return self.result.to_dict()


def make_page(
    scenario: Source | Result, *, engine: Engine = "nuts", settings: Settings | None = None, fresh: bool = False
) -> Page:
    """Write a result as one self-contained HTML page.

    Parameters
    ----------
    scenario : Result, Scenario, path-like, str, file object or mapping
        What is not a result yet is run; the other parameters are those of `run_scenario`.

    Raises
    ------
    InputError
        If the scenario cannot be used, is settled already, or is about several timelines.
    FitError
        If the fit fails its gate.

    Examples
    --------
    >>> import forecast
    >>> page = forecast.make_page("tests/questions/launch.yaml", engine="quick")
    >>> page.html[:15], "<h1>" in page.html
    ('<!DOCTYPE html>', True)
    """
    result = (
        scenario
        if isinstance(scenario, Result)
        else run_scenario(scenario, engine=engine, settings=settings, fresh=fresh)
    )
    if not isinstance(result, Result):
        message = (
            "expected a question of one timeline whose answer is still open; found one that a page cannot show yet"
        )
        raise InputError([Problem((), message)])
    return Page(render_page(result.plain, result.scenario, _collect(result), mark_page(result.scenario)), result)


def _collect(result: Result) -> dict[str, Any]:
    """Return what a page shows beside `forecast.json`."""
    known, structure, as_of = result.scenario.known(), result.timeline.structure, result.scenario.as_of
    ways = known.question.ways
    return {
        "stays": [{"stage": stay.stage, "from": stay.start, "until": stay.end} for stay in result.past_stays()],
        "events": [
            {"day": step_day(item.entry), "itinerary": item.entry.itinerary, "place": ways[item.entry.itinerary].place}
            for item in known.steps
            if isinstance(item.entry, EventEntry)
        ],
        "plans": [
            {
                "kind": plan.kind,
                "where": f" ({', '.join(map(known.question.show, plan.places))})",
                "from": plan.ahead[0],
                "until": plan.ahead[1],
            }
            for plan in result.plans()
            if plan.ahead and plan.ahead[0] > as_of
        ],
        "before": spread_all(result.fit.prior, structure),
        "after": spread_all(result.fit.draws, structure),
        "whatif": plain_whatif(result),
    }
