"""The house keeps its shape: doors, files at the top, length, and one line for each wing."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "forecast"
WINGS = sorted(folder.name for folder in PACKAGE.iterdir() if (folder / "__init__.py").exists())
MODULES = sorted(PACKAGE.rglob("*.py"))
AT_THE_TOP = {"__init__.py", "__main__.py", "errors.py", "files.py", "run.py"}
LINES_MOST = 300


def name(path):
    return str(path.relative_to(PACKAGE))


def imported(path):
    """Yield the addresses that a module imports from, each with its line."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node.lineno
        elif isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_wing_is_entered_by_its_door(path):
    own = path.relative_to(PACKAGE).parts[0]
    past = [
        f"{path.name}:{line}: {address}"
        for address, line in imported(path)
        if (parts := address.split("."))[0] == "forecast" and len(parts) > 2 and parts[1] in WINGS and parts[1] != own
    ]
    if own not in ("__main__.py", "run.py"):  # the doors of the command itself
        assert past == []


def test_few_files_lie_at_the_top():
    assert {path.name for path in PACKAGE.glob("*.py")} == AT_THE_TOP


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_no_file_is_long(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LINES_MOST


@pytest.mark.parametrize("wing", WINGS)
def test_a_wing_opens_with_what_comes_in_what_goes_out_and_what_it_does_not_know(wing):
    said = ast.get_docstring(ast.parse((PACKAGE / wing / "__init__.py").read_text(encoding="utf-8")))
    assert said is not None
    assert "Receives" in said
    assert "Hands on" in said
    assert "Knows no" in said
