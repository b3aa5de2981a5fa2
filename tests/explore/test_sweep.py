"""Sweeps: rows that equal single runs, points of a design, and a file that survives any cut."""

from __future__ import annotations

import csv
import datetime
import io
import itertools
import json
import multiprocessing
import sys
from dataclasses import replace

import numpy as np
import pytest
from builders import one_stage
from processes import run_and_list

import forecast
from forecast.answer.run import predict
from forecast.cli.main import main
from forecast.cli.progress import Progress
from forecast.errors import ForecastError, InputError, OutputError
from forecast.explore.design import build_design
from forecast.explore.figures import find_swings, render_sweep
from forecast.explore.rows import TableFile
from forecast.explore.sweep import BATCH, Sweep, sweep_scenario, write_sweep
from forecast.model.timeline import build_timeline

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
    monkeypatch.setattr("forecast.answer.ahead._check_agreement", lambda *_: None)  # there are but 400 draws here
    sweep = sweep_scenario(scenario_may, vary, draws=400)
    (row,) = sweep.rows()
    every = slice(None, None, may.fit.draws["log_stay"].shape[-1] // 400)
    draws = {name: values[:, every] for name, values in may.fit.draws.items()}
    edited = edit(scenario_may)
    run = predict(edited, build_timeline(edited.known()), replace(may.fit, draws=draws))
    expected = [run.p_event.mean, *(place.mean for place in run.places.values())]
    assert row[-2:] == ("nuts", "")
    assert row[2:-2] == pytest.approx(expected, rel=1e-9)


def assume_multilateral(scenario):
    half = np.log(0.5 / 0.02) / 2
    interval = {"factor": [float(np.exp(-half)), float(np.exp(half))], "reason": "another view"}
    return scenario.assume(hazard_ratios={"multilateral": interval})


def look_from_2024(scenario):
    return replace(scenario, as_of=DAY("2024-01-01"), window=replace(scenario.window, start=DAY("2024-01-02")))


@pytest.mark.parametrize(
    ("key", "value", "edit"),
    [(f"{MULTILATERAL}.median", 1.0, assume_multilateral), ("as_of", "2024-01-01", look_from_2024)],
    ids=["another prior", "other episodes"],
)
def test_a_row_that_needs_another_fit_agrees_with_a_run(key, value, edit, scenario_may):
    """4 Monte Carlo errors of both; a draw of the sweep counts for half of one at least, as its weights differ."""
    sweep = sweep_scenario(scenario_may, {key: [value]}, draws=3000)
    (row,) = sweep.rows()
    run = forecast.run_scenario(edit(scenario_may), engine="quick")
    error = np.hypot(run.p_event.mcse, run.p_draws.std() / np.sqrt(0.5 * 3000))
    assert run.fit.diagnostics["engine"] == "quick"
    assert column(sweep, [row], "engine") == ["quick"]
    assert abs(column(sweep, [row], "p")[0] - run.p_event.mean) < 4 * error


def test_differences_between_rows_are_far_more_exact_than_rows(scenario_may):
    """With 200 draws the error of a row is about 0.02, yet P rises with each step, as it must, and smoothly."""
    sweep = sweep_scenario(scenario_may, {MULTILATERAL: "0.02:1:12"}, draws=200)
    p = np.array(column(sweep, sweep.rows(), "p"))
    steps = np.diff(p)
    assert (steps > 0).all()
    assert (np.diff(steps) > -0.0005).all()


def test_places_add_up_and_scenarios_as_they_are_agree(treaty):
    sweep = sweep_scenario(treaty, {"priors.stages.talks.stay": "100:1000:4"}, draws=50)
    for row in sweep.rows():
        assert sum(row[3:-2]) == pytest.approx(row[2])
    assert sweep.columns == ("index", "priors.stages.talks.stay", "p", "p_capital", "engine", "error")


def test_a_known_rate_gives_the_closed_form():
    """One stage without history whose stay is fixed: P = 1 - exp(-days / stay), whatever the draws."""
    sweep = sweep_scenario(
        one_stage(until=30), {"priors.stages.waiting.stay": [20, 60], "window.until": ["2020-01-11"]}
    )
    assert column(sweep, sweep.rows(), "p") == pytest.approx([1 - np.exp(-10 / 20), 1 - np.exp(-10 / 60)], rel=1e-9)


def test_a_fact_that_is_taken_away_takes_its_plan_away(scenario_may):
    sweep = sweep_scenario(scenario_may, {"facts.telegram-3-5-may": ["on", "off"]}, draws=200)
    with_it, without = column(sweep, sweep.rows(), "p_vladivostok")
    assert with_it > without + 0.03


def test_a_combination_that_makes_no_sense_is_a_row_that_says_so(treaty):
    sweep = sweep_scenario(
        treaty, {"as_of": ["2026-03-02", "2026-06-01"], "window.until": ["2026-05-01", "2026-12-31"]}, draws=20
    )
    errors = column(sweep, sweep.rows(), "error")
    assert [bool(error) for error in errors] == [False, False, True, False]
    assert errors[2].startswith("window.until: expected a day on or after the window's first, 2026-06-02")
    assert column(sweep, sweep.rows(), "p")[2] is None


def test_a_row_that_the_gate_refuses_says_so(treaty, monkeypatch):
    monkeypatch.setattr("forecast.inference.common.gate", lambda _: "Pareto k 0.90 above 0.7")
    sweep = sweep_scenario(treaty, {"priors.stages.talks.stay": [300]}, draws=20)
    (row,) = sweep.rows()
    assert row[2:] == (None, None, "refused", "Pareto k 0.90 above 0.7")


def test_what_is_given_must_agree_with_enough_draws():
    """With a rate of once in hours or days, hardly a draw leaves a month without the event."""
    scenario = one_stage(stay_days=(0.05, 5), until=40)
    sweep = sweep_scenario(scenario, {"given.no_event_until": ["2020-01-03", "2020-02-05"]}, draws=200, engine="quick")
    soon, late = column(sweep, sweep.rows(), "error")
    assert soon == ""
    assert late.startswith("what is given agrees with too few draws: their effective number is")


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


def test_all_that_is_wrong_comes_at_once(scenario_may):
    vary = {"prior": "1", MULTILATERAL: "x", f"{MULTILATERAL}.median": "0.1", f"{MULTILATERAL}.factor": "0.2"}
    with pytest.raises(InputError, match="unknown key") as caught:
        build_design(scenario_may, vary)
    assert len(caught.value.problems) == 3
    assert f"is varied twice, as {MULTILATERAL}.median too; leave one out" in str(caught.value)
    with pytest.raises(InputError, match="at least one key to vary"):
        build_design(scenario_may, {})


# --- the file ------------------------------------------------------------------------------------------------------


def make_table(folder, total=40, fingerprint="f" * 32) -> TableFile:
    return TableFile(folder / "t.csv", ("index", "key", "p"), {"fingerprint": fingerprint}, total)


def fill(table, upto=None):
    """Write the rows that a table lacks, three at a time; some hold what CSV must quote."""
    with table.open() as writer:
        for first in range(writer.done, upto or table.total, 3):
            writer.append([(i, f'a,"{i}', i / 7) for i in range(first, min(first + 3, upto or table.total))])
        writer.finish()


def test_a_table_cut_at_any_byte_is_gone_on_with(tmp_path):
    table = make_table(tmp_path)
    fill(table)
    whole = table.path.read_bytes()
    assert len(list(table.read())) == 40
    header, tail = whole.index(b"\n") + 1, whole.rindex(b"\n37,")
    for cut in [*range(header + 20), *range(tail, len(whole) + 1)]:
        table.path.write_bytes(whole[:cut])
        fill(table)
        assert table.path.read_bytes() == whole, cut


def test_a_long_table_is_measured_in_pieces(tmp_path, monkeypatch):
    table = make_table(tmp_path)
    fill(table, 30)
    monkeypatch.setattr("forecast.explore.rows._CHUNK", 7)
    with table.open() as writer:
        assert writer.done == 30


@pytest.mark.parametrize("cut", [1, 40, -60, -25, -1])
def test_a_cut_sweep_ends_as_the_whole_one(cut, treaty, tmp_path):
    sweep = sweep_until(treaty)
    table, found = write_sweep(sweep, tmp_path / "s.csv")
    whole = table.path.read_bytes()
    assert found == 0
    table.path.write_bytes(whole[:cut])
    _, found = write_sweep(sweep, table.path)
    assert table.path.read_bytes() == whole
    assert found == max(0, whole[:cut].count(b"\n") - 1)
    assert [row["index"] for row in table.read()] == [str(i) for i in range(8)]


def test_a_file_of_another_sweep_is_left_alone(treaty, tmp_path):
    path = tmp_path / "s.csv"
    write_sweep(sweep_until(treaty), path)
    before = path.read_bytes()
    for other in (sweep_until(treaty, 7), sweep_until(treaty, seed=2)):
        with pytest.raises(
            OutputError, match=r"the table of another sweep: .* differ\. Choose another --out, or remove it"
        ):
            write_sweep(other, path)
    note = path.with_name("s.csv.json")
    assert json.loads(note.read_text())["vary"]["window.until"][-1] == "2026-12-31"
    note.write_text("{")
    with pytest.raises(OutputError, match=r"its note s\.csv\.json cannot be read"):
        write_sweep(sweep_until(treaty), path)
    note.unlink()
    with pytest.raises(OutputError, match="it is not the table of a sweep"):
        write_sweep(sweep_until(treaty), path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("damage", [lambda b: b.replace(b"\n3,", b"\n"), lambda b: b.replace(b"index", b"Index")])
def test_rows_that_were_tampered_with_are_noticed(damage, tmp_path):
    table = make_table(tmp_path)
    fill(table, 4)
    table.path.write_bytes(damage(table.path.read_bytes()))
    with pytest.raises(OutputError, match="its rows are not those that were written"):
        table.open()


def test_two_sweeps_do_not_write_the_same_file(tmp_path):
    table = make_table(tmp_path)
    with table.open(), pytest.raises(OutputError, match="another sweep is writing"):
        table.open()


def test_processes_compute_what_one_does(treaty):
    sweep = sweep_until(treaty, 2 * BATCH + 3)
    assert list(sweep.rows(jobs=2)) == list(sweep.rows())
    assert list(sweep.rows(start=BATCH + 1)) == list(sweep.rows())[BATCH + 1 :]


def test_a_process_that_dies_is_told(treaty):
    rows = sweep_until(treaty, 8 * BATCH).rows(jobs=2)
    next(rows)
    for process in multiprocessing.active_children():
        process.kill()
    with pytest.raises(ForecastError, match="a process of the sweep died"):
        list(rows)


def test_parquet_holds_what_csv_holds(treaty, tmp_path):
    pytest.importorskip("pyarrow")
    vary = {"as_of": ["2026-03-02", "2026-06-01"], "window.until": ["2026-05-01", "2026-12-31"]}
    sweep = sweep_scenario(treaty, vary | {"facts.usual-pace": "on,off"}, draws=20)
    tables = [write_sweep(sweep, tmp_path / name)[0] for name in ("s.csv", "s.parquet")]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["s.csv", "s.csv.json", "s.parquet", "s.parquet.json"]
    by_csv, by_parquet = (list(table.read()) for table in tables)
    assert by_csv == by_parquet
    _, found = write_sweep(sweep, tables[1].path)
    assert found == len(sweep.design)


def test_parquet_cut_short_is_gone_on_with(treaty, tmp_path):
    pytest.importorskip("pyarrow")
    sweep = sweep_until(treaty)
    table, _ = write_sweep(sweep, tmp_path / "s.parquet")
    whole = list(table.read())
    rows = io.StringIO()
    csv.writer(rows, lineterminator="\n").writerows([sweep.columns, *itertools.islice(sweep.rows(), 5)])
    table.path.unlink()
    table.rows.write_text(rows.getvalue() + "5,2026-0")
    _, found = write_sweep(sweep, table.path)
    assert found == 5
    assert list(table.read()) == whole
    assert not table.rows.exists()


def test_parquet_needs_pyarrow(treaty, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(InputError, match="Parquet needs PyArrow, which is not installed"):
        write_sweep(sweep_until(treaty), tmp_path / "s.parquet")
    assert not list(tmp_path.iterdir())


# --- figures -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "vary",
    [
        {"window.until": "2026-04-01:2026-12-31:3"},
        {"priors.stages.talks.stay": "300,100", "facts.usual-pace": "on,off"},
        {
            "priors.stages.talks.stay": "100:300:2",
            "priors.seriousness": "1.2:2:2",
            "window.until": "2026-06-01,2026-12-31",
        },
    ],
    ids=["response", "heat", "tornado"],
)
def test_each_number_of_keys_has_its_figure(vary, treaty, tmp_path):
    sweep = sweep_scenario(treaty, vary, draws=20, engine="quick")
    table, _ = write_sweep(sweep, tmp_path / "s.csv")
    assert render_sweep(sweep, table).startswith(b"\x89PNG")


def test_swings_are_those_of_one_key_at_a_time(treaty):
    sweep = sweep_scenario(treaty, {"priors.stages.talks.stay": "300,100,900", "window.until": "2026-12-31"}, draws=50)
    swings, p = find_swings(sweep)
    assert [(swing.low, swing.high) for swing in swings] == [(100, 900), (DAY("2026-12-31"), DAY("2026-12-31"))]
    assert swings[0].p_low > p > swings[0].p_high
    assert swings[1].p_low == swings[1].p_high == pytest.approx(p)


# --- the command ---------------------------------------------------------------------------------------------------


def test_the_command_writes_tells_and_goes_on(tmp_path, capsys):
    path = tmp_path / "out" / "s.csv"
    command = ["sweep", "tests/questions/treaty.yaml", "--vary", "window.until=2026-04-01:2026-12-31:30", "--quick"]
    command += ["--draws", "20", "--jobs", "1", "--out", str(path)]
    assert main(command) == 0
    said = capsys.readouterr()
    assert "30 rows in" in said.out
    assert "P is most at" in said.out
    assert "30 of 30 rows" in said.err
    assert sorted(file.name for file in path.parent.iterdir()) == ["s.csv", "s.csv.json", "s.png"]
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
