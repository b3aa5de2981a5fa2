"""The YAML edge: a scenario file, all that it extends and the facts that it names, into a checked `Scenario`.

`forecast.schema` types what stands in the files; this module follows `extends` and adds file, line and column to
whatever `forecast.checks` finds wrong. All errors come at once.
"""

from __future__ import annotations

import os
from pathlib import Path

from forecast.assume import lay_assumptions
from forecast.checks import bears_on_path, check_parts
from forecast.checks_ahead import check_paths, check_suppositions
from forecast.dump import dump_scenario
from forecast.errors import InputError, KeyPath, Problem
from forecast.inputs import display, read_nodes
from forecast.nodes import Mapping, Mark, Scalar, describe, locate, merge
from forecast.reader import Reader
from forecast.scenario import Scenario
from forecast.schema import read_scenario

__all__ = ["dump_scenario", "find_project", "load_scenario", "name_after"]


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
    reader = Reader()
    root = find_project(path)
    tree = _read_tree(reader, path, root, ())
    if tree is not None:
        scenario = read_scenario(reader, tree, name=name_after(path), root=root)
        _add_problems(reader, tree, scenario)
    if reader.problems:
        raise InputError(sorted(dict.fromkeys(reader.problems), key=_position))
    return scenario


def name_after(path: Path) -> str:
    """Name a scenario after its file, by what can be written in YAML and be a folder of results.

    >>> name_after(Path("scenarios/.may 2025.yaml"))
    'may 2025'
    """
    plain = "".join(letter if letter.isprintable() and letter != "\\" else "-" for letter in path.stem)
    return " ".join(plain.lstrip(".").split()) or "scenario"


def find_project(path: Path) -> Path:
    """Return the nearest folder above a file that holds `seeds/`, or else the file's own folder."""
    try:
        folder = path.resolve().parent
        return next((above for above in (folder, *folder.parents) if (above / "seeds").is_dir()), folder)
    except (OSError, ValueError):  # no path at all, as reading it will tell
        return Path()


def _position(problem: Problem) -> tuple[str, int, int]:
    return problem.file or "", problem.line or 0, problem.column or 0


# --- what follows from what ----------------------------------------------------------------------------------------


def _add_problems(reader: Reader, tree: Mapping, scenario: Scenario) -> None:
    """Check a scenario and report what is wrong, save what only follows from problems that are reported already."""
    broken = tuple(reader.broken)
    if any(_is_structural(key) for key in broken):
        return
    lacks_facts = any(key in (("facts",), ("sources",)) for key in broken)
    lacks_as_of = ("as_of",) in broken
    for problem in [*check_parts(scenario), *check_suppositions(scenario)]:
        follows = (lacks_facts and "because" in problem.key) or (lacks_as_of and problem.key[0] == "window")
        if not follows and not any(_overlaps(problem.key, key) for key in broken):
            reader.add(problem.key, locate(tree, problem.key, on_key=problem.on_key), problem.message)
    if not any(bears_on_path(key) for key in reader.broken):
        for problem in check_paths(scenario):
            reader.add(problem.key, locate(tree, problem.key), problem.message)


def _is_structural(key: KeyPath) -> bool:
    """Tell whether so much hangs on a key that, without it, the checks would only find consequences."""
    if key[:1] == ("itineraries",):
        return len(key) < 3 or key[2] == "place"
    return not key or key[0] in ("stages", "places") or (key[0] == "priors" and len(key) < 3) or key == ("timeline",)


def _overlaps(one: KeyPath, other: KeyPath) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


# --- extends -----------------------------------------------------------------------------------------------------


def _read_tree(
    reader: Reader, path: Path, root: Path, chain: tuple[Path, ...], asked: Mark | None = None
) -> Mapping | None:
    """Read a scenario file laid over everything that it extends; None where that cannot be told."""
    try:
        document = read_nodes(path, asked)
    except InputError as error:
        reader.problems += error.problems
        return None
    reader.problems += document.problems
    node = document.root
    if not isinstance(node, Mapping):
        reader.expect(node, (), "a mapping of keys")
        return None
    parent = node.items.get("extends")
    if parent is None:
        return _apply_assume(reader, node, node)
    if "priors" in node.items:
        message = "a file that extends another changes priors only under assume, where the change has its own reason"
        reader.add(("priors",), node.keys["priors"], message)
    if not isinstance(parent, Scalar) or parent.is_null:
        reader.expect(parent, ("extends",), "a file's path")
        return None
    chain = (*chain, path.resolve())
    base = _find_base(reader, path, parent, root, chain)
    below = _read_tree(reader, base, root, chain, parent.mark) if base else None
    if below is None:
        return None
    own = {name: item for name, item in node.items.items() if name not in ("extends", "priors", "assume")}
    merged = merge(below, Mapping(node.mark, own, node.keys, node.complete))
    assert isinstance(merged, Mapping)
    return _apply_assume(reader, merged, node)


def _apply_assume(reader: Reader, tree: Mapping, own: Mapping) -> Mapping:
    """Lay a file's assumptions over the priors that it has by then."""
    priors, assumed = tree.items.get("priors"), own.items.get("assume")
    items = {name: item for name, item in tree.items.items() if name != "assume"}
    if assumed is not None and isinstance(priors, Mapping):
        items["priors"] = lay_assumptions(reader, priors, assumed)
    return Mapping(tree.mark, items, tree.keys, tree.complete)


def _find_base(reader: Reader, path: Path, parent: Scalar, root: Path, chain: tuple[Path, ...]) -> Path | None:
    """Return the file that `extends` names, if it is one that may be extended."""
    try:
        base = (path.parent / parent.value).resolve()
    except (OSError, ValueError):
        reader.expect(parent, ("extends",), "a file's path")
        return None
    if base in chain:
        loop = " -> ".join(display(step) for step in (*chain[chain.index(base) :], base))
        reader.add(("extends",), parent.mark, f"a file may not extend itself: {loop}")
        return None
    if not base.is_relative_to(root):
        message = f"expected a file inside the project, {display(root)}; found {describe(parent)}, which leaves it"
        reader.add(("extends",), parent.mark, message)
        return None
    return base
