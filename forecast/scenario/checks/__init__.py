"""What can be wrong with a scenario, by key path; what only follows from another fault is not said.

Receives a record that may hold anything its types allow. Hands on problems.
"""

from __future__ import annotations

from collections.abc import Sequence

from forecast.errors import KeyPath, Problem
from forecast.scenario.checks.ahead import check_paths, check_suppositions
from forecast.scenario.checks.timeline import check_parts
from forecast.scenario.record import ScenarioRecord


def check_scenario(record: ScenarioRecord, broken: Sequence[KeyPath] = ()) -> list[Problem]:
    """Find everything in a scenario that cannot be used.

    Parameters
    ----------
    broken : sequence of key paths
        Where something is wrong that is said already, and the record holds a stand-in.
    """
    if any(_is_structural(key) for key in broken):
        return []
    found = [
        problem for problem in [*check_parts(record), *check_suppositions(record)] if not _follows(problem, broken)
    ]
    if any(_bears_on_path(key) for key in (*broken, *(problem.key for problem in found))):
        return found
    return [*found, *check_paths(record)]


def _bears_on_path(key: KeyPath) -> bool:
    """Tell whether the path through the stages cannot be judged while something is wrong here."""
    return key[:1] in (("timeline",), ("itineraries",)) or key[:2] == ("priors", "stages")


def _is_structural(key: KeyPath) -> bool:
    """Tell whether so much hangs on a key that, without it, the checks would only find consequences."""
    if key[:1] == ("itineraries",):
        return len(key) < 3 or key[2] == "place"
    return not key or key[0] in ("stages", "places") or (key[0] == "priors" and len(key) < 3) or key == ("timeline",)


def _follows(problem: Problem, broken: Sequence[KeyPath]) -> bool:
    """Tell whether a problem is only the consequence of what is broken."""
    lacks_facts = any(key in (("facts",), ("sources",)) for key in broken)
    if (lacks_facts and "because" in problem.key) or (("as_of",) in broken and problem.key[0] == "window"):
        return True
    return any(_overlaps(problem.key, key) for key in broken)


def _overlaps(one: KeyPath, other: KeyPath) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]
