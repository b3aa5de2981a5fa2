"""What a person owns is never replaced, and no odd surrounding ends in a traceback."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import forecast
from forecast.cli.main import main
from forecast.inference.netcdf import write_netcdf

QUESTIONS = Path(__file__).parents[1] / "questions"
QUICK = ("--quick", "--no-plots", "--draws", "250")


@pytest.fixture
def launch(tmp_path):
    return Path(shutil.copy(QUESTIONS / "launch.yaml", tmp_path / "scenario.yaml"))


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_run_into_the_folder_of_its_own_file_is_refused(launch, capsys):
    before = contents(launch.parent)
    assert main(["run", str(launch), "--out", str(launch.parent), *QUICK]) == 2
    assert "scenario.yaml there was not made by a run of scenario" in capsys.readouterr().err
    assert contents(launch.parent) == before


@pytest.mark.parametrize("name", ["scenario.yaml", "forecast.json", "timeline.png", "posterior.nc"])
def test_files_that_no_run_of_this_scenario_made_are_not_replaced(name, tmp_path, capsys):
    (tmp_path / name).write_text("mine")
    assert main(["run", str(QUESTIONS / "launch.yaml"), "--out", str(tmp_path), *QUICK]) == 2
    assert f"{name} there was not made by a run of launch" in capsys.readouterr().err
    assert contents(tmp_path) == {name: b"mine"}


def test_a_run_replaces_its_own_files_also_after_a_kill_and_no_other_scenarios(tmp_path, capsys):
    launch, treaty = (str(QUESTIONS / f"{name}.yaml") for name in ("launch", "treaty"))
    for _ in range(2):
        assert main(["run", launch, "--out", str(tmp_path), *QUICK]) == 0
    (tmp_path / "forecast.json").unlink()  # as where a first run was killed before its last file
    assert main(["run", launch, "--out", str(tmp_path), *QUICK]) == 0
    assert main(["run", treaty, "--out", str(tmp_path), *QUICK]) == 2
    assert "not made by a run of treaty" in capsys.readouterr().err
    assert json.loads((tmp_path / "forecast.json").read_text())["scenario"] == "launch"


def test_a_resolved_scenario_runs_where_it_lies_unless_it_was_edited(tmp_path, capsys):
    out, resolved = str(tmp_path), tmp_path / "scenario.yaml"
    assert main(["run", str(QUESTIONS / "launch.yaml"), "--out", out, *QUICK]) == 0
    assert main(["run", str(resolved), "--out", out, *QUICK]) == 0
    edited = resolved.read_text() + "# my notes\n"
    resolved.write_text(edited)
    assert main(["run", str(resolved), "--out", out, *QUICK]) == 2
    assert "would be lost" in capsys.readouterr().err
    assert resolved.read_text() == edited


@pytest.mark.parametrize("name", ["scenario.yaml", "when.png", "posterior.nc"])
@pytest.mark.parametrize("whose", ["mine", "another's"])
def test_a_file_beside_our_own_is_not_replaced_unless_it_is_ours(name, whose, tmp_path, capsys):
    """As where figures were left out, or somebody has edited what a run has made, or copied it from another."""
    out, other = tmp_path / "out", tmp_path / "other"
    launch = str(QUESTIONS / "launch.yaml")
    assert main(["run", launch, "--out", str(out), *QUICK]) == 0
    if whose == "mine":
        content = b"mine" if name != "scenario.yaml" else (out / name).read_bytes() + b"# my notes\n"
    else:
        assert main(["run", str(QUESTIONS / "treaty.yaml"), "--out", str(other), "--quick", "--draws", "250"]) == 0
        (other / "posterior.nc").write_bytes(write_netcdf({}, {"scenario": "treaty", "title": "Another"}))
        content = (other / name).read_bytes()
    (out / name).write_bytes(content)
    before = contents(out)
    capsys.readouterr()
    assert main(["run", launch, "--out", str(out), "--quick", "--draws", "250"]) == 2
    assert f"{name} there was not made by a run of launch" in capsys.readouterr().err
    assert contents(out) == before


def test_what_an_older_version_has_made_is_replaced(tmp_path, capsys):
    """Its files do not say whose they are, but `forecast.json` does."""
    launch = str(QUESTIONS / "launch.yaml")
    assert main(["run", launch, "--out", str(tmp_path), *QUICK]) == 0
    told = json.loads((tmp_path / "forecast.json").read_text())
    del told["scenario_sha256"]
    (tmp_path / "forecast.json").write_text(json.dumps(told))
    (tmp_path / "scenario.yaml").write_text("# Made by forecast run: the scenario as the model saw it. The next\n")
    (tmp_path / "when.png").write_bytes(b"a figure")
    assert main(["run", launch, "--out", str(tmp_path), *QUICK]) == 0
    assert "scenario_sha256" in json.loads((tmp_path / "forecast.json").read_text())
    capsys.readouterr()


@pytest.mark.slow
def test_figures_may_be_vectors_and_none_of_another_is_replaced(tmp_path, capsys):
    launch, out = str(QUESTIONS / "launch.yaml"), tmp_path / "out"
    words = ["run", launch, "--out", str(out), "--quick", "--draws", "250", "--format"]
    assert main([*words, "svg"]) == 0
    assert main([*words, "svg"]) == 0
    assert main([*words, "pdf"]) == 0
    assert "they belong to an earlier run: timeline.svg" in capsys.readouterr().err
    assert {path.suffix for path in out.iterdir()} == {".json", ".yaml", ".svg", ".pdf"}
    (out / "when.svg").write_bytes((out / "when.svg").read_bytes() + b"<!-- mine -->")
    assert main([*words, "svg"]) == 2
    assert "when.svg there was not made by a run of launch" in capsys.readouterr().err


VERBS = {  # each with the files that it writes
    "compare": (["--quick", "--draws", "250"], ["compare.png", "compare.json"]),
    "sensitivity": (["--quick", "--draws", "20", "--format", "svg"], ["sensitivity.svg"]),
    "replay": (["--from", "2025-12-15", "--horizon", "30d", "--draws", "20", "--jobs", "1"], ["r.csv", "r.csv.png"]),
    "explain": (["--draws", "100", "--jobs", "1", "--by", "news"], ["explain.json", "explain.png"]),
    "sweep": (
        ["--quick", "--draws", "20", "--vary", "window.until=2026-06-01", "--format", "pdf"],
        ["s.csv", "s.csv.sqlite", "s.csv.pdf"],
    ),
}


@pytest.mark.parametrize(("verb", "name"), [(verb, name) for verb, (_, names) in VERBS.items() for name in names])
def test_no_verb_replaces_a_users_file_or_its_own_input(verb, name, tmp_path, capsys):
    options, names = VERBS[verb]
    path = tmp_path / "out" / name
    path.parent.mkdir()
    shutil.copy(QUESTIONS / "launch.yaml", path)
    before = contents(path.parent)
    out = path.parent / names[0] if names[0].endswith(".csv") else path.parent
    assert main([verb, str(path), "--out", str(out), *options]) == 2
    assert re.search(r"[Cc]hoose another", capsys.readouterr().err)
    assert contents(path.parent) == before


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_replaces_what_it_has_made_itself(verb, tmp_path, capsys):
    options, names = VERBS[verb]
    out = tmp_path / names[0] if names[0].endswith(".csv") else tmp_path
    for _ in range(2):
        assert main([verb, str(QUESTIONS / "launch.yaml"), "--out", str(out), *options]) == 0
    assert sorted(contents(tmp_path)) == sorted(names)
    capsys.readouterr()


@pytest.mark.parametrize("verb", ["run", "sensitivity", "sweep"])
def test_two_files_of_one_name_do_not_replace_each_others_results(verb, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for folder, question in (("a", "launch"), ("b", "treaty")):
        Path(folder).mkdir()
        shutil.copy(QUESTIONS / f"{question}.yaml", f"{folder}/same.yaml")
    options = VERBS[verb][0] if verb != "run" else QUICK
    assert main([verb, "a/same.yaml", *[option.replace("2026-06-01", "2026-12-31") for option in options]]) == 0
    (out,) = Path("results").iterdir()
    before = contents(out)
    capsys.readouterr()
    assert main([verb, "b/same.yaml", *[option.replace("2026-06-01", "2026-12-31") for option in options]]) == 2
    assert "hoose another" in capsys.readouterr().err
    assert contents(out) == before


def test_a_scenario_comes_from_standard_input(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr("sys.stdin", io.StringIO(f"extends: {QUESTIONS / 'launch.yaml'}\n"))
    monkeypatch.chdir(QUESTIONS)
    assert main(["run", "-", "--out", str(tmp_path), "--json", *QUICK]) == 0
    assert json.loads(capsys.readouterr().out)["scenario"] == "stdin"


def test_the_version_is_told(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"forecast {forecast.__version__}\n"


def test_how_much_is_told_can_be_chosen(tmp_path, capsys):
    launch = str(QUESTIONS / "launch.yaml")
    assert main(["run", launch, "--out", str(tmp_path), "--log-level", "warning", *QUICK]) == 0
    assert capsys.readouterr().err == ""
    assert main(["run", launch, "--out", str(tmp_path), *QUICK]) == 0
    assert "files in" in capsys.readouterr().err


@pytest.mark.parametrize(
    "closed",
    [">&- 2>&-", "2>/dev/full", *(pytest.param(one, marks=pytest.mark.slow) for one in (">&-", "2>&-", "<&-"))],
)
def test_closed_streams_end_in_no_traceback(closed, tmp_path):
    words = [sys.executable, "-m", "forecast", "run", str(QUESTIONS / "launch.yaml"), "--out", str(tmp_path), *QUICK]
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {closed}', "sh", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert (tmp_path / "forecast.json").exists()


def test_a_link_that_leaves_the_project_is_not_followed(tmp_path, capsys):
    project = tmp_path / "project"
    (project / "seeds").mkdir(parents=True)
    secret = tmp_path / "secret.yaml"
    secret.write_text("hush: 1\n")
    (project / "seeds" / "link.yaml").symlink_to(secret)
    asked = yaml.safe_load((QUESTIONS / "launch.yaml").read_text()) | {"sources": "seeds"}
    (project / "launch.yaml").write_text(yaml.safe_dump(asked))
    assert main(["run", str(project / "launch.yaml"), "--out", str(tmp_path / "out"), *QUICK]) == 2
    said = capsys.readouterr().err
    assert "link.yaml is a link that leaves it" in said
    assert "hush" not in said


@pytest.mark.parametrize("verb", [["run", *QUICK], ["facts"], ["priors"], ["compare", "--quick"]])
def test_texts_reach_the_terminal_as_what_they_are(verb, tmp_path, capsys):
    """An escape sequence colours nothing, and a letter that turns the direction of text turns nothing."""
    name, *options = verb
    asked = yaml.safe_load((QUESTIONS / "launch.yaml").read_text())
    odd = "red \x1b[31m, turned \u202e"
    asked["title"] += odd
    asked["facts"][0]["says"] += odd
    path = tmp_path / "odd.yaml"
    path.write_text(json.dumps(asked, default=str))
    where = ["--out", str(tmp_path / "out")] if name in ("run", "compare") else []
    assert main([name, str(path), *where, *options]) == 0
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "red \\x1b[31m, turned \\u202e" in said
