"""Rows by the workers of a Dask cluster, one of which dies."""

from __future__ import annotations

import os
import signal
import sys

import pytest

import forecast
from forecast.cli.main import main
from forecast.errors import InputError
from forecast.explore.dask import connect_dask
from forecast.explore.sweep import sweep_scenario

UNTIL = {"window.until": "2026-04-01:2026-12-31:200"}


def test_without_dask_it_is_told_what_to_install(monkeypatch, capsys, tmp_path):
    monkeypatch.setitem(sys.modules, "distributed", None)
    out = tmp_path / "rows.csv"
    vary = "window.until=2026-04-01:2026-12-31:8"
    arguments = ["sweep", "tests/questions/treaty.yaml", "--vary", vary, "--quick", "--out", str(out)]
    assert main([*arguments, "--dask", "tcp://127.0.0.1:1"]) == 2
    assert "pip install distributed" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.filterwarnings("default")
def test_a_scheduler_that_does_not_answer_is_told():
    pytest.importorskip("distributed")
    with pytest.raises(InputError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:1 within 0\.5 s"):  # noqa: SIM117
        with connect_dask("tcp://127.0.0.1:1", patience=0.5):
            pass


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_a_worker_that_is_killed_loses_no_row(tmp_path):
    distributed = pytest.importorskip("distributed")
    treaty = forecast.load_scenario("tests/questions/treaty.yaml")
    alone = sweep_scenario(treaty, UNTIL, draws=20, engine="quick")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        first = next(iter(cluster.workers.values())).pid
        killed = []

        def kill(done, total):
            if not killed and 0 < done < total:
                os.kill(first, signal.SIGKILL)
                killed.append(done)

        with connect_dask(cluster.scheduler_address, patience=30) as executor:
            sweep = sweep_scenario(treaty, UNTIL, draws=20, engine="quick", executor=executor)
            assert sweep.write(tmp_path / "rows.csv", progress=kill) == 0
    assert killed
    assert [row[0] for row in sweep] == list(range(200))
    assert [row[1:] for row in sweep] == [row[1:] for row in alone]
