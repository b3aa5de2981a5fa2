"""What came of a question: in a file of its own, which scores read and no fit."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from forecast.errors import InputError, Problem, suggest
from forecast.scenario.fields import Listed, Record, key, record
from forecast.scenario.kinds import DAY, NAME, TEXT
from forecast.scenario.question import Question


@record
class Outcome:
    """The event happened."""

    day: datetime.date = key("day", DAY, "the day on which it happened")
    place: str = key("place", NAME, "where, by the question's name of the place")
    says: str = key("says", TEXT, "what happened, in our own words")
    source: str = key("source", TEXT, "who tells it, roughly where")


@record
class Outcomes:
    """Every event from the first day of the history to a day."""

    complete_until: datetime.date = key("complete_until", DAY, "up to when no event is left out")
    outcomes: tuple[Outcome, ...] = key("outcomes", Listed("outcomes", Record(Outcome, "outcome")), "in order of time")

    def settling(self, question: Question, start: datetime.date, until: datetime.date) -> Outcome | None:
        """Return the event within some days, both inclusive, by which the answer was yes; None if it was no.

        Raises
        ------
        InputError
            If events alone do not tell, because the question is about a stage, or none of its days makes it a yes.
        """
        asks = question.asks
        if asks.numbers is None or asks.numbers[1] is not None:
            message = f"expected a question that an event settles, as at_least does, for its scores; found {asks}"
            raise InputError([Problem(("question", "asks"), message)])
        within = [item for item in self.outcomes if start <= item.day <= until]
        if question.is_first:
            within = within[:1]
        within = [item for item in within if not asks.places or item.place in asks.places]
        least = asks.numbers[0]
        return within[least - 1] if len(within) >= least else None


OUTCOMES = Record(Outcomes, "outcomes of a question")


def check_outcomes(outcomes: Outcomes, question: Question) -> Iterator[Problem]:
    """Find outcomes that cannot be those of a question."""
    before = question.history_from
    for index, item in enumerate(outcomes.outcomes):
        if item.place not in question.places:
            message = f"unknown place {item.place}; {suggest(item.place, question.places)}"
            yield Problem(("outcomes", index, "place"), message)
        if item.day <= before:
            expected = "history_from" if index == 0 else "the outcome before it"
            yield Problem(("outcomes", index, "day"), f"expected a day after {expected}, {before}; found {item.day}")
        if item.day > outcomes.complete_until:
            expected = f"expected a day up to complete_until, {outcomes.complete_until}; found {item.day}"
            yield Problem(("outcomes", index, "day"), f"{expected}. Move complete_until to where the list ends")
        before = max(before, item.day)
