"""What a file adds to the lists of the one that it extends, under `add`: the week's facts and entries, say."""

from __future__ import annotations

from forecast.errors import KeyPath
from forecast.scenario.nodes import Mapping, Node, Scalar, Sequence
from forecast.scenario.reader import Reader

ADD = "add"
_LISTS = ("places", "timeline", "sources", "facts")


def lay_additions(reader: Reader, tree: Mapping, own: Mapping) -> Mapping:
    """Return a merged tree with what the uppermost file, `own`, adds at the end of its lists."""
    if ADD not in own.items:
        return tree
    items, keys = dict(tree.items), dict(tree.keys)
    for name, node in reader.mapping(own.items[ADD], (ADD,), known=_LISTS).items():
        if name in own.items:
            message = f"expected {name} once; found it under add and beside it, where it replaces the list below"
            reader.add((ADD, name), node.mark, message)
        elif name == "places" and (isinstance(node, Mapping) or isinstance(items.get(name), Mapping)):
            items[name] = _add_counts(reader, items.get(name), node, (ADD, name))
        else:
            items[name] = _join(reader, items.get(name), node, (ADD, name))
        keys.setdefault(name, node.mark)
    return Mapping(tree.mark, items, keys, tree.complete)


def warn_of_replaced(reader: Reader, below: Mapping, own: Mapping) -> None:
    """Warn of a timeline that takes the place of a longer one below, as who means to add to it may write."""
    before, after = (tree.items.get("timeline") for tree in (below, own))
    if isinstance(before, Sequence) and isinstance(after, Sequence) and 0 < len(after.items) < len(before.items):
        many, few = len(before.items), len(after.items)
        reader.warnings.append(
            f"timeline in line {own.keys['timeline'].line} replaces the {many} entries below by {few}; to keep them, "
            "write what is new under add"
        )


def _join(reader: Reader, below: Node | None, added: Node, key: KeyPath) -> Node:
    """Return one list of both; a path under `sources` is a list of itself."""
    if key[-1] == "sources":
        below, added = below and _listed(below), _listed(added)
    if not isinstance(added, Sequence):
        reader.expect(added, key, f"a list of what is added to {key[-1]}")
        return below or added
    if below is None:
        return added
    if not isinstance(below, Sequence):
        message = f"expected a list of {key[-1]} below, to add to; found none. Write {key[-1]} anew, without add"
        reader.add(key, added.mark, message)
        return below
    return Sequence(below.mark, below.items + added.items)


def _listed(node: Node) -> Node:
    return Sequence(node.mark, (node,)) if isinstance(node, Scalar) and not node.is_null else node


def _add_counts(reader: Reader, below: Node | None, added: Node, key: KeyPath) -> Node:
    """Return counts of past cases by place with those of more cases added."""
    if not isinstance(below, Mapping) or not isinstance(added, Mapping):
        message = "expected counts by place in both files, or names in both; found counts in one alone"
        reader.add(key, added.mark, message)
        return below or added
    items, keys = dict(below.items), dict(below.keys)
    for name, node in added.items.items():
        count = reader.number(node, (*key, name))
        before = items.get(name)
        total = count + (reader.number(before, ("places", name)) if before else 0.0)
        items[name], keys[name] = Scalar(node.mark, repr(total), plain=True), added.keys[name]
    return Mapping(below.mark, items, keys, below.complete)
