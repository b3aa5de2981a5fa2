"""The units of a family: their names and what each has a pace of, from a list, a mapping or a table of their steps."""

from __future__ import annotations

from pathlib import Path

from forecast.document.tables import TABLE, Table, make_entry, read_table
from forecast.errors import KeyPath
from forecast.scenario import Mapping, Mark, Node, Reader, Scalar, Sequence

UNITS_MOST = 200
UNIT = "unit"  # a pace that each has for itself
COLUMNS = (UNIT, "day", "stage", "event", "says", "source", "public")


class UnitsReader:
    """Reads the units of one family.

    Parameters
    ----------
    key : key path
        Of the family.
    paces : tuple of str
        By what units have a pace of, besides each its own: each must say which it has.

    Attributes
    ----------
    labels : dict of dict
        By those: which one each unit has, by its name.
    """

    def __init__(self, reader: Reader, key: KeyPath, root: Path, paces: tuple[str, ...]) -> None:
        self.reader, self.family, self.key, self.root, self.paces = reader, key, (*key, "units"), root, paces
        self.labels: dict[str, dict[str, str]] = {name: {} for name in paces}

    def read(self, node: Node | None, entries: list[Node]) -> list[str] | None:
        """Return the names, None where they cannot be read; a table adds its rows to the entries."""
        if node is None:
            return []
        if isinstance(node, Sequence):
            names = self.reader.some_names(node, self.key, UNIT)
            for pace in self.paces:
                message = f"expected each unit's {pace}, as in units: {{north: {{{pace}: ...}}}}; found a list of names"
                self.reader.add((*self.family, "pace", pace), node.mark, message)
        elif (
            isinstance(node, Mapping) and node.items and all(isinstance(item, Mapping) for item in node.items.values())
        ):
            names = self._read_mapping(node)
        else:
            names = self._read_table(node, entries)
        if len(names) > UNITS_MOST:
            self.reader.expect(node, self.key, f"at most {UNITS_MOST} units")
        return list(names) if names and "" not in names else None

    def write(self, names: list[str], mark: Mark) -> Node:
        """Return the node that says the same without a table."""

        def text(value: str) -> Scalar:
            return Scalar(mark, value, plain=True)

        if not self.paces:
            return Sequence(mark, tuple(map(text, names)))
        items: dict[str, Node] = {}
        for name in names:
            labels: dict[str, Node] = {pace: text(label[name]) for pace, label in self.labels.items() if name in label}
            items[name] = Mapping(mark, labels, dict.fromkeys(labels, mark))
        return Mapping(mark, items, dict.fromkeys(items, mark))

    def _read_mapping(self, node: Mapping) -> tuple[str, ...]:
        found = self.reader.names_to_nodes(node, self.key)
        for name, item in found.items():
            said = self.reader.mapping(item, (*self.key, name), needed=self.paces)
            for pace in self.paces:
                if pace in said:
                    self.labels[pace][name] = self.reader.name(said[pace], (*self.key, name, pace))
        return tuple(found)

    def _read_table(self, node: Node, entries: list[Node]) -> tuple[str, ...]:
        where, said, key = node, {}, self.key
        if isinstance(node, Mapping):
            said = self.reader.mapping(node, key, needed=(TABLE, UNIT), known=(*COLUMNS, *self.paces))
            where = said.get(TABLE, node)
        table = read_table(self.reader, where, (*key, TABLE) if said else key, self.root)
        if table is None or (said and UNIT not in said):
            return ()
        names = (*COLUMNS, *self.paces)
        columns = {name: self.reader.text(said[name], (*key, name)) for name in names if name in said}
        columns = columns or {name: name for name in names if name in table.header}
        for name in (UNIT, "day", *self.paces):
            columns.setdefault(name, name)
        for name, column in columns.items():
            if column not in table.header:
                message = f"expected a column {column} in {table.name}"
                message += f", with each unit's {name}" if name in self.paces else ""
                self.reader.add((*key, name), where.mark, message, near=(column, table.header))
                return ()
        return self._take_rows(table, {name: table.header.index(column) for name, column in columns.items()}, entries)

    def _take_rows(self, table: Table, at: dict[str, int], entries: list[Node]) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for row in table.rows:
            key = (*self.key, row[0].mark.line)
            name = self.reader.name(row[at[UNIT]], (*key, UNIT))
            found[name] = None
            for pace in self.paces:
                label = self.reader.name(row[at[pace]], (*key, pace))
                if self.labels[pace].setdefault(name, label) != label:
                    self.reader.expect(row[at[pace]], (*key, pace), f"{self.labels[pace][name]}, as for {name} above")
            if row[at["day"]].value:
                is_stage = "stage" in at and row[at["stage"]].value
                columns_here = {"from" if is_stage and name == "day" else name: place for name, place in at.items()}
                entries.append(make_entry(table, row, columns_here, {}))
            elif any(row[at[column]].value for column in ("stage", "event") if column in at):
                self.reader.expect(row[at["day"]], (*key, "day"), "the day of this step")
        return tuple(found)
