"""The YAML edge: scenario files and seeds into a `Scenario`, and a resolved scenario back into YAML.

Only this module (over `forecast.nodes`) reads YAML. It types every scalar by the schema, follows `extends`, gathers
the facts, and adds file, line and column to whatever `forecast.scenario` finds wrong. All errors come at once.
"""

from __future__ import annotations

import datetime
import os
import re
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml

from forecast.errors import InputError, KeyPath, Problem, suggest
from forecast.facts import Fact, Source
from forecast.nodes import Mapping, Mark, Node, Scalar, Sequence, describe, locate, merge, parse_nodes
from forecast.question import EVENT, Itinerary, Question
from forecast.scenario import (
    CovariateEntry,
    EventEntry,
    Interval,
    PlanBelief,
    PlanEntry,
    Prior,
    Priors,
    RatioBelief,
    Scenario,
    StageBelief,
    StageEntry,
    TimelineEntry,
    Window,
    check_scenario,
)

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_VERBS = ("assume", "do", "given")
_EPOCH = datetime.date(1, 1, 1)  # stands in for a date that could not be read, which is reported


def load_scenario(path: str | os.PathLike[str]) -> Scenario:
    """Read a scenario file, whatever it extends, and the facts it names.

    Parameters
    ----------
    path : path-like
        A scenario in YAML.

    Returns
    -------
    Scenario
        Checked: a scenario that loads can be run.

    Raises
    ------
    InputError
        With every problem found, each with file, line and column.

    Examples
    --------
    >>> load_scenario("scenarios/may.yaml").window.until
    datetime.date(2025, 5, 31)
    """
    path = Path(path)
    root = find_project(path)
    tree = _read_tree(path, root, ())
    reader = _Reader()
    scenario = _read_scenario(reader, tree, path, root)
    blocking = {"title", "question", "stages", "silent", "itineraries", "places", "as_of", "window", "history_from"}
    if not any(problem.key and problem.key[0] in blocking for problem in reader.problems):
        broken = [problem.key for problem in reader.problems]
        for problem in check_scenario(scenario):
            if not any(_overlaps(problem.key, key) for key in broken):
                reader.add(problem.key, locate(tree, problem.key), problem.message)
    if reader.problems:
        raise InputError(dict.fromkeys(reader.problems))
    return scenario


def find_project(path: Path) -> Path:
    """Return the nearest folder above a file that holds `seeds/`, or else the file's own folder."""
    folder = path.resolve().parent
    return next((above for above in (folder, *folder.parents) if (above / "seeds").is_dir()), folder)


def _overlaps(one: KeyPath, other: KeyPath) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


# --- files -------------------------------------------------------------------------------------------------------


