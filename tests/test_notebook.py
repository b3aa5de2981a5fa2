"""The example notebook: its code cells run and end in what a notebook shows. No Jupyter is needed."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

NOTEBOOK = Path("docs/notebook.ipynb")


def run_cells(path):
    """Run the code cells of a notebook in one name space, and return what each ends in."""
    names, shown = {}, []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            *before, last = ast.parse("".join(cell["source"])).body
            exec(compile(ast.Module(before, []), str(path), "exec"), names)
            shown.append(eval(compile(ast.Expression(last.value), str(path), "eval"), names))
    return shown


def test_the_example_notebook_runs_and_shows_the_card():
    result, (made, learned), table, size = run_cells(NOTEBOOK)
    card = result._repr_html_()
    assert card.count("<figure>") == 3
    assert "<script" not in card
    assert f"{result.p_event.mean:.2f}" in card
    assert made != learned  # making an announcement differs from seeing one
    assert table["p"].iloc[-1] == pytest.approx(result.p_event.mean)
    assert size < 1_500_000
