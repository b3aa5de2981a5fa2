"""The explanation as a whole: one P in all its parts, a paragraph, a figure, files."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from builders import entered, make_scenario, stay
from figures import assert_nothing_is_cut_or_covered

import forecast
from forecast.cli.main import main
from forecast.errors import InputError
from forecast.explore.explain import VIEWS, explain_scenario
from forecast.report.explain import write_paragraph
from forecast.scenario.reader import Interval

VISIT = "tests/questions/visit.yaml"
STAGES = {"quiet": stay(20, 200, active=1), "active": stay(5, 60, event=3, quiet=2)}


@pytest.fixture(scope="module")
def visit():
    return explain_scenario(VISIT, draws=100)


def test_all_parts_are_about_one_p(visit):
    result = forecast.run_scenario(VISIT, engine="quick", settings=forecast.Settings(draws=100))
    assert visit.p == pytest.approx(result.p_event.mean, abs=1e-12)
    assert visit.news.p_end == pytest.approx(visit.p, abs=1e-12)
    assert visit.sources.p == pytest.approx(visit.p, abs=1e-12)
    assert visit.learned.p_prior == pytest.approx(result.prior_only, abs=1e-12)
    shares = math.fsum(row.shapley for row in visit.sources.rows)
    assert shares == pytest.approx(visit.sources.p - visit.sources.p_none, abs=1e-9)
    if visit.beliefs.groups:
        groups = math.fsum(visit.beliefs.groups.values())
        assert groups == pytest.approx(visit.p - visit.beliefs.base_rate, abs=1e-9)


def test_a_result_is_explained_too(visit):
    result = forecast.run_scenario(VISIT, engine="quick", settings=forecast.Settings(draws=100))
    assert explain_scenario(result, by=["news"], draws=100).to_dict()["news"] == visit.to_dict()["news"]


def test_the_paragraph_names_the_three_things_that_moved_p_most(visit):
    said = write_paragraph(visit.to_dict())
    rows = [(abs(row.impact), str(row.day)) for row in visit.news.rows]
    rows.append((abs(visit.news.time), "time passing"))
    for _, name in sorted(rows, reverse=True)[:3]:
        assert name in said
    assert "three things that moved it most" in said
    assert f"{visit.p:.2f}" in said
    assert visit.beliefs.swings[0].key in said


def test_the_text_has_a_table_for_each_view(visit):
    said = str(visit)
    for head in ("by news", "by source", "by record", "by belief"):
        assert f"\n{head}\n" in said
    only = explain_scenario(VISIT, by=["record"], draws=100)
    assert "by news" not in str(only)
    assert only.movers == ()


def test_the_way_as_a_table_ends_at_p(visit):
    frame = visit.to_dataframe()
    assert frame["p"].iloc[-1] == pytest.approx(visit.p)
    assert frame["change"].iloc[1:-1].sum() == pytest.approx(visit.p - frame["p"].iloc[0], abs=1e-9)
    few = visit.list_bars(1)
    assert sum(change for _, change, _ in few[1:-1]) == pytest.approx(visit.p - few[0][2], abs=1e-9)
    assert len(few) <= len(frame)


def test_the_waterfall_joins_its_parts(visit):
    ax = visit.plot()
    bars = visit.list_bars(12)
    assert [each.get_label() for each in ax.containers] == [name for name, _, _ in bars]
    rects = [each.patches[0] for each in ax.containers]
    for rect, (_, change, p) in zip(rects[1:-1], bars[1:-1], strict=True):
        assert rect.get_width() == pytest.approx(change)
        assert rect.get_x() + rect.get_width() == pytest.approx(p)
    assert [(rect.get_x(), rect.get_width()) for rect in (rects[0], rects[-1])] == [(0, bars[0][2]), (0, bars[-1][2])]
    assert_nothing_is_cut_or_covered(ax)


def test_without_news_there_is_no_waterfall():
    with pytest.raises(InputError, match="expected news"):
        explain_scenario(VISIT, by=["record"], draws=50).plot()


def test_a_scenario_without_news_is_explained():
    scenario = make_scenario(STAGES, as_of=20, until=50)
    found = explain_scenario(scenario, draws=50)
    assert found.news.rows == ()
    assert "by news" in str(found)
    found.plot()


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"by": ["weather"]}, "weather"),
        ({"since": "soon"}, "expected a date"),
        ({"since": "1999-01-01"}, "history_from"),
    ],
)
def test_what_cannot_be_explained_is_refused(options, match):
    with pytest.raises(InputError, match=match):
        explain_scenario(VISIT, draws=20, **options)


def test_reports_that_may_be_wrong_are_refused():
    doubted = replace(entered(10, "active"), right=Interval(0.6, 0.8))
    scenario = make_scenario(STAGES, timeline=[doubted], as_of=20, until=50)
    for act in (explain_scenario, forecast.find_signposts, lambda each: forecast.diff_scenarios(each, each)):
        with pytest.raises(InputError, match="expected an entry that is certain"):
            act(scenario)


def test_the_command_writes_and_prints(tmp_path, capsys):
    words = ["explain", VISIT, "--out", str(tmp_path), "--draws", "50", "--jobs", "1"]
    assert main([*words, "--by", "news", "--by", "record"]) == 0
    said = capsys.readouterr().out
    assert "by news" in said
    assert "by source" not in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["explain.json", "explain.png"]
    assert main([*words, "--json", "--by", "news"]) == 0
    plain = json.loads(capsys.readouterr().out)
    assert plain == json.loads((tmp_path / "explain.json").read_text())
    assert set(plain) & set(VIEWS) == {"news"}


@pytest.mark.slow
def test_processes_say_the_same(visit, tmp_path, capsys):
    words = ["explain", VISIT, "--out", str(tmp_path), "--draws", "100", "--jobs", "2", "--no-plots", "--json"]
    assert main(words) == 0
    assert json.loads(capsys.readouterr().out)["source"] == json.loads(json.dumps(visit.to_dict()["source"]))
