"""What changed between two forecasts: parts that sum to the whole, in the order that is stated."""

from __future__ import annotations

import json
import math
import shutil

import pytest
from figures import assert_nothing_is_cut_or_covered

import forecast
from forecast.cli.main import main
from forecast.errors import InputError
from forecast.explore.diff import ENGINES, diff_scenarios

MAY = "scenarios/may.yaml"
VISIT = "tests/questions/visit.yaml"
DRAWS = {"draws": 50}


def p_of(scenario):
    return forecast.run_scenario(scenario, engine="quick", settings=forecast.Settings(draws=50)).p_event.mean


def assert_parts_sum(found):
    assert math.fsum(part.change for part in found.parts) == pytest.approx(found.p_after - found.p_before, abs=1e-9)


@pytest.fixture(scope="module")
def visit():
    return forecast.load_scenario(VISIT)


def test_nothing_has_changed(visit):
    found = diff_scenarios(visit, visit, **DRAWS)
    assert found.parts == found.changes == ()
    assert found.p_before == found.p_after
    assert "nothing that moves P has changed" in str(found)


def test_two_dates_of_one_file_differ_by_time_and_news(visit):
    early = visit.at(as_of="2024-03-01")
    found = diff_scenarios(early, visit, **DRAWS)
    assert_parts_sum(found)
    assert (found.p_before, found.p_after) == pytest.approx((p_of(early), p_of(visit)), abs=1e-9)
    time, *news = found.parts
    assert time.name == f"time passing to {visit.as_of}, with nothing new"
    cited = visit.known().cited
    new = {fact.id for fact in visit.facts.values() if early.as_of < fact.public <= visit.as_of and fact.id in cited}
    assert {name for part in news for name in part.facts} == new
    assert [part.name for part in news] == sorted(part.name for part in news)


def test_the_way_back_is_the_way_there(visit):
    early = visit.at(as_of="2024-03-01")
    there, back = diff_scenarios(early, visit, **DRAWS), diff_scenarios(visit, early, **DRAWS)
    assert_parts_sum(back)
    assert [part.change for part in back.parts] == pytest.approx([-part.change for part in reversed(there.parts)])


def test_each_kind_of_change_is_a_part(visit):
    other = visit.assume(plans={"host": {"kept": [0.5, 0.9], "reason": "they mean it"}})
    other = other.assume(stages={"invited": {"stay": {"mean": [10, 60]}, "reason": "in a hurry"}})
    other = other.at(window="2025-03-31").do(stage={"agreed": "2024-08-01"})
    found = diff_scenarios(visit, other, **DRAWS)
    assert [part.name for part in found.parts] == [
        "priors.stages.invited", "priors.plans.host", "the question and its window", "what is set (do)",
    ]  # fmt: skip
    assert_parts_sum(found)
    assert {change.key for change in found.changes} >= {"window.until", "do.stage.agreed"}
    one = visit.assume(stages={"invited": {"stay": {"mean": [10, 60]}, "reason": "in a hurry"}})
    assert found.parts[0].change == pytest.approx(p_of(one) - p_of(visit), abs=1e-9)


def test_a_window_that_is_over_is_taken_with_the_date():
    found = diff_scenarios("scenarios/january-2015.yaml", MAY, **DRAWS)
    assert [part.name for part in found.parts] == ["the question and its window, with the as-of date"]
    assert_parts_sum(found)


def test_folders_of_results_have_the_runs_own_p(visit, tmp_path):
    settings = forecast.Settings(draws=200)
    longer = visit.at(window="2025-06-30")
    results = [forecast.run_scenario(each, engine="quick", settings=settings) for each in (visit, longer)]
    for name, result in zip("ab", results, strict=True):
        result.write(tmp_path / name, figures=False)
    found = diff_scenarios(tmp_path / "a", tmp_path / "b", **DRAWS)
    assert (found.p_before, found.p_after) == tuple(result.p_event.mean for result in results)
    assert [part.name for part in found.parts] == ["the question and its window", ENGINES]
    assert_parts_sum(found)
    path = tmp_path / "a" / "scenario.yaml"
    path.write_text(path.read_text() + "# a note\n")
    with pytest.raises(InputError, match="was edited since"):
        diff_scenarios(tmp_path / "a", visit, **DRAWS)


def test_the_figure_ends_where_it_should(visit):
    found = diff_scenarios(visit.at(as_of="2024-03-01"), visit, **DRAWS)
    ax = found.plot()
    assert ax.patches[-1].get_width() == pytest.approx(found.p_after)
    assert ax.patches[-2].get_x() + ax.patches[-2].get_width() == pytest.approx(found.p_after)
    assert_nothing_is_cut_or_covered(ax)


def test_the_command(capsys, tmp_path):
    assert main(["diff", VISIT, "--as-of", "2024-03-01", "2024-06-30", "--draws", "50", "--json"]) == 0
    plain = json.loads(capsys.readouterr().out)
    change = plain["after"]["p"] - plain["before"]["p"]
    assert math.fsum(part["change"] for part in plain["parts"]) == pytest.approx(change, abs=1e-9)
    assert main(["diff", VISIT, VISIT, "--draws", "50"]) == 0
    shutil.copy(VISIT, tmp_path / "a.yaml")
    capsys.readouterr()
    for words in ([VISIT], [str(tmp_path), VISIT], [str(tmp_path), "--as-of", "2024-03-01", "2024-06-30"]):
        assert main(["diff", *words]) == 2
        assert "expected" in capsys.readouterr().err
