"""What is known on the as-of date: a scenario seen through the gate, once.

A fact exists from the day on which it became public. Whatever rests on a later fact is not here, so that nobody who is
handed a `Known` can look ahead.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

from forecast.errors import format_key, shorten
from forecast.scenario.beliefs import Prior, Priors, StageBelief
from forecast.scenario.entries import CovariateEntry, EventEntry, PlanEntry, StageEntry, TimelineEntry, step_day
from forecast.scenario.holes import Begun, Hole
from forecast.scenario.question import Question
from forecast.scenario.record import Reading, Reference, ScenarioRecord, Window
from forecast.scenario.spells import Spell, find_spells, repeat
from forecast.scenario.suppositions import Evidence, Interventions

KNOWN = "_known"  # where a record keeps what is known of it


class KnownEntry[Entry: TimelineEntry](NamedTuple):
    """A timeline entry whose facts were public.

    `number` is its place in the scenario's timeline, None for one that an intervention adds. `public` is the day on
    which the last of its facts became public; the first day of the calendar where no fact tells.
    """

    number: int | None
    entry: Entry
    public: datetime.date


@dataclass(frozen=True)
class Known:
    """A scenario as of its date; what was not public then is left out.

    Attributes
    ----------
    question : Question
        Its itineraries cite the facts that stand behind them: those that were public; all, if none was.
    entries : tuple of KnownEntry
        In the order of the file, then those that interventions add.
    priors : Priors
        The beliefs in force, each with the facts that stand behind it and no `otherwise`.
    readings : tuple of Reading
        Those that differ: a fact must be public to be read otherwise.
    public : frozenset of str
        Facts that were public, hypothetical ones not among them.
    cited : frozenset of str
        Facts that all this rests on, those of hindsight among them.
    hindsight : tuple of str
        Keys of the priors and itineraries none of whose facts was public.
    left_out : int
        How many entries of the timeline rest on later facts.
    partly_hindsight : tuple of str
        Keys of those in force that cite later facts beside those that were public.
    reference : Reference or None
        Like events elsewhere, once all facts that say so were public.
    fades : float or None
        After how many years the record counts half.
    begins : Begun or None
        The stage that was under way on `history_from`, where the file says so.
    holes : tuple of Hole
        Days up to `as_of` on which nobody looked, in order of time.
    """

    question: Question
    as_of: datetime.date
    window: Window
    entries: tuple[KnownEntry, ...]
    priors: Priors
    interventions: Interventions
    evidence: Evidence
    readings: tuple[Reading, ...]
    public: frozenset[str]
    cited: frozenset[str]
    hindsight: tuple[str, ...]
    left_out: int
    partly_hindsight: tuple[str, ...] = ()
    reference: Reference | None = None
    begins: Begun | None = None
    fades: float | None = None
    holes: tuple[Hole, ...] = ()

    def __repr__(self) -> str:
        said = f"{len(self.entries)} entries, {len(self.public)} public facts"
        return f"<Known of {shorten(self.question.title)} as of {self.as_of}: {said}>"

    @cached_property
    def steps(self) -> tuple[KnownEntry[StageEntry | EventEntry], ...]:
        """Stages entered and events up to `as_of`, in order of time; on one day by `order`, or as in the file."""
        found = [
            item
            for item in self.entries
            if isinstance(item.entry, StageEntry | EventEntry) and step_day(item.entry) <= self.as_of
        ]
        return tuple(sorted(found, key=lambda item: (step_day(item.entry), item.entry.order or 0)))

    @cached_property
    def course(self) -> tuple[KnownEntry[StageEntry | EventEntry] | Hole, ...]:
        """Steps and days without record, in order of time."""
        return tuple(
            sorted(
                (*self.steps, *self.holes),
                key=lambda item: item.until if isinstance(item, Hole) else step_day(item.entry),  # keeps their order
            )
        )

    @property
    def first_stay(self) -> Begun:
        """The stage in which the record begins; the first one, on `history_from`, unless the file says otherwise."""
        return self.begins or Begun(self.question.stages[0], self.question.history_from)

    def stay_after(self, hole: Hole) -> Begun:
        """Return the stage in which the record begins again; the first one unless the file says otherwise."""
        return hole.then or Begun(self.question.stages[0])

    @property
    def present(self) -> Begun:
        """The stage that the last step led to, or the stage in which the record began, and since when."""
        last = self.course[-1] if self.course else None
        if last is None:
            return self.first_stay
        if isinstance(last, Hole):
            return self.stay_after(last)
        entry = last.entry
        stage = entry.stage if isinstance(entry, StageEntry) else self.question.stages[0]
        return Begun(stage, step_day(entry))

    def leaves_present_before(self, day: datetime.date) -> bool:
        """Tell whether anything that is set or learned puts another stage in place of the present one before a day."""
        ahead = [*self.interventions.stage.items(), *self.evidence.stage.items()]
        return any(stage != self.present.stage and other < day for stage, other in ahead)

    @property
    def beginnings(self) -> tuple[Begun | Hole, ...]:
        """All that is said of where the record begins and breaks off, each with its facts."""
        said = [self.begins, *(part for hole in self.holes for part in (hole, hole.then))]
        return tuple(part for part in said if part is not None)

    @cached_property
    def recorded_days(self) -> int:
        """How many days after `history_from` and up to `as_of` are on record."""
        return (self.as_of - self.question.history_from).days - sum(hole.days for hole in self.holes)

    @cached_property
    def dated_covariates(self) -> tuple[KnownEntry[CovariateEntry], ...]:
        """Conditions and calendars with the day on which each was public; of one that comes every year all times."""
        return tuple(
            KnownEntry(number, time, public)
            for number, entry, public in self.entries
            if isinstance(entry, CovariateEntry)
            for time in repeat(entry, self.window.until)
        )

    @cached_property
    def covariates(self) -> tuple[CovariateEntry, ...]:
        """The same without their days."""
        return tuple(item.entry for item in self.dated_covariates)

    @cached_property
    def spells(self) -> Mapping[str, tuple[Spell, ...]]:
        """The spells of each condition that an entry opens."""
        return find_spells(self.covariates)

    def holds(self, condition: str) -> bool:
        """Tell whether a condition holds from the day after `as_of` on, unless it is set otherwise."""
        return any(spell.holds_after(self.as_of) for spell in self.spells.get(condition, ()))

    @cached_property
    def plans(self) -> tuple[KnownEntry[PlanEntry], ...]:
        """Plans, each with the day on which it was made: when the last of its facts became public."""
        return tuple(item for item in self.entries if isinstance(item.entry, PlanEntry))

    @property
    def first_day(self) -> int:
        """Number of the window's first day, counted from 0, the day after `as_of`."""
        return (self.window.start - self.as_of).days - 1

    def sees(self, because: Iterable[str]) -> bool:
        """Tell whether all of some facts were public."""
        return self.public.issuperset(because)

    def standing(self, because: tuple[str, ...]) -> tuple[str, ...]:
        """Return those of some facts that were public; all, if none was."""
        return find_standing(because, self.public)


