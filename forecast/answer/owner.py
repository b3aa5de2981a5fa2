"""Whose the files of a result folder are: nothing is replaced but what this program made for the same scenario.

Each file says it: pictures by a signature, draws by their attributes, `forecast.json` by its keys, and `scenario.yaml`
by its first lines, where a digest of the rest tells whether somebody has edited it. The digest stands in
`forecast.json` and `posterior.nc` too: so files of two runs, as a kill may leave them side by side, can be told apart.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from forecast.document import dump_scenario
from forecast.errors import InputError, OutputError, Problem
from forecast.files import FIGURE_FORMATS, is_signed
from forecast.inference import open_netcdf
from forecast.scenario import Ensemble, Scenario

logger = logging.getLogger(__name__)

FIGURE_NAMES = ("timeline", "whether", "where", "when", "decay", "priors", "counts", "which", "lanes")
_FIGURES = tuple(f"{name}.{format}" for name in FIGURE_NAMES for format in FIGURE_FORMATS)
_FILES = ("scenario.yaml", "posterior.nc", "forecast.json", *_FIGURES)
_MADE = "# Made by forecast run: the scenario as the model saw it."
_HEADER = f"{_MADE} The next run replaces this file, unless it was edited.\n"
_MARKED_WITHIN = 2000  # letters of a page
_TEXT_MOST = 100_000_000  # bytes; more is some other file


def name_owner(scenario: Scenario | Ensemble) -> str:
    """Return what a picture of a scenario is signed by."""
    return f"{scenario.name}\n{scenario.title}"


def mark_page(scenario: Scenario | Ensemble) -> str:
    """Return what a page says of whose it is."""
    return _digest(name_owner(scenario))


def tell_of_older(folder: Path, contents: Iterable[str]) -> None:
    """Say which figures and draws of an earlier run stay beside what is written, which replaces none of them."""
    left = [name for name in ("posterior.nc", *_FIGURES) if name not in contents and (folder / name).exists()]
    if left:
        those = "it belongs" if len(left) == 1 else "they belong"
        logger.info(f"left in {folder} as before, although {those} to an earlier run: {', '.join(left)}")


def label_owner(scenario: Scenario | Ensemble, said: str) -> dict[str, str]:
    """Return by name what a file says of its scenario; the digest is that of `said`, the resolved text."""
    return {"scenario": scenario.name, "title": scenario.title, "scenario_sha256": _digest(said)}


def render_scenario(scenario: Scenario | Ensemble, said: str | None = None) -> str:
    """Return the contents of `scenario.yaml`: the resolved text, below lines that say whose file it is."""
    if said is None:
        said = scenario.text if isinstance(scenario, Ensemble) else dump_scenario(scenario)
    return _head(scenario, said) + said


def check_owner(folder: Path, scenario: Scenario | Ensemble, names: Iterable[str] = _FILES) -> None:
    """Refuse a folder that holds files of a result's names which were not made for this scenario.

    Raises
    ------
    OutputError
        Before anything is computed or replaced.
    """
    there = sorted(name for name in names if os.path.lexists(folder / name))
    strangers = [name for name in there if not _is_ours(folder / name, scenario)]
    if strangers and not _is_older(folder, scenario):
        found = f"{strangers[0]} there was not made by a run of {scenario.name}, {scenario.title}"
        message = f"cannot write into {folder}: {found}, and would be lost; choose another folder with --out"
        raise OutputError(message)


def read_run(folder: Path) -> dict[str, Any]:
    """Return the `forecast.json` of a folder of results whose `scenario.yaml` is still the one that it answers.

    Raises
    ------
    InputError
        If one of them is not there or cannot be read, or they are not of one run.
    """
    told, said = _read_json(folder / "forecast.json"), _read_text(folder / "scenario.yaml")
    if not (told.keys() >= {"scenario", "p_event"} and said):
        message = "expected a folder of results, with forecast.json and scenario.yaml as `forecast run` writes them"
        raise InputError([Problem((), f"{message}; found none in {folder}")])
    body = said.split("\n", 3)[-1] if said.startswith(_MADE) else said
    if told.get("scenario_sha256") != _digest(body):
        message = f"{folder}: scenario.yaml is not the one that forecast.json answers; it was edited since"
        raise InputError([Problem((), f"{message}. Run it again, or give the scenario files themselves")])
    return told


def _is_ours(path: Path, scenario: Scenario | Ensemble) -> bool:
    if path.suffix[1:] in FIGURE_FORMATS:
        return is_signed(path, name_owner(scenario))
    if path.suffix == ".html":
        return f'content="forecast {mark_page(scenario)}"' in _read_text(path)[:_MARKED_WITHIN]
    if path.suffix == ".yaml":
        *head, said = _read_text(path).split("\n", 3)
        return "\n".join([*head, ""]) == _head(scenario, said)
    ours = {"scenario": scenario.name, "title": scenario.title}
    found = _read_json(path) if path.suffix == ".json" else _read_attributes(path)
    return {name: found.get(name) for name in ours} == ours


def _is_older(folder: Path, scenario: Scenario | Ensemble) -> bool:
    """Tell whether an older version, whose pictures and draws do not say whose they are, has run this scenario here."""
    told, said = _read_json(folder / "forecast.json"), _read_text(folder / "scenario.yaml")
    ours = (told.get("scenario"), told.get("title")) == (scenario.name, scenario.title)
    return ours and "scenario_sha256" not in told and said.startswith(_MADE)


def _head(scenario: Scenario | Ensemble, said: str) -> str:
    return f"{_HEADER}# of {_digest(name_owner(scenario))}\n# sha256 of what follows: {_digest(said)}\n"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _read_text(path: Path) -> str:
    with contextlib.suppress(OSError, ValueError):
        if path.is_file() and path.stat().st_size <= _TEXT_MOST:
            return path.read_text(encoding="utf-8")
    return ""


def _read_json(path: Path) -> dict[str, Any]:
    with contextlib.suppress(ValueError, RecursionError):
        found = json.loads(_read_text(path))
        return found if isinstance(found, dict) else {}
    return {}


def _read_attributes(path: Path) -> dict[str, Any]:
    with contextlib.suppress(OSError, ValueError, RuntimeError, KeyError):
        if path.is_file():
            with open_netcdf(path) as file:
                return dict(file.attrs)
    return {}
