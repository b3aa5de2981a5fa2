"""Tables in the place of lists: each row of a CSV or Parquet file is an entry of a timeline, or a stay of a record.

Receives the node that names a table. Hands on its rows, as entries or as they are; each value stands at its row.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from forecast.document.inputs import display, find_obstacle
from forecast.document.project import name_project
from forecast.errors import InputError, KeyPath, Problem, escape, shorten, suggest
from forecast.scenario import Mapping, Mark, Node, Reader, Scalar, Sequence, describe, problem_at

TABLE = "table"
ROWS_MOST = 20_000
_KEYS = (
    "unit",
    "day",
    "from",
    "until",
    "event",
    "stage",
    "covariate",
    "plan",
    "right",
    "order",
)  # of an entry, by column
_OF_FACT = ("says", "source", "public")
_DELIMITERS = ",;\t"


@dataclass(frozen=True)
class Table:
    """A table's header and its rows; each value is a text that knows its row and its column."""

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[Scalar, ...], ...]

    def cell(self, row: int, column: str) -> str:
        """Return the text in a column of a row.

        Raises
        ------
        InputError
            If there is no such column.
        """
        return self._scalar(row, column).value

    def refuse(self, row: int, column: str, expected: str) -> NoReturn:
        """Say that something else was expected in a column of a row.

        Raises
        ------
        InputError
        """
        found = self._scalar(row, column)
        raise InputError([problem_at((column,), found.mark, f"expected {expected}; found {describe(found)}")])

    def _scalar(self, row: int, column: str) -> Scalar:
        if column not in self.header:
            message = f"expected a column of {self.name}; found '{shorten(column)}'"
            raise InputError([Problem((column,), message, near=(column, self.header))])
        return self.rows[row][self.header.index(column)]


def items_of(node: Node | None) -> dict[str, Node]:
    """Return the items of a mapping; none of anything else."""
    return node.items if isinstance(node, Mapping) else {}


# --- timelines -----------------------------------------------------------------------------------------------------


def list_entries(reader: Reader, node: Node, key: KeyPath, root: Path) -> Node:
    """Return a timeline as a list of entries, with those of its tables in their places."""
    listed = node.items if isinstance(node, Sequence) else (node,)
    if not any(isinstance(item, Mapping) and TABLE in item.items for item in listed):
        return node
    found: list[Node] = []
    for item in listed:
        found += _read_entries(reader, item, key, root) if TABLE in items_of(item) else [item]
    return Sequence(node.mark, tuple(found))


def _read_entries(reader: Reader, node: Node, key: KeyPath, root: Path) -> list[Node]:
    assert isinstance(node, Mapping)
    items = reader.mapping(node, key, needed=(TABLE,), known=(*_KEYS, *_OF_FACT))
    table = read_table(reader, items[TABLE], (*key, TABLE), root)
    if table is None:
        return []
    columns: dict[str, int] = {}
    constants: dict[str, Node] = {}
    for name, said in items.items():
        column = reader.text(said, (*key, name)) if name != TABLE else ""
        if column in table.header:
            columns[name] = table.header.index(column)
        elif column and name in ("source", "stage", "event", "covariate", "plan"):
            constants[name] = said  # the same for all rows
        elif column:
            known = suggest(column, table.header)
            reader.add((*key, name), said.mark, f"expected a column of {table.name}; found {describe(said)}; {known}")
    if (*key, "") in reader.broken or not {"day", "from"} & columns.keys():
        if not any(at[: len(key)] == key for at in reader.broken):
            message = f"expected the column of the days, as in day: {table.header[0]}; found neither day nor from"
            reader.add(key, node.mark, message)
        return []
    return [make_entry(table, row, columns, constants) for row in table.rows]


