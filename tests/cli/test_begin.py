"""The verbs by which a question begins and goes on: new, check, update, suggest."""

from __future__ import annotations

import datetime
import json

import pytest

from forecast.cli.main import main
from forecast.cli.new import KINDS
from forecast.document.json_schema import make_json_schema
from forecast.document.load import load_scenario
from tests.editors import load, problems


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def act(capsys, *words):
    code = main(words)
    out, err = capsys.readouterr()
    return code, out, err


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_file_runs_at_once_and_next_week(kind, folder, capsys):
    assert act(capsys, "new", kind, "--like", kind, "--as-of", "2026-11-20")[0] == 0
    text = (folder / f"{kind}.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=forecast.schema.json\n")
    assert json.loads((folder / "forecast.schema.json").read_text()) == make_json_schema()
    assert not problems(load(text))
    code, out, _ = act(capsys, "check", f"{kind}.yaml")
    assert code == 0
    assert "to look at" not in out
    code, out, _ = act(capsys, "run", f"{kind}.yaml", "--quick", "--no-plots", "--json")
    assert code == 0
    assert 0.05 < json.loads(out)["p_event"]["mean"] < 0.95
    assert act(capsys, "update", f"{kind}.yaml", "--as-of", "2026-11-27")[0] == 0
    child = load_scenario(folder / f"{kind}-2026-11-27.yaml")
    assert child.as_of == datetime.date(2026, 11, 27)
    assert child.window.until == load_scenario(folder / f"{kind}.yaml").window.until + datetime.timedelta(days=7)
    code, out, _ = act(capsys, "run", f"{kind}-2026-11-27.yaml", "--quick", "--no-plots")
    assert code == 0
    assert "as of 2026-11-27" in out


def test_what_an_update_leaves_room_for_can_be_filled_in(folder, capsys):
    act(capsys, "new", "visit", "--like", "visit", "--as-of", "2026-11-20")
    act(capsys, "update", "visit.yaml", "--as-of", "2026-11-27")
    path = folder / "visit-2026-11-27.yaml"
    text = path.read_text()
    filled = text.replace("    # - {from", "    - {from").replace("    # - {id", "    - {id")
    path.write_text(filled)
    before, after = load_scenario(folder / "visit.yaml"), load_scenario(path)
    assert len(after.timeline) == len(before.timeline) + 1
    assert after.timeline[-1].stage == "agreed"
    assert "a-name" in after.facts
    code, out, _ = act(capsys, "update", str(path), "--as-of", "2026-12-04")
    assert code == 0
    assert "visit-2026-12-04.yaml is written" in out


def test_an_update_answers_the_question_of_before(folder, capsys):
    """What comes between one week and the next is the answer, and no past event before a new question."""
    act(capsys, "new", "port", "--as-of", "2026-11-20")
    act(capsys, "update", "port.yaml", "--as-of", "2026-11-27")
    path = folder / "port-2026-11-27.yaml"
    path.write_text(path.read_text().replace("    # - {day: 2026-11-27", "    - {day: 2026-11-25"))
    assert "It has happened, on 2026-11-25" in act(capsys, "run", str(path), "--quick")[1]
    by_hand = "extends: port.yaml\nas_of: 2026-11-27\nadd: {timeline: [{day: 2026-11-25, because: Over (paper)}]}\n"
    (folder / "hand.yaml").write_text(by_hand)
    told = act(capsys, "check", "hand.yaml")[1]
    assert "the event came on 2026-11-25, after the file below was cut, on 2026-11-20" in " ".join(told.split())


def test_nothing_is_written_over(folder, capsys):
    act(capsys, "new", "port", "--as-of", "2026-11-20")
    before = (folder / "port.yaml").read_bytes()
    code, _, err = act(capsys, "new", "port", "--like", "visit")
    assert (code, (folder / "port.yaml").read_bytes()) == (2, before)
    assert "cannot write port.yaml: it is there already" in err
    code, _, err = act(capsys, "update", "port.yaml", "--as-of", "2026-11-27", "--out", "port.yaml")
    assert (code, (folder / "port.yaml").read_bytes()) == (2, before)
    (folder / "forecast.schema.json").write_text("mine")
    act(capsys, "new", "other")
    assert (folder / "forecast.schema.json").read_text() == "mine"


