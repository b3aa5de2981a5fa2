"""Why P is what it is: by news, by source, by record and by belief.

Receives a scenario, hands on an `Explanation`: a table, a figure, a paragraph, plain values. All parts are about one P,
that of the quick engine with the same draws and seed.
"""

from __future__ import annotations

import datetime
import logging
import pickle
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from forecast.answer import Result
from forecast.document import Source, load_scenario
from forecast.errors import InputError, Problem, check_choice, check_type
from forecast.explore.answers import Answers
from forecast.explore.beliefs import Beliefs, weigh_beliefs
from forecast.explore.learned import Learned, find_learned
from forecast.explore.level import Level, measure_level
from forecast.explore.news import News, NewsDay, check_start, list_news, trace_news
from forecast.explore.sources import Sources, weigh_sources
from forecast.explore.workers import submit_in_order
from forecast.inference import Settings
from forecast.model import build_timeline
from forecast.report import render_explanation
from forecast.scenario import Scenario, list_sources, refuse_reports, refuse_settled

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

logger = logging.getLogger(__name__)

View = Literal["news", "source", "record", "belief"]
VIEWS: tuple[View, ...] = ("news", "source", "record", "belief")
SLOWEST_FIRST: tuple[View, ...] = ("source", "belief", "news", "record")
FEW = 400  # draws behind each coalition of sources and each edit of a belief, put right by P over all draws
LEAST = 0.005  # of P: news that moves it less is told together, where not all is told
TOP = 3  # things that a paragraph names


@dataclass(frozen=True)
class Mover:
    """Something that moved P, and by how much."""

    says: str
    change: float