def make_entry(table: Table, row: tuple[Scalar, ...], columns: dict[str, int], constants: dict[str, Node]) -> Mapping:
    """Return a row as an entry: its values by column, and the same for all rows."""
    mark = row[0].mark._replace(column=1)
    items: dict[str, Node] = {name: row[column] for name, column in columns.items() if name in _KEYS}
    items |= {name: said for name, said in constants.items() if name in _KEYS}
    items = {name: said for name, said in items.items() if isinstance(said, Scalar) and said.value}
    day = items.get("day") or items.get("from") or Scalar(mark, "", plain=True)
    assert isinstance(day, Scalar)
    usual = {"says": f"Row {mark.line} of {table.name}.", "source": table.name}
    fact: dict[str, Node] = {name: Scalar(day.mark, text, plain=False) for name, text in usual.items()}
    fact |= {name: row[column] for name, column in columns.items() if name in _OF_FACT and row[column].value}
    fact |= {name: said for name, said in constants.items() if name in _OF_FACT}
    items["because"] = Mapping(mark, fact, dict.fromkeys(fact, mark))
    return Mapping(mark, items, {name: getattr(said, "mark", mark) for name, said in items.items()})


# --- files ---------------------------------------------------------------------------------------------------------


def load_table(path: Path) -> Table:
    """Read a table from a file of its own.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    reader = Reader()
    named = Scalar(Mark(str(path.parent / "command line"), 1, 1), path.name, plain=True)
    table = read_table(reader, named, (), Path(path.anchor or ".").resolve() if path.anchor else path.resolve().parent)
    if table is None:
        raise InputError([Problem((), problem.text) for problem in reader.problems])
    return table


def read_table(reader: Reader, where: Node, key: KeyPath, root: Path) -> Table | None:
    """Read a table that a file names, relative to itself; None, and said, where it cannot be read."""
    text = reader.text(where, key)
    if not text:
        return None
    try:
        path = (Path(where.mark.file).parent / text).resolve()
        obstacle = find_obstacle(path) if path.is_relative_to(root) else ""
    except (OSError, ValueError):
        reader.expect(where, key, "the path of a table, such as stays.csv")
        return None
    if not path.is_relative_to(root):
        message = f"expected a path inside the project, {name_project(root)}; found {describe(where)}, which leaves it"
        reader.add(key, where.mark, message)
        return None
    if obstacle:
        reader.add(key, where.mark, f"cannot read {escape(display(path))}: {obstacle}")
        return None
    try:
        lines = _read_parquet(path) if path.suffix == ".parquet" else _read_csv(path)
    except (OSError, ValueError, csv.Error, ImportError) as error:
        reader.add(key, where.mark, f"cannot read {escape(display(path))} as a table: {shorten(str(error))}")
        return None
    return _check_table(reader, lines, where, key, path)


def _check_table(
    reader: Reader, lines: list[tuple[int, list[str]]], where: Node, key: KeyPath, path: Path
) -> Table | None:
    name = display(path)
    header = [cell.strip() for cell in lines[0][1]] if lines else []
    if not any(header) or len(lines) < 2:
        reader.add(key, where.mark, f"expected a table with a header and a row or more; found {escape(name)} without")
        return None
    if twice := sorted({cell for cell in header if header.count(cell) > 1}):
        message = f"expected columns with names of their own; found {escape(twice[0])} twice in {escape(name)}"
        reader.add(key, where.mark, message)
        return None
    if len(lines) > ROWS_MOST:
        reader.add(key, where.mark, f"expected at most {ROWS_MOST:,} rows; found {len(lines) - 1:,} in {escape(name)}")
        return None
    rows = []
    for line, cells in lines[1:]:
        if len(cells) != len(header):
            message = f"expected {len(header)} values, as in the header; found {len(cells)}"
            reader.add((*key, line), Mark(name, line, 1), message)
            return None
        rows.append(
            tuple(Scalar(Mark(name, line, column + 1), cell.strip(), plain=True) for column, cell in enumerate(cells))
        )
    return Table(path.name, tuple(header), tuple(rows))


def _read_csv(path: Path) -> list[tuple[int, list[str]]]:
    """Return the lines of a file with their numbers; empty ones are left out."""
    text = path.read_text(encoding="utf-8-sig")
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True)
    return [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]


def _read_parquet(path: Path) -> list[tuple[int, list[str]]]:
    """Return the rows of a file with their numbers, the header first."""
    try:
        from pyarrow import parquet
    except ImportError:
        message = "Parquet needs pyarrow, which is not installed; install it, or save the table as CSV"
        raise ImportError(message) from None
    table = parquet.read_table(path)
    columns = [["" if value is None else str(value) for value in column.to_pylist()] for column in table.columns]
    rows = [list(row) for row in zip(*columns, strict=True)]
    return list(enumerate([table.column_names, *rows], start=1))