@pytest.mark.parametrize(
    ("day", "message"),
    [("2026-11-20", "expected a day after 2026-11-20, on which port.yaml was cut"), ("2026-11-1", "expected a date")],
)
def test_an_update_goes_forward(day, message, capsys):
    act(capsys, "new", "port", "--as-of", "2026-11-20")
    try:
        code, _, err = act(capsys, "update", "port.yaml", "--as-of", day)
    except SystemExit as stop:
        code, err = stop.code, capsys.readouterr().err
    assert code == 2
    assert message in err


def test_a_new_file_is_of_a_day_that_can_be(folder, capsys):
    assert act(capsys, "new", "far", "--as-of", "9999-12-31")[0] == 2
    assert not (folder / "far.yaml").exists()


def test_an_update_past_the_window_is_refused_and_writes_nothing(folder, capsys):
    act(capsys, "new", "port", "--as-of", "2026-11-20")
    text = (folder / "port.yaml").read_text().replace("days: 60", "until: 2026-12-31")
    (folder / "port.yaml").write_text(text)
    code, _, err = act(capsys, "update", "port.yaml", "--as-of", "2027-02-01")
    assert code == 2
    assert "window.until" in err
    assert not list(folder.glob("port-*.yaml"))


def test_check_tells_every_problem_and_as_json_with_its_parts(folder, capsys):
    act(capsys, "new", "port", "--as-of", "2026-11-20")
    text = (folder / "port.yaml").read_text()
    (folder / "port.yaml").write_text(text.replace("single:", "singel:").replace("days: 60", "days: soon"))
    code, out, err = act(capsys, "check", "port.yaml", "--json")
    assert code == 2
    assert err.count("port.yaml:") == 2
    first, second = json.loads(out)["problems"]
    assert (first["file"], first["line"], first["key"]) == ("port.yaml", 6, "window.days")
    assert (first["expected"], first["found"]) == ("a number", "'soon'")
    assert (second["key"], second["found"], second["hint"]) == (
        "priors.stages.waiting.stay.singel", "singel", "did you mean single?"
    )  # fmt: skip
    code, out, _ = act(capsys, "run", "port.yaml", "--json")
    assert code == 2
    assert len(json.loads(out)["problems"]) == 2


def test_check_tells_what_is_assumed_and_what_to_look_at(folder, capsys):
    (folder / "ask.yaml").write_text("""
title: The treaty is signed
as_of: 2026-11-20
window: {days: 30}
history_from: 2026-01-01
stages: [idle, talks, forgotten]
timeline:
  - {covariate: holiday, from: 2025-08-01, until: 2025-08-20, because: Nobody works (calendar 2025-01-01)}
  - {from: 2026-03-01, stage: talks, because: Talks (gazette)}
  - {plan: pledge, from: 2027-02-01, until: 2027-02-03, because: They said February (Reuters 2026-11-18)}
priors:
  stages:
    idle: {stay: {mean: [50, 500]}, ends: {talks: 1}, because: Talks began once a year}
    talks: {stay: {mean: [20, 200]}, ends: {event: 6, idle: 4}, because: Six of ten were signed (yearbook)}
    forgotten: {stay: {mean: [20, 200]}, ends: {idle: 4}, because: It happens (yearbook)}
  hazard_ratios: {holiday: {factor: [0.1, 1], because: Nobody works (calendar)}}
  plans: {pledge: {kept: [0.3, 0.8], meanwhile: [0.5, 2], because: Half were kept (gazette)}}
facts: [{id: later, says: Something., source: gazette, public: 2026-12-01}]
""")
    code, out, _ = act(capsys, "check", "ask.yaml")
    assert code == 0
    for words in (
        "episodes are alike",
        "plan pledge, 2027-02-01 to 2027-02-03: its days lie after the window",
        "holiday never holds from 2026-01-01 to 2026-12-20",
        "nothing enters the stage forgotten",
        "1 fact is left out, public after 2026-11-20 (the first on 2026-12-01)",
        "the last of 2026-11-18 (2 days ago)",
        "1 of 6 priors rests on an unsourced note: priors.stages.idle",
    ):
        assert words in " ".join(out.split()), words
    told = json.loads(act(capsys, "check", "ask.yaml", "--json")[1])
    assert (told["problems"], told["facts"], told["last_fact"]) == ([], 9, "2026-11-18")
    assert len(told["warnings"]) == 4
    below = act(capsys, "run", "ask.yaml", "--quick", "--no-plots", "--json")[1]
    assert set(told["warnings"]) == set(json.loads(below)["notes"])


