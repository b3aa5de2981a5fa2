"""A scenario without problems, and the verbs that change its assumptions: each returns a new scenario."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, fields
from typing import Any

from forecast.errors import InputError, shorten
from forecast.scenario import verbs
from forecast.scenario.checks import check_scenario
from forecast.scenario.checks.types import check_types
from forecast.scenario.known import KNOWN, Known, resolve
from forecast.scenario.record import ScenarioRecord


@dataclass(frozen=True)
class Scenario(ScenarioRecord):
    """Everything that one forecast depends on, always sound; see `ScenarioRecord` for its parts.

    Raises
    ------
    InputError
        Whenever one is made, also by `dataclasses.replace`, whose parts do not fit; with every problem, by key.
    """

    def __post_init__(self) -> None:
        record = self.record()
        if problems := list(check_types(record, ScenarioRecord)) or check_scenario(record):
            raise InputError(problems)

    def __repr__(self) -> str:
        title, window = shorten(self.question.title), self.window
        return f"<Scenario {self.name}: {title}, as of {self.as_of}, from {window.start} to {window.until}>"

    def known(self) -> Known:
        """Return what is known of it on its as-of date: all that a forecast may see."""
        return resolve(self)

    def at(
        self,
        *,
        as_of: datetime.date | str | None = None,
        window: tuple[datetime.date | str, datetime.date | str] | datetime.date | str | None = None,
    ) -> Scenario:
        """Return this scenario on other dates; a window that began on the day after `as_of` goes on doing so.

        Parameters
        ----------
        as_of : date or str, optional
            The day it is cut.
        window : date, str or pair of them, optional
            The window's last day, or its first and its last.

        Raises
        ------
        InputError

        Examples
        --------
        >>> import forecast
        >>> may = forecast.load_scenario("scenarios/may.yaml")
        >>> may.at(as_of="2025-04-10", window="2025-06-30").window
        Window(start=datetime.date(2025, 4, 11), until=datetime.date(2025, 6, 30))
        """
        return make_sound(verbs.move(self.record(), as_of, window))

    def assume(self, **beliefs: Any) -> Scenario:
        """Return this scenario with other priors, each with a reason of its own.

        Takes what `assume:` takes in a file, with the same checks.

        Raises
        ------
        InputError

        Examples
        --------
        >>> import forecast
        >>> treaty = forecast.load_scenario("tests/questions/treaty.yaml")
        >>> sooner = {"stay": {"mean": [100, 400]}, "reason": "the ministers are in a hurry"}
        >>> hopeful = treaty.assume(stages={"talks": sooner})
        >>> hopeful.priors.stages["talks"].belief.stay
        Stay(lo=100.0, hi=400.0, word='mean')
        """
        return make_sound(verbs.assume(self.record(), beliefs))

    def do(self, **settings: Any) -> Scenario:
        """Return this scenario with something set from a date on, which leaves beliefs about the past as they are.

        Takes what `do:` takes in a file, with the same checks; what was set before stays.

        Raises
        ------
        InputError

        Examples
        --------
        >>> import forecast
        >>> treaty = forecast.load_scenario("tests/questions/treaty.yaml")
        >>> treaty.do(stage={"talks": "2026-04-28"}).interventions.stage
        {'talks': datetime.date(2026, 4, 28)}
        """
        return make_sound(verbs.do(self.record(), settings))

    def given(self, **learned: Any) -> Scenario:
        """Return this scenario supposing that we learn part of its path, which changes beliefs by its probability.

        Takes what `given:` takes in a file, with the same checks; what was supposed before stays.

        Raises
        ------
        InputError

        Examples
        --------
        >>> import forecast
        >>> treaty = forecast.load_scenario("tests/questions/treaty.yaml")
        >>> treaty.given(no_event_until="2026-05-05").evidence.no_event_until
        datetime.date(2026, 5, 5)
        """
        return make_sound(verbs.given(self.record(), learned))


def make_sound(record: ScenarioRecord) -> Scenario:
    """Make a scenario of a record whose parts were read, so that each has its type already.

    Raises
    ------
    InputError
        If something in it cannot be used.
    """
    if problems := check_scenario(record):
        raise InputError(problems)
    scenario = object.__new__(Scenario)
    vars(scenario).update({item.name: getattr(record, item.name) for item in fields(ScenarioRecord)})
    vars(scenario)[KNOWN] = resolve(record)  # the checks have asked for it
    return scenario
