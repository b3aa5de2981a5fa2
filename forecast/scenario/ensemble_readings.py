"""Readings in a file of several timelines: one name is one reading of all the timelines that list it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from forecast.scenario.ensemble import Ensemble
from forecast.scenario.limits import NEAR_NOTHING
from forecast.scenario.readings import read_as
from forecast.scenario.record import Reading
from forecast.scenario.scenario import Scenario


def list_readings(ensemble: Ensemble) -> dict[str, Reading]:
    """Return by name the readings that differ from the file's own by what is public so far."""
    found: dict[str, Reading] = {}
    for scenario in ensemble.timelines.values():
        for reading in scenario.known().readings:
            found.setdefault(reading.name, reading)
    return found


def read_all_as(ensemble: Ensemble, name: str) -> Ensemble:
    """Return several timelines under a reading: those that list one of that name so, and the others as they are."""

    def read(scenario: Scenario) -> Scenario:
        reading = next((each for each in scenario.readings if each.name == name), None)
        return replace(scenario if reading is None else read_as(scenario, reading), name=scenario.name, readings=())

    families = (
        replace(family, timelines={label: read(scenario) for label, scenario in family.timelines.items()})
        for family in ensemble.families
    )
    return replace(ensemble, families=tuple(families))


def list_reading_misfits(ensemble: Ensemble) -> Iterator[tuple[str, str]]:
    """Yield a family whose readings do not fit those of others, and what is wrong."""
    found: dict[str, tuple[str, Reading]] = {}
    for family in ensemble.families:
        own = {reading.name: reading for each in family.timelines.values() for reading in each.readings}
        for name, reading in own.items():
            before, first = found.setdefault(name, (family.name, reading))
            if first.weight != reading.weight:
                message = f"expected one weight of {name} in {before} and {family.name}, which are read so at once"
                yield family.name, f"{message}; found {_say(first.weight)} and {_say(reading.weight)}"
    weights = [reading.weight for _, reading in found.values()]
    given = [weight for weight in weights if weight is not None]
    if given and (len(given) < len(weights) or sum(given) > 1 + NEAR_NOTHING):
        expected = "expected weights of all readings of all timelines, which come to 1 at most, or of none"
        told = ", ".join(f"{name} {_say(reading.weight)}" for name, (_, reading) in found.items())
        yield next(iter(found.values()))[0], f"{expected}; found {told}"


def _say(weight: float | None) -> str:
    return "none" if weight is None else f"{weight:g}"
