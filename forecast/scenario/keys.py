"""Keys: the place in a typed scenario that a key of the resolved scenario stands for.

Receives ``priors.plans.leak.kept.median``, hands on a `Slot`; what is no key is an error that names the
nearest one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields

from forecast.errors import InputError, KeyPath, Problem, suggest
from forecast.scenario.beliefs import Interval, StageBelief
from forecast.scenario.edits import MEDIAN, Slot, Way, look_up
from forecast.scenario.entries import EventEntry, StageEntry
from forecast.scenario.record import ScenarioRecord
from forecast.scenario.suppositions import Setting

Found = tuple[KeyPath, Way]


class _Key:
    """The parts of a key, taken one by one; what fits nowhere is an error that names the nearest choice."""

    def __init__(self, text: str) -> None:
        self.text = text
        parts = text.replace("[", ".").replace("]", "").split(".")
        self.parts: KeyPath = tuple(int(part) if part.isascii() and part.isdigit() else part for part in parts)
        self.taken = 0

    def take(self, choices: Iterable[str], usual: str | None = None) -> str:
        """Take one of the choices; `usual` is taken for granted where none comes next."""
        choices = list(choices)
        if usual is not None and self.parts[self.taken : self.taken + 1] != (usual,):
            return usual
        if self.taken == len(self.parts):
            message = f"expected a key that goes on with one of {', '.join(choices) or 'nothing'}; found its end"
            raise InputError([Problem(self.parts, message)])
        part = str(self.parts[self.taken])
        if part not in choices:
            raise InputError([Problem(self.parts[: self.taken + 1], f"unknown key; {suggest(part, choices)}")])
        self.taken += 1
        return part

    def take_perhaps(self, name: str) -> bool:
        """Take a part if it comes next."""
        found = self.parts[self.taken : self.taken + 1] == (name,)
        self.taken += found
        return found

    def end(self) -> None:
        """Refuse a key that goes on."""
        if self.taken < len(self.parts):
            message = f"expected the key to end before {self.parts[self.taken]}; it holds a single value"
            raise InputError([Problem(self.parts, message)])


def find_slot(scenario: ScenarioRecord, key: str) -> Slot:
    """Find the place that a key of the resolved scenario stands for.

    Raises
    ------
    InputError
        If there is no such key, or none that holds a number, an interval or a date; the nearest valid name is given.

    Examples
    --------
    >>> import forecast
    >>> may = forecast.load_scenario("scenarios/may.yaml")
    >>> find_slot(may, "priors.plans.leak.kept.median")
    Slot(key='priors.plans.leak.kept.median', path=('priors', 'plans', 'leak', 'belief', 'kept'), way='median')
    """
    rest = _Key(key)
    path, way = _ROOTS[rest.take(_ROOTS)](scenario, rest)
    rest.end()
    return Slot(key, path, way)


def _find_prior(scenario: ScenarioRecord, rest: _Key) -> Found:
    groups = {name: getattr(scenario.priors, name) for name in ("stages", "hazard_ratios", "plans")}
    present = [name for name, members in groups.items() if members]
    group = rest.take([*present, *(["seriousness"] if scenario.priors.seriousness else [])])
    at: KeyPath = ("priors", group) if group == "seriousness" else ("priors", group, rest.take(groups[group]))
    belief = look_up(scenario, at).belief
    parts = [item.name for item in fields(belief) if isinstance(getattr(belief, item.name), Interval)]
    if isinstance(belief, StageBelief):
        parts.append("ends")
    part = rest.take(parts, usual=parts[0] if len(parts) == 1 else None)  # a ratio is its factor
    if part == "ends":
        return (*at, "belief", "ends", rest.take(belief.ends)), "number"
    return (*at, "belief", part), "median" if rest.take_perhaps(MEDIAN) else "fixed"


def _find_attribute(scenario: ScenarioRecord, rest: _Key) -> Found:
    ways = [way.name for way in scenario.question.itineraries]
    index = ways.index(rest.take(ways))
    return ("question", "itineraries", index, "attributes", rest.take(_attributes(scenario))), "number"


def _find_entry(scenario: ScenarioRecord, rest: _Key) -> Found:
    known = [index for index, entry in enumerate(scenario.timeline) if scenario.is_known(entry)]
    index = known[int(rest.take(map(str, range(len(known)))))]
    entry = scenario.timeline[index]
    names = {"day": "day"} if isinstance(entry, EventEntry) else {"from": "start", "until": "until"}
    if isinstance(entry, StageEntry):
        del names["until"]
    dated = {name: part for name, part in names.items() if getattr(entry, part) is not None}
    return ("timeline", index, dated[rest.take(dated)]), "date"


def _find_set(scenario: ScenarioRecord, rest: _Key) -> Found:
    group = rest.take(("stage", "hazard_ratios", "itineraries", "remove"))
    ways = [way.name for way in scenario.question.itineraries]
    ratios = scenario.priors.hazard_ratios
    names = {"stage": scenario.question.stages, "hazard_ratios": ratios, "itineraries": ways, "remove": ways}[group]
    name = rest.take(names)
    at: KeyPath = ("interventions", group, name)
    if group in ("stage", "remove"):
        return at, "date"
    present: Mapping[str, Setting] = getattr(scenario.interventions, group)
    if name in present and rest.take_perhaps("from"):
        return (*at, "start"), "date"
    if group == "hazard_ratios":
        rest.take_perhaps("factor")
        return (*at, "value"), "number"
    return (*at, "value", rest.take(_attributes(scenario))), "number"


def _find_learned(scenario: ScenarioRecord, rest: _Key) -> Found:
    part = rest.take(("stage", "no_event_until", "silence_until"))
    return ("evidence", part, *([rest.take(scenario.question.stages)] if part == "stage" else [])), "date"


def _attributes(scenario: ScenarioRecord) -> list[str]:
    """Name the attributes that itineraries have."""
    return list(dict.fromkeys(name for way in scenario.question.itineraries for name in way.attributes))


_ROOTS: dict[str, Callable[[ScenarioRecord, _Key], Found]] = {
    "priors": _find_prior,
    "itineraries": _find_attribute,
    "facts": lambda scenario, rest: (("facts", rest.take(scenario.facts), "public"), "switch"),
    "timeline": _find_entry,
    "do": _find_set,
    "given": _find_learned,
    "as_of": lambda _, __: (("as_of",), "date"),
    "history_from": lambda _, __: (("question", "history_from"), "date"),
    "window": lambda _, rest: (("window", {"from": "start", "until": "until"}[rest.take(("from", "until"))]), "date"),
}
