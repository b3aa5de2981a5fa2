"""One family of a file of several timelines: its units, from a list or a table, each read as a scenario of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from forecast.document.links import OPEN_DAYS, Open, Told, check_links, lay_links, take_links
from forecast.document.seeds import read_folder
from forecast.document.tables import TABLE, list_entries
from forecast.document.units import COLUMNS, UNIT, UnitsReader
from forecast.errors import KeyPath
from forecast.scenario import (
    FIRST,
    Family,
    Interval,
    Link,
    Mapping,
    Node,
    Reader,
    Scalar,
    Scenario,
    ScenarioRecord,
    Sequence,
    check_family,
    check_scenario,
    date_links,
    list_link_misfits,
    locate,
    make_sound,
    read_scenario,
)

TIMELINES = "timelines"
OF_ALL = ("as_of", "window", "history_from", "sources", "facts", "fades", "display")  # units take it as it stands
PACE_MOST = 1e6
_OF_FAMILY = ("units", "pace", "years", "once", "starts", "timeline")
_NO_PACES = (*(name for name in COLUMNS if name != UNIT), TABLE, "year")


class FamilyReader:
    """Reads one family unit by unit; what its units share is said once."""

    def __init__(
        self, reader: Reader, name: str, node: Node, shared: dict[str, Node], tree: Mapping, root: Path, told: Told
    ) -> None:
        self.told = told  # what its entries may listen to
        self.links: dict[str, tuple[Link, ...]] = {}
        self.reader, self.name, self.node, self.shared, self.tree, self.root = reader, name, node, shared, tree, root
        self.key: KeyPath = (TIMELINES, name)
        self.is_table = False  # whether its entries are the rows of one
        self.once = False
        self.written: Node = node  # with its tables written out

    def read(self) -> Family | None:
        """Return the family; None, and said, where something is wrong."""
        if not isinstance(self.node, Mapping):
            self.reader.expect(self.node, self.key, "a mapping with stages, priors and what else a question has")
            return None
        items = self.node.items
        misplaced = [name for name in OF_ALL if name in items and name != "history_from"]
        for name in misplaced:
            message = f"expected it at the top of the file, for all timelines; found {name} in {self.name}"
            self.reader.add((*self.key, name), self.node.keys[name], message)
        if misplaced:
            return None
        entries = self._list_entries(items)
        pace, years = self._read_pace(items), self._read_ratio(items, "years")
        self.units = UnitsReader(self.reader, self.key, self.root, tuple(name for name in pace if name != UNIT))
        units = self.units.read(items.get("units"), entries)
        self.once = "once" in items and self.reader.flag(items["once"], (*self.key, "once"))
        by_unit = self._split(entries, units)
        self._write_out(units, entries)
        if units is None or by_unit is None:
            return None
        timelines: dict[str, Scenario] = {}
        covariates = {name for listed in by_unit.values() for name in _list_covariates(listed)}
        for unit, listed in by_unit.items():
            label = f"{self.name}.{unit}" if unit else self.name
            record = self._read_unit(label, listed, covariates)
            if record is not None:
                timelines[label] = record
        if len(timelines) < len(by_unit):
            return None
        groups = {
            name: {f"{self.name}.{unit}": label for unit, label in labels.items()}
            for name, labels in self.units.labels.items()
        }
        family = Family(self.name, timelines, pace, self.once, groups=groups, years=years, links=self.links)
        for part, message in check_family(family):
            key = (*self.key, *part)
            self.reader.add(key, locate(self.tree, key), message)
        return family

    # --- units and entries -------------------------------------------------------------------------------------------

    def _list_entries(self, items: dict[str, Node]) -> list[Node]:
        node = items.get("timeline")
        if node is None:
            return []
        self.is_table = isinstance(node, Mapping)
        listed = list_entries(self.reader, node, (*self.key, "timeline"), self.root)
        return list(listed.items) if isinstance(listed, Sequence) else [listed]

    def _split(self, entries: list[Node], units: list[str] | None) -> dict[str, list[Node]] | None:
        """Return the entries of each unit; those of covariates and plans without one are of all."""
        if units is None:
            return None
        if not units:
            return {"": entries}
        found: dict[str, list[Node]] = {unit: [] for unit in units}
        seen: set[str] = set()
        for index, entry in enumerate(entries):
            key = (*self.key, "timeline", index)
            if not isinstance(entry, Mapping):
                self.reader.expect(entry, key, "a mapping")
                continue
            rest = {name: item for name, item in entry.items.items() if name != "unit"}
            plain = entry._replace(items=rest)
            said = entry.items.get("unit")
            if said is None:
                is_linked = any(word in rest and self.told.is_named(rest[word]) for word in OPEN_DAYS)
                if {"covariate", "plan"} & set(rest) or is_linked:
                    for listed in found.values():
                        listed.append(plain)
                else:
                    message = f"expected the key unit, which of {self.name} it is about; found none"
                    self.reader.add((*key, "unit"), entry.mark, message)
            elif isinstance(said, Scalar) and said.value in found:
                seen.add(said.value)
                if {"day", "from", "until"} & set(rest):  # a row without is of a unit where nothing has happened
                    found[said.value].append(plain)
            else:
                text = said.value if isinstance(said, Scalar) else ""
                self.reader.add((*key, "unit"), said.mark, f"unknown unit {text}", near=(text, units))
        self._check_rows(units, seen)
        return found

    def _write_out(self, units: list[str] | None, entries: list[Node]) -> None:
        """Keep what would be read alike without any table."""
        assert isinstance(self.node, Mapping)
        mark = self.node.mark
        lists: dict[str, Node] = {"timeline": Sequence(mark, tuple(entries))} if entries else {}
        if units:
            lists["units"] = self.units.write(units, mark)
        keys = {**self.node.keys, **dict.fromkeys(lists, mark)}
        self.written = self.node._replace(items={**self.node.items, **lists}, keys=keys)

    def _check_rows(self, units: list[str], seen: set[str]) -> None:
        """Find units that are listed, and of which a table says nothing."""
        for index, unit in enumerate(units if self.is_table else ()):
            if unit not in seen:
                key = (*self.key, "units", index)
                message = f"expected a row of {unit}, without a day if nothing has happened there; found none"
                self.reader.add(key, locate(self.tree, key), message)

    # --- one unit ----------------------------------------------------------------------------------------------------

    def _read_unit(self, label: str, entries: list[Node], covariates: set[str]) -> Scenario | None:
        """Return a unit as a scenario; None, and said, where something is wrong."""
        assert isinstance(self.node, Mapping)
        own = {name: item for name, item in self.node.items.items() if name not in _OF_FAMILY}
        items: dict[str, Node] = {**self.shared, "title": Scalar(self.node.mark, label, plain=False), **own}
        reader = Reader()
        entries, days = take_links(reader, entries, ("timeline",), self.told, self.shared.get("as_of"))
        items["timeline"] = Sequence(self.node.mark, tuple(entries))
        if idle := sorted(covariates - set(_list_covariates(entries))):  # they are of other units
            unused = own.get("unused")
            listed = unused.items if isinstance(unused, Sequence) else ()
            more = tuple(Scalar(self.node.mark, name, plain=True) for name in idle)
            items["unused"] = Sequence(self.node.mark, (*listed, *more))
        said = own.get("question")
        question = {"event": items["title"], **(said.items if isinstance(said, Mapping) else {})}
        if self.once:
            question["counts"] = Scalar(self.node.mark, FIRST, plain=True)
        if said is None or isinstance(said, Mapping):
            items["question"] = Mapping(self.node.mark, question, dict.fromkeys(question, self.node.mark))
        keys = {name: self.node.keys.get(name, self.tree.keys.get(name, self.node.mark)) for name in items}
        tree = Mapping(self.node.mark, items, keys)
        found = read_folder(reader, items.get("sources"), self.root)
        record = read_scenario(reader, tree, name=label, found=found)
        if days and not reader.problems:
            check_links(reader, record, days, self.told, self.written)
        if days and not reader.problems:
            record = self._link(reader, label, record, days)
        stand_ins = {("timeline", each.at) for each in days} if reader.problems else set()
        for problem in check_scenario(record, reader.broken):
            if problem.key[:2] in stand_ins:
                continue
            reader.add(problem.key, locate(tree, problem.key, on_key=problem.on_key), problem.text, problem.near)
        told = {(problem.text, problem.file, problem.line, problem.column) for problem in self.reader.problems}
        for problem in reader.problems:
            if (problem.text, problem.file, problem.line, problem.column) not in told:
                key = (
                    (*self.key, *problem.key)
                    if problem.key[:1] and problem.key[0] in (*own, "timeline")
                    else problem.key
                )
                self.reader.note(replace(problem, key=key))
        return None if reader.problems else make_sound(record)

    def _link(self, reader: Reader, label: str, record: ScenarioRecord, days: list[Open]) -> ScenarioRecord:
        """Return a unit without what it listens to, which is kept, and checked as it would be on the last day."""
        record, links = lay_links(record, days, self.told)
        for message in list_link_misfits(record, links):
            key = ("timeline", days[0].at)
            reader.add(key, locate(self.tree, (*self.key, *key)), message)
        if links and not reader.problems:
            self.links[label] = links
            for problem in check_scenario(date_links(record, links, record.window.until)):
                reader.add(problem.key, locate(self.tree, (*self.key, *problem.key)), problem.text, problem.near)
        return date_links(record, links, None)

    def _read_pace(self, items: dict[str, Node]) -> dict[str, Interval]:
        """Return the ratio of fast to slow by what units have a pace of: each its own, or the one of its host."""
        node, key = items.get("pace"), (*self.key, "pace")
        if not isinstance(node, Mapping):
            found = self._read_ratio(items, "pace")
            return {} if found is None else {UNIT: found}
        named = self.reader.names_to_nodes(node, key)
        for name in named:
            if name in _NO_PACES:
                message = f"expected the name of a column, as host, or {UNIT}"
                self.reader.expect(Scalar(node.keys[name], name, plain=False), (*key, name), message)
        ratios = {name: self._read_ratio(named, name, key) for name in named if name not in _NO_PACES}
        return {name: found for name, found in ratios.items() if found is not None}

    def _read_ratio(self, items: dict[str, Node], name: str, above: KeyPath = ()) -> Interval | None:
        if name not in items:
            return None
        node, key = items[name], (*(above or self.key), name)
        found = self.reader.interval(node, key)
        if key not in self.reader.broken and not 1 <= found.lo <= found.hi <= PACE_MOST:
            what = "as busy as a quiet year a busy one" if name == "years" else "as fast as a slow unit a fast one"
            self.reader.expect(node, key, f"an interval [lo, hi] from 1 on: how many times {what} is")
        return found


def _list_covariates(entries: list[Node]) -> list[str]:
    """Return the covariates that entries are of."""
    said = [entry.items.get("covariate") for entry in entries if isinstance(entry, Mapping)]
    return [name.value for name in said if isinstance(name, Scalar)]
