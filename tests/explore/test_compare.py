"""Scenarios side by side: differences against closed forms, brute force and repetition; keys; table; the verb."""

from __future__ import annotations

import datetime
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from builders import day, entered, one_stage, prior_as_posterior, two_stage, whole_curves

import forecast
from forecast.answer.run import predict
from forecast.cli.main import main
from forecast.document.dump import dump_scenario
from forecast.document.load import load_scenario
from forecast.errors import FitError
from forecast.explore.differences import share_draws, subtract
from forecast.inference.settings import Settings
from forecast.model.hazards import build_rates
from forecast.model.priors import build_priors, draw_priors
from forecast.model.timeline import build_timeline
from forecast.report.changes import spell_change
from forecast.scenario.changes import Change, find_changes
from forecast.scenario.record import Window

ROOT = Path(__file__).parents[2]
QUESTIONS = ROOT / "tests" / "questions"
VISIT = (QUESTIONS / "visit.yaml").read_text()
QUICK = Settings(draws=500)


def answer(scenario, seed=1, draws=400):
    """Forecast a scenario from prior draws, a posterior of its own for every seed."""
    timeline, fit = build_timeline(scenario.known()), prior_as_posterior(scenario, draws)
    theta = draw_priors(build_priors(scenario.known(), timeline), fit.chains * draws, np.random.default_rng([seed, 9]))
    fit = replace(fit, draws=theta, diagnostics={**fit.diagnostics, "seed": seed}, fingerprint=f"seed {seed}")
    return predict(scenario, timeline, fit)


def until(scenario, number):
    return replace(scenario, window=Window(scenario.window.start, day(number)))


def spell_changes(first, second):
    return [spell_change(change.to_dict()) for change in find_changes(first, second)]


def supposing_none(scenario, number):
    return replace(scenario, evidence=replace(scenario.evidence, no_event_until=day(number)))


