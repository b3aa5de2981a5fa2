"""docs/evidence.md says what the stored numbers say, which are of the present question; nothing is computed anew."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture(scope="module")
def evidence():
    spec = importlib.util.spec_from_file_location("evidence", DOCS / "evidence.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def copied(tmp_path):
    for name in ("evidence.md", "evidence.json", "replay.md"):
        shutil.copy(DOCS / name, tmp_path)
    return tmp_path


def test_the_page_is_of_now(evidence):
    assert evidence.find_stale() == ""


def test_numbers_that_the_page_does_not_say_are_found(evidence, copied):
    numbers = json.loads((copied / "evidence.json").read_text())
    numbers["worlds"] += 1
    (copied / "evidence.json").write_text(json.dumps(numbers))
    assert "--page" in evidence.find_stale(copied)


def test_a_replay_made_anew_is_found(evidence, copied):
    replay = copied / "replay.md"
    replay.write_text(replay.read_text().replace("model  ", "model  1", 1))
    assert "--page" in evidence.find_stale(copied)


def test_numbers_of_another_question_are_found(evidence, copied, monkeypatch):
    monkeypatch.setattr(evidence.worlds, "LASTS", (30, 260))
    assert "other worlds" in evidence.find_stale(copied)


def test_the_replay_is_quoted_whole(evidence):
    rows = evidence.quote_replay((DOCS / "replay.md").read_text(encoding="utf-8"))
    assert len(rows) == 8  # four forecasters, two horizons
    assert all(row.count("|") == 5 for row in rows)


def test_all_is_well_in_the_stored_numbers():
    numbers = json.loads((DOCS / "evidence.json").read_text())
    assert numbers["outside"] == {}
    assert all(numbers["wrong"].values())
