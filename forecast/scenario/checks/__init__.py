"""What can be wrong with a scenario, by key path; what only follows from another fault is not said.

Receives a record that may hold anything its types allow. Hands on problems.
"""

from __future__ import annotations

from collections.abc import Collection

from forecast.errors import KeyPath, Problem
from forecast.scenario.checks.ahead import check_paths, check_suppositions
from forecast.scenario.checks.asks import check_asks
from forecast.scenario.checks.timeline import check_parts
from forecast.scenario.record import ScenarioRecord


def check_scenario(record: ScenarioRecord, broken: Collection[KeyPath] = ()) -> list[Problem]:
    """Find everything in a scenario that cannot be used.

    Parameters
    ----------
    broken : collection of key paths
        Where something is wrong that is said already, and the record holds a stand-in.
    """
    if any(_is_structural(key) for key in broken):
        return []
    follows = _Follows(broken)
    every = [*check_parts(record), *check_asks(record), *check_suppositions(record)]
    found = [problem for problem in every if not follows(problem)]
    if any(_bears_on_path(key) for key in (*broken, *(problem.key for problem in found))):
        return found
    return [*found, *check_paths(record)]


def _bears_on_path(key: KeyPath) -> bool:
    """Tell whether the path through the stages cannot be judged while something is wrong here."""
    parts = ("timeline", "itineraries", "facts", "history_from", "begins", "unrecorded")
    return key[0] in parts or key[:2] == ("priors", "stages")


def _is_structural(key: KeyPath) -> bool:
    """Tell whether so much hangs on a key that, without it, the checks would only find consequences."""
    if key[:1] == ("itineraries",):
        return len(key) < 3 or key[2] == "place"
    return not key or key[0] in ("stages", "places") or (key[0] == "priors" and len(key) < 3) or key == ("timeline",)


class _Follows:
    """Tells whether a problem is only the consequence of what is broken: it lies above or below."""

    def __init__(self, broken: Collection[KeyPath]) -> None:
        self.broken = frozenset(broken)
        self.above = {key[:length] for key in self.broken for length in range(len(key))}
        self.lacks_facts = not self.broken.isdisjoint({("facts",), ("sources",)})

    def __call__(self, problem: Problem) -> bool:
        key = problem.key
        if self.lacks_facts and "because" in key:
            return True
        if ("as_of",) in self.broken and key[0] == "window":
            return True
        return key in self.above or any(key[:length] in self.broken for length in range(len(key) + 1))
