"""The verbs assume, do and given in Python: the same schema and the same checks as in a file.

Receives a scenario and plain values, hands on another scenario; what cannot be used is an `InputError` with key paths.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any

from forecast.errors import InputError, Problem
from forecast.scenario.assume import lay_assumptions, plain_assumption
from forecast.scenario.beliefs import Priors
from forecast.scenario.checks import check_scenario
from forecast.scenario.nodes import Mapping as MappingNode
from forecast.scenario.nodes import make_node
from forecast.scenario.plain import plain_priors
from forecast.scenario.reader import Reader
from forecast.scenario.record import ScenarioRecord, next_day, place_window
from forecast.scenario.schema import read_priors
from forecast.scenario.suppositions import DO, GIVEN, Evidence, Interventions, Setting


def move(record: ScenarioRecord, as_of: Any, window: Any) -> ScenarioRecord:
    """Move a scenario's dates; a window that began on the day after `as_of` goes on doing so."""
    reader = Reader()
    span = window if isinstance(window, tuple | list) else (None, window)
    if len(span) != 2:
        raise InputError([Problem(("window",), f"expected a last day, or a first and a last; found {len(span)} days")])
    names = (("as_of",), ("window", "from"), ("window", "until"))
    day, start, until = (
        None if value is None else reader.date(make_node(value), key)
        for key, value in zip(names, (as_of, *span), strict=True)
    )
    if reader.problems:
        raise InputError(replace(problem, file=None, line=None, column=None) for problem in reader.problems)
    day = day or record.as_of
    follows = record.window.began is None and record.window.start == next_day(record.as_of)
    days = record.window.ahead if until is None else None
    start = start or (next_day(day) if follows else record.window.began or record.window.start)
    return replace(record, as_of=day, window=place_window(start, until or record.window.until, day, days))


def assume(scenario: ScenarioRecord, beliefs: Mapping[str, Any]) -> ScenarioRecord:
    """Lay other beliefs over a scenario's priors, below those that its readings assume."""

    def lay(reader: Reader) -> ScenarioRecord:
        believed = replace(scenario, priors=_lay_over(reader, scenario, beliefs))
        if reader.problems:
            return believed
        readings = [
            replace(item, priors=_lay_over(reader, believed, plain_assumption(scenario.priors, item.priors)))
            if item.priors is not None
            else item
            for item in scenario.readings
        ]
        return replace(believed, readings=tuple(readings))

    return _checked(lay)


def _lay_over(reader: Reader, scenario: ScenarioRecord, beliefs: Mapping[str, Any]) -> Priors:
    priors = make_node(plain_priors(scenario))
    assert isinstance(priors, MappingNode)
    return read_priors(reader, lay_assumptions(reader, priors, make_node(dict(beliefs))))


def do(scenario: ScenarioRecord, settings: Mapping[str, Any]) -> ScenarioRecord:
    """Set something from a date on, beside whatever is set already."""

    def lay(reader: Reader) -> ScenarioRecord:
        more = DO.read(reader, make_node(dict(settings)), ("do",))
        before = scenario.interventions
        joined = {
            item.name: {**getattr(before, item.name), **getattr(more, item.name)}
            for item in fields(Interventions)
            if item.name != "timeline"
        }
        for name in (
            before.itineraries.keys() & more.itineraries.keys()
        ):  # other attributes stay set, as in a child file
            old, new = before.itineraries[name], more.itineraries[name]
            joined["itineraries"][name] = Setting({**old.value, **new.value}, new.start or old.start)
        return replace(scenario, interventions=Interventions(**joined, timeline=(*before.timeline, *more.timeline)))

    return _checked(lay)


def given(scenario: ScenarioRecord, learned: Mapping[str, Any]) -> ScenarioRecord:
    """Suppose that something is learned, beside whatever is supposed already."""

    def lay(reader: Reader) -> ScenarioRecord:
        more, before = GIVEN.read(reader, make_node(dict(learned)), ("given",)), scenario.evidence
        return replace(
            scenario,
            evidence=Evidence(
                {**before.steps, **more.steps},
                {**before.conditions, **more.conditions},
                more.no_event_until or before.no_event_until,
                more.silence_until or before.silence_until,
            ),
        )

    return _checked(lay)


def _checked(lay: Callable[[Reader], ScenarioRecord]) -> ScenarioRecord:
    reader = Reader()
    scenario = lay(reader)
    problems = [*reader.problems, *check_scenario(scenario, reader.broken)]
    if problems:
        raise InputError(replace(problem, file=None, line=None, column=None) for problem in problems)
    return scenario
