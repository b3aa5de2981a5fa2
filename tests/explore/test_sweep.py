"""Sweeps: rows that equal single runs, points of a design, and a file that survives any cut."""

from __future__ import annotations

import csv
import datetime
import io
import itertools
import json
import multiprocessing
import os
import shutil
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from builders import one_stage
from figures import labelled, words
from processes import run_and_list
from scipy import stats

import forecast
from forecast.answer.run import predict
from forecast.cli.main import main
from forecast.cli.progress import Progress
from forecast.errors import ForecastError, InputError, OutputError
from forecast.explore.design import Axis, Design, build_design
from forecast.explore.evaluate import Evaluator, RowAnswer
from forecast.explore.figures import average_by_key
from forecast.explore.level import Level, Shared, steady
from forecast.explore.rows import Table
from forecast.explore.sweep import BATCH, Sweep, sweep_scenario
from forecast.explore.workers import start_processes
from forecast.model.timeline import build_timeline
from forecast.scenario.keys import Slot

DAY = datetime.date.fromisoformat
MULTILATERAL = "priors.hazard_ratios.multilateral"


@pytest.fixture(scope="module")
def treaty():
    return forecast.load_scenario("tests/questions/treaty.yaml")


def sweep_until(treaty, days=8, **settings) -> Sweep:
    """Vary the last day of the window: cheap rows, all of them different."""
    return sweep_scenario(
        treaty, {"window.until": f"2026-04-01:2026-12-31:{days}"}, draws=20, engine="quick", **settings
    )


def column(sweep, rows, name):
    return [row[sweep.columns.index(name)] for row in rows]


# --- what rows say -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("vary", "edit"),
    [
        ({"window.until": ["2025-04-30"]}, lambda s: replace(s, window=replace(s.window, until=DAY("2025-04-30")))),
        ({"do.hazard_ratios.multilateral": [0.9]}, lambda s: s.do(hazard_ratios={"multilateral": {"factor": 0.9}})),
        ({"do.stage.announced": ["2025-04-28"]}, lambda s: s.do(stage={"announced": "2025-04-28"})),
        ({"given.no_event_until": ["2025-04-28"]}, lambda s: s.given(no_event_until="2025-04-28")),
    ],
)
def test_a_row_right_of_as_of_is_a_run_with_the_same_draws(vary, edit, may, scenario_may, monkeypatch):
    monkeypatch.setattr("forecast.answer.ahead.check_agreement", lambda *_: None)  # there are but 400 draws here
    sweep = sweep_scenario(scenario_may, vary, draws=400)
    sweep.level = None  # by which rows are put right
    (row,) = sweep.rows
    every = slice(None, None, may.fit.draws["log_stay"].shape[-1] // 400)
    draws = {name: values[:, every] for name, values in may.fit.draws.items()}
    edited = edit(scenario_may)
    run = predict(edited, build_timeline(edited.known()), replace(may.fit, draws=draws))
    expected = [run.p_event.mean, *(place.mean for place in run.places.values())]
    assert row[-2:] == ("nuts", "")
    assert row[2:-3] == pytest.approx(expected, rel=1e-9)


def assume_multilateral(scenario):
    half = np.log(0.5 / 0.02) / 2
    interval = {"factor": [float(np.exp(-half)), float(np.exp(half))], "reason": "another view"}
    return scenario.assume(hazard_ratios={"multilateral": interval})


def look_from_2024(scenario):
    return replace(scenario, as_of=DAY("2024-01-01"), window=replace(scenario.window, start=DAY("2024-01-02")))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("key", "value", "edit"),
    [(f"{MULTILATERAL}.median", 1.0, assume_multilateral), ("as_of", "2024-01-01", look_from_2024)],
    ids=["another prior", "other episodes"],
)
def test_a_row_that_needs_another_fit_agrees_with_a_run(key, value, edit, scenario_may):
    """4 Monte Carlo errors of both; a draw of the sweep counts for half of one at least, as its weights differ."""
    sweep = sweep_scenario(scenario_may, {key: [value]}, draws=3000)
    (row,) = sweep.rows
    run = forecast.run_scenario(edit(scenario_may), engine="quick")
    error = np.hypot(run.p_event.mcse, run.p_draws.std() / np.sqrt(0.5 * 3000))
    assert run.fit.diagnostics["engine"] == "quick"
    assert column(sweep, [row], "engine") == ["quick"]
    assert abs(column(sweep, [row], "p")[0] - run.p_event.mean) < 4 * error


def test_differences_between_rows_are_far_more_exact_than_rows(scenario_may):
    """With 200 draws the error of a row is about 0.02, yet P rises with each step, as it must, and smoothly."""
    sweep = sweep_scenario(scenario_may, {MULTILATERAL: "0.02:1:12"}, draws=200)
    p = np.array(column(sweep, sweep.rows, "p"))
    steps = np.diff(p)
    assert (steps > 0).all()
    assert (np.diff(steps) > -0.0005).all()


def test_places_add_up_and_scenarios_as_they_are_agree(treaty):
    sweep = sweep_scenario(treaty, {"priors.stages.talks.stay": "100:1000:4"}, draws=50)
    for row in sweep.rows:
        assert sum(row[3:-3]) == pytest.approx(row[2])
    assert sweep.columns == ("index", "priors.stages.talks.stay", "p", "p_capital", "mcse", "engine", "error")


def test_a_known_rate_gives_the_closed_form():
    """One stage without history whose stay is fixed: P = 1 - exp(-days / stay), whatever the draws."""
    sweep = sweep_scenario(
        one_stage(until=30), {"priors.stages.waiting.stay": [20, 60], "window.until": ["2020-01-11"]}
    )
    assert column(sweep, sweep.rows, "p") == pytest.approx([1 - np.exp(-10 / 20), 1 - np.exp(-10 / 60)], rel=1e-9)


def test_a_fact_that_is_taken_away_takes_its_plan_away(scenario_may):
    sweep = sweep_scenario(scenario_may, {"facts.telegram-3-5-may": ["on", "off"]}, draws=200)
    with_it, without = column(sweep, sweep.rows, "p_vladivostok")
    assert with_it > without + 0.03