def find_standing(because: tuple[str, ...], public: frozenset[str]) -> tuple[str, ...]:
    """Return those of some facts that were public; all, if none was."""
    return tuple(name for name in because if name in public) or because


def resolve(record: ScenarioRecord) -> Known:
    """See a scenario through the gate. It never fails, so that the checks can use it on what is unsound."""
    if KNOWN not in (kept := vars(record)):  # many checks ask, and a record never changes
        kept[KNOWN] = _see(record)
    return kept[KNOWN]


def _see(record: ScenarioRecord) -> Known:
    public = frozenset(name for name, fact in record.facts.items() if fact.public <= record.as_of)

    known = [
        KnownEntry(number, entry, public_day(record, entry))
        for number, entry in enumerate(record.timeline)
        if public.issuperset(entry.because)
    ]
    added = [KnownEntry(None, entry, public_day(record, entry)) for entry in record.interventions.timeline]

    hindsight: list[str] = []
    partly: list[str] = []
    cited = {name for item in known for name in item.entry.because}
    in_force: dict[tuple, Prior] = {}
    opened = {item.entry.covariate for item in known + added if isinstance(item.entry, CovariateEntry)}
    for key, prior in record.priors.items():
        is_late = public.isdisjoint(prior.because)
        if is_late and prior.otherwise is not None:
            belief = _in_order(prior.otherwise, prior.belief)
        else:
            belief = prior.belief
            if key[1] != "conditions" or key[2] in opened:  # of one that nobody knows of yet nothing is believed
                cited.update(find_standing(prior.because, public))
                hindsight += [format_key(key)] if is_late else []
                partly += [format_key(key)] if not is_late and not public.issuperset(prior.because) else []
        in_force[key] = replace(prior, belief=belief, because=find_standing(prior.because, public), otherwise=None)
    for way in record.question.itineraries:
        cited.update(find_standing(way.because, public))
        if way.because and public.isdisjoint(way.because):
            hindsight.append(f"itineraries.{way.name}")
        elif not public.issuperset(way.because):
            partly.append(f"itineraries.{way.name}")
    ways = tuple(replace(way, because=find_standing(way.because, public)) for way in record.question.itineraries)
    holes = [_cut_hole(hole, record.as_of, public) for hole in record.unrecorded if hole.start <= record.as_of]
    said = (record.begins, *holes, *(hole.then for hole in holes))
    cited.update(name for item in said if item is not None for name in item.because)
    return Known(
        question=replace(record.question, itineraries=ways),
        as_of=record.as_of,
        window=record.window,
        entries=(*known, *added),
        priors=record.priors.change(lambda key, _: in_force[key]),
        interventions=record.interventions,
        evidence=record.evidence,
        readings=tuple(_see_readings(record.readings, public)),
        public=public,
        cited=frozenset(cited & record.facts.keys()),
        hindsight=tuple(hindsight),
        left_out=len(record.timeline) - len(known),
        partly_hindsight=tuple(partly),
        reference=record.reference if record.reference and public.issuperset(record.reference.because) else None,
        begins=record.begins,
        fades=record.fades,
        holes=tuple(sorted(holes, key=lambda hole: hole.start)),
    )