def _display(path: Path) -> str:
    """Name a file as short as is still clear from where the command runs."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


def _read_nodes(path: Path, asked: Mark | None) -> Node:
    """Parse a file; `asked` is the place that names it, for the message when it cannot be read."""
    file = _display(path)
    at = asked or Mark(file, 1, 1)
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError([Problem((), f"cannot read {file}: {reason}", at.file, at.line, at.column)]) from None
    except UnicodeDecodeError as error:
        message = f"expected UTF-8 text; found other bytes at offset {error.start}. Is this a YAML file?"
        raise InputError([Problem((), message, file, 1, 1)]) from None
    return parse_nodes(text, file)


def _read_tree(path: Path, root: Path, chain: tuple[Path, ...], asked: Mark | None = None) -> Mapping:
    """Read a scenario file laid over everything that it extends."""
    node = _read_nodes(path, asked)
    if not isinstance(node, Mapping):
        raise InputError([_problem((), node.mark, f"expected a mapping of keys; found {describe(node)}")])
    parent = node.items.get("extends")
    if parent is None:
        return node
    if not isinstance(parent, Scalar) or parent.is_null:
        raise InputError([_problem(("extends",), parent.mark, f"expected a file's path; found {describe(parent)}")])
    base = (path.parent / parent.value).resolve()
    chain = (*chain, path.resolve())
    if base in chain:
        loop = " -> ".join(_display(step) for step in (*chain[chain.index(base) :], base))
        raise InputError([_problem(("extends",), parent.mark, f"a file may not extend itself: {loop}")])
    if not base.is_relative_to(root):
        message = f"expected a file inside the project, {_display(root)}; found {parent.value}, which leaves it"
        raise InputError([_problem(("extends",), parent.mark, message)])
    if "priors" in node.items:
        message = "a file that extends another changes priors only under assume, where the change has its own reason"
        raise InputError([_problem(("priors",), node.keys["priors"], message)])
    merged = merge(_read_tree(base, root, chain, parent.mark), node)
    assert isinstance(merged, Mapping)
    items = {name: item for name, item in merged.items.items() if name != "extends"}
    return Mapping(merged.mark, items, merged.keys)


def _problem(key: KeyPath, mark: Mark, message: str) -> Problem:
    return Problem(key, message, mark.file, mark.line, mark.column)


# --- typed reading -----------------------------------------------------------------------------------------------


@dataclass
class _Reader:
    """Types nodes by the schema and collects what does not fit; a value that does not fit gets a stand-in."""

    problems: list[Problem] = field(default_factory=list)

    def add(self, key: KeyPath, mark: Mark, message: str) -> None:
        self.problems.append(_problem(key, mark, message))

    def expect(self, node: Node, key: KeyPath, expected: str) -> None:
        self.add(key, node.mark, f"expected {expected}; found {describe(node)}")

    def mapping(self, node: Node, key: KeyPath, *, needed: tuple[str, ...] = (), known: tuple[str, ...] | None = None) -> dict[str, Node]:
        """Read a mapping with the `needed` keys and, unless `known` is None, no others than those and `known`."""
        if not isinstance(node, Mapping):
            self.expect(node, key, "a mapping" + (f" with {', '.join(needed)}" if needed else ""))
            return {}
        for name in needed:
            if name not in node.items:
                self.add((*key, name), node.mark, "missing; it is needed here")
        if known is None:
            return dict(node.items)
        allowed = (*needed, *known)
        for name in node.items:
            if name not in allowed:
                self.add((*key, name), node.keys[name], f"unknown key; {suggest(name, allowed)}")
        return {name: item for name, item in node.items.items() if name in allowed}

    def sequence(self, node: Node, key: KeyPath, what: str = "a list") -> tuple[Node, ...]:
        if not isinstance(node, Sequence):
            self.expect(node, key, what)
            return ()
        return node.items

    def text(self, node: Node, key: KeyPath) -> str:
        if not isinstance(node, Scalar) or node.is_null:
            self.expect(node, key, "a text")
            return ""
        return " ".join(node.value.split())

    def name(self, node: Node, key: KeyPath) -> str:
        if not isinstance(node, Scalar) or not _NAME.fullmatch(node.value):
            self.expect(node, key, "a name (letters, digits, - and _, a letter first)")
            return ""
        return node.value

    def names(self, node: Node, key: KeyPath) -> tuple[str, ...]:
        items = self.sequence(node, key, "a list of names")
        found = tuple(self.name(item, (*key, index)) for index, item in enumerate(items))
        for index, name in enumerate(found):
            if name in found[:index]:
                self.add((*key, index), items[index].mark, f"{name} stands in this list twice")
        return found

    def number(self, node: Node, key: KeyPath) -> float:
        if not isinstance(node, Scalar) or not _NUMBER.fullmatch(node.value):
            self.expect(node, key, "a number")
            return 1.0
        return float(node.value)

    def flag(self, node: Node, key: KeyPath) -> bool:
        if not isinstance(node, Scalar) or node.value not in ("true", "false"):
            self.expect(node, key, "true or false")
            return False
        return node.value == "true"

    def date(self, node: Node, key: KeyPath) -> datetime.date:
        try:
            assert isinstance(node, Scalar) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", node.value)
            return datetime.date.fromisoformat(node.value)
        except (AssertionError, ValueError):
            self.expect(node, key, "a date, YYYY-MM-DD")
            return _EPOCH

    def last_day(self, node: Node, key: KeyPath) -> datetime.date:
        """Read a day, a month or a year; the last two mean their last day."""
        value = node.value if isinstance(node, Scalar) else ""
        parts = re.fullmatch(r"(\d{4})(?:-(\d{2}))?", value)
        if parts is None:
            return self.date(node, key)
        year, month = int(parts[1]), int(parts[2] or 12)
        if not (1 <= month <= 12 and 1 <= year <= 9998):
            self.expect(node, key, "a date, YYYY-MM-DD, YYYY-MM or YYYY")
            return _EPOCH
        following = datetime.date(year + month // 12, month % 12 + 1, 1)
        return following - datetime.timedelta(days=1)

    def interval(self, node: Node, key: KeyPath) -> Interval:
        items = self.sequence(node, key, "a 90% interval [lo, hi]")
        if isinstance(node, Sequence) and len(items) != 2:
            self.add(key, node.mark, f"expected a 90% interval [lo, hi]; found {len(items)} values")
        if len(items) != 2:
            return Interval(0.25, 0.75)
        return Interval(self.number(items[0], (*key, 0)), self.number(items[1], (*key, 1)))


# --- the schema --------------------------------------------------------------------------------------------------


def _read_scenario(reader: _Reader, tree: Mapping, path: Path, root: Path) -> Scenario:
    for verb in _VERBS:
        if verb in tree.items:
            reader.add((verb,), tree.keys[verb], "this verb is not available in this version; leave it out")
    keys = reader.mapping(
        tree,
        (),
        needed=("title", "question", "history_from", "as_of", "window", "timeline", "priors"),
        known=("name", "sources", "facts", "stages", "silent", "places", "itineraries", *_VERBS),
    )
    sources, facts = _read_facts(reader, keys, tree, root)
    as_of = reader.date(keys["as_of"], ("as_of",)) if "as_of" in keys else _EPOCH
    timeline = reader.sequence(keys["timeline"], ("timeline",), "a list of entries") if "timeline" in keys else ()
    return Scenario(
        name=reader.name(keys["name"], ("name",)) if "name" in keys else path.stem,
        question=_read_question(reader, keys),
        sources=sources,
        facts=facts,
        timeline=tuple(_read_entry(reader, node, ("timeline", index)) for index, node in enumerate(timeline)),
        priors=_read_priors(reader, keys["priors"]) if "priors" in keys else Priors({}),
        as_of=as_of,
        window=_read_window(reader, keys["window"], as_of) if "window" in keys else Window(as_of, as_of),
    )


def _read_window(reader: _Reader, node: Node, as_of: datetime.date) -> Window:
    keys = reader.mapping(node, ("window",), needed=("until",), known=("from",))
    next_day = as_of + datetime.timedelta(days=1)
    start = reader.date(keys["from"], ("window", "from")) if "from" in keys else next_day
    return Window(start, reader.date(keys["until"], ("window", "until")) if "until" in keys else start)


def _read_question(reader: _Reader, keys: dict[str, Node]) -> Question:
    asked = {}
    if "question" in keys:
        asked = reader.mapping(keys["question"], ("question",), needed=("event", "resolves", "timezone"), known=())
    text = {name: reader.text(node, ("question", name)) for name, node in asked.items()}
    if text.get("timezone"):
        try:
            zoneinfo.ZoneInfo(text["timezone"])
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            reader.expect(asked["timezone"], ("question", "timezone"), "a time zone such as Europe/Paris")
    stages = reader.names(keys["stages"], ("stages",)) if "stages" in keys else ("waiting",)
    if "stages" in keys and (not stages or EVENT in stages):
        reader.add(("stages",), keys["stages"].mark, f"expected one stage or more, none of them named {EVENT}")
    silent = reader.names(keys["silent"], ("silent",)) if "silent" in keys else ()
    for index, name in enumerate(silent):
        if name not in stages[1:]:
            mark = locate(keys["silent"], (index,))
            reader.add(("silent", index), mark, f"unknown stage {name}; {suggest(name, stages[1:])}")
    return Question(
        title=reader.text(keys["title"], ("title",)) if "title" in keys else "",
        event=text.get("event", ""),
        resolves=text.get("resolves", ""),
        timezone=text.get("timezone", ""),
        stages=stages,
        silent=silent,
        itineraries=_read_itineraries(reader, keys),
        history_from=reader.date(keys["history_from"], ("history_from",)) if "history_from" in keys else _EPOCH,
    )


def _read_itineraries(reader: _Reader, keys: dict[str, Node]) -> tuple[Itinerary, ...]:
    if "itineraries" not in keys:
        places = reader.names(keys["places"], ("places",)) if "places" in keys else ()
        if not places:
            reader.problems.append(Problem(("places",), "missing; give places, or itineraries"))
        return tuple(Itinerary(place, place) for place in places)
    if "places" in keys:
        reader.add(("places",), keys["places"].mark, "give places or itineraries, not both; each itinerary names its place")
    ways = []
    for name, node in reader.mapping(keys["itineraries"], ("itineraries",)).items():
        key: KeyPath = ("itineraries", name)
        items = reader.mapping(node, key, needed=("place", "because"))
        place = reader.name(items.pop("place"), (*key, "place")) if "place" in items else ""
        because = reader.names(items.pop("because"), (*key, "because")) if "because" in items else ()
        attributes = {label: reader.number(item, (*key, label)) for label, item in items.items()}
        ways.append(Itinerary(name, place, attributes, because))
    return tuple(ways)


def _read_entry(reader: _Reader, node: Node, key: KeyPath) -> TimelineEntry:
    kinds: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
        "stage": (("from", "stage", "because"), ()),
        "event": (("day", "event", "because"), ()),
        "covariate": (("covariate", "because"), ("from", "until", "places", "transitions")),
        "plan": (("plan", "from", "until", "because"), ("places", "alongside")),
    }
    present = [kind for kind in kinds if isinstance(node, Mapping) and kind in node.items]
    if len(present) != 1:
        reader.expect(node, key, "an entry with one of stage, event, covariate or plan")
        return StageEntry(_EPOCH, "", ())
    needed, known = kinds[present[0]]
    items = reader.mapping(node, key, needed=needed, known=known)

    def read[T](name: str, read_as: Callable[[Node, KeyPath], T], default: T) -> T:
        return read_as(items[name], (*key, name)) if name in items else default

    because = read("because", reader.names, ())
    if present[0] == "stage":
        return StageEntry(read("from", reader.date, _EPOCH), read("stage", reader.name, ""), because)
    if present[0] == "event":
        return EventEntry(read("day", reader.date, _EPOCH), read("event", reader.name, ""), because)
    places = read("places", reader.names, ())
    if present[0] == "plan":
        start, until = read("from", reader.date, _EPOCH), read("until", reader.date, _EPOCH)
        return PlanEntry(read("plan", reader.name, ""), start, until, because, places, read("alongside", reader.flag, False))
    opened, closed = (reader.date(items[name], (*key, name)) if name in items else None for name in ("from", "until"))
    return CovariateEntry(
        read("covariate", reader.name, ""), opened, closed, because, places, read("transitions", reader.names, (EVENT,))
    )


def _read_priors(reader: _Reader, node: Node) -> Priors:
    groups = reader.mapping(node, ("priors",), needed=("stages",), known=("hazard_ratios", "plans", "seriousness"))

    def read_group(group: str, read_belief: Callable, names: tuple[str, ...], extra: tuple[str, ...] = ()) -> dict[str, Prior]:
        key = ("priors", group)
        members = reader.mapping(groups[group], key) if group in groups else {}
        return {name: _read_prior(reader, item, (*key, name), read_belief, names, extra) for name, item in members.items()}

    seriousness = None
    if "seriousness" in groups:
        seriousness = _read_prior(reader, groups["seriousness"], ("priors", "seriousness"), _read_ratio, ("factor",))
    return Priors(
        stages=read_group("stages", _read_stage, ("stay", "ends")),
        hazard_ratios=read_group("hazard_ratios", _read_ratio, ("factor",), ("per",)),
        plans=read_group("plans", _read_plan, ("kept", "meanwhile")),
        seriousness=seriousness,
    )


def _read_prior(
    reader: _Reader, node: Node, key: KeyPath, read_belief: Callable, names: tuple[str, ...], extra: tuple[str, ...] = ()
) -> Prior:
    items = reader.mapping(node, key, needed=(*names, "because", "reason"), known=(*extra, "otherwise"))
    otherwise = None
    if "otherwise" in items:
        other = reader.mapping(items["otherwise"], (*key, "otherwise"), needed=names, known=())
        shared = {name: items[name] for name in extra if name in items}
        otherwise = read_belief(reader, shared | other, (*key, "otherwise"))
    return Prior(
        belief=read_belief(reader, items, key),
        because=reader.names(items["because"], (*key, "because")) if "because" in items else (),
        reason=reader.text(items["reason"], (*key, "reason")) if "reason" in items else "",
        otherwise=otherwise,
    )


def _read_stage(reader: _Reader, items: dict[str, Node], key: KeyPath) -> StageBelief:
    ends = reader.mapping(items["ends"], (*key, "ends")) if "ends" in items else {}
    return StageBelief(
        stay=_interval_of(reader, items, key, "stay"),
        ends={name: reader.number(item, (*key, "ends", name)) for name, item in ends.items()},
    )


def _read_ratio(reader: _Reader, items: dict[str, Node], key: KeyPath) -> RatioBelief:
    factor = _interval_of(reader, items, key, "factor")
    if "per" not in items:
        return RatioBelief(factor)
    number, _, unit = reader.text(items["per"], (*key, "per")).partition(" ")
    if not _NUMBER.fullmatch(number):
        reader.expect(items["per"], (*key, "per"), "a number and its unit, such as 1 day")
        return RatioBelief(factor)
    return RatioBelief(factor, float(number), unit)


def _read_plan(reader: _Reader, items: dict[str, Node], key: KeyPath) -> PlanBelief:
    return PlanBelief(_interval_of(reader, items, key, "kept"), _interval_of(reader, items, key, "meanwhile"))


def _interval_of(reader: _Reader, items: dict[str, Node], key: KeyPath, name: str) -> Interval:
    return reader.interval(items[name], (*key, name)) if name in items else Interval(0.25, 0.75)


# --- facts -------------------------------------------------------------------------------------------------------

_FACT_KEYS = ("who", "grade", "happened", "also", "day_from", "note", "reference")


def _read_facts(
    reader: _Reader, keys: dict[str, Node], tree: Mapping, root: Path
) -> tuple[dict[str, Source], dict[str, Fact]]:
    """Gather the facts of a seeds folder (`sources: PATH`) and those written into the scenario (`facts:`)."""
    sources: dict[str, Source] = {}
    facts: dict[str, Fact] = {}
    where = keys.get("sources")
    if isinstance(where, Scalar):
        folder = (Path(where.mark.file).parent / where.value).resolve()
        if not folder.is_relative_to(root):
            reader.add(("sources",), where.mark, f"expected a folder inside the project; found {where.value}, which leaves it")
        elif not folder.is_dir():
            reader.expect(where, ("sources",), "a folder of facts")
        else:
            for path in sorted(folder.glob("*.yaml")):
                _read_seed(reader, path, where.mark, sources, facts)
    elif where is not None:
        for index, node in enumerate(reader.sequence(where, ("sources",), "a folder's path, or a list of sources")):
            source = _read_source(reader, node, ("sources", index))
            sources[source.id] = source
    if "facts" in keys:
        for index, node in enumerate(reader.sequence(keys["facts"], ("facts",), "a list of facts")):
            _read_fact(reader, node, ("facts", index), sources, facts)
    if not facts and not reader.problems:
        reader.add(("facts",), tree.mark, "expected facts: name a folder of them under sources, or write them under facts")
    return sources, facts


def _read_seed(reader: _Reader, path: Path, asked: Mark, sources: dict[str, Source], facts: dict[str, Fact]) -> None:
    try:
        node = _read_nodes(path, asked)
    except InputError as error:
        reader.problems += error.problems
        return
    items = reader.mapping(node, (), needed=("source", "facts"), known=())
    if "source" not in items or "facts" not in items:
        return
    source = _read_source(reader, items["source"], ("source",))
    sources[source.id] = source
    for index, item in enumerate(reader.sequence(items["facts"], ("facts",), "a list of facts")):
        _read_fact(reader, item, ("facts", index), sources, facts, source.id)


def _read_source(reader: _Reader, node: Node, key: KeyPath) -> Source:
    items = reader.mapping(node, key, needed=("id", "publisher", "title", "date"), known=())
    text = {name: reader.text(items[name], (*key, name)) for name in ("id", "publisher", "title") if name in items}
    date = reader.date(items["date"], (*key, "date")) if "date" in items else _EPOCH
    return Source(text.get("id", ""), text.get("publisher", ""), text.get("title", ""), date)


def _read_fact(
    reader: _Reader, node: Node, key: KeyPath, sources: dict[str, Source], facts: dict[str, Fact], source: str | None = None
) -> None:
    needed = ("id", "says", "public") if source else ("id", "says", "public", "source")
    items = reader.mapping(node, key, needed=needed, known=_FACT_KEYS)
    if any(name not in items for name in needed):
        return
    name = reader.name(items["id"], (*key, "id"))
    if name in facts:
        reader.add((*key, "id"), items["id"].mark, f"the fact {name} exists already, in {facts[name].source}")
    optional = {
        label: reader.text(items[label], (*key, label))
        for label in ("who", "grade", "happened", "day_from", "note", "reference")
        if label in items
    }
    facts[name] = Fact(
        id=name,
        says=reader.text(items["says"], (*key, "says")),
        source=source or reader.text(items["source"], (*key, "source")),
        public=reader.last_day(items["public"], (*key, "public")),
        also=reader.names(items["also"], (*key, "also")) if "also" in items else (),
        **optional,
    )


# --- back to YAML ------------------------------------------------------------------------------------------------


def dump_scenario(scenario: Scenario) -> str:
    """Write the scenario as its model sees it: nothing to extend, facts inlined, only what was known at `as_of`.

    Loading the text again gives the same fingerprint.
    """
    question = scenario.question
    cited = sorted(scenario.cited())
    used = {scenario.facts[name].source for name in cited}
    document = {
        "name": scenario.name,
        "title": question.title,
        "question": {"event": question.event, "resolves": question.resolves, "timezone": question.timezone},
        "history_from": question.history_from.isoformat(),
        "as_of": scenario.as_of.isoformat(),
        "window": {"from": scenario.window.start.isoformat(), "until": scenario.window.until.isoformat()},
        "stages": list(question.stages),
        "silent": list(question.silent),
        **_plain_itineraries(question),
        "timeline": [_plain_entry(entry) for entry in scenario.timeline if scenario.is_known(entry)],
        "priors": _plain_priors(scenario.priors),
        "sources": [_plain_record(source) for source in scenario.sources.values() if source.id in used],
        "facts": [_plain_record(scenario.facts[name]) for name in cited],
    }
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return yaml.dump(document, Dumper=dumper, sort_keys=False, allow_unicode=True, width=110)


def _plain_record(record: Source | Fact | TimelineEntry) -> dict[str, Any]:
    values = {item.name: getattr(record, item.name) for item in fields(record)}
    plain = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
    plain = {name: value.isoformat() if isinstance(value, datetime.date) else value for name, value in plain.items()}
    return {name: value for name, value in plain.items() if value not in (None, [])}


def _plain_itineraries(question: Question) -> dict[str, Any]:
    if all(way.name == way.place and not way.because and not way.attributes for way in question.itineraries):
        return {"places": list(question.places)}
    ways = {way.name: {"place": way.place, **way.attributes, "because": list(way.because)} for way in question.itineraries}
    return {"itineraries": ways}


def _plain_entry(entry: TimelineEntry) -> dict[str, Any]:
    names = {"start": "from", "itinerary": "event"}
    plain = {names.get(name, name): value for name, value in _plain_record(entry).items()}
    if plain.get("alongside") is False:
        del plain["alongside"]
    return plain


def _plain_priors(priors: Priors) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for key, prior in priors.items():
        group = document
        for part in key[1:-1]:
            group = group.setdefault(str(part), {})
        plain = _plain_belief(prior.belief) | {"because": list(prior.because), "reason": prior.reason}
        if prior.otherwise is not None:
            plain["otherwise"] = {k: v for k, v in _plain_belief(prior.otherwise).items() if k != "per"}
        group[str(key[-1])] = plain
    return document


def _plain_belief(belief: object) -> dict[str, Any]:
    if isinstance(belief, StageBelief):
        return {"stay": [belief.stay.lo, belief.stay.hi], "ends": dict(belief.ends)}
    if isinstance(belief, PlanBelief):
        pairs = (("kept", belief.kept), ("meanwhile", belief.meanwhile))
        return {name: [interval.lo, interval.hi] for name, interval in pairs}
    assert isinstance(belief, RatioBelief)
    plain: dict[str, Any] = {"factor": [belief.factor.lo, belief.factor.hi]}
    if belief.unit or belief.per != 1:
        plain["per"] = f"{belief.per:g} {belief.unit}".strip()
    return plain
