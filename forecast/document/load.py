"""A scenario from a file: read, checked, every problem at once with its place."""

from __future__ import annotations

import os
from pathlib import Path

from forecast.document.extends import find_project, read_tree
from forecast.document.seeds import read_folder
from forecast.errors import InputError, KeyPath, Problem
from forecast.scenario import (
    Mapping,
    Reader,
    Scenario,
    ScenarioRecord,
    bears_on_path,
    check_parts,
    check_paths,
    check_suppositions,
    locate,
    make_sound,
    read_scenario,
)


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
    tree = read_tree(reader, path, root, ())
    if tree is not None:
        found = read_folder(reader, tree.items.get("sources"), root)
        record = read_scenario(reader, tree, name=name_after(path), found=found)
        _add_problems(reader, tree, record)
    if reader.problems:
        raise InputError(sorted(dict.fromkeys(reader.problems), key=_position))
    return make_sound(record)


def name_after(path: Path) -> str:
    """Name a scenario after its file, by what can be written in YAML and be a folder of results.

    >>> name_after(Path("scenarios/.may 2025.yaml"))
    'may 2025'
    """
    plain = "".join(letter if letter.isprintable() and letter != "\\" else "-" for letter in path.stem)
    return " ".join(plain.lstrip(".").split()) or "scenario"


def _position(problem: Problem) -> tuple[str, int, int]:
    return problem.file or "", problem.line or 0, problem.column or 0


def _add_problems(reader: Reader, tree: Mapping, scenario: ScenarioRecord) -> None:
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
