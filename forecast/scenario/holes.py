"""Where a record begins, and the days on which nobody looked.

On such days nothing is exposure and nothing is counted. Where the record begins, or begins again, the stage is what the
file says it was; no step into it is counted, because nobody saw one.
"""

from __future__ import annotations

import datetime

from forecast.scenario.fields import Listed, Record, key, record
from forecast.scenario.kinds import BECAUSE, DAY, NAME, SINCE

_SAY_SO = "the facts that say so"


@record
class Begun:
    """A stage that was under way when somebody began to look; `since` is None where its first day is not known."""

    stage: str = key("stage", NAME, "the stage that was under way")
    since: datetime.date | None = key(
        "since", SINCE, "the day on which it was entered; of a month its middle", default=None
    )
    because: tuple[str, ...] = key("because", BECAUSE, _SAY_SO, default=())


BEGUN = Record(Begun, "stage under way")


@record
class Hole:
    """Days, both inclusive, on which nobody looked, and the stage in which the record begins again."""

    start: datetime.date = key("from", DAY, "the first day on which nobody looked")
    until: datetime.date = key("until", DAY, "the last one, inclusive")
    then: Begun | None = key(
        "then", BEGUN, "the stage on the evening of the last; the first stage unless given", default=None
    )
    because: tuple[str, ...] = key("because", BECAUSE, _SAY_SO, default=())

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.until - self.start).days + 1


HOLES = Listed("days without record", Record(Hole, "days without record"))
