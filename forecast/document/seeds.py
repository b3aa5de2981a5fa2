"""The facts of a folder or a file: one file of YAML for each source."""

from __future__ import annotations

from pathlib import Path

from forecast.document.inputs import display, read_nodes
from forecast.document.project import name_project
from forecast.errors import InputError, escape
from forecast.scenario import FactsRead, Mapping, Mark, Node, Reader, Scalar, Sequence, describe, read_fact, read_source


def read_folder(reader: Reader, where: Node | None, root: Path) -> FactsRead:
    """Gather the facts of the folders and files that a scenario names under `sources`, if it names any.

    Parameters
    ----------
    where : Node, optional
        What stands under `sources`; what is no path there is for `forecast.scenario.read_facts`.
    root : Path
        The project's folder, inside which they must lie.
    """
    found = FactsRead()
    for path in where.items if isinstance(where, Sequence) else (where,):
        if not isinstance(path, Scalar):
            continue
        before = len(reader.problems)
        _read_seeds(reader, path, root, found)
        if len(reader.problems) > before and not found.facts:  # that there are none need not be said as well
            reader.broken.add(("sources",))
    return found


def _read_seeds(reader: Reader, where: Scalar, root: Path, found: FactsRead) -> None:
    try:
        folder = (Path(where.mark.file).parent / where.value).resolve()
        inside = folder.is_relative_to(root)
        paths = _list_files(folder) if inside else []
    except (OSError, ValueError):  # not there, not a folder, not to be read, not a path at all
        reader.expect(where, ("sources",), "a folder of facts, or a file of them, that can be read")
        return
    if not inside:
        message = f"expected a path inside the project, {name_project(root)}; found {describe(where)}, which leaves it"
        reader.add(("sources",), where.mark, message)
    for path in paths:
        if not path.resolve().is_relative_to(root):
            leaves = f"{escape(display(path))} is a link that leaves it"
            message = f"expected files inside the project, {name_project(root)}; {leaves}"
            reader.add(("sources",), where.mark, message)
            continue
        _read_seed(reader, path, where.mark, found, is_named=path == folder)


def _list_files(path: Path) -> list[Path]:
    return [path] if path.is_file() else sorted(each for each in path.iterdir() if each.suffix in (".yaml", ".yml"))


def _read_seed(reader: Reader, path: Path, asked: Mark, found: FactsRead, *, is_named: bool) -> None:
    try:
        document = read_nodes(path, asked)
    except InputError as error:
        reader.problems += error.problems
        reader.broken.add(("facts",))
        return
    reader.problems += document.problems
    if is_named and isinstance(document.root, Mapping) and not {"source", "facts"} <= set(document.root.items):
        found_it = f"found {escape(display(path))} without one of them"
        reader.add(("sources",), asked, f"expected a file of facts, with the keys source and facts; {found_it}")
        return
    items = reader.mapping(document.root, (), needed=("source", "facts"))
    source = read_source(reader, items["source"], ("source",), found) if "source" in items else ""
    listed = reader.sequence(items["facts"], ("facts",), "a list of facts") if "facts" in items else ()
    for index, item in enumerate(listed):
        read_fact(reader, item, ("facts", index), found, source)
