"""Readings: other ways to read the same facts, as named edits of a scenario.

The coding of a disputed fact, or another analyst's priors, moves P by as much as the interval is wide; so a scenario
may list them, and its answer is shown with the range over them.
"""

from __future__ import annotations

from dataclasses import replace

from forecast.scenario.entries import StageEntry, TimelineEntry
from forecast.scenario.facts import Fact
from forecast.scenario.record import Reading, ScenarioRecord

NO_STAGE = "none"


def read_as[Record: ScenarioRecord](scenario: Record, reading: Reading) -> Record:
    """Return a scenario under one of its readings, without readings of its own.

    A fact that is recoded changes the stage of every entry that rests on it; one on which no stage rests yet begins
    its stage on the day it became public.
    """
    return replace(
        scenario,
        name=f"{scenario.name} ({reading.name})",
        timeline=_recode(scenario, reading),
        priors=reading.priors or scenario.priors,
        readings=(),
    )


def _recode(scenario: ScenarioRecord, reading: Reading) -> tuple[TimelineEntry, ...]:
    entries, left = [], dict(reading.recode)
    for entry in scenario.timeline:
        facts = [name for name in entry.because if name in reading.recode] if isinstance(entry, StageEntry) else []
        stage = reading.recode[facts[0]] if facts else None
        for name in facts:
            left.pop(name, None)
        if stage is None:
            entries.append(entry)
        elif stage != NO_STAGE:
            assert isinstance(entry, StageEntry)
            entries.append(replace(entry, stage=stage))
    added = [_begin(scenario.facts[fact], stage) for fact, stage in left.items() if stage != NO_STAGE]
    return (*entries, *added)


def _begin(fact: Fact, stage: str) -> StageEntry:
    """Begin a stage on the day on which a fact became public, or on some day of its month or year."""
    return StageEntry(fact.public, stage, (fact.id,), None if fact.dated == "day" else fact.earliest)
