"""The JSON Schema against what is shipped, and against files that are broken."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path

import jsonschema
import pytest

from forecast.cli.main import main
from forecast.document.dump import dump_scenario
from forecast.document.load import load_question
from forecast.scenario import Ensemble
from tests.editors import SCHEMA, load, problems

ROOT = Path(__file__).parents[2]
QUESTIONS = sorted((ROOT / "tests" / "questions").glob("*.yaml"))
SCENARIOS = sorted([*(ROOT / "scenarios").glob("*.yaml"), *(ROOT / "scenarios" / "invented").glob("*.yaml")])


def test_it_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", [*SCENARIOS, *QUESTIONS], ids=lambda path: path.stem)
def test_whatever_is_shipped_is_valid_and_so_is_what_it_resolves_to(path):
    assert not problems(load(path.read_text()))
    found = load_question(path)
    assert not problems(load(found.text if isinstance(found, Ensemble) else dump_scenario(found)))


@pytest.mark.parametrize("path", sorted((ROOT / "seeds").glob("*.yaml")), ids=lambda path: path.stem)
def test_files_of_facts_are_valid(path):
    schema = {"$defs": SCHEMA["$defs"], "$ref": "#/$defs/seeds"}
    document = load(path.read_text())
    assert not problems(document, schema)
    document["facts"][0]["source"] = "itself"  # named once, at the top of the file
    assert problems(document, schema)


VISIT = (ROOT / "tests" / "questions" / "visit.yaml").read_text()
BROKEN = [
    ("title:", "titel:"),
    ("silent:", "slient:"),
    ("as_of: 2024-06-30", "as_of: 2024"),
    ("as_of: 2024-06-30", "as_of: [2024-06-30]"),
    ("history_from: 2020-01-01\n", ""),
    ("until: 2024-12-31", "untill: 2024-12-31"),
    ("stages: [quiet, invited, agreed]", "stages: quiet"),
    ("stages: [quiet, invited, agreed]", "stages: []"),
    ("place: north", "plaice: north"),
    ("days_away: 3", "days_away: far"),
    ("days_away: 3", "days_away: -3"),
    ("stage: quiet", "stagge: quiet"),
    ("stage: quiet", "stage: be quiet"),
    ("alongside: true", "alongside: 1"),
    ("from: 2024-09-01, ", ""),
    ("stay: {mean: [20, 200]}", "stay: {mean: [20]}"),
    ("stay: {mean: [20, 200]}", "stay: {mean: [0, 200]}"),
    ("stay: {mean: [20, 200]}", "stay: {lo: 20, hi: 200}"),
    ("stay: {mean: [20, 200]}", "stay: [20, 200]"),
    ("stay: {mean: [20, 200]}", "stay: {mean: [20, 200], single: [20, 200]}"),
    ("kept: [0.2, 0.7]", "kept: [0.2, 1]"),
    ("per: 1 day", "per: day"),
    ("seriousness: {", "seriousness: {per: 1 day, "),
    ("factor: [1.2, 3]", "factor: [0.9, 3]"),
    (", reason: Either will do.", ""),
    ("says: Invited.,", "say: Invited.,"),
    ("itineraries:", "places: [north]\nitineraries:"),
]


@pytest.mark.parametrize(("old", "new"), BROKEN, ids=[f"{old} -> {new}" for old, new in BROKEN])
def test_a_slip_is_found(old, new):
    assert old in VISIT
    assert problems(load(VISIT.replace(old, new, 1)))


@pytest.mark.parametrize(
    "text",
    [
        "extends: a.yaml",
        "extends: a.yaml\nsilent: null\nitineraries: {south-by-air: {by_air: null}}",
        "extends: a.yaml\nassume: {stages: {quiet: {ends: {agreed: 9, invited: null}, reason: x}}}",
        "extends: a.yaml\ndo: {stage: {agreed: 2024-08-01}, hazard_ratios: {festival: {factor: 2}}}",
        "extends: a.yaml\nreadings: {other: {reason: So., recode: {invited-2024: none}}}",
        "extends: a.yaml\nwindow: {until: 2024-11-30}\nsources: ../seeds",
        "extends: a.yaml\nadd: {priors: {hazard_ratios: {strike: {factor: [0.1, 1], because: Nobody flies (log)}}}}",
    ],
)
def test_a_file_that_extends_another_needs_nothing_and_may_delete(text):
    assert not problems(load(text))


@pytest.mark.parametrize(
    "text",
    [
        "extends: 3",
        "extends: a.yaml\npriors: {}",
        "extends: a.yaml\ntitel: x",
        "extends: a.yaml\nassume: {stages: {quiet: {stay: {mean: [1, 2]}}}}",
        "extends: a.yaml\nassume: {stage: {quiet: {stay: {mean: [1, 2]}, reason: x}}}",
        "extends: a.yaml\ndo: {stages: {agreed: 2024-08-01}}",
        "extends: a.yaml\ndo: {hazard_ratios: {festival: {factor: 0}}}",
        "extends: a.yaml\ngiven: {no_event_until: soon}",
        "extends: a.yaml\ntimeline: [{from: 2024-08-01, stage: null, because: [x]}]",
    ],
)
def test_nor_may_it_say_what_it_likes(text):
    assert problems(load(text))


def test_every_key_is_explained():
    definitions = copy.deepcopy(SCHEMA["$defs"])
    for name, definition in definitions.items():
        for key, said in definition.get("properties", {}).items():
            group = said.get("properties", {})
            told = name in ("seeds", "assumed-priors") or group or re.search("[a-z]", said.get("description", ""))
            assert told, (name, key)


def test_the_command_prints_what_is_kept_in_the_repository(capsys):
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads((ROOT / "forecast.schema.json").read_text()) == SCHEMA
