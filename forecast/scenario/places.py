"""Places of a file of several timelines that may be varied: its dates, and of a family its priors, paces and years."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from forecast.errors import InputError, KeyPath, Problem
from forecast.scenario.edits import MEDIAN, Slot, Value, Way, move_interval, settle
from forecast.scenario.ensemble import Ensemble, Family
from forecast.scenario.keys import find_slot
from forecast.scenario.reader import Interval
from forecast.scenario.scenario import Scenario, make_sound

TIMELINES = "timelines"
PACE, YEARS, UNIT = "pace", "years", "unit"
DATES: dict[str, KeyPath] = {
    "as_of": ("as_of",),
    "window.until": ("window", "until"),
    "window.from": ("window", "from"),
}


@dataclass(frozen=True)
class FileSlot:
    """A date of the whole file; the file is read again with it, because entries may hang on it."""

    key: str
    path: KeyPath
    way: ClassVar[Way] = "date"
    is_factor: ClassVar[bool] = False
    touches: ClassVar[Literal["history"]] = "history"


@dataclass(frozen=True)
class FamilySlot:
    """A prior of a family, the same in all its units; or how much these, or years, differ (`slot` is None)."""

    key: str
    family: str
    path: KeyPath
    way: Way
    slot: Slot | None = None
    touches: ClassVar[Literal["history"]] = "history"

    @property
    def is_factor(self) -> bool:
        """Tell whether even steps are steps of the logarithm."""
        return self.slot is None or self.slot.is_factor

    def put(self, ensemble: Ensemble, value: Value) -> Ensemble:
        """Return the ensemble with another value here.

        Raises
        ------
        InputError
            If it cannot be used.
        """
        slot, family = self.slot, ensemble.family(self.family)
        if slot is not None:
            return self._change(ensemble, lambda unit: make_sound(slot.put(unit.record(), value)))
        assert isinstance(value, float | int)
        if not value >= 1:
            raise InputError([Problem(self.path, f"expected a ratio from 1 on; found {value}")])
        was = self.look_up(ensemble)
        now = replace(was, lo=value, hi=value, law=None) if self.way == "fixed" else move_interval(was, value, "factor")
        now = replace(now, lo=max(1.0, now.lo))
        if self.path[2] == YEARS:
            return ensemble.with_family(replace(family, years=now))
        return ensemble.with_family(replace(family, pace={**family.pace, str(self.path[-1]): now}))

    def settle(self, ensemble: Ensemble) -> Ensemble:
        """Return the ensemble with this prior believed as it is in force."""
        slot = self.slot
        return ensemble if slot is None else self._change(ensemble, lambda unit: settle(unit, slot))

    def look_up(self, ensemble: Ensemble) -> Interval:
        """Return how much units or years differ."""
        family = ensemble.family(self.family)
        found = family.years if self.path[2] == YEARS else family.pace[str(self.path[-1])]
        assert found is not None
        return found

    def _change(self, ensemble: Ensemble, change: Callable[[Scenario], Scenario]) -> Ensemble:
        family = ensemble.family(self.family)
        units = {name: change(unit) for name, unit in family.timelines.items()}
        return ensemble.with_family(replace(family, timelines=units))


Place = FileSlot | FamilySlot


def find_place(ensemble: Ensemble, key: str) -> Place:
    """Find the place that a key of a file of several timelines stands for.

    Raises
    ------
    InputError
        If there is none; the nearest valid name is given.
    """
    if key in DATES:
        return FileSlot(key, DATES[key])
    parts = key.split(".")
    names = [family.name for family in ensemble.families]
    if parts[0] != TIMELINES or len(parts) < 3:
        choices = [*DATES, *(f"{TIMELINES}.{name}.priors" for name in names)]
        raise InputError([Problem((key,), "unknown key of a file of several timelines", near=(key, choices))])
    if parts[1] not in names:
        raise InputError([Problem((key,), f"unknown timeline {parts[1]}", near=(parts[1], names))])
    family, rest = ensemble.family(parts[1]), parts[2:]
    if rest[0] in (PACE, YEARS):
        return _find_ratio(family, key, rest)
    if rest[0] not in ("priors", "itineraries"):
        raise InputError([Problem((key,), f"expected priors, itineraries, pace or years of a family; found {rest[0]}")])
    slot = find_slot(next(iter(family.timelines.values())), ".".join(rest))
    return FamilySlot(key, family.name, (TIMELINES, family.name, *slot.path), slot.way, slot)


def _find_ratio(family: Family, key: str, rest: list[str]) -> FamilySlot:
    way: Way = "median" if rest[-1] == MEDIAN else "fixed"
    named = [part for part in rest[1:] if part != MEDIAN]
    paces = list(family.pace)
    if rest[0] == YEARS and family.years is not None and not named:
        return FamilySlot(key, family.name, (TIMELINES, family.name, YEARS), way)
    which = named or ([UNIT] if paces == [UNIT] else [])
    if rest[0] == PACE and len(which) == 1 and which[0] in paces:
        return FamilySlot(key, family.name, (TIMELINES, family.name, PACE, which[0]), way)
    has = [*(f"{PACE}.{name}" for name in paces), *([YEARS] if family.years else [])]
    message = f"expected one of what {family.name} has: {', '.join(has) or 'neither a pace nor years'}"
    raise InputError([Problem((key,), message)])


def name_ratios(ensemble: Ensemble) -> Iterator[str]:
    """Name the paces and years of families that are not known."""
    for family in ensemble.families:
        for name, ratio in family.pace.items():
            if ratio.lo < ratio.hi:
                yield f"{TIMELINES}.{family.name}.{PACE}" + ("" if name == UNIT else f".{name}")
        if family.years is not None and family.years.lo < family.years.hi:
            yield f"{TIMELINES}.{family.name}.{YEARS}"