@dataclass(frozen=True, repr=False)
class Explanation:
    """Why P is what it is.

    Attributes
    ----------
    p : float
        That of `forecast run --quick` with the same draws and seed.
    news : News or None
    sources : Sources or None
    learned : Learned or None
    beliefs : Beliefs or None
        None where it was not asked for.
    """

    scenario: Scenario
    p: float
    news: News | None
    sources: Sources | None
    learned: Learned | None
    beliefs: Beliefs | None

    def __repr__(self) -> str:
        return f"<Explanation of {self.scenario.name}: P {self.p:.3f}>"

    def __str__(self) -> str:
        return render_explanation(self.to_dict())

    @cached_property
    def movers(self) -> tuple[Mover, ...]:
        """What moved P on the way, the largest first: each day of news, and time passing in all."""
        if self.news is None:
            return ()
        found = [Mover(_name_day(self.scenario, row), row.impact) for row in self.news.rows]
        found.append(Mover(f"time passing since {self.news.since}", self.news.time))
        return tuple(sorted(found, key=lambda mover: -abs(mover.change)))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        scenario, parts = self.scenario, (self.news, self.sources, self.learned, self.beliefs)
        plain: dict[str, Any] = {
            "schema": 1,
            "scenario": scenario.name,
            "title": scenario.question.title,
            "as_of": scenario.as_of.isoformat(),
            "window": {"from": scenario.window.start.isoformat(), "until": scenario.window.until.isoformat()},
            "p": self.p,
            "engine": "quick",
            "movers": [{"says": mover.says, "change": mover.change} for mover in self.movers[:TOP]],
        }
        for view, part in zip(VIEWS, parts, strict=True):
            if part is not None:
                plain[view] = part.to_dict()
        return plain

    def to_dataframe(self) -> pd.DataFrame:
        """Return the way of P as a table: a row for the start, each part, and the end, with P after it.

        Raises
        ------
        InputError
            If news was not asked for.
        """
        import pandas as pd

        bars = self.list_bars()
        return pd.DataFrame(bars, columns=["part", "change", "p"])

    def list_bars(self, most: int | None = None) -> list[tuple[str, float, float]]:
        """Return the way of P as parts: what it is, the change, P after it; with `most`, of the largest alone.

        Raises
        ------
        InputError
            If news was not asked for.
        """
        if self.news is None:
            raise InputError([Problem(("by",), "expected news among what is explained, to follow P; found none")])
        return _list_bars(self.news, self.scenario, most)

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw a waterfall: P on the first day, what time and each piece of news made of it, P today."""
        from forecast.explore.figures import draw_explanation

        return draw_explanation(self, ax=ax)


def explain_scenario(
    scenario: Source | Result,
    *,
    since: datetime.date | str | None = None,
    by: Sequence[View] = VIEWS,
    draws: int = 250,
    seed: int = 1,
    executor: Executor | None = None,
) -> Explanation:
    """Say why P is what it is.

    Parameters
    ----------
    scenario : Scenario, Result, path-like, str, file object or mapping
    since : date or str, optional
        The day from which on news is told; the eve of the episode under way, or a year before `as_of`, without it.
    by : sequence of {"news", "source", "record", "belief"}
        What is asked for.
    draws, seed : int
        As in `Settings`: P is that of `forecast run --quick` with them.
    executor : concurrent.futures.Executor, optional
        Who computes; without it, this process.

    Raises
    ------
    InputError
        If the scenario cannot be used.
    FitError
        If the quick engine has no answer on the way.

    Examples
    --------
    >>> import forecast
    >>> found = forecast.explain_scenario("tests/questions/treaty.yaml", by=["news"])
    >>> news = found.news
    >>> abs(news.p_start + news.time + news.impact - found.p) < 1e-9
    True
    """
    settings = Settings(draws=draws, seed=seed)
    check_type("executor", executor, (Executor, type(None)), "a concurrent.futures.Executor")
    for view in by:
        check_choice("by", view, VIEWS, "view")
    scenario = replace(load_scenario(scenario.scenario if isinstance(scenario, Result) else scenario), readings=())
    refuse_reports(scenario.known())
    refuse_settled(scenario.known())
    start = check_start(scenario, _read_since(since))
    level = find_level(scenario, settings)
    task = _Task(scenario, level, start, settings)
    views = [view for view in SLOWEST_FIRST if view in by]
    if "news" in by:
        logger.info(f"{sum(1 for _ in list_news(scenario, start))} days of news since {start}")
    if "source" in by:
        logger.info(f"{len(list_sources(scenario))} sources, each left out, and together with others")
    if executor is None:
        parts = [task.answer(view) for view in views]
    else:
        parts = list(submit_in_order(_answer_there, pickle.dumps(task), views, executor, of="the explanation"))
    found: dict[str, Any] = dict(zip(views, parts, strict=True))
    return Explanation(scenario, level.p, *(found.get(view) for view in VIEWS))


def _read_since(since: datetime.date | str | None) -> datetime.date | None:
    if since is None or isinstance(since, datetime.date):
        return since
    try:
        return datetime.date.fromisoformat(since)
    except ValueError:
        raise InputError([Problem(("since",), f"expected a date, YYYY-MM-DD; found {since}")]) from None


def find_level(scenario: Scenario, settings: Settings) -> Level:
    """Return P of the scenario, by which all that rests on fewer draws is put right."""
    posterior = Answers(scenario, settings).draw(scenario)
    return measure_level(build_timeline(scenario.known()), posterior, settings.seed)


@dataclass(frozen=True)
class _Task:
    """What is explained."""

    scenario: Scenario
    level: Level
    since: datetime.date
    settings: Settings

    def answer(self, view: View) -> News | Sources | Learned | Beliefs:
        scenario, seed, few = self.scenario, self.settings.seed, min(FEW, self.settings.draws * self.settings.chains)
        if view == "news":
            return trace_news(scenario, since=self.since, settings=self.settings)
        if view == "source":
            return weigh_sources(scenario, self.level, draws=few, seed=seed)
        if view == "belief":
            return weigh_beliefs(scenario, self.level, draws=few, seed=seed)
        return find_learned(build_timeline(scenario.known()), Answers(scenario, self.settings).draw(scenario))


def _answer_there(packed: bytes, view: View) -> News | Sources | Learned | Beliefs:
    task: _Task = pickle.loads(packed)
    return task.answer(view)


def _name_day(scenario: Scenario, row: NewsDay) -> str:
    """Name a day of news by what came, or else by the facts."""
    if row.steps:
        return f"{row.day}: {' and '.join(step.says for step in row.steps)}"
    says = scenario.facts[row.cause].says.rstrip(".")
    return f"{row.day}: {says}" + (f" (and {len(row.facts) - 1} more)" if len(row.facts) > 1 else "")


def _list_bars(news: News, scenario: Scenario, most: int | None) -> list[tuple[str, float, float]]:
    """Lay the parts out in order of time; beyond `most`, days of news that moved P least go with time."""
    kept = set(range(len(news.rows)))
    if most is not None:
        kept = {at for at in kept if abs(news.rows[at].impact) >= LEAST}
        kept = set(sorted(kept, key=lambda at: -abs(news.rows[at].impact))[:most])
    bars = [(f"P on {news.since}", news.p_start, news.p_start)]
    time = rest = 0.0
    p = news.p_start
    for at, row in enumerate(news.rows):
        time += row.time
        if at not in kept:
            rest += row.impact
            continue
        if time or rest:
            p += time + rest
            bars.append(("time passing" if not rest else "time passing, and other news", time + rest, p))
            time = rest = 0.0
        p += row.impact
        bars.append((_name_day(scenario, row), row.impact, p))
    if (left := time + rest + news.time_after) or rest:
        bars.append(("time passing" if not rest else "time passing, and other news", left, p + left))
    bars.append((f"P on {scenario.as_of}", news.p_end, news.p_end))
    return bars
