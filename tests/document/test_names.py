"""Names in any script, from the file to the tables; and files and folders of odd names."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path

import jsonschema
import pytest

import forecast
from forecast.cli.main import main
from forecast.document.load import load_scenario
from forecast.errors import InputError
from forecast.report.lines import WIDTH, count_columns, pad, wrap
from forecast.scenario.reader import is_name

ROOT = Path(__file__).parents[2]
VISIT = (ROOT / "tests" / "questions" / "visit.yaml").read_text(encoding="utf-8")
SCRIPTS = {
    "Chinese": {
        "quiet": "平静",
        "invited": "受邀",
        "south": "南岛",
        "north": "北岛",
        "custom": "习俗",
        "festival": "节日",
    },
    "Arabic": {"quiet": "هادئ", "invited": "مدعو", "south": "الجنوب", "north": "الشمال", "custom": "عادة"},
    "Cyrillic": {"quiet": "тишина", "invited": "приглашён", "south": "юг", "north": "север", "custom": "обычай"},
    "Hindi": {"quiet": "शान्त", "invited": "आमन्त्रित", "south": "दक्षिण", "north": "उत्तर", "custom": "रिवाज"},
}


def translate(names):
    text = VISIT
    for name, other in names.items():
        text = re.sub(rf"(?<![\w-]){name}(?![\w-])", other, text)
    return text


@pytest.mark.parametrize("script", SCRIPTS)
def test_stages_places_and_facts_have_names_of_any_script(script, tmp_path, capsys):
    names = SCRIPTS[script]
    path = tmp_path / "visit.yaml"
    path.write_text(translate(names), encoding="utf-8")
    scenario = load_scenario(path)
    assert scenario.question.stages[:2] == (names["quiet"], names["invited"])
    assert scenario.question.places == (names["north"], names["south"])
    assert load_scenario(forecast.dump_scenario(scenario), name="visit") == scenario
    for verb in ("facts", "priors"):
        assert main([verb, str(path)]) == 0
        said = capsys.readouterr().out
        assert names["custom"] in said
        assert max(map(count_columns, said.splitlines())) <= WIDTH
    again = VISIT.replace("stage: quiet", f"stage: {names['quiet']}")
    with pytest.raises(InputError, match=f"unknown stage {names['quiet']}; choose from: quiet, invited, agreed"):
        load_scenario(again)
    slip = translate(names).replace(f"stage: {names['invited']}", f"stage: {names['invited']}x", 1)
    with pytest.raises(InputError, match=f"did you mean {names['invited']}[?]"):
        load_scenario(slip)


@pytest.mark.parametrize(
    "name", ["3rd", "-a", "_a", "a b", "a.b", "", "a" * 101, "a\u202eb", "a\u00a0b", "٣", "a\u200bb", "👍"]
)
def test_what_is_no_name(name):
    assert not is_name(name)
    with pytest.raises(InputError, match="expected a name"):
        load_scenario(VISIT.replace("stage: quiet", f"stage: {json.dumps(name)}"))


def test_the_schema_takes_names_of_any_script():
    pattern = forecast.document.make_json_schema()["$defs"]["name"]
    for names in SCRIPTS.values():
        for name in (*names, *names.values()):
            jsonschema.validate(name, pattern)
    for name in ("3rd", "-a", "_a", "a b", "a.b", "", "a" * 101, "a:b", "[a]"):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(name, pattern)


def test_a_letter_and_its_accent_typed_apart_are_the_same_name():
    apart = unicodedata.normalize("NFD", "préparé")
    text = VISIT.replace("quiet", "préparé").replace("stage: préparé", f"stage: {apart}")
    assert apart in text
    assert load_scenario(text).question.stages[0] == "préparé"


@pytest.mark.parametrize(
    ("text", "columns"), [("Moscow", 6), ("莫斯科", 6), ("Москва", 6), ("e\u0301", 1), ("ﾊﾝ", 2), ("한국", 4), ("", 0)]
)
def test_columns_of_a_terminal(text, columns):
    assert count_columns(text) == columns
    assert count_columns(pad(text, 8)) == 8


def test_long_texts_of_any_script_keep_within_the_lines():
    text = "部长访问群岛。" * 30 + " " + "word " * 30 + "x" * 300
    lines = wrap(text)
    assert all(count_columns(line) <= WIDTH for line in lines)
    assert all(line.startswith("    ") for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert wrap("") == []


def test_rows_of_a_comparison_stand_below_their_headings(tmp_path, capsys):
    path = tmp_path / "来访.yaml"
    path.write_text(translate(SCRIPTS["Chinese"]), encoding="utf-8")
    other = ROOT / "tests" / "questions" / "visit.yaml"
    assert main(["compare", str(path), str(other), "--quick", "--out", str(tmp_path / "out")]) == 0
    head, *rows = capsys.readouterr().out.splitlines()[3:6]
    at = count_columns(head[: head.index("90%")])
    assert all(_column(row, " to ") - 4 == at for row in rows)


def test_places_of_a_forecast_stand_below_their_headings(tmp_path):
    path = tmp_path / "visit.yaml"
    path.write_text(translate(SCRIPTS["Chinese"]), encoding="utf-8")
    lines = str(forecast.run_scenario(path, engine="quick")).splitlines()
    where = next(number for number, line in enumerate(lines) if line.startswith("where"))
    at = count_columns(lines[where][: lines[where].index("90%")])
    rows = lines[where + 1 : where + 3]
    assert [row.split()[0] for row in rows] == ["北岛", "南岛"]
    assert all(_column(row, " to ") - 4 == at for row in rows)


def _column(line, text):
    return count_columns(line[: line.index(text)])


def test_a_no_break_space_in_a_folders_name(tmp_path):
    project = tmp_path / "no\u00a0break"
    shutil.copytree(ROOT / "seeds", project / "seeds")
    shutil.copytree(ROOT / "scenarios", project / "scenarios")
    assert load_scenario(project / "scenarios" / "may.yaml").facts
    (project / "bad.yaml").write_text("titel: x\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"no\\xa0break/bad.yaml:1:1: titel: unknown key"):
        load_scenario(project / "bad.yaml")


def test_the_folder_that_a_command_runs_in_is_gone(tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    script = tmp_path / "run.py"
    script.write_text(
        "import os, sys\nos.rmdir(os.getcwd())\nfrom forecast.cli.main import main\nsys.exit(main(sys.argv[1:]))\n"
    )
    command = [sys.executable, str(script), "facts", "may.yaml"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=gone, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "cannot read may.yaml: the folder that the command runs in is gone" in done.stderr
