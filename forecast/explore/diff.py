"""What changed between two forecasts, and how much of the change in P each change made.

The way from the first to the second is taken in a stated order: what became public between the two as-of dates and the
date itself, then the facts and what they mean, the priors, the question, what is set, and what is given. Each P on the
way is the quick engine's, with the same seed, so that the parts sum to the whole.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forecast.answer import read_run
from forecast.document import Source, load_scenario
from forecast.errors import InputError, format_key
from forecast.explore.answers import Answers
from forecast.explore.news import list_news
from forecast.inference import Posterior, Settings
from forecast.report import render_diff
from forecast.scenario import (
    Change,
    Fact,
    Prior,
    Scenario,
    ScenarioRecord,
    find_changes,
    hide_fact,
    make_sound,
    refuse_reports,
    refuse_settled,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

EACH_MOST = 12  # days or priors that are told one by one; more are taken together
REST = "what no key tells"
ENGINES = "the runs' own draws"


@dataclass(frozen=True)
class Part:
    """One part of the change of P.

    Attributes
    ----------
    name : str
    change : float
    p : float
        P after it.
    facts : tuple of str
        Those that became public, where that is what changed.
    """

    name: str
    change: float
    p: float
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class Diff:
    """What changed between two forecasts.

    Attributes
    ----------
    before, after : Scenario
    p_before, p_after : float
        As the runs have it where folders of results are compared; else by the quick engine.
    parts : tuple of Part
        In the order in which they were taken; they sum to the change of P.
    changes : tuple of Change
        Every key that differs.
    """

    before: Scenario
    after: Scenario
    p_before: float
    p_after: float
    parts: tuple[Part, ...]
    changes: tuple[Change, ...]

    def __repr__(self) -> str:
        return f"<Diff of {self.before.name} and {self.after.name}: P {self.p_before:.3f} to {self.p_after:.3f}>"

    def __str__(self) -> str:
        return render_diff(self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        ends = {"before": (self.before, self.p_before), "after": (self.after, self.p_after)}
        return {
            "schema": 1,
            **{
                name: {
                    "scenario": scenario.name,
                    "title": scenario.question.title,
                    "as_of": scenario.as_of.isoformat(),
                    "window": {"from": scenario.window.start.isoformat(), "until": scenario.window.until.isoformat()},
                    "p": p,
                }
                for name, (scenario, p) in ends.items()
            },
            "parts": [asdict(part) for part in self.parts],
            "changes": [change.to_dict() for change in self.changes],
        }

    def to_dataframe(self) -> pd.DataFrame:
        """Return a row for each part: its name, the change, P after it."""
        import pandas as pd

        return pd.DataFrame([(part.name, part.change, part.p) for part in self.parts], columns=["part", "change", "p"])

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw a waterfall from P of the first to P of the second."""
        from forecast.explore.figures import draw_diff

        return draw_diff(self, ax=ax)


def diff_scenarios(before: Source, after: Source, *, draws: int = 250, seed: int = 1) -> Diff:
    """Say what changed between two forecasts, and how much of the change in P each change made.

    Parameters
    ----------
    before, after : Scenario, path-like, str, file object or mapping
        Scenarios, or the folders of two runs: then P is that of the runs, and what their draws make of it is a part.
    draws, seed : int
        As in `Settings`, of the quick engine.

    Raises
    ------
    InputError
        If one of them cannot be used.
    FitError
        If the quick engine has no answer on the way.

    Examples
    --------
    >>> import forecast
    >>> found = forecast.diff_scenarios("scenarios/may.yaml", "scenarios/year-end.yaml")
    >>> [part.name for part in found.parts]
    ['the question and its window']
    """
    settings = Settings(draws=draws, seed=seed)
    (first, told_first), (second, told_second) = _read(before), _read(after)
    posteriors: dict[str, Posterior] = {}  # those of one history and the same priors are one

    def answer(scenario: Scenario) -> float:
        return Answers(scenario, settings, posteriors).on(scenario.as_of).mean

    p = start = answer(first)
    parts: list[Part] = []
    waiting: list[str] = []
    record = first.record()
    for name, following, facts in walk(first, second):
        if not find_changes(record, following):
            continue
        try:
            scenario = make_sound(following)
            refuse_settled(scenario.known())
        except InputError:  # it cannot be taken by itself
            waiting.append(name)
            continue
        following_p = answer(scenario)
        parts.append(Part(", with ".join([*waiting, name]), following_p - p, following_p, facts))
        p, record, waiting = following_p, following, []
    if (rest := answer(second) - p) or waiting:
        parts.append(Part(" and ".join(waiting) or REST, rest, p + rest))
        p += rest
    ends = start if told_first is None else told_first, p if told_second is None else told_second
    if told_first is not None or told_second is not None:
        parts.append(Part(ENGINES, (ends[1] - p) - (ends[0] - start), ends[1]))
    return Diff(first, second, *ends, tuple(parts), find_changes(first, second))


