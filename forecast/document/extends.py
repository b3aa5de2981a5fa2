"""Which files a scenario extends, and all of them laid over one another."""

from __future__ import annotations

from pathlib import Path

from forecast.document.inputs import display, read_nodes
from forecast.document.project import name_project
from forecast.document.records import write_out_tables
from forecast.errors import InputError, escape
from forecast.scenario import (
    ADD,
    Mapping,
    Mark,
    Node,
    Reader,
    Scalar,
    describe,
    lay_additions,
    lay_assumptions,
    merge,
    warn_of_passed,
    warn_of_replaced,
)

CHAIN_MOST = 50  # files, each laid over the next; three or four are usual


def lay_over(reader: Reader, node: Node, path: Path, root: Path, chain: tuple[Path, ...] = ()) -> Mapping | None:
    """Lay a scenario over everything that it extends; None where that cannot be told.

    Parameters
    ----------
    path : Path
        Where it stands; what it extends is named relative to that.
    root : Path
        The project's folder, which no path may leave.
    chain : tuple of Path
        The files that led here.
    """
    if not isinstance(node, Mapping):
        reader.expect(node, (), "a mapping of keys")
        return None
    node = write_out_tables(reader, node, root)
    parent = node.items.get("extends")
    if parent is None:
        if ADD in node.items:
            reader.add((ADD,), node.keys[ADD], "nothing to add to, because this file extends none")
        return _apply_assume(reader, _without(node, ADD), node)
    if "priors" in node.items:
        message = (
            "a file that extends another changes priors only under assume, where the change has its own reason; "
            "new ones go under add, in priors"
        )
        reader.add(("priors",), node.keys["priors"], message)
    if not isinstance(parent, Scalar) or parent.is_null:
        reader.expect(parent, ("extends",), "a file's path")
        return None
    chain = (*chain, path.resolve())
    base = _find_base(reader, path, parent, root, chain)
    document = read_document(reader, base, parent.mark) if base else None
    below = lay_over(reader, document, base, root, chain) if base and document else None
    if below is None:
        return None
    merged = merge(below, _without(node, "extends", "priors", "assume", ADD))
    assert isinstance(merged, Mapping)
    warn_of_replaced(reader, below, node)
    merged = lay_additions(reader, merged, node)
    warn_of_passed(reader, below, merged)
    return _apply_assume(reader, merged, node)


def read_document(reader: Reader, path: Path, asked: Mark | None = None) -> Node | None:
    """Read a file's nodes; None, and said, where it cannot be read."""
    try:
        document = read_nodes(path, asked)
    except InputError as error:
        reader.problems += error.problems
        return None
    reader.problems += document.problems
    return document.root


def _apply_assume(reader: Reader, tree: Mapping, own: Mapping) -> Mapping:
    """Lay a file's assumptions over the priors that it has by then."""
    priors, assumed = tree.items.get("priors"), own.items.get("assume")
    tree = _without(tree, "assume")
    if assumed is not None and isinstance(priors, Mapping):
        tree.items["priors"] = lay_assumptions(reader, priors, assumed)
    return tree


def _without(tree: Mapping, *names: str) -> Mapping:
    return tree._replace(items={name: item for name, item in tree.items.items() if name not in names})


def _find_base(reader: Reader, path: Path, parent: Scalar, root: Path, chain: tuple[Path, ...]) -> Path | None:
    """Return the file that `extends` names, if it is one that may be extended."""
    try:
        base = (path.parent / parent.value).resolve()
    except (OSError, ValueError):
        reader.expect(parent, ("extends",), "a file's path")
        return None
    if len(chain) >= CHAIN_MOST:
        message = f"expected at most {CHAIN_MOST} files, each extending the next; found more. Write some of them as one"
        reader.add(("extends",), parent.mark, message)
        return None
    if base in chain:
        loop = " -> ".join(escape(display(step)) for step in (*chain[chain.index(base) :], base))
        reader.add(("extends",), parent.mark, f"a file may not extend itself: {loop}")
        return None
    if not base.is_relative_to(root):
        message = f"expected a file inside the project, {name_project(root)}; found {describe(parent)}, which leaves it"
        reader.add(("extends",), parent.mark, message)
        return None
    return base
