"""A result as one page to share: what it answers, why, what to watch, and what if.

Receives a result, or a scenario that is run. Hands on HTML and the same as plain values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from forecast.answer import Result, mark_page, plain_whatif, run_scenario, spread_all
from forecast.document import Source
from forecast.errors import ForecastError, InputError, Problem
from forecast.explore.explain import explain_scenario
from forecast.explore.signposts import find_signposts
from forecast.inference import Engine, Settings
from forecast.report import render_page
from forecast.scenario import EventEntry, step_day

FEWER = 250  # draws a chain behind an explanation, as `forecast explain` has them


@dataclass(frozen=True, eq=False)
class Page:
    """A page.

    Attributes
    ----------
    html : str
        One file that needs nothing else.
    result : Result
        What it shows.
    more : dict
        What it shows beside `forecast.json`.
    """

    html: str
    result: Result
    more: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return what it says, for machines: `forecast.json` and, where they were asked for, ``why`` and ``watch``."""
        return self.result.to_dict() | {name: self.more[name] for name in ("why", "watch") if name in self.more}


def make_page(
    scenario: Source | Result,
    *,
    engine: Engine = "nuts",
    settings: Settings | None = None,
    fresh: bool = False,
    why: bool = False,
    executor: Executor | None = None,
) -> Page:
    """Write a result as one self-contained HTML page.

    Parameters
    ----------
    scenario : Result, Scenario, path-like, str, file object or mapping
        What is not a result yet is run by `engine` with `settings`, and `fresh`, as in `run_scenario`.
    why : bool
        Take P apart by news, sources and beliefs as well, and list what to watch; that takes some seconds more.
    executor : concurrent.futures.Executor, optional
        What does so side by side.

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
    more = _collect(result)
    if why:
        more |= _explain(result, executor)
    return Page(render_page(result.plain, result.scenario, more, mark_page(result.scenario)), result, more)


def _explain(result: Result, executor: Executor | None) -> dict[str, Any]:
    """Return why P is what it is and what to watch; or ``without``, where an answer cannot be taken apart so."""

    def find(ask: Callable[[], Any]) -> dict[str, Any]:
        try:
            return dict(ask().to_dict())
        except ForecastError as error:
            return {"without": "; ".join(problem.message for problem in getattr(error, "problems", ())) or str(error)}

    seed = result.diagnostics["seed"]
    return {
        "why": find(lambda: explain_scenario(result.scenario, draws=FEWER, seed=seed, executor=executor)),
        "watch": find(lambda: find_signposts(result.scenario, posterior=result.fit)),
    }


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
