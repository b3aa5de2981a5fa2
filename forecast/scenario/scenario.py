"""A scenario without problems, and the verbs that change its assumptions: each returns a new scenario."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

from forecast.scenario import verbs
from forecast.scenario.known import Known, resolve
from forecast.scenario.record import ScenarioRecord


@dataclass(frozen=True)
class Scenario(ScenarioRecord):
    """Everything that one forecast depends on; see `ScenarioRecord` for its parts."""

    def known(self) -> Known:
        """Return what is known of it on its as-of date: all that a forecast may see."""
        return self._known

    @cached_property
    def _known(self) -> Known:
        return resolve(self)

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
        >>> hopeful = treaty.assume(stages={"talks": {"stay": [100, 400], "reason": "the ministers are in a hurry"}})
        >>> hopeful.priors.stages["talks"].belief.stay
        Interval(lo=100.0, hi=400.0)
        """
        return make_sound(verbs.assume(self, beliefs))

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
        return make_sound(verbs.do(self, settings))

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
        return make_sound(verbs.given(self, learned))


def make_sound(record: ScenarioRecord) -> Scenario:
    """Make a scenario of a record in which no problem was found."""
    return Scenario(**{item.name: getattr(record, item.name) for item in fields(ScenarioRecord)})