def _cut_hole(hole: Hole, as_of: datetime.date, public: frozenset[str]) -> Hole:
    """Leave out what lies after `as_of`, and facts that were not public."""
    then = hole.then if hole.until <= as_of else None
    return replace(hole, until=min(hole.until, as_of), then=then, because=find_standing(hole.because, public))


def earliest_public(record: ScenarioRecord, because: Iterable[str]) -> datetime.date:
    """Return the first day on which all of some facts may have been public; some are dated by their month alone."""
    facts = (record.interventions.facts.get(name) or record.facts.get(name) for name in because)
    return max((fact.earliest for fact in facts if fact is not None), default=datetime.date.min)


def public_day(record: ScenarioRecord, entry: TimelineEntry) -> datetime.date:
    """Return the day on which the last of an entry's facts became, or becomes, public.

    `date.min` if none tells, or one has no day that could be read.
    """
    facts = (record.interventions.facts.get(name) or record.facts.get(name) for name in entry.because)
    days = [fact.public for fact in facts if fact is not None]
    return max(days) if days and datetime.date.min not in days else datetime.date.min


def _in_order(otherwise: Any, belief: Any) -> Any:
    """Return a stage's other belief with its ends in the order of the first, which is that of the transitions."""
    if not isinstance(belief, StageBelief):
        return otherwise
    ends = {name: otherwise.ends[name] for name in belief.ends if name in otherwise.ends}
    return replace(otherwise, ends={**ends, **otherwise.ends})


def _see_readings(readings: Iterable[Reading], public: frozenset[str]) -> Iterable[Reading]:
    """Yield the readings that differ, with what they make of the facts that were public."""
    for reading in readings:
        recode = {fact: stage for fact, stage in reading.recode.items() if fact in public}
        if reading.priors is not None or recode:
            yield replace(reading, recode=recode)