def test_a_combination_that_makes_no_sense_is_a_row_that_says_so(treaty):
    sweep = sweep_scenario(
        treaty, {"as_of": ["2026-03-02", "2026-06-01"], "window.until": ["2026-05-01", "2026-12-31"]}, draws=20
    )
    errors = column(sweep, sweep.rows, "error")
    assert [bool(error) for error in errors] == [False, False, True, False]
    assert errors[2].startswith("window.until: expected a day on or after the window's first, 2026-06-02")
    assert column(sweep, sweep.rows, "p")[2] is None


@pytest.mark.parametrize("last", ["9999-12-31", "9000-12-31"])
def test_the_last_day_that_there_is_makes_no_sense_and_says_so(last, treaty):
    """No window begins after it, or no forecast reaches it: alone it is refused, among others it is a row."""
    with pytest.raises(InputError, match=r"expected a day"):
        sweep_scenario(treaty, {"as_of": ["2026-03-02", last]}, draws=20)
    try:
        sweep = sweep_scenario(treaty, {"as_of": ["2026-03-02", last], "window.until": ["2026-12-31", last]}, draws=20)
    except InputError as error:
        assert f"found {last!r}" in str(error)  # noqa: PT017 - beyond what may be written at all
        return
    assert [bool(error) for error in column(sweep, sweep.rows, "error")] == [False, True, True, True]
    assert [p is None for p in column(sweep, sweep.rows, "p")] == [False, True, True, True]


def test_a_row_that_the_gate_refuses_says_so(treaty, monkeypatch):
    monkeypatch.setattr("forecast.inference.common.gate", lambda _: "Pareto k 0.90 above 0.7")
    sweep = sweep_scenario(treaty, {"priors.stages.talks.stay": [300]}, draws=20)
    (row,) = sweep.rows
    assert row[2:] == (None, None, None, "refused", "Pareto k 0.90 above 0.7")


def test_what_is_given_must_agree_with_enough_draws():
    """With a rate of once in hours or days, hardly a draw leaves a month without the event."""
    scenario = one_stage(stay_days=(0.05, 5), until=40)
    sweep = sweep_scenario(scenario, {"given.no_event_until": ["2020-01-03", "2020-02-05"]}, draws=200, engine="quick")
    soon, late = column(sweep, sweep.rows, "error")
    assert soon == ""
    assert late.startswith("what is given agrees with too few draws: their effective number is")


# --- their level ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "vary", [{"window.until": ["2025-05-31"]}, {"priors.hazard_ratios.multilateral.median": [0.1]}]
)
def test_a_row_that_changes_nothing_is_the_forecast_place_by_place(vary, may, scenario_may):
    sweep = sweep_scenario(scenario_may, vary, draws=20)
    (row,) = sweep.rows
    expected = [may.p_event.mean, *(place.mean for place in may.places.values())]
    assert row[2:-3] == pytest.approx(expected, rel=1e-9)
    assert row[-3] == pytest.approx(may.p_event.mcse, rel=1e-6)


@pytest.fixture(scope="module")
def seeds():
    """Rows of a question whose P is known, over 40 seeds, with their level and without it: (seeds, rows, 2)."""
    found = []
    for seed in range(1, 41):
        for level in (True, False):
            scenario = one_stage(stay_days=(20, 200), until=30)
            vary = {
                "window.until": ["2020-01-02", "2020-01-31", "2020-12-31"],
                "priors.stages.waiting.stay.median": MIDDLES,
            }
            sweep = sweep_scenario(scenario, vary, engine="quick", draws=100, seed=seed)
            if not level:
                sweep.level = None
            found.append(list(zip(*(column(sweep, sweep.rows, name) for name in ("p", "mcse")), strict=True)))
    return np.reshape(found, (40, 2, 6, 2))


MIDDLES = [np.sqrt(20 * 200), 30.0]


def find_truth():
    """Integrate 1 - exp(-days / stay) over a lognormal stay, by Gauss-Hermite quadrature."""
    x, weight = np.polynomial.hermite_e.hermegauss(80)
    sd = np.log(200 / 20) / 2 / stats.norm.ppf(0.95)
    days = np.repeat([1, 30, 365], 2)
    stay = np.exp(np.log(np.tile(MIDDLES, 3))[:, None] + sd * x)
    return (1 - np.exp(-days[:, None] / stay)) @ weight / weight.sum()


def test_rows_are_right_within_what_they_say(seeds):
    """Their errors, over the seeds, are those that are stated, within their own noise of a tenth and a bit."""
    for which in (0, 1):
        missed = seeds[:, which, :, 0] - find_truth()
        ratio = np.sqrt((missed**2).mean(axis=0) / (seeds[:, which, :, 1] ** 2).mean(axis=0))
        assert (ratio > 0.5).all(), ratio  # systematic choice of draws is better than chance
        assert (ratio < 1.4).all(), ratio


def test_a_level_that_is_known_makes_rows_better_and_none_worse(seeds):
    missed = np.sqrt(((seeds[..., 0] - find_truth()) ** 2).mean(axis=0))
    assert (missed[0] < 1.05 * missed[1]).all()
    assert missed[0, 2] < missed[1, 2] / 5  # the scenario as it is


def test_a_level_that_cannot_be_is_left_as_it_was():
    base, level = Shared(np.array([[0.2, 0.6, 0.4]]), np.ones(3)), Level((0.9,), ((0.0001,),), "quick")
    steep = Shared(np.array([[0.4, 1.0, 0.7]]), np.ones(3))
    places, mcse = steady(steep, base, level)
    assert places == pytest.approx([0.7])  # and not 0.7 + 1.5 * 0.5
    assert mcse == pytest.approx(0.3 / np.sqrt(3))
    low = Shared(np.array([[0.2, 0.0, 0.1]]), np.ones(3))
    assert steady(low, base, level)[0] == pytest.approx([0.1])  # and not 0.1 - 0.5 * 0.5
    mild = Shared(np.array([[0.1, 0.3, 0.2]]), np.ones(3))
    places, mcse = steady(mild, base, level)
    assert places == pytest.approx([0.2 + 0.5 * 0.5])
    assert mcse == pytest.approx(0.5 * 0.01)
    assert steady(Shared(np.array([[0.3]]), np.ones(1)), None, None) == (pytest.approx([0.3]), None)


