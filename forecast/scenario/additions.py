"""What a file adds to the lists of the one that it extends, under `add`: the week's facts and entries, say."""

from __future__ import annotations

from forecast.errors import KeyPath
from forecast.scenario.beliefs import LONE
from forecast.scenario.nodes import Mapping, Node, Refused, Scalar, Sequence
from forecast.scenario.reader import Reader

ADD = "add"
_DEEPEST = 3  # add, priors and the group
_LISTS = ("places", "timeline", "priors", "sources", "facts")


def lay_additions(reader: Reader, tree: Mapping, own: Mapping) -> Mapping:
    """Return a merged tree with what the uppermost file, `own`, adds at the end of its lists."""
    if ADD not in own.items:
        return tree
    items, keys = dict(tree.items), dict(tree.keys)
    added = own.items[ADD]
    if isinstance(added, Scalar) and added.is_null:  # what is to be filled in
        return tree
    for name, node in reader.mapping(added, (ADD,), known=_LISTS).items():
        if isinstance(node, Scalar) and node.is_null:
            continue
        if name in own.items:
            message = f"expected {name} once; found it under add and beside it, where it replaces the list below"
            reader.add((ADD, name), node.mark, message)
        elif name == "priors":
            items[name] = _add_priors(reader, items.get(name), node, (ADD, name))
        elif name == "places" and (isinstance(node, Mapping) or isinstance(items.get(name), Mapping)):
            items[name] = _add_counts(reader, items.get(name), node, (ADD, name))
        else:
            items[name] = _join(reader, items.get(name), node, (ADD, name))
        keys.setdefault(name, node.mark)
    return Mapping(tree.mark, items, keys, tree.complete)


def warn_of_passed(reader: Reader, below: Mapping, merged: Mapping) -> None:
    """Warn of an event that came since the file below was cut, where the window begins after it."""
    window = merged.items.get("window")
    timeline = merged.items.get("timeline")
    before, now = (tree.items.get("as_of") for tree in (below, merged))
    if isinstance(window, Mapping) and "from" in window.items:
        return
    if not (isinstance(before, Scalar) and isinstance(now, Scalar) and isinstance(timeline, Sequence)):
        return
    for entry in timeline.items:
        day = entry.items.get("day") if isinstance(entry, Mapping) else None
        came = day.value[-10:] if isinstance(day, Scalar) else ""
        if before.value < came <= now.value:  # days of the calendar, whose texts are in their order
            reader.warnings.append(
                f"the event came on {came}, after the file below was cut, on {before.value}; P is that of another one. "
                "To answer the question of then, say in window from which day on"
            )
            return


def warn_of_replaced(reader: Reader, below: Mapping, own: Mapping) -> None:
    """Warn of a timeline that takes the place of a longer one below, as who means to add to it may write."""
    before, after = (tree.items.get("timeline") for tree in (below, own))
    if isinstance(before, Sequence) and isinstance(after, Sequence) and 0 < len(after.items) < len(before.items):
        many, few = len(before.items), len(after.items)
        reader.warnings.append(
            f"timeline in line {own.keys['timeline'].line} replaces the {many} entries below by {few}; to keep them, "
            "write what is new under add"
        )


def _add_priors(reader: Reader, below: Node | None, added: Node, key: KeyPath) -> Node:
    """Return the priors below with those of what is new; to change one that is there needs a reason, under assume."""
    if not isinstance(below, Mapping) or not isinstance(added, Mapping):
        reader.expect(added, key, "a mapping like priors, of what is new")
        return below or added
    items, keys = dict(below.items), dict(below.keys)
    for name, node in added.items.items():
        before = items.get(name)
        if before is None:
            items[name], keys[name] = node, added.keys[name]
        elif len(key) < _DEEPEST and isinstance(node, Mapping) and isinstance(before, Mapping) and name not in LONE:
            items[name] = _add_priors(reader, before, node, (*key, name))
        else:
            message = f"expected a prior of something new; found {name}, which has one. To change it, use assume"
            reader.add((*key, name), added.keys[name], message)
    return Mapping(below.mark, items, keys, below.complete)


def _join(reader: Reader, below: Node | None, added: Node, key: KeyPath) -> Node:
    """Return one list of both; a path under `sources` is a list of itself."""
    if key[-1] == "sources":
        below, added = below and _listed(below), _listed(added)
    if not isinstance(added, Sequence):
        reader.expect(added, key, f"a list of what is added to {key[-1]}")
        return below or Refused(added.mark)
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
        if not count > 0:
            reader.expect(node, (*key, name), "a count of more cases, above 0")
            continue
        before = items.get(name)
        total = count + (reader.number(before, ("places", name)) if before else 0.0)
        items[name], keys[name] = Scalar(node.mark, repr(total), plain=True), added.keys[name]
    return Mapping(below.mark, items, keys, below.complete)
