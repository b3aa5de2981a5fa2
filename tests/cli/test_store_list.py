"""What a person sees of `forecast store list` and `forecast store clear`."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from builders import fingerprint, one_stage, prior_as_posterior

from forecast.cli.main import main
from forecast.inference import store


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("FORECAST_STORE", str(tmp_path / "store"))
    return tmp_path / "store"


@pytest.fixture
def stored(folder):  # noqa: ARG001
    """Two entries as a fit stores them, of questions as of days 5 and 6; return their fingerprints."""
    found = []
    for as_of in (5, 6):
        scenario = one_stage(as_of=as_of)
        name = fingerprint(scenario)
        drawn = prior_as_posterior(scenario, draws=4000, chains=4)
        told = {"engine": "nuts", "seed": 1, "chains": 4, "draws": 1000}
        posterior = replace(drawn, fingerprint=name, diagnostics=told)
        store.save_entry(name, posterior.to_netcdf())
        found.append(name)
    return found


def run(capsys, action):
    assert main(["store", action]) == 0
    return capsys.readouterr().out.splitlines()


def test_each_posterior_is_told_with_its_day_its_draws_and_its_engine(stored, folder, capsys):
    *lines, total = run(capsys, "list")
    by_name = {line.split()[0]: line for line in lines}
    assert by_name.keys() == {name[:8] for name in stored}
    for name, as_of in zip(stored, ("2020-01-06", "2020-01-07"), strict=True):
        size = (folder / f"{name}.nc").stat().st_size / 1e6
        pattern = rf"{name[:8]} +{size:.1f} MB  \d{{4}}-\d\d-\d\d \d\d:\d\d  as of {as_of}  4,000 draws  nuts"
        assert re.fullmatch(pattern, by_name[name[:8]])
    size = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
    assert total == f"2 posteriors, {size:.1f} MB, in {folder}"


def test_a_damaged_file_is_not_believed_and_says_why(stored, folder, capsys):
    hurt, sound = stored
    path = folder / f"{hurt}.nc"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    *lines, total = run(capsys, "list")
    (line,) = (line for line in lines if line.startswith(hurt[:8]))
    (problem,) = (entry.problem for entry in store.list_entries() if not entry.sound)
    assert problem
    assert line.endswith(f"  NOT SOUND: {problem}")
    assert "as of" not in line  # of what cannot be believed, nothing is told
    assert "draws" not in line
    (other,) = (line for line in lines if line.startswith(sound[:8]))
    assert "NOT SOUND" not in other
    assert total.startswith("2 posteriors, ")


def test_clear_removes_them_all_and_tells_how_much_that_was(stored, folder, capsys):
    (folder / "notes.txt").write_text("mine")
    size = sum((folder / f"{name}.nc").stat().st_size for name in stored) / 1e6
    assert run(capsys, "clear") == [f"removed 2 files, {size:.1f} MB, from {folder}"]
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]
    assert run(capsys, "list") == [f"0 posteriors, 0.0 MB, in {folder}"]


def test_a_store_that_is_not_there_is_empty(folder, capsys):
    assert run(capsys, "list") == [f"0 posteriors, 0.0 MB, in {folder}"]
    assert run(capsys, "clear") == [f"removed 0 files, 0.0 MB, from {folder}"]
    assert not folder.exists()