def test_a_table_that_is_gone_on_with_keeps_its_level(treaty, tmp_path, monkeypatch):
    """As where a posterior by NUTS is stored meanwhile; a level that somebody has changed is noticed."""
    sweep_until(treaty, 2 * BATCH).write(tmp_path / "whole.csv")

    def stop(done, _total):
        if done >= BATCH:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweep_until(treaty, 2 * BATCH).write(tmp_path / "s.csv", progress=stop)
    begun = sweep_until(treaty).level
    monkeypatch.setattr("forecast.explore.sweep.find_any_level", lambda *_: replace(begun, places=(0.5,)))
    later = sweep_until(treaty, 2 * BATCH)
    assert later.rows[0][2] != read_csv(tmp_path / "whole.csv")[0]["p"]
    later.write(tmp_path / "s.csv")
    assert later.level == begun
    assert (tmp_path / "s.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert column(later, later.rows, "p") == [float(row["p"]) for row in read_csv(tmp_path / "s.csv")]
    with sqlite3.connect(tmp_path / "s.csv.sqlite") as connection:
        connection.execute("UPDATE sweep SET value = replace(value, '0.', '0.1') WHERE name = 'level'")
    connection.close()
    refuse(sweep_until(treaty, 2 * BATCH), tmp_path / "s.csv", "its rows are not those that were written")


# --- what is varied ------------------------------------------------------------------------------------------------


def test_a_grid_has_all_combinations_the_last_key_fastest(scenario_may):
    vary = {MULTILATERAL: "0.25:1:3", "window.until": "2025-05-01:2025-05-03:3", "facts.telegram-3-5-may": "on,off"}
    _, design = build_design(scenario_may, vary)
    days = [DAY(f"2025-05-0{number}") for number in (1, 2, 3)]
    expected = itertools.product([0.25, 0.5, 1.0], days, ["on", "off"])
    for index, point in enumerate(expected):
        assert design.point(index) == (pytest.approx(point[0]), *point[1:])
    assert len(design) == 18


@pytest.mark.parametrize(
    ("key", "spec", "expected"),
    [
        ("priors.plans.leak.kept", "0.1:0.5:3", [0.1, 0.3, 0.5]),
        ("priors.plans.leak.meanwhile", "0.25:1:3", [0.25, 0.5, 1.0]),
        ("priors.stages.preparing.stay.median", "30:120:3", [30, 60, 120]),
        ("priors.stages.preparing.ends.quiet", "1:5:3", [1, 3, 5]),
        ("itineraries.moscow-by-train.days_away", "3:20:18", list(range(3, 21))),
        ("itineraries.moscow-by-train.days_away", "3, 7", [3, 7]),
    ],
)
def test_factors_go_by_equal_factors_and_the_rest_by_equal_steps(key, spec, expected, scenario_may):
    _, design = build_design(scenario_may, {key: spec})
    assert list(design.axes[0].values) == pytest.approx(expected)


def test_a_latin_hypercube_has_one_point_in_each_slice_of_each_key(scenario_may):
    vary = {MULTILATERAL: "0.01:1", "priors.plans.leak.kept": "0.1:0.6", "facts.telegram-3-5-may": "on,off"}
    _, design = build_design(scenario_may, vary, sample=40)
    points = [design.point(index) for index in range(len(design))]
    assert sorted(int(40 * np.log(x / 0.01) / np.log(100)) for x, _, _ in points) == list(range(40))
    assert sorted(int(40 * (y - 0.1) / 0.5) for _, y, _ in points) == list(range(40))
    assert sorted(z for _, _, z in points) == ["off"] * 20 + ["on"] * 20
    _, other = build_design(scenario_may, vary, sample=40, seed=2)
    assert other.point(0) != points[0]


@pytest.mark.parametrize(
    ("key", "spec", "message"),
    [
        (MULTILATERAL, "0.02:1", "expected lo:hi:n, .*; found 0.02:1"),
        (MULTILATERAL, "1:0.02:5", "expected lo:hi:n"),
        (MULTILATERAL, "0.02:1:1", "expected lo:hi:n"),
        (MULTILATERAL, "0.02:1:x", "expected lo:hi:n"),
        (MULTILATERAL, "0:1:5", "expected a range above 0, because its steps are steps of the logarithm; found 0:1:5"),
        (MULTILATERAL, "much", "expected a number; found 'much'"),
        (MULTILATERAL, "0.2,0.2", "expected different values, at least one; found 0.2,0.2"),
        (MULTILATERAL, "-1", r"expected two numbers above 0; found .* \(with priors.hazard_ratios.multilateral=-1.0\)"),
        ("priors.plans.leak.kept.median", "0.5,1.5", "expected two numbers above 0 and below 1"),
        ("priors.seriousness.median", "0.5", "expected two numbers above 1"),
        ("itineraries.moscow-by-train.days_away", "-3", "expected a number of 0 or more; found -3"),
        ("window.until", "2025-02-30", "expected a day that is in the calendar"),
        ("window.until", "2025-05-01:2025-05-03:9", "expected at most as many steps as there are days, 3"),
        ("window.until", "2020-01-01", "expected a day on or after the window's first"),
        ("given.no_event_until", "2025-03-01", "What is dated up to as_of is a fact"),
        ("facts.telegram-3-5-may", "on,of", "expected on or off; found 'of'"),
        ("facts.telegram-3-5-may", "on:off:2", "expected on,off; found on:off:2"),
    ],
)
def test_values_that_cannot_be_used(key, spec, message, scenario_may):
    with pytest.raises(InputError, match=message):
        build_design(scenario_may, {key: spec})


def test_more_rows_than_can_be_done_are_refused(scenario_may):
    with pytest.raises(InputError, match="expected at most 10,000,000 rows; found 16,000,000"):
        build_design(scenario_may, {MULTILATERAL: "0.1:1:4000", "priors.plans.leak.kept": "0.1:0.9:4000"})
    with pytest.raises(InputError, match="expected lo:hi:n"):
        build_design(scenario_may, {MULTILATERAL: "0.1:1:99999999999"})


def test_how_many_rows_is_told_before_there_are_values(scenario_may):
    """Three axes of ten million values: nothing is made of them; a number of many digits is none."""
    many = {"priors.seriousness": "1.2:4:10000000", MULTILATERAL: "0.1:1:10000000", "priors.plans.leak.kept": "0.1,0.2"}
    with pytest.raises(InputError, match=r"found 200,000,000,000,000\. Take fewer values, or a sample of the grid"):
        build_design(scenario_may, many)
    _, design = build_design(scenario_may, many, sample=3)
    assert len(design) == 3
    with pytest.raises(InputError, match="expected lo:hi:n"):
        build_design(scenario_may, {MULTILATERAL: f"0.1:1:{'9' * 5000}"})


def test_all_that_is_wrong_comes_at_once(scenario_may):
    vary = {"prior": "1", MULTILATERAL: "x", f"{MULTILATERAL}.median": "0.1", f"{MULTILATERAL}.factor": "0.2"}
    with pytest.raises(InputError, match="unknown key") as caught:
        build_design(scenario_may, vary)
    assert len(caught.value.problems) == 3
    assert f"is varied twice, as {MULTILATERAL}.median too; leave one out" in str(caught.value)
    with pytest.raises(InputError, match="at least one key to vary"):
        build_design(scenario_may, {})


def test_no_row_holds_what_is_not_a_number(treaty, tmp_path, monkeypatch):
    answers = iter([RowAnswer(0.2, (0.2,), "quick"), RowAnswer(float("nan"), (float("nan"),), "quick")])
    monkeypatch.setattr(Evaluator, "answer", lambda *_: next(answers))
    sweep = sweep_until(treaty, 2)
    sweep.write(tmp_path / "s.csv")
    good, bad = read_csv(tmp_path / "s.csv")
    assert (good["p"], good["error"]) == ("0.2", "")
    assert (bad["p"], bad["p_capital"], bad["engine"]) == ("", "", "quick")
    assert bad["error"] == "P is not a number: no draw has any weight"


# --- who computes --------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_processes_and_threads_compute_what_one_does(treaty):
    alone = sweep_until(treaty, 2 * BATCH + 3)
    with start_processes(2) as executor:
        assert sweep_until(treaty, 2 * BATCH + 3, executor=executor).rows == alone.rows
    with ThreadPoolExecutor(3) as executor:
        assert sweep_until(treaty, 2 * BATCH + 3, executor=executor).rows == alone.rows
    assert tuple(itertools.chain(*alone.compute(start=BATCH + 1))) == alone.rows[BATCH + 1 :]


def test_batches_in_work_are_bounded(treaty, monkeypatch):
    """Of many batches no more are handed out than the bound and the one that is waited for."""
    monkeypatch.setattr("forecast.explore.workers.IN_WORK", 2)
    taken = 0

    class Counting(ThreadPoolExecutor):
        def submit(self, *arguments):
            nonlocal taken
            taken += 1
            return super().submit(*arguments)

    with Counting(1) as executor:
        batches = sweep_until(treaty, 6 * BATCH, executor=executor).compute()
        next(batches)
        assert taken == 3
        batches.close()


def test_a_process_that_dies_is_told(treaty):
    with start_processes(2) as executor:
        rows = iter(sweep_until(treaty, 8 * BATCH, executor=executor))
        next(rows)
        for process in multiprocessing.active_children():
            process.kill()
        with pytest.raises(ForecastError, match="a process of the sweep died"):
            list(rows)


# --- the file ------------------------------------------------------------------------------------------------------


def read_csv(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def make_table(folder, fingerprint="f" * 32, suffix=".csv") -> Table:
    kinds = {"index": "whole", "key": "text", "day": "date", "p": "number"}
    return Table(folder / f"t{suffix}", kinds, fingerprint)


def make_row(number):
    """Return a row with a text that CSV must quote, a day, and a number of many digits or none."""
    return (number, f'a,"{number}', DAY("2026-03-02") + datetime.timedelta(number), number / 7 if number % 5 else None)


def fill(table, upto=40):
    """Write the rows that a table lacks, three at a time."""
    with table.open() as writer:
        for first in range(writer.done, upto, 3):
            writer.append([make_row(number) for number in range(first, min(first + 3, upto))])
        writer.finish()


def test_rows_come_back_as_they_were_written(tmp_path):
    table = make_table(tmp_path)
    fill(table)
    assert list(table.read()) == [make_row(number) for number in range(40)]
    expected = [["" if cell is None else str(cell) for cell in make_row(number)] for number in range(40)]
    assert [list(row.values()) for row in read_csv(table.path)] == expected
    assert sorted(path.name for path in tmp_path.iterdir()) == ["t.csv", "t.csv.sqlite"]


@pytest.mark.parametrize("upto", [0, 3, 21, 40])
def test_a_table_that_was_stopped_is_gone_on_with(upto, tmp_path):
    whole, cut = (make_table(tmp_path / name) for name in ("whole", "cut"))
    fill(whole)
    with cut.open() as writer:
        for first in range(0, upto, 3):
            writer.append([make_row(number) for number in range(first, min(first + 3, upto))])
    assert not cut.path.exists()
    with cut.open() as writer:
        assert writer.done == upto
    fill(cut)
    assert cut.path.read_bytes() == whole.path.read_bytes()


def test_a_batch_that_fails_leaves_no_row(tmp_path):
    table = make_table(tmp_path)
    with table.open() as writer, pytest.raises(OutputError, match=r"cannot use .*t\.csv\.sqlite: UNIQUE"):
        writer.append([make_row(0), make_row(1), make_row(0)])
    with table.open() as writer:
        assert writer.done == 0


def test_a_full_disk_is_told_and_the_rows_before_it_are_kept(tmp_path):
    table = make_table(tmp_path)
    with table.open() as writer:
        writer.append([make_row(0)])
        writer.connection.execute("PRAGMA max_page_count = 8")
        with pytest.raises(OutputError, match=r"t\.csv\.sqlite: database or disk is full; choose another --out"):
            writer.append([make_row(number) for number in range(1, 5000)])
    with table.open() as writer:
        assert writer.done == 1


def test_what_a_kill_left_of_an_export_is_cleared(tmp_path):
    table = make_table(tmp_path)
    (tmp_path / f".t.csv.{'ab' * 8}.part").write_text("index,ke")
    fill(table)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["t.csv", "t.csv.sqlite"]


@pytest.mark.slow
def test_a_killed_batch_leaves_no_row(tmp_path):
    """What a process had written of a batch when it died is as if it had never been."""
    table = make_table(tmp_path)
    fill_and_die = (
        "import os, sys; from test_sweep import fill, make_row, make_table; import pathlib\n"
        "with make_table(pathlib.Path(sys.argv[1])).open() as writer:\n"
        "    writer.append([make_row(0), make_row(1)])\n"
        "    writer.connection.execute('BEGIN')\n"
        "    writer.connection.execute('INSERT INTO rows VALUES (2, 3)')\n"
        "    os._exit(9)"
    )
    done = subprocess.run([sys.executable, "-c", fill_and_die, str(tmp_path)], env=at_tests(), check=False)
    assert done.returncode == 9
    with table.open() as writer:
        assert writer.done == 2


def at_tests():
    return os.environ | {"PYTHONPATH": "tests:tests/explore"}


@pytest.mark.parametrize("rows", [0, 1, 4])
def test_a_stopped_sweep_ends_as_the_whole_one(rows, treaty, tmp_path):
    sweep_until(treaty, 4 * BATCH).write(tmp_path / "whole.csv")

    def stop(done, _total):
        if done >= rows * BATCH:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweep_until(treaty, 4 * BATCH).write(tmp_path / "s.csv", progress=stop)
    assert not (tmp_path / "s.csv").exists()
    assert sweep_until(treaty, 4 * BATCH).write(tmp_path / "s.csv") == rows * BATCH
    assert (tmp_path / "s.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_a_finished_sweep_is_not_computed_again(treaty, tmp_path, monkeypatch):
    path = tmp_path / "s.csv"
    written = sweep_until(treaty)
    written.write(path)
    before = path.read_bytes()
    monkeypatch.setattr(Evaluator, "answer", lambda *_: pytest.fail("computed again"))
    assert column(written, written, "index") == list(range(8))
    assert column(written, written, "window.until")[::7] == [DAY("2026-04-01"), DAY("2026-12-31")]
    assert sweep_until(treaty).write(path) == 8
    path.unlink()  # as a kill leaves it, just before the table has its name
    assert sweep_until(treaty).write(path) == 8
    assert path.read_bytes() == before


def test_rows_at_hand_are_written_and_not_computed_again(treaty, tmp_path, monkeypatch):
    sweep = sweep_until(treaty)
    p = [row[2] for row in sweep.rows]
    monkeypatch.setattr(Evaluator, "answer", lambda *_: pytest.fail("computed again"))
    sweep.write(tmp_path / "s.csv")
    assert [float(row["p"]) for row in read_csv(tmp_path / "s.csv")] == p


def refuse(sweep, path, match):
    """Hold that a sweep leaves a file alone, and everything beside it, and says what to do."""
    before = {file.name: file.read_bytes() for file in path.parent.iterdir() if file.is_file()}
    with pytest.raises(OutputError, match=rf"{match}.*\. Choose another --out, or delete {path.parent}") as caught:
        sweep.write(path)
    assert caught.value.exit_code == 2
    assert {file.name: file.read_bytes() for file in path.parent.iterdir() if file.is_file()} == before


def test_a_file_of_another_sweep_is_left_alone(treaty, tmp_path):
    path = tmp_path / "s.csv"
    sweep_until(treaty).write(path)
    for other in (sweep_until(treaty, 7), sweep_until(treaty, seed=2)):
        refuse(other, path, "the table of another sweep: scenario, keys, values, draws or seed differ")
    path.write_text(path.read_text().replace("2026-04-01", "2026-04-02"))
    refuse(sweep_until(treaty), path, "it is not what this sweep wrote")
    path.with_name("s.csv.sqlite").unlink()
    refuse(sweep_until(treaty), path, r"s\.csv\.sqlite, which says of what sweep it is, does not lie beside it")


def test_notes_and_reasons_are_no_part_of_a_sweep(tmp_path):
    """Who corrects a spelling goes on where he was; who moves a day begins another table."""
    text = Path("tests/questions/treaty.yaml").read_text()
    seen = {}
    for name, (old, new) in {
        "as it is": ("", ""), "says": ("says: ", "says: In short, "), "reason": ("reason: ", "reason: Well, "),
        "title": ("title: ", "title: Whether "), "as_of": ("as_of: 2026-03-02", "as_of: 2026-03-01"),
        "stay": ("mean: [200", "mean: [201"),
    }.items():  # fmt: skip
        path = tmp_path / name / "treaty.yaml"
        path.parent.mkdir()
        path.write_text(text.replace(old, new) if old else text)
        assert (path.read_text() != text) == bool(old), name
        seen[name] = sweep_until(forecast.load_scenario(path)).fingerprint
    assert seen["as it is"] == seen["says"] == seen["reason"] == seen["title"]
    assert len({seen["as it is"], seen["as_of"], seen["stay"]}) == 3


def test_a_table_of_an_older_version_is_refused(treaty, tmp_path):
    path = tmp_path / "s.csv"
    note = tmp_path / "s.csv.json"
    note.write_text('{"schema": 1, "fingerprint": "0123456789abcdef"}')
    refuse(sweep_until(treaty), path, r"it was begun by an older version, whose note is s\.csv\.json")
    path.write_text("index,window.until,p\n0,2026-04-01,0.1\n")
    with pytest.raises(OutputError, match=rf"delete {path} and {note}$"):
        sweep_until(treaty).write(path)


def test_a_database_of_something_else_is_refused(treaty, tmp_path):
    path = tmp_path / "s.csv"
    with sqlite3.connect(f"{path}.sqlite") as connection:
        connection.execute("CREATE TABLE letters (letter TEXT)")
    connection.close()
    refuse(sweep_until(treaty), path, r"s\.csv\.sqlite holds something else than the rows of a sweep")
    path.with_name("s.csv.sqlite").write_text("Dear diary, " * 100)
    refuse(sweep_until(treaty), path, r"s\.csv\.sqlite is damaged \(file is not a database\)")


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM rows WHERE number = 3",
        "UPDATE rows SET cells = replace(cells, '0.', '1.') WHERE number = 2",
        "UPDATE rows SET cells = NULL WHERE number = 2",
        "INSERT INTO rows SELECT 40, cells FROM rows WHERE number = 3",
        "UPDATE rows SET cells = CAST(x'ff00' AS TEXT) WHERE number = 1",
        "UPDATE sweep SET value = '' WHERE name = 'hash'",
    ],
)
def test_rows_that_were_tampered_with_are_noticed(damage, tmp_path):
    table = make_table(tmp_path)
    fill(table, 6)
    with sqlite3.connect(table.beside) as connection:
        connection.execute(damage)
    connection.close()
    with pytest.raises(OutputError, match="its rows are not those that were written"), table.open():
        pass


def test_a_flipped_bit_is_noticed_or_changes_nothing(tmp_path):
    """Wherever a bit flips, the file is refused or its rows are the same; nothing else comes of it."""
    table, rng = make_table(tmp_path / "t"), np.random.default_rng(1)
    fill(table)
    whole, rows = table.beside.read_bytes(), list(table.read())
    refused = 0
    for at in rng.integers(len(whole), size=60):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << rng.integers(8)
        shutil.rmtree(table.path.parent)
        table.path.parent.mkdir()
        table.beside.write_bytes(damaged)
        try:
            fill(table)
        except OutputError:
            refused += 1
        else:
            assert list(table.read()) == rows, at
    assert refused > 6  # pages are half empty


def test_a_file_that_was_cut_is_refused_or_begun_again(tmp_path):
    table = make_table(tmp_path / "t")
    fill(table)
    whole = table.beside.read_bytes()
    for size in (2, 100, 512, 4096, len(whole) - 1):
        shutil.rmtree(table.path.parent)
        table.path.parent.mkdir()
        table.beside.write_bytes(whole[:size])
        with pytest.raises(OutputError, match="cannot go on with"):
            fill(table)
    table.beside.write_bytes(b"")
    fill(table)
    assert len(list(table.read())) == 40


def test_two_sweeps_do_not_write_the_same_file(tmp_path):
    table = make_table(tmp_path)
    with table.open() as writer:
        writer.append([make_row(0)])
        with pytest.raises(OutputError, match=r"another sweep is writing .*; wait for it, or choose another --out"):
            table.open().__enter__()
        writer.append([make_row(1)])
    with table.open() as writer:
        assert writer.done == 2


@pytest.mark.slow
def test_a_sweep_that_runs_in_another_process_is_not_disturbed(tmp_path):
    table = make_table(tmp_path)
    hold = (
        "import sys; from test_sweep import make_row, make_table; import pathlib\n"
        "with make_table(pathlib.Path(sys.argv[1])).open() as writer:\n"
        "    writer.append([make_row(0)]); print('ready', flush=True); input()"
    )
    command = [sys.executable, "-c", hold, str(tmp_path)]
    with subprocess.Popen(command, env=at_tests(), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"ready\n"
        with pytest.raises(OutputError, match="another sweep is writing"):
            fill(table)
        other.communicate(b"\n")
    fill(table)
    assert len(list(table.read())) == 40


def test_parquet_holds_what_csv_holds(treaty, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    vary = {"as_of": ["2026-03-02", "2026-06-01"], "window.until": ["2026-05-01", "2026-12-31"]}
    sweep = sweep_scenario(treaty, vary | {"facts.usual-pace": "on,off"}, draws=20)
    for name in ("s.csv", "s.parquet"):
        sweep.write(tmp_path / name)
    names = [path.name for path in tmp_path.iterdir()]
    assert sorted(names) == ["s.csv", "s.csv.sqlite", "s.parquet", "s.parquet.sqlite"]
    found = [tuple(row.values()) for row in parquet.read_table(tmp_path / "s.parquet").to_pylist()]
    assert found == list(sweep.rows)
    assert sweep.write(tmp_path / "s.parquet") == len(sweep)


def test_parquet_is_written_in_groups(tmp_path, monkeypatch):
    parquet = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr("forecast.explore.rows._GROUP", 7)
    table = make_table(tmp_path, suffix=".parquet")
    fill(table)
    found = [tuple(row.values()) for row in parquet.read_table(table.path).to_pylist()]
    assert found == [make_row(number) for number in range(40)]


def test_parquet_needs_pyarrow(treaty, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(InputError, match="Parquet needs PyArrow, which is not installed"):
        sweep_until(treaty).write(tmp_path / "s.parquet")
    assert not list(tmp_path.iterdir())


# --- the object ----------------------------------------------------------------------------------------------------


def test_a_sweep_is_plain_values_and_a_dataframe(treaty):
    vary = {"as_of": ["2026-03-02", "2026-06-01"], "window.until": ["2026-05-01"], "facts.usual-pace": "on,off"}
    sweep = sweep_scenario(treaty, vary, draws=20, engine="quick")
    plain = json.loads(json.dumps(sweep.to_dict(), allow_nan=False))
    assert plain["vary"] == vary | {"facts.usual-pace": ["on", "off"]}
    assert [tuple(row) for row in plain["rows"]] == [sweep.columns] * 4
    assert [row["p"] for row in plain["rows"]] == [row[4] for row in sweep.rows]
    frame = sweep.to_dataframe()
    assert list(frame.columns) == [*sweep.columns[1:]]
    assert list(frame.index) == [0, 1, 2, 3]
    assert list(frame["p"].isna()) == [False, False, True, True]
    assert frame["p"][1] == sweep.rows[1][4]
    assert list(frame["as_of"].dt.month) == [3, 3, 6, 6]
    assert list(frame["facts.usual-pace"]) == ["on", "off"] * 2


def test_the_base_is_the_forecasts_own_number(may, scenario_may, treaty):
    """Over all draws, and so the P of a run to the last digits but those of another order of summing."""
    ahead = sweep_scenario(scenario_may, {"window.until": ["2025-04-30"]}, draws=20)
    assert ahead.base == pytest.approx(may.p_event.mean, rel=1e-9)
    fits = sweep_scenario(scenario_may, {MULTILATERAL: [0.3]}, draws=20)
    assert fits.base == pytest.approx(may.p_event.mean, rel=1e-9)
    quick = sweep_scenario(treaty, {"window.until": ["2026-06-30"]}, draws=20, engine="quick")
    assert quick.base == pytest.approx(forecast.run_scenario(treaty, engine="quick").p_event.mean, rel=1e-9)


def test_the_base_is_the_quick_engines_where_it_would_take_a_fit(treaty, monkeypatch):
    monkeypatch.setattr("forecast.explore.level.find_posterior", lambda *_: None)
    sweep = sweep_scenario(treaty, {"priors.stages.talks.stay": [300]}, draws=20)
    run = forecast.run_scenario(treaty, engine="quick")
    assert (sweep.base, sweep.level.engine) == (pytest.approx(run.p_event.mean, rel=1e-9), "quick")
    monkeypatch.setattr("forecast.explore.level.draw_quickly", lambda *_: None)  # it fails its gate
    sweep = sweep_scenario(treaty, {"priors.stages.talks.stay": [300]}, draws=20)
    assert sweep.base is None
    assert column(sweep, sweep.rows, "error") == [""]


# --- figures -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("vary", "labels"),
    [
        (
            {"window.until": "2026-04-01:2026-12-31:3"},
            {"against last day of the window", "window varied", "varied: window.until"},
        ),
        (
            {"priors.stages.talks.stay": "300,100", "facts.usual-pace": "on,off"},
            {"against fact usual-pace and mean stay in talks, days", "varied: priors.stages.talks.stay, facts"},
        ),
        (
            {
                "priors.stages.talks.stay": "100:300:2",
                "priors.seriousness": "1.2:2:2",
                "window.until": "2026-06-01,2026-12-31",
            },
            {"mean of rows", "last day of the window", "bars: mean by value of a key"},
        ),
    ],
    ids=["response", "heat", "tornado"],
)
def test_each_number_of_keys_has_its_figure(vary, labels, treaty):
    sweep = sweep_scenario(treaty, vary, draws=20, engine="quick")
    said = "\n".join(words(sweep.plot()))
    assert treaty.question.title in said
    assert all(text in said for text in ("the quick engine", treaty.question.event, f"as of {treaty.as_of}"))
    assert all(label in said for label in labels)


def test_a_response_curve_goes_through_the_rows(treaty, tmp_path):
    sweep = sweep_until(treaty, 5)
    sweep.write(tmp_path / "s.csv")
    drawn = labelled(sweep.plot().lines, "anywhere").get_ydata()
    assert list(drawn) == column(sweep, sweep.rows, "p")


def test_a_heat_map_has_the_rows_in_its_cells(treaty):
    sweep = sweep_scenario(
        treaty, {"priors.stages.talks.stay": [300, 100], "window.until": "2026-06-01,2026-09-01,2026-12-31"}, draws=20
    )
    p = np.reshape(column(sweep, sweep.rows, "p"), (2, 3))
    np.testing.assert_array_equal(sweep.plot().collections[0].get_array().reshape(2, 3), p[::-1])  # 100 lies below 300


def test_a_tornado_is_made_from_the_rows_alone(treaty, tmp_path, monkeypatch):
    vary = {"priors.stages.talks.stay": "300,100,900", "window.until": "2026-12-31", "facts.usual-pace": "on,off"}
    sweep = sweep_scenario(treaty, vary, draws=50)
    sweep.write(tmp_path / "s.csv")
    monkeypatch.setattr(Evaluator, "answer", lambda *_: pytest.fail("drawn anew"))
    p = np.reshape(column(sweep, sweep.rows, "p"), (3, 2))
    ax = sweep.plot()
    assert labelled(ax.lines, "middle").get_xdata()[0] == pytest.approx(p.mean())
    longest = ax.containers[0][0]  # the largest swing is drawn first
    ends = sorted((longest.get_x() + longest.get_width(), longest.get_x()), key=lambda x: abs(x - p.mean()))
    assert ends[0] == pytest.approx(p.mean())
    assert min(abs(ends[1] - mean) for mean in p.mean(axis=1)) < 1e-12


def test_swings_are_means_over_the_rows_of_a_value():
    """Counted by hand: key a has rows (1, 2), (3, none), (2, 6); b has 1, 3, 2 and 2, none, 6."""
    design = make_design({"a": [10.0, 20.0, 5.0], "b": [1.0, 2.0]})
    mean, (a, b) = average_by_key(design, np.array([0.1, 0.2, 0.3, np.nan, 0.2, 0.6]))
    assert mean == pytest.approx(0.28)
    assert (a.low, a.p_low) == (5.0, pytest.approx(0.4))
    assert (a.high, a.p_high) == (10.0, pytest.approx(0.15))
    assert (b.low, b.p_low) == (1.0, pytest.approx(0.2))
    assert (b.high, b.p_high) == (2.0, pytest.approx(0.4))


def test_swings_of_a_sample_are_those_of_parts_of_a_range(scenario_may):
    """P = 3 a + b over a square: fifths of a differ by 2.4, those of b by 0.8, and their middles are 0.1 and 0.9."""
    vary = {"priors.plans.leak.kept": "0.1:0.6", "itineraries.moscow-by-train.days_away": "0:10"}
    _, design = build_design(scenario_may, vary, sample=5000)
    points = np.array([design.point(index) for index in range(len(design))])
    p = 3 * (points[:, 0] - 0.1) / 0.5 + points[:, 1] / 10
    _, (kept, days) = average_by_key(design, p)
    assert (kept.low, kept.high) == pytest.approx((0.15, 0.55))
    assert (days.low, days.high) == pytest.approx((1, 9))
    assert kept.p_high - kept.p_low == pytest.approx(2.4, abs=0.05)
    assert days.p_high - days.p_low == pytest.approx(0.8, abs=0.15)


@pytest.mark.parametrize("keys", [1, 2, 3])
def test_rows_without_an_answer_have_no_figure(keys, treaty, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("forecast.inference.common.gate", lambda _: "Pareto k 0.90 above 0.7")
    stays = ("priors.stages.talks.stay", "priors.stages.idle.stay", "priors.seriousness")[:keys]
    with pytest.raises(ValueError, match="no row has a P, so there is nothing to draw"):
        sweep_scenario(treaty, {key: [300] for key in stays}, draws=20).plot()
    path = tmp_path / "s.csv"
    options = [part for key in stays for part in ("--vary", f"{key}=300")]
    assert main(["sweep", "tests/questions/treaty.yaml", "--out", str(path), *options]) == 0
    assert "1 rows are refused" in capsys.readouterr().out
    assert not path.with_name(f"{path.name}.png").exists()


def make_design(values):
    return Design(tuple(Axis(Slot(key, (key,), "number"), tuple(at), is_range=False) for key, at in values.items()))


# --- the command ---------------------------------------------------------------------------------------------------


def test_the_command_writes_tells_and_goes_on(tmp_path, capsys):
    path = tmp_path / "out" / "s.csv"
    command = ["sweep", "tests/questions/treaty.yaml", "--vary", "window.until=2026-04-01:2026-12-31:30", "--quick"]
    command += ["--draws", "20", "--jobs", "1", "--out", str(path)]
    assert main(command) == 0
    said = capsys.readouterr()
    assert "30 rows in" in said.out
    assert "P is most at" in said.out
    assert "P of the scenario as it is, over all draws by the quick engine, to which rows are put right: 0." in said.out
    assert "30 of 30 rows" in said.err
    assert sorted(file.name for file in path.parent.iterdir()) == ["s.csv", "s.csv.png", "s.csv.sqlite"]
    assert main([*command, "--no-plots"]) == 0
    assert "30 of them from before" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--vary", "window.untill=2026-06-01"], "did you mean until?"),
        (["--vary", "window.until=soon"], "expected a date, YYYY-MM-DD; found 'soon'"),
        (["--vary", "window.until=2026-06-01", "--vary", "window.until=2026-06-02"], "is varied twice"),
        (["--vary", "window.until=2026-06-01", "--out", "rows.xlsx"], "expected FILE.csv or FILE.parquet"),
    ],
)
def test_bad_input_is_told_and_nothing_is_written(arguments, message, tmp_path, capsys):
    folder = tmp_path / "out"
    arguments = [str(folder / "rows.xlsx") if part == "rows.xlsx" else part for part in arguments]
    options = ["--quick", *([] if "--out" in arguments else ["--out", str(folder / "s.csv")])]
    assert main(["sweep", "tests/questions/treaty.yaml", *arguments, *options]) == 2
    assert message in capsys.readouterr().err
    assert not folder.exists()


def test_a_key_without_values_is_refused(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["sweep", "scenarios/may.yaml", "--vary", "window.until"])
    assert "expected KEY=SPEC" in capsys.readouterr().err


@pytest.mark.parametrize("jobs", ["0", "257", "100000", "two"])
def test_more_processes_than_make_sense_are_refused(jobs, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["sweep", "scenarios/may.yaml", "--vary", "window.until=2025-06-01", "--jobs", jobs])
    assert f"argument --jobs: expected a whole number from 1 to 256; found '{jobs}'" in capsys.readouterr().err


def test_a_file_that_is_refused_ends_with_code_2(tmp_path, capsys):
    path = tmp_path / "s.csv"
    path.write_text("mine")
    command = ["sweep", "tests/questions/treaty.yaml", "--vary", "window.until=2026-04-01", "--quick"]
    assert main([*command, "--out", str(path)]) == 2
    assert f"Choose another --out, or delete {path}" in capsys.readouterr().err
    assert path.read_text() == "mine"
    assert [file.name for file in tmp_path.iterdir()] == ["s.csv"]


def test_a_sweep_that_is_stopped_says_that_it_can_be_gone_on_with(tmp_path, capsys, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Progress, "__call__", stop)
    command = ["sweep", "tests/questions/treaty.yaml", "--vary", "window.until=2026-04-01", "--quick"]
    assert main([*command, "--out", str(tmp_path / "s.csv")]) == 130
    assert "the same command goes on from there" in capsys.readouterr().err


def test_progress_is_a_bar_on_a_terminal():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    stream = Terminal()
    progress = Progress(stream)
    progress(10, 40)
    progress(40, 40)
    progress.end()
    assert "going on after 10 of 40 rows\n" in stream.getvalue()
    assert "\r[##############################] 40 of 40 rows" in stream.getvalue()


@pytest.mark.usefixtures("may")
def test_a_sweep_loads_neither_pymc_nor_arviz(tmp_path):
    command = ["sweep", "scenarios/may.yaml", "--vary", "window.until=2025-05-31,2025-06-30", "--no-plots"]
    act = "from forecast.cli.main import main; code = main(sys.argv[1:]); assert code == 0, code"
    _, _, loaded = run_and_list(act, *command, "--out", str(tmp_path / "s.csv"))
    assert loaded <= {"numpy", "numpy.ma", "scipy", "h5py", "yaml"}
