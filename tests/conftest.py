"""Fixtures shared by all tests: a store of their own, and one real posterior."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # SciPy's stacked expm is far slower with more, see tests/oracle.py

import pytest

import forecast

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session", autouse=True)
def own_store(tmp_path_factory):
    """Keep stored posteriors out of the user's cache; a folder given by FORECAST_TEST_STORE is kept between runs.

    All processes of a run share it, as they share the parent of their temporary folders.
    """
    temporary = tmp_path_factory.getbasetemp()
    shared = temporary.parent if "PYTEST_XDIST_WORKER" in os.environ else temporary
    folder = os.environ.get("FORECAST_TEST_STORE") or str(shared / "store")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FORECAST_STORE", folder)
        yield Path(folder)


@pytest.fixture(autouse=True)
def at_root(monkeypatch):
    """Let examples name files as a user at the top of the project does."""
    monkeypatch.chdir(ROOT)


@pytest.fixture(scope="session")
def scenario_may():
    return forecast.load_scenario(ROOT / "scenarios" / "may.yaml")


@pytest.fixture(scope="session")
def may(own_store, scenario_may):
    """The one real posterior of the whole test run: whichever process comes second reads what the first has stored."""
    with one_at_a_time(own_store.with_name(f"{own_store.name}.lock")):
        return forecast.run_scenario(scenario_may)


@contextlib.contextmanager
def one_at_a_time(path):
    """Keep other processes of the run waiting."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
