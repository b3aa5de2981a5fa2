"""What is logged and exported: the answer to a scenario, or a `forecast.json` that a run has written."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from forecast.cli.options import load_input_of_any
from forecast.errors import InputError, Problem


def answer_file(path: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Return the contents of the `forecast.json` of a file, which may be one itself.

    Raises
    ------
    InputError
        If the file cannot be used.
    FitError
        If the fit fails its gate.
    """
    if path.suffix == ".json":
        return read_result(path)
    from forecast.answer import run_scenario
    from forecast.inference import Settings

    settings = Settings(draws=options.draws, seed=options.seed)
    engine: Any = "quick" if options.quick else "nuts"
    return run_scenario(load_input_of_any(path), settings=settings, engine=engine).plain


def read_result(path: Path) -> dict[str, Any]:
    """Read a `forecast.json`.

    Raises
    ------
    InputError
    """
    try:
        found = json.loads(path.read_bytes())
    except OSError as error:
        raise InputError([Problem((), f"cannot read {path}: {error.strerror or error}")]) from None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise InputError([Problem((), f"{path}: expected a forecast.json of a run; found something else")])
    return found
