"""A scenario from a file, a text or a dict: read, checked, every problem at once with its place."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

from forecast.document.compose import parse_nodes
from forecast.document.ensemble import TIMELINES, has_timelines, load_plain, read_ensemble
from forecast.document.extends import lay_over, read_document
from forecast.document.project import find_project
from forecast.document.seeds import read_folder
from forecast.errors import InputError, KeyPath, Problem, check_type
from forecast.scenario import (
    Ensemble,
    Node,
    Reader,
    Scenario,
    ScenarioRecord,
    check_scenario,
    locate,
    make_node,
    make_sound,
    read_scenario,
)
from forecast.scenario import Mapping as MappingNode

Source = Scenario | str | os.PathLike[str] | TextIO | Mapping[str, Any]

_TEXT = "text"  # how a text without a file is called


def load_scenario(source: Source, *, name: str | None = None) -> Scenario:
    """Read a scenario, whatever it extends, and the facts that it names.

    Parameters
    ----------
    source : path-like, str, file object, mapping or Scenario
        A str with a line break is YAML, any other the path of a file. Paths in a text or a mapping are relative to the
        working folder. A scenario is returned as it is.
    name : str, optional
        The scenario's name; that of the file without it.

    Returns
    -------
    Scenario
        Checked: a scenario that loads can be run.

    Raises
    ------
    InputError
        With every problem found, each with file, line and column where it stands in a text.

    Examples
    --------
    >>> load_scenario("scenarios/may.yaml").window.until
    datetime.date(2025, 5, 31)
    >>> load_scenario({"extends": "scenarios/may.yaml", "window": {"until": "2025-04-30"}}).window.until
    datetime.date(2025, 4, 30)
    """
    check_type("name", name, (str, type(None)), "a text")
    found = load_question(source, name=name)
    if isinstance(found, Ensemble):
        verbs = "run, check, facts, compare, sweep, sensitivity, replay and signposts"
        message = f"expected a file of one timeline; found several, which are for {verbs}"
        raise InputError([Problem((TIMELINES,), message)])
    return found


def load_question(source: Source | Ensemble, *, name: str | None = None) -> Scenario | Ensemble:
    """Read a file of one timeline or of several.

    Raises
    ------
    InputError
        As `load_scenario`.
    """
    if isinstance(source, Scenario | Ensemble):
        return source if name is None else replace(source, name=name)
    reader = Reader()
    found = None
    try:
        found = _read(reader, source, name)
    except InputError as error:  # where there is so much wrong that the reader stops
        reader.problems = reader.problems or list(error.problems)
    if found is None or reader.problems:
        raise InputError(sorted(dict.fromkeys(map(_place, reader.problems)), key=_position))
    return found if isinstance(found, Ensemble) else make_sound(found)


def edit_ensemble(ensemble: Ensemble, edits: Mapping[KeyPath, Any]) -> Ensemble:
    """Read a file of several timelines again with other values at some keys; None takes a key out.

    Raises
    ------
    InputError
        As `load_scenario`.
    """
    tree: dict[str, Any] = load_plain(ensemble.text)
    for (*above, last), value in edits.items():
        at = tree
        for part in above:
            at = at.setdefault(str(part), {})
        if value is None:
            at.pop(str(last), None)
        else:
            at[str(last)] = value
    reader, node = Reader(), make_node(tree)
    assert isinstance(node, MappingNode)
    found = read_ensemble(reader, node, name=ensemble.name, root=Path(ensemble.home))
    if found is None or reader.problems:
        raise InputError(sorted(dict.fromkeys(map(_place, reader.problems)), key=_position))
    return found


def _read(reader: Reader, source: Any, name: str | None) -> ScenarioRecord | Ensemble | None:
    """Read a source with all that it extends and cites, and check it."""
    node, path = _read_source(reader, source)
    root = find_project(path)
    tree = lay_over(reader, node, path, root) if node is not None else None
    if tree is None:
        return None
    if has_timelines(tree):
        return read_ensemble(reader, tree, name=name or name_after(path), root=root)
    found = read_folder(reader, tree.items.get("sources"), root)
    record = read_scenario(reader, tree, name=name or name_after(path), found=found)
    for problem in check_scenario(record, reader.broken):
        mark = locate(tree, problem.key, on_key=problem.on_key)
        reader.add(problem.key, mark, problem.text, problem.near)
    return record


def _read_source(reader: Reader, source: Any) -> tuple[Node | None, Path]:
    """Return the nodes of a source, None where it cannot be read, and the path to which its own are relative."""
    if isinstance(source, Mapping):
        return make_node(dict(source)), Path("dict")
    if hasattr(source, "read"):
        where = getattr(source, "name", None)
        path = Path(where) if isinstance(where, str) else Path(_TEXT)
        return _parse(reader, source.read, path), path
    if isinstance(source, str) and "\n" in source:
        return _parse(reader, lambda: source, Path(_TEXT)), Path(_TEXT)
    try:
        path = Path(source)
    except TypeError:
        expected = "a path, a text of YAML, a file object, a dict or a Scenario"
        message = f"expected {expected}; found {type(source).__name__}"
        reader.note(Problem((), message))
        return None, Path(_TEXT)
    return read_document(reader, path), path


def _parse(reader: Reader, read: Callable[[], str | bytes], path: Path) -> Node | None:
    try:
        text = read()
        check_type("source", text, (str, bytes), "a file that gives a text")
        document = parse_nodes(text.decode() if isinstance(text, bytes) else text, str(path))
    except InputError as error:
        reader.problems += error.problems
        return None
    except UnicodeDecodeError as error:
        message = f"expected UTF-8 text; found other bytes at offset {error.start}. Is this a YAML file?"
        reader.problems.append(Problem((), message, str(path), 1, 1))
        return None
    except OSError as error:
        reader.problems.append(Problem((), f"cannot read {path}: {error.strerror or error}"))
        return None
    reader.problems += document.problems
    return document.root


def name_after(path: Path) -> str:
    """Name a scenario after its file, by what can be written in YAML and be a folder of results.

    >>> name_after(Path("scenarios/.may 2025.yaml"))
    'may 2025'
    """
    plain = "".join(letter if letter.isprintable() and letter != "\\" else "-" for letter in path.stem)
    return " ".join(plain.lstrip(".").split()) or "scenario"


def drop_day(name: str) -> str:
    """Return a name without the day of an update, which `forecast update` puts at its end.

    >>> drop_day("port-2026-11-27"), drop_day("port")
    ('port', 'port')
    """
    try:
        datetime.date.fromisoformat(name[-10:])
    except ValueError:
        return name
    return name[:-10].rstrip("-_ ") or name


def _place(problem: Problem) -> Problem:
    """Leave the place out where it is none: a value from Python has a key alone."""
    return problem if problem.file else replace(problem, file=None, line=None, column=None)


def _position(problem: Problem) -> tuple[str, int, int]:
    return problem.file or "", problem.line or 0, problem.column or 0
