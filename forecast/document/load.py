"""A scenario from a file: read, checked, every problem at once with its place."""

from __future__ import annotations

import os
from pathlib import Path

from forecast.document.extends import find_project, read_tree
from forecast.document.seeds import read_folder
from forecast.errors import InputError, Problem
from forecast.scenario import (
    Reader,
    Scenario,
    check_scenario,
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
        for problem in check_scenario(record, tuple(reader.broken)):
            reader.add(problem.key, locate(tree, problem.key, on_key=problem.on_key), problem.message)
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
