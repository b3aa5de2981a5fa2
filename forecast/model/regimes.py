"""What is set and what is learned of the days ahead: the verbs do and given, as segments see them.

Receives what is known and its right-hand segments, hands on `Regime` (which itineraries and ratios hold where) and
`forecast.multistate.walk.Supposed` (which stages are set or learned when).
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from forecast.model.indices import Indices, compare_itineraries
from forecast.model.segments import Segments
from forecast.multistate import Array, Reached, Supposed
from forecast.scenario import Known


@dataclass(frozen=True, eq=False)
class Regime:
    """Segments ahead over which the same settings hold.

    Attributes
    ----------
    segments : slice
    attributes : (itineraries, ratios)
    present : (itineraries,) of bool
    log_ratios : dict of int to float
        Ratios that are set, by their index.
    """

    segments: slice
    attributes: Array
    present: Array
    log_ratios: Mapping[int, float]


def supposed_days(known: Known) -> set[int]:
    """List the days after which something is set, or known to be so."""
    done, learned = known.interventions, known.evidence
    settings = [*done.hazard_ratios.values(), *done.itineraries.values()]
    starts = [setting.start for setting in settings] + list(done.remove.values())
    days = {day.toordinal() - 1 for day in [*starts, *learned.stage.values()] if day}
    by = [reach.by for reach in learned.reaches.values()]
    ends = [*done.stage.values(), *learned.stage.values(), *by, learned.no_event_until, learned.silence_until]
    return days | {day.toordinal() for day in ends if day}


def build_regimes(known: Known, structure: Indices, ahead: Segments) -> tuple[Regime, ...]:
    """Find the runs of segments over which the same itineraries and ratios are set."""
    firsts = [0]
    settings = [_settings_on(known, int(day) + 1) for day in ahead.start]
    firsts += [index for index in range(1, len(settings)) if settings[index] != settings[index - 1]]
    regimes = []
    for first, last in zip(firsts, [*firsts[1:], len(settings)], strict=True):
        ratios, attributes, removed = settings[first]
        ways = [
            replace(way, attributes={**way.attributes, **attributes.get(way.name, {})})
            for way in known.question.itineraries
        ]
        regimes.append(
            Regime(
                slice(first, last),
                compare_itineraries(known, ways),
                np.array([way.name not in removed for way in ways]),
                {structure.ratios.index(name): math.log(factor) for name, factor in ratios.items()},
            )
        )
    return tuple(regimes)


def _settings_on(known: Known, day: int) -> tuple[dict[str, float], dict[str, Mapping[str, float]], frozenset[str]]:
    """Return the ratios and attributes that are set on a day, and the itineraries that are removed."""
    done = known.interventions

    def holds(start: datetime.date | None) -> bool:
        return start is None or start.toordinal() <= day

    ratios = {name: setting.value for name, setting in done.hazard_ratios.items() if holds(setting.start)}
    attributes = {name: setting.value for name, setting in done.itineraries.items() if holds(setting.start)}
    return ratios, attributes, frozenset(name for name, start in done.remove.items() if holds(start))


def build_supposed(known: Known, structure: Indices, ahead: Segments) -> Supposed:
    """Say by segment which stages are set or learned, where silence is, and how far all that is learned reaches."""
    put, enters = (_on_segments(days, structure, ahead) for days in (known.interventions.stage, known.evidence.stage))
    put = np.array([structure.never.part(stage) if stage >= 0 else -1 for stage in put.tolist()], int)
    quiet_until, last_day = known.evidence.silence_until, known.evidence.last_day
    silence = (ahead.end <= quiet_until.toordinal()) & (enters < 0) if quiet_until else np.zeros(len(put), bool)
    learned = int((ahead.end <= last_day.toordinal()).sum()) if last_day else 0
    silent_stages = tuple(structure.stages.index(name) for name in known.question.silent)
    return Supposed(put, enters, silence, learned, silent_stages)


def build_reached(known: Known, structure: Indices, ahead: Segments) -> tuple[Reached, ...]:
    """Say which stages are learned to be entered by a day, or not to be."""
    return tuple(
        Reached(
            structure.never.parts(structure.stages.index(name)),
            int((ahead.end <= reach.by.toordinal()).sum()),
            reach.happens,
        )
        for name, reach in known.evidence.reaches.items()
    )


def _on_segments(days: Mapping[str, datetime.date], structure: Indices, ahead: Segments) -> Array:
    """Return, by segment, the stage whose day is the segment's last, or -1."""
    found = np.full(len(ahead.end), -1)
    for name, day in days.items():
        found[ahead.end == day.toordinal()] = structure.stages.index(name)
    return found
