"""What a posterior depends on: numbers, and no text that only gives a reason."""

from __future__ import annotations

import copy

import pytest
import yaml
from builders import fingerprint

import forecast


@pytest.fixture(scope="module")
def document():
    return yaml.safe_load(forecast.dump_scenario(forecast.load_scenario("tests/questions/visit.yaml")))


def test_text_without_meaning_for_numbers_changes_nothing(document):
    other = copy.deepcopy(document)
    for fact in other["facts"]:
        fact |= {"says": f"{fact['says']} Or so.", "note": "Heard twice.", "who": "a clerk", "grade": "hearsay"}
    for source in other["sources"]:
        source["title"] += ", second edition"
    stages = other["priors"]["stages"]
    for prior in stages.values():
        prior["reason"] += " Really."
    other["title"] += "!"
    for key in ("event", "resolves"):
        other["question"][key] += "!"
    assert fingerprint(forecast.load_scenario(other)) == fingerprint(forecast.load_scenario(document))


def test_a_number_changes_it(document):
    other = copy.deepcopy(document)
    other["priors"]["stages"]["quiet"]["stay"]["mean"] = [100, 901]
    assert fingerprint(forecast.load_scenario(other)) != fingerprint(forecast.load_scenario(document))