def _read(source: Source) -> tuple[Scenario, float | None]:
    """Read a scenario, or that of a folder of results with its P."""
    told = None
    if isinstance(source, Path | str) and "\n" not in str(source) and Path(source).is_dir():
        folder = Path(source)
        plain = read_run(folder)
        told, source = float(plain["p_event"]["mean"]), folder / "scenario.yaml"
        scenario = load_scenario(source, name=str(plain["scenario"]))
    else:
        scenario = load_scenario(source)
    refuse_reports(scenario.known())
    refuse_settled(scenario.known())
    return replace(scenario, readings=()), told


# --- the way from one to the other -----------------------------------------------------------------------------------

Stage = tuple[str, ScenarioRecord, tuple[str, ...]]  # what a step is, the record after it, facts that it makes public


def walk(first: Scenario, second: Scenario) -> Iterator[Stage]:
    """Yield the steps from one scenario to another; some of them may change nothing, and some may be unsound."""
    goal, record = second.record(), first.record()
    for step in _move(first, second.as_of):
        yield step
        record = step[1]
    record = _take(record, goal, "facts", "timeline", "begins", "unrecorded", *_NO_MATTER)
    yield "facts and what they mean", record, ()
    yield from _believe(record, goal)
    record = _take(record, goal, "priors", "fades")
    yield "how the record fades", record, ()
    moved = record.as_of != goal.as_of  # which could not be done by itself
    record = _take(record, goal, "question", "as_of", "window")
    yield "the question and its window" + (", with the as-of date" if moved else ""), record, ()
    record = _take(record, goal, "interventions")
    yield "what is set (do)", record, ()
    yield "what is given", _take(record, goal, "evidence"), ()


_NO_MATTER = ("name", "sources", "reference", "unused", "assumed", "warnings")


def _take(record: ScenarioRecord, goal: ScenarioRecord, *names: str) -> ScenarioRecord:
    return replace(record, **{name: getattr(goal, name) for name in names})


def _move(first: Scenario, as_of: datetime.date) -> Iterator[Stage]:
    """Yield what comes of another as-of date: the days by themselves, and what became public on each."""
    if as_of == first.as_of:
        return
    early, late = sorted((first.as_of, as_of))
    try:
        there = first.at(as_of=as_of)
        last = first if late == first.as_of else there
    except InputError:  # the window is over by then
        return
    days = [(str(day), [first.facts[name] for name in names]) for day, names in list_news(last, early)]
    new = [fact for _, some in days for fact in some]
    if len(days) > EACH_MOST:
        days = [(f"{new[0].public} to {new[-1].public}", new)]
    record = last.record()
    if late == as_of:
        yield f"time passing to {as_of}, with nothing new", _hide(record, new), ()
        for at, (day, some) in enumerate(days):
            hidden = [fact for _, later in days[at + 1 :] for fact in later]
            yield f"what became public on {day}", _hide(record, hidden), tuple(fact.id for fact in some)
        return
    for at in range(len(days) - 1, -1, -1):
        hidden = [fact for _, later in days[at:] for fact in later]
        yield f"without what became public on {days[at][0]}", _hide(record, hidden), tuple(f.id for f in days[at][1])
    yield f"as of {as_of}, before that time passed", there.record(), ()


def _hide(record: ScenarioRecord, hidden: list[Fact]) -> ScenarioRecord:
    return replace(record, facts={**record.facts, **{fact.id: hide_fact(fact) for fact in hidden}})


def _believe(record: ScenarioRecord, goal: ScenarioRecord) -> Iterator[Stage]:
    """Yield the record with the priors of the goal, one after another."""
    ours, theirs = dict(record.priors.items()), dict(goal.priors.items())
    changed = [key for key, prior in ours.items() if key in theirs and _believes(prior) != _believes(theirs[key])]
    if ours.keys() != theirs.keys() or len(changed) > EACH_MOST:
        yield "priors", replace(record, priors=goal.priors), ()
        return
    for at, key in enumerate(changed):
        believed = ours | {other: theirs[other] for other in changed[: at + 1]}
        yield format_key(key), replace(record, priors=record.priors.change(lambda name, _: believed[name])), ()  # noqa: B023


def _believes(prior: Prior) -> tuple[Any, Any]:
    return prior.belief, prior.otherwise
