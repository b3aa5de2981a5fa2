"""`log`, `resolve`, `score`, `export` and `import` as a person meets them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from logs import answer, keep
from processes import run_and_list

from forecast.cli.main import main
from forecast.track import read_log

QUESTIONS = Path(__file__).parents[1] / "questions"
QUICK = ("--quick", "--draws", "250")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with a file, in which one stands."""
    shutil.copy(QUESTIONS / "launch.yaml", tmp_path / "launch.yaml")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_from_a_forecast_to_its_score(project, capsys):
    assert main(["log", "launch.yaml", "--crowd", "0.3", "--note", "first", *QUICK]) == 0
    assert "launch as of 2026-01-15: P " in capsys.readouterr().out
    assert main(["resolve", "launch", "no", "--source", "the agency"]) == 0
    assert "launch is resolved: no. Written to forecasts.jsonl" in capsys.readouterr().out
    assert main(["score", "--out", "figures/score.png"]) == 0
    assert "1 forecast of 1 question, 0 of which came" in capsys.readouterr().out
    assert (project / "figures" / "score.png").stat().st_size > 10_000
    assert main(["score", "--out", "figures/score.svg"]) == 0
    assert (project / "figures" / "score.svg").read_bytes().startswith(b"<?xml")
    with pytest.raises(SystemExit, match="2"):
        main(["score", "--out", "figures/score.gif"])
    assert "expected a file that ends in .png, .svg or .pdf; found 'figures/score.gif'" in capsys.readouterr().err
    assert main(["score", "--json", "--out", "figures/score.png"]) == 0
    found = json.loads(capsys.readouterr().out)
    (logged,) = read_log(project / "forecasts.jsonl").forecasts
    assert found["rows"][0]["p"] == logged.told.p
    assert (logged.crowd, logged.note, logged.told.engine) == (0.3, "first", "quick")


@pytest.mark.usefixtures("project")
def test_scores_load_no_model_and_no_yaml():
    keep(Path("forecasts.jsonl"))
    act = "from forecast.cli.main import main; main(['resolve', 'port', 'no']); main(['score'])"
    printed, _, loaded = run_and_list(act)
    assert "1 forecast of 1 question" in printed
    assert loaded <= {"numpy", "numpy.ma"}


def test_the_log_lies_in_the_folder_of_the_project(tmp_path, capsys):
    below = tmp_path / "questions"
    below.mkdir()
    (tmp_path / "seeds").mkdir()
    shutil.copy(QUESTIONS / "launch.yaml", below / "launch-2025-12-31.yaml")
    assert main(["log", str(below / "launch-2025-12-31.yaml"), "--json", *QUICK]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "launch"
    assert list(read_log(tmp_path / "forecasts.jsonl").questions) == ["launch"]


def test_what_a_run_has_written_is_logged_as_it_is(project, capsys):
    path = project / "forecast.json"
    path.write_text(json.dumps(answer(0.4)))
    assert main(["log", str(path), "--name", "harbour", "--log", "mine.jsonl"]) == 0
    assert "harbour as of 2025-03-01: P 0.400 until 2025-06-30. Logged in mine.jsonl" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["score"], "no forecasts.jsonl in "),
        (["score", "--log", "none.jsonl"], "none.jsonl: no such log"),
        (["resolve", "launch", "no"], "no forecasts.jsonl in "),
        (["import", "x.csv", "--log", "made.jsonl"], "cannot read x.csv: No such file"),
        (["resolve", "prt", "no", "--log", "made.jsonl"], "unknown question prt; did you mean port?"),
        (["resolve", "port", "yes", "--log", "made.jsonl"], "day: expected the day on which it came"),
        (["log", "launch.yaml", "--log", "launch.yaml"], "launch.yaml:1:1: expected a line of a log of forecasts"),
        (["log", "none.json"], "cannot read none.json"),
        (["log", "made.jsonl.json"], "expected a forecast.json of a run"),
        (["export", "made.jsonl", "--to", "metaculus"], "expected what the platform calls each question, 1 in all"),
        (["export", "made.jsonl", "--to", "fatebook", "--out", "launch.yaml"], "there is such a file; choose another"),
        (
            ["export", "made.jsonl", "--to", "metaculus", "--id", "1", "--range", "2025-03-01/2025-06-30"],
            "A log keeps no curves: name the scenario or its forecast.json",
        ),
    ],
)
def test_what_cannot_be_is_told_with_code_2(words, said, project, capsys):
    keep(project / "made.jsonl")
    (project / "made.jsonl.json").write_text("no")
    before = {path.name: path.read_bytes() for path in project.iterdir()}
    assert main(words) == 2
    assert said in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in project.iterdir()} == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["log", "launch.yaml", "--crowd", "35"], "expected a probability from 0 to 1; found '35'"),
        (["log", "launch.yaml", "--crowd", "nan"], "expected a probability from 0 to 1; found 'nan'"),
        (["resolve", "launch", "perhaps"], "invalid choice: 'perhaps'"),
        (["resolve", "launch", "yes", "--day", "soon"], "expected a date, YYYY-MM-DD"),
        (["export", "launch.yaml", "--to", "metaculus", "--range", "2025-03-01"], "expected two days"),
        (["import", "x.csv", "--id", "launch"], "expected NAME=ID"),
    ],
)
def test_wrong_words_are_told_with_code_2(words, said, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(words)
    assert said in capsys.readouterr().err


def test_an_export_is_printed_or_written(project, capsys):
    keep(project / "made.jsonl")
    assert main(["export", "made.jsonl", "--to", "metaculus", "--id", "12"]) == 0
    assert json.loads(capsys.readouterr().out) == [{"question": 12, "probability_yes": 0.4}]
    (project / "forecast.json").write_text(json.dumps(answer(0.4)))
    words = ["--to", "metaculus", "--id", "12", "--range", "2025-03-01/2025-07-01", "--out", "cdf.json"]
    assert main(["export", "forecast.json", *words]) == 0
    assert len(json.loads((project / "cdf.json").read_text())[0]["continuous_cdf"]) == 201


def test_a_figure_of_somebody_elses_is_not_replaced(project, capsys):
    keep(project / "forecasts.jsonl")
    assert main(["resolve", "port", "no"]) == 0
    (project / "score.png").write_bytes(b"mine")
    assert main(["score", "--out", "score.png"]) == 2
    assert "choose another --out" in capsys.readouterr().err
    assert (project / "score.png").read_bytes() == b"mine"
