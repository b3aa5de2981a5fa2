"""The outcomes of a question from a file of their own."""

from __future__ import annotations

import os
from pathlib import Path

from forecast.document.extends import read_document
from forecast.errors import InputError
from forecast.scenario import OUTCOMES, Outcomes, Reader, Scenario, check_outcomes, locate


def load_outcomes(path: str | os.PathLike[str], scenario: Scenario) -> Outcomes:
    """Read what came of a scenario's question.

    Raises
    ------
    InputError
        With every problem found, each with file, line and column.
    """
    reader = Reader()
    tree = read_document(reader, Path(path))
    if tree is not None:
        found: Outcomes = OUTCOMES.read(reader, tree, ())
        for problem in check_outcomes(found, scenario.question):
            if problem.key not in reader.broken and ("complete_until",) not in reader.broken:
                reader.add(problem.key, locate(tree, problem.key), problem.message)
    if reader.problems:
        raise InputError(sorted(dict.fromkeys(reader.problems), key=lambda problem: (problem.line, problem.column)))
    return found


def find_outcomes(path: Path) -> Path:
    """Return where the outcomes of a scenario file lie unless another place is named: ``outcomes/`` beside it."""
    return path.parent / "outcomes" / path.name
