"""The facts of a folder: one file of YAML for each source."""

from __future__ import annotations

from pathlib import Path

from forecast.document.extends import name_project
from forecast.document.inputs import display, read_nodes
from forecast.errors import InputError, escape
from forecast.scenario import FactsRead, Mark, Node, Reader, Scalar, describe, read_fact, read_source


def read_folder(reader: Reader, where: Node | None, root: Path) -> FactsRead:
    """Gather the facts of the folder that a scenario names under `sources`, if it names one.

    Parameters
    ----------
    where : Node, optional
        What stands under `sources`; a list there is for `forecast.scenario.read_facts`.
    root : Path
        The project's folder, inside which that folder must lie.
    """
    found = FactsRead()
    if isinstance(where, Scalar):
        before = len(reader.problems)
        _read_seeds(reader, where, root, found)
        if len(reader.problems) > before and not found.facts:  # that there are none need not be said as well
            reader.broken.add(("sources",))
    return found


def _read_seeds(reader: Reader, where: Scalar, root: Path, found: FactsRead) -> None:
    try:
        folder = (Path(where.mark.file).parent / where.value).resolve()
        inside = folder.is_relative_to(root)
        paths = sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".yml")) if inside else []
    except (OSError, ValueError):  # not there, not a folder, not to be read, not a path at all
        reader.expect(where, ("sources",), "a folder of facts that can be read")
        return
    if not inside:
        message = (
            f"expected a folder inside the project, {name_project(root)}; found {describe(where)}, which leaves it"
        )
        reader.add(("sources",), where.mark, message)
    for path in paths:
        if not path.resolve().is_relative_to(root):
            leaves = f"{escape(display(path))} is a link that leaves it"
            message = f"expected files inside the project, {name_project(root)}; {leaves}"
            reader.add(("sources",), where.mark, message)
            continue
        _read_seed(reader, path, where.mark, found)


def _read_seed(reader: Reader, path: Path, asked: Mark, found: FactsRead) -> None:
    try:
        document = read_nodes(path, asked)
    except InputError as error:
        reader.problems += error.problems
        reader.broken.add(("facts",))
        return
    reader.problems += document.problems
    items = reader.mapping(document.root, (), needed=("source", "facts"))
    source = read_source(reader, items["source"], ("source",), found) if "source" in items else ""
    listed = reader.sequence(items["facts"], ("facts",), "a list of facts") if "facts" in items else ()
    for index, item in enumerate(listed):
        read_fact(reader, item, ("facts", index), found, source)
