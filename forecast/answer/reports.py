"""Reports that may be wrong: a forecast for each course of events that may be true, and all of them as one."""

from __future__ import annotations

import datetime
import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NoReturn

import numpy as np

from forecast.answer.ahead import Ahead, carry_ahead
from forecast.answer.bands import stack_bands
from forecast.answer.courses import weigh_courses
from forecast.answer.picture import Learned
from forecast.answer.result import Result
from forecast.answer.summaries import Band, Estimate, estimate
from forecast.errors import InputError, Problem
from forecast.inference import Settings, stream
from forecast.multistate import Array, join_curves, weigh_curves
from forecast.report import describe_entry
from forecast.scenario import Report, Scenario, list_reports

logger = logging.getLogger(__name__)

FEWEST = 200  # draws of a course, however little it weighs


@dataclass(frozen=True, eq=False)
class Course:
    """What may be true: of each report whether it is right, how likely that is at `as_of`, and the forecast then."""

    truths: tuple[bool, ...]
    weight: float
    result: Result

    @property
    def counts(self) -> float:
        """Its weight once what is given is known as well."""
        return self.weight * self.result.given_chance


@dataclass(frozen=True)
class ReportAnswer:
    """How likely a report is right, as it came and now, and P in either case; None where that cannot be."""

    report: Report
    now: float
    p_if_right: float | None
    p_if_wrong: float | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "entry": self.report.number,
            "says": describe_entry(self.report.entry),
            "public": self.report.public.isoformat(),
            "right": self.report.right,
            "now": self.now,
            "p_if_right": self.p_if_right,
            "p_if_wrong": self.p_if_wrong,
        }


@dataclass(frozen=True, eq=False, repr=False)
class PooledResult(Result):
    """The answer to a scenario with reports that may be wrong: that of all courses, by their weights.

    Its scenario, timeline and posterior are those of the likeliest course.

    Attributes
    ----------
    courses : tuple of Course
        The likeliest first.
    asked : Scenario
        With the reports.
    """

    courses: tuple[Course, ...] = ()
    asked: Scenario | None = None

    @cached_property
    def p_event(self) -> Estimate:
        """Probability that the event falls into the window, whatever of the reports is true."""
        found = estimate(self.ahead.total, self.ahead.weight)
        errors = [course.counts * (course.result.p_event.mcse or 0.0) for course in self.courses]
        return replace(found, mcse=math.hypot(*errors) / sum(course.counts for course in self.courses))

    @property
    def reports(self) -> tuple[ReportAnswer, ...]:
        """Each report, in the order in which they became known."""
        assert self.asked is not None
        found = []
        for index, report in enumerate(list_reports(self.asked)):
            split = {
                truth: [course for course in self.courses if course.truths[index] is truth] for truth in (True, False)
            }
            p_right, p_wrong = (_mean(split[truth]) for truth in (True, False))
            found.append(ReportAnswer(report, sum(course.weight for course in split[True]), p_right, p_wrong))
        return tuple(found)

    @cached_property
    def occupancy(self) -> Band:
        """Chance of being in each stage with no event yet: (stages, days)."""

        def carry(result: Result) -> Ahead:
            rng = stream(result.fit.diagnostics["seed"], "ahead")
            return carry_ahead(result.timeline, result.fit.draws, rng, detail="stages", agreement=0)

        curves = _join(self.courses, [carry(course.result) for course in self.courses]).curves
        assert curves is not None
        return stack_bands(np.moveaxis(curves.stages, 2, 0), curves.weight)

    @cached_property
    def chances_to_hold(self) -> dict[str, Array]:
        """How likely each condition that may change is to hold at the end of each day after `as_of`: (days,)."""
        every = [course.result.chances_to_hold for course in self.courses]
        return {name: _weighted(self.courses, [found[name] for found in every]) for name in every[0]}

    @property
    def any_place(self) -> dict[str, Estimate]:
        """None: each course has draws of its own."""
        return {}

    def _chance_until(self, day: datetime.date) -> float:
        return float(_weighted(self.courses, [course.result._chance_until(day) for course in self.courses]))

    @property
    def before_silence(self) -> None:
        """None: what was known on the last day of news was another mixture."""

    @property
    def own_notes(self) -> list[str]:
        """Say of which course the timeline is."""
        if len(self.courses) < 2:
            return []
        first = self.courses[0]
        said = zip(self.reports, first.truths, strict=True)
        told = ", ".join(f"{describe_entry(item.report.entry)} {'right' if truth else 'wrong'}" for item, truth in said)
        return [f"the stage today, its timeline and the facts used are those of the likeliest course: {told}"]

    @property
    def keeps_draws(self) -> bool:
        """Tell that the draws are of several timelines, which one file cannot hold."""
        return False

    def quantities(self) -> dict[str, Learned]:
        """Return prior and posterior draws by name, of all courses by their weights."""
        every = [course.result.quantities() for course in self.courses]
        size = max(1, self.ahead.weight.size)
        counts = [max(1, round(size * course.weight)) for course in self.courses]
        return {
            name: own._replace(
                posterior=np.concatenate(
                    [
                        found[name].posterior[:, _choose(found[name].posterior.shape[-1], count)]
                        for found, count in zip(every, counts, strict=True)
                    ],
                    axis=-1,
                )
            )
            for name, own in every[0].items()
        }

    @property
    def posterior(self) -> NoReturn:
        """Refuse: the draws are of several timelines."""
        _refuse_draws()

    def to_netcdf(self) -> NoReturn:
        """Refuse: the draws are of several timelines."""
        _refuse_draws()

    @cached_property
    def resolved(self) -> str:
        """The scenario as YAML, with its reports and all that it extends and cites."""
        from forecast.document import dump_scenario

        assert self.asked is not None
        return dump_scenario(self.asked)