DAYS = "a,b,long\n2020-01-01,2020-01-01,1e9\n2020-01-11,2020-01-01,1e9\n2020-01-31,2020-02-01,1e9\n"


# --- suggest ---------------------------------------------------------------------------------------------------


def test_a_table_of_stays_becomes_priors_that_say_the_same(folder, capsys):
    (folder / "strikes.csv").write_text("days,port\n21,north\n30,south\n60,north\n44+,north\n")
    code, out, _ = act(capsys, "suggest", "strikes.csv", "--column", "days", "--place", "port", "--plot", "s.png")
    assert code == 0
    assert (folder / "s.png").read_bytes().startswith(b"\x89PNG")
    assert "places: {north: 3, south: 1}" in out
    (pasted,) = [line.split("stay: ")[1] for line in out.splitlines() if line.startswith("  stay: {mean")]
    text = f"""
title: It ends
as_of: 2026-01-01
window: {{days: 30}}
history_from: 2026-01-01
priors: {{stages: {{waiting: {{stay: {pasted}, because: Four strikes (yearbook)}}}}}}
"""
    (folder / "ask.yaml").write_text(text)
    code, out, _ = act(capsys, "run", "ask.yaml", "--quick", "--no-plots", "--json")
    assert json.loads(out)["p_event"]["mean"] == pytest.approx(0.4617, abs=0.002)  # case 10
    told = json.loads(act(capsys, "suggest", "strikes.csv", "--column", "days", "--json")[1])
    assert told["mean"] == pytest.approx([22.04, 143.03], abs=0.02)


def test_days_of_events_and_spans_are_stays_too(folder, capsys):
    (folder / "visits.csv").write_text("came,left\n2024-01-01,2024-01-11\n2024-03-01,2024-03-05\n2024-06-09,\n")
    paste = json.loads(act(capsys, "suggest", "visits.csv", "--day", "came", "--as-of", "2024-07-09", "--json")[1])
    assert paste["paste"] == "{record: [60, 100, 30+]}"
    words = ("--start", "came", "--end", "left", "--as-of", "2024-07-09", "--json")
    assert json.loads(act(capsys, "suggest", "visits.csv", *words)[1])["paste"] == "{record: [10, 4, 30+]}"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("strikes.csv",), "expected one of --column, --day, or --start and --end; found none"),
        (("strikes.csv", "--column", "dayz"), "expected a column of strikes.csv; found 'dayz'; did you mean days"),
        (("nowhere.csv", "--column", "days"), "cannot read nowhere.csv: no such file"),
        (("strikes.csv", "--column", "port"), "strikes.csv:2:2: port: expected days above 0"),
        (("strikes.csv", "--day", "days"), "strikes.csv:2:1: days: expected a date"),
        (("strikes.csv", "--column", "days", "--plot", "mine.png"), "mine.png"),
        (("days.csv", "--day", "a", "--as-of", "2020-01-15"), "days.csv:4:1: a: expected a day up to --as-of"),
        (("days.csv", "--day", "b"), "days.csv:3:2: b: expected a day of its own"),
        (("days.csv", "--column", "long"), "expected stays of 0.001 to 1e+08 days on average"),
    ],
)
def test_what_cannot_be_suggested(folder, words, message, capsys):
    (folder / "strikes.csv").write_text("days,port\n21,north\n30,south\n")
    (folder / "days.csv").write_text(
        "a,b,long\n2020-01-01,2020-01-01,1e9\n2020-01-11,2020-01-01,1e9\n2020-01-31,2020-02-01,1e9\n"
    )
    (folder / "mine.png").write_text("mine")
    code, _, err = act(capsys, "suggest", *words)
    assert code == 2
    assert message in err
    assert (folder / "mine.png").read_text() == "mine"
