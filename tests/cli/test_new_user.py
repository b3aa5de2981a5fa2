"""A new user's path from a wheel, in an environment of its own and outside the repository."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*words, cwd, env=None):
    done = subprocess.run(words, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(map(str, words))}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def command(tmp_path_factory):
    """Build the wheel, install it into a fresh environment, and return the command that it brings."""
    home = tmp_path_factory.mktemp("new-user")
    uv = os.environ.get("UV")  # `uv run` says where it is
    if not uv:
        pytest.skip("needs uv, as `uv run pytest` has it")
    run(uv, "build", "--wheel", "--out-dir", home, ROOT, cwd=home)
    run(uv, "venv", "--python", sys.executable, home / "env", cwd=home)
    (wheel,) = home.glob("*.whl")
    run(uv, "pip", "install", "--python", home / "env" / "bin" / "python", wheel, cwd=home)
    return home / "env" / "bin" / "forecast"


@pytest.mark.slow
def test_new_check_edit_run_update_run(command, tmp_path):
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    env["FORECAST_STORE"] = str(tmp_path / "store")

    def forecast(*words):
        return run(command, *words, cwd=tmp_path, env=env)

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
