"""The answer where nothing is left to forecast: the event has come, on a day of the window that is on record."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forecast import files
from forecast.answer.owner import check_owner, label_owner, render_scenario
from forecast.answer.summaries import Estimate
from forecast.document import dump_scenario
from forecast.files import write_batch
from forecast.report import wrap
from forecast.scenario import Fact, Scenario, StageEntry, find_settled


@dataclass(frozen=True)
class Settled:
    """That the event came, when and where, and the facts that say so.

    Attributes
    ----------
    day : datetime.date
    place, itinerary, stage : str
        Of the event; or the stage that was entered.
    facts : tuple of Fact
    is_yes : bool
    """

    scenario: Scenario
    day: datetime.date
    place: str
    itinerary: str
    facts: tuple[Fact, ...]
    stage: str = ""
    is_yes: bool = True

    @property
    def p_event(self) -> Estimate:
        """1 or 0, without a doubt."""
        value = float(self.is_yes)
        return Estimate(value, (value, value), 0.0)

    @property
    def word(self) -> str:
        """The answer."""
        return "yes" if self.is_yes else "no"

    @property
    def plain(self) -> dict[str, Any]:
        """The contents of `forecast.json`, as a `Result` has them."""
        return self.to_dict()

    def to_dict(self) -> dict[str, Any]:
        """Return the contents of `forecast.json`."""
        scenario, window = self.scenario, self.scenario.window
        return {
            "schema": 1,
            **label_owner(scenario, dump_scenario(scenario)),
            "as_of": scenario.as_of.isoformat(),
            "window": {"from": (window.began or window.start).isoformat(), "until": window.until.isoformat()},
            "p_event": self.p_event.to_dict(),
            "settled": {
                "day": self.day.isoformat(),
                **({"stage": self.stage} if self.stage else {"place": self.place, "itinerary": self.itinerary}),
                "answer": self.word,
                "facts": [{"id": fact.id, "says": fact.says, "source": fact.source} for fact in self.facts],
            },
        }

    def __str__(self) -> str:
        scenario, window = self.scenario, self.scenario.window
        came = f"It was entered, on {self.day}" if self.stage else f"It has happened, on {self.day}"
        lines = [
            scenario.question.title,
            f"as of {scenario.as_of}, from {window.began} to {window.until}",
            "",
            f"{came}: {scenario.question.show(self.stage or self.place)}. The answer is {self.word}.",
        ]
        for fact in self.facts:
            source = scenario.sources.get(fact.source)
            lines += wrap(f"{fact.public}  {fact.says} ({source.publisher if source else fact.source})", "- ", "  ")
        return "\n".join(lines)


def settle_question(scenario: Scenario) -> Settled | None:
    """Return the answer that the record gives already, if it does."""
    found = find_settled(scenario.known())
    if found is None:
        return None
    facts = tuple(scenario.facts[name] for name in found.entry.because)
    if isinstance(found.entry, StageEntry):
        return Settled(scenario, found.day, "", "", facts, found.entry.stage)
    way = scenario.question.ways[found.entry.itinerary]
    return Settled(scenario, found.day, way.place, way.name, facts, is_yes=found.is_yes)


def write_settled(answer: Settled, folder: Path) -> None:
    """Write `forecast.json` and `scenario.yaml`, each whole or not at all.

    Raises
    ------
    OutputError
        If the folder cannot be made or written to, or holds another question's files.
    """
    check_owner(folder, answer.scenario)
    contents = {"scenario.yaml": render_scenario(answer.scenario), "forecast.json": files.render_json(answer.to_dict())}
    write_batch(folder, {name: text.encode() for name, text in contents.items()})