def _refuse_draws() -> NoReturn:
    message = "the draws are of several timelines, one for each course; take one, as in result.courses[0].result"
    raise InputError([Problem(("posterior",), message)])


def pool_courses(scenario: Scenario, answer: Callable[[Scenario, float], Result], settings: Settings) -> PooledResult:
    """Answer a scenario whose reports may be wrong.

    Parameters
    ----------
    answer : callable
        Answers a scenario of which all is certain, given its weight among the courses.

    Raises
    ------
    FitError
        If a fit fails its gate, or the quick engine, which weighs the courses whatever engine answers, fails its own.
    """
    weighed = weigh_courses(scenario, settings)
    likeliest = sorted(weighed, key=lambda item: -item[2])
    least = 0.5 / (settings.chains * settings.draws)
    kept = [item for item in likeliest if item[2] >= least]
    total = sum(weight for *_, weight in kept)
    courses = []
    for number, (truths, course, weight) in enumerate(kept, start=1):
        logger.info(f"course {number} of {len(kept)}, which has a weight of {weight / total:.2g}")
        courses.append(Course(truths, weight / total, answer(course, weight / total)))
    first = courses[0].result
    rates = [course.result.base_rate for course in courses]
    return PooledResult(
        **{name: value for name, value in vars(first).items() if name in Result.__dataclass_fields__}
        | {
            "ahead": _join(courses, [course.result.ahead for course in courses]),
            "base_rate": None if None in rates else _weighted(courses, [rate or 0.0 for rate in rates]),
            "prior_only": _weighted(courses, [course.result.prior_only for course in courses]),
        },
        courses=tuple(courses),
        asked=scenario,
    )


def _join(courses: Sequence[Course], aheads: Sequence[Ahead]) -> Ahead:
    """Return the draws of all courses, each counting by its course, and silence by what each gave it."""
    total = sum(ahead.weight.size for ahead in aheads)
    parts = []
    for course, ahead in zip(courses, aheads, strict=True):
        curves, size = ahead.curves, ahead.weight.size
        assert curves is not None
        which = _choose(size, max(round(total * course.weight), min(FEWEST, size)))
        weight = course.weight * total / len(which) / curves.initial.sum(axis=1).mean()
        frailties = tuple(z[which] for z in ahead.frailties)
        parts.append(
            Ahead(
                ahead.joint[:, which] * weight,
                ahead.weight[which] * weight,
                frailties,
                weigh_curves(curves, which, weight),
            )
        )
    return Ahead(
        joint=np.concatenate([part.joint for part in parts], axis=1),
        weight=np.concatenate([part.weight for part in parts]),
        frailties=tuple(np.concatenate(each) for each in zip(*(part.frailties for part in parts), strict=True)),
        curves=join_curves([part.curves for part in parts if part.curves is not None]),
    )


def _choose(size: int, count: int) -> Array:
    """Return so many of some draws, spread evenly."""
    count = min(size, count)
    return ((np.arange(count) + 0.5) * size / count).astype(int)


def _mean(courses: Sequence[Course]) -> float | None:
    return _weighted(courses, [course.result.p_event.mean for course in courses]) if courses else None


def _weighted(courses: Sequence[Course], values: Sequence[Any]) -> Any:
    """Return the mean of numbers or arrays over courses, by what each counts."""
    total = sum(course.counts for course in courses)
    return sum(course.counts / total * value for course, value in zip(courses, values, strict=True))
