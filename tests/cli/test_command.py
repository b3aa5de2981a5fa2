"""The command on questions that are nothing like the flagship, and on what it must refuse."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from forecast.cli.run import main
from forecast.document.load import load_scenario

ROOT = Path(__file__).parents[2]
QUESTIONS = Path(__file__).parents[1] / "questions"
FILES = {"forecast.json", "scenario.yaml", "posterior.nc"}
CONTRACT = {
    "schema", "scenario", "title", "as_of", "window", "p_event", "places", "when", "stages", "base_rate", "prior_only",
    "engine", "diagnostics", "facts_used", "hindsight", "fingerprint", "versions",
}  # fmt: skip
FAST = ("--no-plots", "--draws", "500")


@pytest.fixture(scope="module")
def treaty(own_store, tmp_path_factory):  # noqa: ARG001 -- the store is where the fit goes
    """The treaty's forecast, by the command in this process."""
    out = tmp_path_factory.mktemp("treaty") / "deep" / "out"
    assert main([str(QUESTIONS / "treaty.yaml"), "--out", str(out), *FAST]) == 0
    return out


@pytest.fixture(scope="module")
def launch(own_store, tmp_path_factory):
    """The launch's forecast, by the command as a user runs it."""
    out = tmp_path_factory.mktemp("launch") / "out"
    command = [sys.executable, "-m", "forecast.run", str(QUESTIONS / "launch.yaml"), "--out", str(out), *FAST]
    environment = os.environ | {"FORECAST_STORE": str(own_store)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=out.parent, check=False)
    assert done.returncode == 0, done.stderr
    assert "whether" in done.stdout
    assert "whether" not in done.stderr
    return out


@pytest.fixture(params=["treaty", "launch"])
def out(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def answer(out):
    return json.loads((out / "forecast.json").read_text())


def test_the_files_are_there_and_forecast_json_came_last(out):
    assert {path.name for path in out.iterdir()} == FILES
    written = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    assert max(written, key=written.__getitem__) == "forecast.json"


def test_forecast_json_keeps_the_contract(out, answer):
    assert answer.keys() >= CONTRACT
    assert (answer["schema"], answer["scenario"]) == (1, "treaty" if "treaty" in str(out) else "launch")
    assert answer["p_event"].keys() >= {"mean", "eti90", "mcse"}
    assert answer["window"].keys() == {"from", "until"}
    assert answer["when"].keys() >= {"days", "cif", "incidence", "window80"}
    assert answer["when"]["window80"].keys() == {"from", "until"}
    for place in answer["places"].values():
        assert place.keys() >= {"mean", "eti90", "share"}
    days = len(answer["when"]["days"])
    curves = [*answer["when"]["cif"].values(), *answer["when"]["incidence"].values(), *answer["stages"].values()]
    assert {len(curve) for curve in curves} == {days}


def test_the_parts_add_up(answer):
    p, lo, hi = answer["p_event"]["mean"], *answer["p_event"]["eti90"]
    assert 0 < lo < p < hi < 1
    assert sum(place["mean"] for place in answer["places"].values()) == pytest.approx(p, abs=1e-9)
    assert sum(place["share"] for place in answer["places"].values()) == pytest.approx(1)
    days, first = answer["when"]["days"], answer["window"]["from"]
    assert (min(days) <= first, max(days)) == (True, answer["window"]["until"])
    inside = days.index(first)
    for name, place in answer["places"].items():
        assert sum(answer["when"]["incidence"][name][inside:]) == pytest.approx(place["mean"], abs=1e-6)
        assert answer["when"]["cif"][name] == sorted(answer["when"]["cif"][name])
        assert answer["when"]["cif"][name][-1] == pytest.approx(place["mean"], abs=1e-6)
    assert answer["when"]["cif_any"]["mean"][-1] == pytest.approx(p, abs=1e-6)
    happened = sum(map(sum, answer["when"]["incidence"].values()))  # in the window or before it
    assert sum(curve[-1] for curve in answer["stages"].values()) + happened == pytest.approx(1, abs=1e-6)


def test_two_questions_of_other_shapes(treaty, launch):
    treaty, launch = (json.loads((out / "forecast.json").read_text()) for out in (treaty, launch))
    assert (list(treaty["stages"]), list(treaty["places"])) == (["idle", "talks"], ["capital"])
    assert (list(launch["stages"]), list(launch["places"])) == (["waiting"], ["home", "abroad"])
    assert len(treaty["facts_used"]) == 3
    assert "delay" not in launch["facts_used"]  # public five days after as_of
    assert launch["places"]["home"]["mean"] > launch["places"]["abroad"]["mean"]  # a prior, and the dealers' rumour


def test_the_resolved_scenario_runs_again_without_a_fit(out, answer, tmp_path, capsys):
    again = tmp_path / "again"
    assert main([str(out / "scenario.yaml"), "--out", str(again), *FAST]) == 0
    assert "sampling" not in capsys.readouterr().err
    assert json.loads((again / "forecast.json").read_text()) == answer
    assert (again / "scenario.yaml").read_bytes() == (out / "scenario.yaml").read_bytes()


def test_json_is_all_that_json_prints(treaty, tmp_path, capsys):
    assert main([str(QUESTIONS / "treaty.yaml"), "--out", str(tmp_path / "out"), "--json", *FAST]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out) == json.loads((treaty / "forecast.json").read_text())
    assert "files in" in printed.err


# --- exit codes --------------------------------------------------------------------------------------------------


def test_bad_input_is_a_message_and_writes_nothing(tmp_path, capsys):
    path, out = tmp_path / "bad.yaml", tmp_path / "out"
    text = (QUESTIONS / "treaty.yaml").read_text().replace("silent:", "slient:").replace("stage: idle", "stage: ilde")
    path.write_text(text)
    assert main([str(path), "--out", str(out), *FAST]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    lines = said.err.splitlines()
    assert len(lines) == 2  # all at once, and nothing else
    assert re.search(r"bad.yaml:11:1: slient: unknown key; did you mean silent[?]$", lines[0]), lines[0]
    assert re.search(r"bad.yaml:\d+:\d+: timeline\[1\].stage: unknown stage ilde; did you mean idle[?]$", lines[1]), (
        lines[1]
    )
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["nowhere.yaml", ".", "x\0y"])
def test_a_scenario_that_is_no_file(tmp_path, capsys, name):
    assert main([f"{tmp_path}/{name}", "--out", str(tmp_path / "out"), *FAST]) == 2
    assert re.search("cannot read", capsys.readouterr().err)
    assert list(tmp_path.iterdir()) == []


def test_bad_input_by_subprocess_shows_no_traceback(tmp_path):
    (tmp_path / "deep.yaml").write_text("a: " + "[" * 10_000)
    command = [sys.executable, "-m", "forecast.run", "deep.yaml"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "deep.yaml:1:23: expected at most 20 levels of nesting; found more\n"
    assert [path.name for path in tmp_path.iterdir()] == ["deep.yaml"]


@pytest.mark.parametrize("part", ["", "/below", "/far/below"])
def test_a_file_in_the_way_of_out_is_refused_before_anything_is_fitted(tmp_path, capsys, part):
    taken = tmp_path / "taken"
    taken.write_text("mine")
    assert main([str(QUESTIONS / "launch.yaml"), "--out", f"{taken}{part}", "--draws", "123"]) == 2
    assert re.search("cannot write into .*taken.* is not a folder; choose another with --out", capsys.readouterr().err)
    assert taken.read_text() == "mine"


def test_what_a_terminal_cannot_show_is_shown_by_its_code(tmp_path):
    text = (QUESTIONS / "launch.yaml").read_text(encoding="utf-8").replace("title: The", "title: Zoë's the")
    path = tmp_path / "launch.yaml"
    path.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "forecast.run", str(path), "--quick", "--no-plots", "--out", str(tmp_path / "out")]
    ended = subprocess.run(command, capture_output=True, check=True, env=os.environ | {"PYTHONIOENCODING": "ascii"})
    assert ended.stdout.startswith(rb"Zo\xeb's the")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_an_answer_that_cannot_be_printed_is_no_traceback(tmp_path):
    command = [sys.executable, "-m", "forecast.run", str(QUESTIONS / "launch.yaml"), "--quick", "--no-plots"]
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run([*command, "--out", str(tmp_path)], stdout=full, stderr=subprocess.PIPE, text=True)
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1].startswith("cannot print the answer: No space left on device")
    assert "Traceback" not in ended.stderr
    assert json.loads((tmp_path / "forecast.json").read_text())["schema"] == 1


