"""A new user's path from the wheel: pip, an environment made by `python -m venv`, and a folder outside the repository.

`pytest -n0 -m slow -s tests/cli/test_new_user.py` says how many seconds each step took, as the README has them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HERE = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
FIND = "import forecast, pathlib; print(pathlib.Path(forecast.__file__).parent)"


def run(*words, cwd, env=HERE):
    begun = time.perf_counter()
    done = subprocess.run(words, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    print(f"{time.perf_counter() - begun:6.1f} s: {' '.join(Path(word).name for word in map(str, words))}")
    assert done.returncode == 0, f"{' '.join(map(str, words))}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def make_environment(folder):
    run(sys.executable, "-m", "venv", folder, cwd=folder.parent)
    return folder / "bin" / "python"


@pytest.fixture(scope="module")
def command(tmp_path_factory):
    """Build the sdist and from it the wheel, install that into a fresh environment, and return its command."""
    home = tmp_path_factory.mktemp("new-user")
    tools = make_environment(home / "tools")
    run(tools, "-m", "pip", "install", "build", cwd=home)
    run(tools, "-m", "build", "--outdir", home / "dist", ROOT, cwd=home)
    (wheel,) = (home / "dist").glob("*.whl")
    python = make_environment(home / "env")
    run(python, "-m", "pip", "install", wheel, cwd=home)
    return home / "env" / "bin" / "forecast"


@pytest.fixture
def forecast(command, tmp_path):
    """Return what runs the command in an empty folder, with a store of its own."""
    env = HERE | {"FORECAST_STORE": str(tmp_path / "store")}
    return lambda *words: run(command, *words, cwd=tmp_path, env=env)


@pytest.mark.slow
def test_an_example_comes_with_the_wheel_and_is_answered_in_an_empty_folder(command, forecast, tmp_path):
    (tmp_path / "visit.yaml").write_text(forecast("example"))
    told = forecast("run", "visit.yaml", "--quick")
    assert told.startswith("The minister visits the islands")
    forecast("report", "visit.yaml", "--quick", "--out", "page.html")
    page = (tmp_path / "page.html").read_text()
    assert page.startswith("<!DOCTYPE html>")
    assert "The minister visits the islands" in page
    folder = tmp_path / "results" / "visit-quick"
    assert {"forecast.json", "timeline.png"} <= {path.name for path in folder.iterdir()}
    packages = Path(run(command.with_name("python"), "-c", FIND, cwd=tmp_path).strip())
    assert command.parents[1] in packages.parents  # the wheel that was installed, and not this repository
    assert (packages / "py.typed").exists()


@pytest.mark.slow
def test_new_check_edit_run_update_run(forecast, tmp_path):
    forecast("new", "port", "--as-of", "2026-11-20")
    assert "no problem found" in forecast("check", "port.yaml")
    path = tmp_path / "port.yaml"
    text = path.read_text().replace("The port strike ends", "The rail strike ends")
    path.write_text(text.replace("[14, 120]", "[7, 60]"))
    assert "The rail strike ends" in forecast("run", "port.yaml", "--quick")
    assert len(list((tmp_path / "results" / "port-quick").glob("*.png"))) == 6
    forecast("update", "port.yaml", "--as-of", "2026-11-27")
    child = tmp_path / "port-2026-11-27.yaml"
    child.write_text(child.read_text().replace("    # - {day: 2026-11-27", "    - {day: 2026-11-25"))
    assert "It has happened, on 2026-11-25" in forecast("run", child.name, "--quick")
