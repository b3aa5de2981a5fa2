"""What is written out of tables before a file is read: entries of a timeline, stays of a record, counts of decisions.

Receives the nodes of one file. Hands on nodes in which every table is written out; each value stands at its row.
"""

from __future__ import annotations

from pathlib import Path

from forecast.document.tables import TABLE, Table, items_of, list_entries, read_table
from forecast.errors import KeyPath, suggest
from forecast.scenario import Mapping, Node, Reader, Refused, Scalar, Sequence, describe


def write_out_tables(reader: Reader, tree: Mapping, root: Path) -> Mapping:
    """Return a file's nodes with its tables written out: of its timeline, of what it adds, of its priors' records."""
    items = dict(tree.items)
    for key in (("timeline",), ("add", "timeline")):
        holder = items if len(key) == 1 else items_of(items.get("add"))
        if holder and "timeline" in holder:
            entries = list_entries(reader, holder["timeline"], key, root)
            if len(key) == 1:
                items["timeline"] = entries
            else:
                added = items["add"]
                assert isinstance(added, Mapping)
                items["add"] = added._replace(items={**added.items, "timeline": entries})
    for name in ("priors", "assume", "readings"):
        if name in items:
            items[name] = _write_records(reader, items[name], (name,), root)
    more = items.get("add")
    if isinstance(more, Mapping) and "priors" in more.items:
        priors = _write_records(reader, more.items["priors"], ("add", "priors"), root)
        items["add"] = more._replace(items={**more.items, "priors": priors})
    return tree._replace(items=items)


def _write_records(reader: Reader, node: Node, key: KeyPath, root: Path) -> Node:
    """Return nodes in which each table is written out: its column as ``{record: [...]}``, or what is counted in it."""
    if isinstance(node, Sequence):
        items = [_write_records(reader, item, (*key, index), root) for index, item in enumerate(node.items)]
        return node._replace(items=tuple(items))
    if not isinstance(node, Mapping):
        return node
    if TABLE in node.items and {"of", "were"} & set(node.items):
        return _count_decisions(reader, node, key, root)
    if TABLE not in node.items or not ("column" in node.items or isinstance(node.items[TABLE], Scalar)):
        named = {name: _write_records(reader, item, (*key, name), root) for name, item in node.items.items()}
        return node._replace(items=named)
    said = reader.mapping(node, key, needed=(TABLE, "column"), known=("robust",))
    found = _read_columns(reader, said, key, root, ("column",))
    if found is None:
        return Refused(node.mark)
    table, (column,) = found
    values = tuple(row[column] for row in table.rows if row[column].value)
    if not values:
        message = f"expected days in the column {table.header[column]} of {table.name}; found none"
        reader.add((*key, "column"), said["column"].mark, message)
        return Refused(node.mark)
    return _make(node, {"record": Sequence(node.mark, values), **{n: said[n] for n in ("robust",) if n in said}})


def _count_decisions(reader: Reader, node: Mapping, key: KeyPath, root: Path) -> Node:
    """Return how many cases there were, and of a kind, as ``{of: ..., were: ...}``.

    A row is one decision about some cases, as the legs of one trip: they hang together, so it counts as one case that
    was so in part. `like` is what such a case counts here.
    """
    said = reader.mapping(node, key, needed=(TABLE, "of", "were"), known=("like",))
    found = _read_columns(reader, said, key, root, ("of", "were"))
    like = reader.number(said["like"], (*key, "like")) if "like" in said else 1.0
    if not 0 < like <= 1:
        reader.expect(said["like"], (*key, "like"), "a number above 0 and up to 1: what a case there counts here")
    if found is None or (*key, "like") in reader.broken:
        return Refused(node.mark)
    table, (of, were) = found
    total = 0.0
    for row in table.rows:
        cases, some = (reader.number(row[at], (*key, row[at].mark.line)) for at in (of, were))
        if cases <= 0:
            reader.expect(row[of], (*key, row[of].mark.line), "a number of cases above 0")
        elif not 0 <= some <= cases:
            reader.expect(row[were], (*key, row[were].mark.line), f"a number from 0 to {cases:g}, that of all cases")
        else:
            total += some / cases
    counts = {"of": like * len(table.rows), "were": like * total}
    return _make(node, {name: Scalar(node.mark, f"{count:.6g}", plain=True) for name, count in counts.items()})


def _read_columns(
    reader: Reader, said: dict[str, Node], key: KeyPath, root: Path, names: tuple[str, ...]
) -> tuple[Table, list[int]] | None:
    """Return a table and where the columns are that some keys name; None, and said, where something is wrong."""
    table = read_table(reader, said[TABLE], (*key, TABLE), root) if TABLE in said else None
    columns = {name: reader.text(said[name], (*key, name)) for name in names if name in said}
    if table is None or len(columns) < len(names) or "" in columns.values():
        return None
    for name, column in columns.items():
        if column not in table.header:
            found = f"found {describe(said[name])}; {suggest(column, table.header)}"
            reader.add((*key, name), said[name].mark, f"expected a column of {table.name}; {found}")
            return None
    return table, [table.header.index(column) for column in columns.values()]


def _make(node: Mapping, items: dict[str, Node]) -> Mapping:
    return Mapping(node.mark, items, {name: node.keys.get(name, node.mark) for name in items})