def test_a_name_too_long_for_a_folder_is_refused_before_anything_is_fitted(capsys):
    assert main([str(QUESTIONS / "launch.yaml"), "--out", "x" * 300, "--draws", "123"]) == 2
    assert capsys.readouterr().err.endswith("; choose another with --out\n")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--draws", "0"], "--draws: expected a whole number from 1 to 100000; found '0'"),
        (["--draws", "-5"], "--draws: expected"),
        (["--draws", "100001"], "--draws: expected"),
        (["--draws", "many"], "--draws: expected a whole number from 1 to 100000; found 'many'"),
        (["--out", ""], "--out: expected a path; found an empty text"),
        (["--seed", "-1"], "--seed: expected"),
        (["--seed", str(2**64)], "--seed: expected a whole number, 0 or more and below 2**64"),
        (["--dras", "10"], "unrecognized arguments: --dras"),
    ],
)
def test_options_that_cannot_be(options, message, tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        main([str(QUESTIONS / "launch.yaml"), "--out", str(tmp_path / "out"), *options])
    assert ended.value.code == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_fit_that_fails_its_gate_gives_no_number(tmp_path, capsys, monkeypatch):
    """Four chains of twenty draws can have no 400 effective ones."""
    monkeypatch.setenv("FORECAST_STORE", str(tmp_path / "store"))
    assert main([str(QUESTIONS / "launch.yaml"), "--out", str(tmp_path / "out"), "--no-plots", "--draws", "20"]) == 3
    said = capsys.readouterr()
    assert re.search("the fit failed its gate: .*ESS.* below 400", said.err)
    assert said.out == ""
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob("store/*"))


# --- the package knows no question -------------------------------------------------------------------------------


def test_the_package_knows_nothing_of_the_flagship_question():
    """Names of stages, places, attributes and covariates belong to the question's file."""
    question = load_scenario(ROOT / "scenarios" / "kim-russia.yaml")
    own = {
        *question.question.places,
        *(way.name for way in question.question.itineraries),
        *question.priors.hazard_ratios,
    }
    words = "|".join(
        ["kim", "russia", "moscow", "vladivostok", "pyongyang", "kremlin", "korea", *(own - {"forum", "elsewhere"})]
    )
    for path in sorted((ROOT / "forecast").rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            found = re.findall(rf"\b(?:{words})", path.read_text(encoding="utf-8"), re.IGNORECASE)
            assert not found, (path, found)