def error_by_batches(values, chains=4):
    """Batch means again, a batch at a time."""
    means = []
    for chain in np.split(values, chains):
        length = int(len(chain) ** 0.5)
        means += [np.mean(chain[i * length : (i + 1) * length]) for i in range(len(chain) // length)]
    return np.std(means, ddof=1) / len(means) ** 0.5


# --- differences -------------------------------------------------------------------------------------------------


def test_two_windows_of_one_rate_differ_by_the_closed_form():
    scenario = one_stage(until=20)
    first, second = answer(scenario), answer(until(scenario, 60))
    rate = np.exp(-first.fit.draws["log_stay"][0])
    exact = np.exp(-20 * rate) - np.exp(-60 * rate)
    found = subtract(second, first)
    assert found.common
    assert found.mean == pytest.approx(exact.mean(), abs=1e-12)
    assert found.mcse == pytest.approx(error_by_batches(exact), rel=1e-9)
    assert found.mcse < 0.8 * np.hypot(first.p_event.mcse, second.p_event.mcse)


def test_a_difference_is_that_of_each_draw_by_the_whole_generator():
    """A later episode counts as well, so its seriousness, too, has to be the same on both sides."""
    scenario = two_stage(timeline=[entered(3, "active")], as_of=10, until=25)
    first, second = answer(scenario, draws=25), answer(until(scenario, 60), draws=25)
    timeline = second.timeline
    rates = build_rates(second.fit.draws, timeline.structure, timeline.ahead, timeline.plans)
    frailties = second.ahead.frailties
    np.testing.assert_array_equal(frailties[0], second.fit.draws["z"][timeline.episode])
    np.testing.assert_array_equal(frailties[1], first.ahead.frailties[1])
    by_draw = []
    for draw in range(100):
        incidence, _ = whole_curves(rates, timeline.ahead.days, timeline.stage, frailties, draw)
        by_draw.append(incidence[15:].sum())
    found = subtract(second, first)
    assert found.common
    np.testing.assert_allclose(second.p_draws - first.p_draws, by_draw, rtol=0, atol=1e-9)
    assert found.mean == pytest.approx(np.mean(by_draw), abs=1e-9)
    assert found.mcse == pytest.approx(error_by_batches(np.array(by_draw)), rel=1e-6)


def test_a_scenario_differs_from_itself_by_nothing():
    result = answer(one_stage())
    assert (subtract(result, result).mean, subtract(result, result).mcse) == (0, 0)


@pytest.mark.slow
@pytest.mark.parametrize(
    "learned", [(10, 15), *(pytest.param(days, marks=pytest.mark.slow) for days in ((None, 15), (15, None)))]
)
def test_the_error_of_a_difference_is_its_spread_over_posteriors(learned):
    """What is given weighs the draws, in one scenario or in both by other weights."""
    scenario = one_stage(stay_days=(5, 60), until=40)
    one, other = (scenario if number is None else supposing_none(scenario, number) for number in learned)
    found = [subtract(answer(other, seed), answer(one, seed)) for seed in range(100)]
    assert all(each.common for each in found)
    spread, error = np.std([each.mean for each in found], ddof=1), np.mean([each.mcse for each in found])
    assert error == pytest.approx(spread, rel=0.25)  # the spread of a hundred is known to 7%, each error to 12%


def test_what_is_given_is_weighed_as_brute_force_weighs_it():
    scenario = one_stage(stay_days=(5, 60), until=40)
    first, second = answer(scenario), answer(supposing_none(scenario, 15))
    rate = np.exp(-first.fit.draws["log_stay"][0])
    weight = np.exp(-15 * rate)
    given = (weight * (1 - np.exp(-25 * rate))).sum() / weight.sum()
    assert subtract(second, first).mean == pytest.approx(given - (1 - np.exp(-40 * rate)).mean(), abs=1e-12)


def test_errors_of_two_fits_add_in_quadrature():
    scenario = one_stage()
    one, other = answer(scenario, seed=1), answer(scenario, seed=2)
    found = subtract(other, one)
    assert not found.common
    assert found.mean == other.p_event.mean - one.p_event.mean
    assert found.mcse**2 == pytest.approx(one.p_event.mcse**2 + other.p_event.mcse**2)


def test_one_name_of_two_fits_is_not_believed():
    """A fingerprint alone does not make two sets of draws the same."""
    one, other = answer(one_stage(), seed=1), answer(one_stage(), seed=2)
    assert not share_draws(one, replace(other, fit=replace(other.fit, fingerprint=one.fit.fingerprint)))


@pytest.mark.slow
def test_scenarios_of_one_fit_are_compared_on_its_draws():
    visit = load_scenario(QUESTIONS / "visit.yaml")
    edits = [
        visit,
        replace(visit, window=replace(visit.window, until=datetime.date(2024, 9, 30))),
        visit.do(stage={"agreed": "2024-07-10"}),
        visit.given(no_event_until="2024-08-31"),
        visit.assume(hazard_ratios={"by_air": {"factor": [0.9, 1.1], "reason": "So."}}),
    ]
    _, *rows = forecast.compare_scenarios(edits, engine="quick", settings=QUICK).rows
    assert [row.difference.common for row in rows] == [True, True, True, False]
    for row, scenario in zip(rows, edits[1:], strict=True):
        alone, base = (forecast.run_scenario(each, engine="quick", settings=QUICK) for each in (scenario, visit))
        assert row.difference.mean == pytest.approx(alone.p_event.mean - base.p_event.mean, abs=1e-12)


# --- the median day ----------------------------------------------------------------------------------------------


def test_the_median_day_of_a_constant_rate():
    """Half of 1 - exp(-30 r) is reached at t = -log((1 + exp(-30 r)) / 2) / r; the stay is known to be 20 days."""
    rate, start = 1 / 20, 10
    scenario = one_stage(stay_days=(20, 20 * (1 + 1e-9)), until=40, start=start + 1)
    here, end = np.exp(-start * rate), np.exp(-40 * rate)
    exact = -np.log((here + end) / 2) / rate
    assert answer(scenario).median_day == day(int(np.ceil(exact)))


def test_what_cannot_happen_has_no_median_day():
    scenario = one_stage(stay_days=(9e7, 1e8))
    result = answer(scenario)
    never = replace(result.ahead.curves, alive=np.ones_like(result.ahead.curves.alive))
    assert replace(result, ahead=replace(result.ahead, curves=never)).median_day is None


# --- keys --------------------------------------------------------------------------------------------------------

EDITS = {
    "nothing": ("", "", []),
    "window": ("until: 2024-12-31}", "until: 2025-01-31}", ["window.until 2024-12-31 -> 2025-01-31"]),
    "as_of": (
        "as_of: 2024-06-30\nwindow: {from: 2024-07-01,",
        "as_of: 2024-07-31\nwindow: {from: 2024-08-01,",
        ["as_of 2024-06-30 -> 2024-07-31"],
    ),
    "window's first day": ("from: 2024-07-01, until", "from: 2024-07-05, until", ["window.from + 2024-07-05"]),
    "factor": (
        "south: {factor: [0.5, 2]",
        "south: {factor: [0.5, 3]",
        ["priors.hazard_ratios.south.factor [0.5, 2] -> [0.5, 3]"],
    ),
    "counts": ("{agreed: 3, quiet: 5}", "{agreed: 3, quiet: 6}", ["priors.stages.invited.ends.quiet 5 -> 6"]),
    "a reason": ("reason: Most are let drop.", "reason: Few are kept.", []),
    "otherwise, not in force": ("factor: [0.5, 2]}}", "factor: [0.5, 9]}}", []),
    "attribute": (
        "{place: north, days_away: 3,",
        "{place: north, days_away: 4,",
        ["itineraries.north-by-sea.days_away 3 -> 4"],
    ),
    "an entry": (
        "{from: 2024-05-01, stage: invited,",
        "{from: 2024-05-01, stage: agreed,",
        ["timeline - {from: 2024-05-01, stage: invited}", "timeline + {from: 2024-05-01, stage: agreed}"],
    ),
    "silent": ("silent: [invited]", "silent: [invited, agreed]", ["silent [invited] -> [invited, agreed]"]),
}


@pytest.mark.parametrize(("before", "after", "expected"), EDITS.values(), ids=EDITS)
def test_the_keys_that_differ(before, after, expected, tmp_path):
    assert not before or VISIT.count(before) == 1
    (tmp_path / "edited.yaml").write_text(VISIT.replace(before, after) if before else VISIT)
    edited = load_scenario(tmp_path / "edited.yaml")
    assert sorted(spell_changes(load_scenario(QUESTIONS / "visit.yaml"), edited)) == sorted(expected)


def test_a_fact_of_another_day_is_a_key_and_so_is_what_is_not_known_yet():
    visit = load_scenario(QUESTIONS / "visit.yaml")
    fact = replace(visit.facts["gossip-2024"], public=datetime.date(2024, 7, 4))
    later = replace(visit, facts={**visit.facts, "gossip-2024": fact})
    texts = spell_changes(visit, later)
    assert texts[0] == "facts.gossip-2024.public 2024-06-01 -> 2024-07-04"
    assert re.match("timeline - {plan: gossip, ", texts[1])


def test_of_a_prior_what_is_in_force_is_compared():
    """Before the festival is announced its ratio is the other interval, which an assumption replaces."""
    visit = replace(load_scenario(QUESTIONS / "visit.yaml"), as_of=datetime.date(2024, 5, 1))
    assumed = visit.assume(hazard_ratios={"festival": {"factor": [1, 3], "reason": "So."}})
    assert find_changes(visit, assumed) == (Change("priors.hazard_ratios.festival.factor", [0.5, 2.0], [1.0, 3.0]),)


def test_what_became_public_meanwhile_is_no_difference_beside_as_of():
    base = ROOT / "scenarios"
    early, late = (load_scenario(base / f"{name}.yaml") for name in ("january-2015", "may"))
    assert [change.key for change in find_changes(early, late)] == ["as_of", "window.until"]


def test_verbs_are_keys():
    visit = load_scenario(QUESTIONS / "visit.yaml")
    done = visit.do(stage={"agreed": "2024-07-10"}, hazard_ratios={"south": {"factor": 2}})
    assert find_changes(visit, done) == (
        Change("do.stage.agreed", None, "2024-07-10"),
        Change("do.hazard_ratios.south.factor", None, 2.0),
    )
    assert find_changes(done, visit) == (
        Change("do.stage.agreed", "2024-07-10", None),
        Change("do.hazard_ratios.south.factor", 2.0, None),
    )
    assert spell_changes(visit, visit.given(no_event_until="2024-08-31")) == ["given.no_event_until + 2024-08-31"]


def test_a_resolved_scenario_does_not_differ_from_its_file(tmp_path):
    for path in sorted((ROOT / "scenarios").glob("*.yaml")):
        scenario = load_scenario(path)
        (tmp_path / path.name).write_text(dump_scenario(scenario))
        assert find_changes(scenario, load_scenario(tmp_path / path.name)) == (), path


# --- the table ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def twenty():
    visit = load_scenario(QUESTIONS / "visit.yaml")
    names = [f"what-if-somebody-wrote-the-whole-assumption-into-the-name-of-scenario-{index}" for index in range(20)]
    days = [replace(visit, window=replace(visit.window, until=day(1700 + 5 * index))) for index in range(20)]
    return forecast.compare_scenarios(
        [replace(scenario, name=name) for scenario, name in zip(days, names, strict=True)],
        engine="quick", settings=Settings(draws=250),
    )  # fmt: skip


def test_twenty_scenarios_with_long_names_stay_readable(twenty):
    lines = str(twenty).splitlines()
    assert max(map(len, lines)) <= 110
    for number, row in enumerate(twenty.rows, 1):
        assert f"{number:>2} {row.scenario.name}" in lines  # whole, and its numbers on the line below
        numbers = lines[lines.index(f"{number:>2} {row.scenario.name}") + 1]
        lo, hi = row.p_event.eti90
        assert re.match(rf" +{row.p_event.mean:.2f} +{lo:.2f} to {hi:.2f} ", numbers)


def test_many_places_are_summed_where_there_is_no_room():
    places = [f"a-place-that-is-far-away-{index}" for index in range(12)]
    rows = forecast.compare_scenarios([one_stage(places=places, as_of=5)], engine="quick", settings=QUICK)
    text = str(rows)
    assert "other places" in text
    assert max(map(len, text.splitlines())) <= 110
    cells = re.search(r"^1 test.*", text, re.M)[0].split()
    assert sum(map(float, cells[6:-1])) == pytest.approx(float(cells[2]), abs=0.06)  # twelve roundings


def test_the_mark_of_another_fit_is_explained_where_it_stands():
    scenario = one_stage(as_of=5)
    other = replace(scenario, name="other").assume(stages={"waiting": {"stay": {"mean": [10, 40]}, "reason": "So."}})
    same = until(scenario, 60)
    for second, marked in ((other, True), (same, False)):
        text = str(forecast.compare_scenarios([scenario, second], engine="quick", settings=QUICK))
        assert bool(re.search(r"±0[.]\d{3}\*$", text, re.M)) == ("another fit" in text) == marked


def test_a_notebook_shows_the_same(twenty):
    page = twenty._repr_html_()
    assert page.count("<tr>") == 21
    assert all(row.scenario.name in page for row in twenty.rows)
    assert "window.until" in page


def test_nothing_to_compare():
    with pytest.raises(ValueError, match="at least one scenario to compare; found none"):
        forecast.compare_scenarios([])


# --- the verb ----------------------------------------------------------------------------------------------------

CHILD = "extends: visit.yaml\nwindow: {until: 2024-10-31}\n"
READINGS = "readings: {none-yet: {recode: {invited-2024: none}, reason: A courtesy.}}\n"


@pytest.fixture
def files(tmp_path):
    (tmp_path / "visit.yaml").write_text(VISIT)
    (tmp_path / "october.yaml").write_text(CHILD + READINGS)
    return [str(tmp_path / name) for name in ("visit.yaml", "october.yaml")]


def compare(*arguments):
    return main(["compare", *arguments, "--quick", "--draws", "500"])


def test_it_writes_a_figure_and_a_file_and_prints_the_table(files, tmp_path, capsys):
    assert compare(*files, "--out", str(tmp_path / "out")) == 0
    printed = capsys.readouterr()
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["compare.json", "compare.png"]
    assert (tmp_path / "out" / "compare.png").read_bytes().startswith(b"\x89PNG")
    assert re.search("^1 visit ", printed.out, re.M)
    assert "P over other readings of the facts" in printed.out
    found = json.loads((tmp_path / "out" / "compare.json").read_text())
    first, second = found["scenarios"]
    assert (first["scenario"], first["difference"], first["changes"]) == ("visit", None, [])
    assert second["difference"].keys() == {"mean", "mcse", "draws"}
    assert second["difference"]["draws"] == "common"
    expected = second["p_event"]["mean"] - first["p_event"]["mean"]
    assert second["difference"]["mean"] == pytest.approx(expected, abs=1e-12)
    assert {"key": "window.until", "before": "2024-12-31", "after": "2024-10-31"} in second["changes"]
    means = [second["p_event"]["mean"], second["readings"]["none-yet"]["p_event"]["mean"]]
    assert second["readings_range"] == [min(means), max(means)]
    assert "readings" not in first
    capsys.readouterr()
    assert compare(*files, "--out", str(tmp_path / "again"), "--json") == 0
    assert json.loads(capsys.readouterr().out) == found


def test_bad_input_in_any_file_tells_all_and_writes_nothing(tmp_path, capsys):
    (tmp_path / "visit.yaml").write_text(VISIT.replace("silent:", "slient:"))
    (tmp_path / "one.yaml").write_text(CHILD)
    (tmp_path / "two.yaml").write_text(CHILD.replace("2024-10-31", "2024-10-32"))
    names = [str(tmp_path / name) for name in ("one.yaml", "two.yaml", "nowhere.yaml")]
    assert compare(*names, "--out", str(tmp_path / "out")) == 2
    said = capsys.readouterr()
    assert said.out == ""
    lines = said.err.splitlines()
    assert len(lines) == 3  # what both children have from their base is told once
    assert sum("slient: unknown key; did you mean silent?" in line for line in lines) == 1
    assert sum("two.yaml:2:17: window.until" in line for line in lines) == 1
    assert sum("nowhere.yaml" in line for line in lines) == 1
    assert not (tmp_path / "out").exists()


def test_a_file_in_the_way_is_refused(files, tmp_path, capsys):
    assert compare(*files, "--out", files[0]) == 2
    assert "is not a folder; choose another with --out" in capsys.readouterr().err
    assert (tmp_path / "visit.yaml").read_text() == VISIT


def test_a_scenario_whose_fit_fails_is_named(files, tmp_path, capsys):
    """Four draws cannot have 400 effective ones that agree with what is given; the others have theirs."""
    (tmp_path / "learned.yaml").write_text(CHILD + "given: {no_event_until: 2024-09-30}\n")
    names = [*files, str(tmp_path / "learned.yaml")]
    assert main(["compare", *names, "--quick", "--draws", "1", "--out", str(tmp_path / "out")]) == 3
    assert re.search("^learned: what is given agrees with too few draws", capsys.readouterr().err, re.M)
    assert not (tmp_path / "out").exists()


def test_a_failing_fit_is_named_in_python():
    scenario = supposing_none(one_stage(as_of=5, until=40), 20)
    with pytest.raises(FitError, match=r"^test: what is given agrees with too few draws"):
        forecast.compare_scenarios([scenario], engine="quick", settings=Settings(draws=1))
