"""A resolved scenario, loaded again, is the same scenario to its model and to its reader."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from builders import fingerprint

from forecast.document.dump import dump_scenario
from forecast.document.load import load_scenario
from forecast.model.timeline import build_timeline

ROOT = Path(__file__).parents[2]
FILES = sorted([*(ROOT / "scenarios").glob("*.yaml"), *(ROOT / "tests" / "questions").glob("*.yaml")])


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def scenario(request):
    return load_scenario(request.param)


@pytest.fixture
def again(scenario, tmp_path):
    path = tmp_path / "other-name.yaml"  # far from seeds/: nothing but the text itself is there to be read
    path.write_text(dump_scenario(scenario), encoding="utf-8")
    return load_scenario(path)


def test_the_model_and_the_days_ahead_are_the_same(scenario, again):
    assert fingerprint(again) == fingerprint(scenario)
    first, second = build_timeline(scenario.known()), build_timeline(again.known())
    for ours, theirs in ((first.ahead, second.ahead), *zip(first.plans, second.plans, strict=True)):
        np.testing.assert_equal(vars(theirs), vars(ours))
    assert (second.stage, second.last_step) == (first.stage, first.last_step)


def test_what_it_says_is_the_same(scenario, again):
    known = tuple(item.entry for item in scenario.known().entries if item.number is not None)
    assert again.timeline == known
    assert again.name == scenario.name
    assert (again.as_of, again.window) == (scenario.as_of, scenario.window)
    assert (again.known().cited, again.known().hindsight) == (scenario.known().cited, scenario.known().hindsight)
    assert all(fact == scenario.facts[name] for name, fact in again.facts.items())
    assert all(source == scenario.sources[name] for name, source in again.sources.items())
    for (key, ours), (other, theirs) in zip(scenario.priors.items(), again.priors.items(), strict=True):
        assert (other, theirs.belief, theirs.otherwise, theirs.reason) == (
            key,
            ours.belief,
            ours.otherwise,
            ours.reason,
        )
    ways = [replace(way, because=()) for way in scenario.question.itineraries]
    assert [replace(way, because=()) for way in again.question.itineraries] == ways
    assert replace(again.question, itineraries=()) == replace(scenario.question, itineraries=())


def test_dumping_again_gives_the_same_text(scenario, again):
    assert dump_scenario(again) == dump_scenario(scenario)


def test_nothing_learned_later_stands_in_it(again):
    """Facts that were public later may stay only where a prior or an itinerary rests on nothing else."""
    rests = [item.because for _, item in again.priors.items()] + [way.because for way in again.question.itineraries]
    late = {name for name, fact in again.facts.items() if fact.public > again.as_of}
    assert all(set(because) <= late for because in rests if late & set(because))


def test_awkward_texts_survive(tmp_path):
    path = tmp_path / "off.yaml"
    text = (ROOT / "tests" / "questions" / "visit.yaml").read_text()
    for awkward in ("off", "2005", "3:20", "~", "null", "a: b # c", "- x", "'\"", "é 大 \U0001f680", "[x]", "x" * 300):
        quoted = awkward.replace("'", "''")
        path.write_text(text.replace("The minister visits the islands", f"'{quoted}'", 1), encoding="utf-8")
        scenario = load_scenario(path)
        assert (scenario.name, scenario.question.title) == ("off", awkward)
        (tmp_path / "again.yaml").write_text(dump_scenario(scenario), encoding="utf-8")
        assert load_scenario(tmp_path / "again.yaml").question == scenario.question


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("2025 may (b)", "2025 may (b)"),
        (".hidden", "hidden"),
        ("a\\b\tc", "a-b-c"),
        ("\udcff", "-"),
        ("...", "scenario"),
    ],
)
def test_any_file_name_gives_a_name_that_runs_again(tmp_path, file, name):
    path = tmp_path / f"{file}.yaml"
    path.write_text((ROOT / "tests" / "questions" / "launch.yaml").read_text())
    (tmp_path / "again.yaml").write_text(dump_scenario(load_scenario(path)), encoding="utf-8")
    assert load_scenario(tmp_path / "again.yaml").name == load_scenario(path).name == name


@pytest.mark.parametrize("day", ["2015-02-10", "2019-04-24", "2023-09-12"])
def test_a_reading_assumes_no_more_where_facts_are_not_known_yet(day):
    """A prior that loses a later fact is no assumption of a reading."""
    now = load_scenario(ROOT / "scenarios" / "may-readings.yaml")
    early = now.at(as_of=day, window="2025-05-31")
    full, document = (yaml.safe_load(dump_scenario(scenario))["readings"] for scenario in (now, early))
    names = [reading.name for reading in now.readings if reading.priors is not None]
    assert names
    for name in names:
        assert document[name]["assume"].keys() == full[name]["assume"].keys()
        for group, members in document[name]["assume"].items():
            assert members.keys() == full[name]["assume"][group].keys()


def test_an_end_that_a_reading_deletes_stays_deleted():
    readings = {
        "other": {"reason": "So.", "assume": {"stages": {"agreed": {"ends": {"quiet": None}, "reason": "So."}}}}
    }
    scenario = load_scenario({"extends": "tests/questions/visit.yaml", "readings": readings})
    (reading,) = scenario.readings
    assert "quiet" in scenario.priors.stages["agreed"].belief.ends
    assert "quiet" not in reading.priors.stages["agreed"].belief.ends
    (again,) = load_scenario(dump_scenario(scenario)).readings
    assert again == reading
