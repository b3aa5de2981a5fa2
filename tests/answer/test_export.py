"""What a result is outside: plain values, draws with labels, and a folder of files."""

from __future__ import annotations

import datetime
import hashlib
import json
import logging
from dataclasses import replace

import numpy as np
import pytest
from builders import day, one_stage, planned, two_stage
from builders import kept as kept_plan

import forecast
from forecast.answer import render_result
from forecast.answer.export import choose_dates
from forecast.answer.owner import label_owner
from forecast.document import dump_scenario
from forecast.errors import FitError, OutputError
from forecast.inference.netcdf import open_netcdf, write_netcdf
from forecast.inference.settings import Settings
from forecast.model.timeline import build_timeline


@pytest.fixture(scope="module")
def result():
    scenario = two_stage(as_of=20, start=25, until=80)
    return forecast.run_scenario(scenario, engine="quick", settings=Settings(draws=250))


# --- plain values ------------------------------------------------------------------------------------------------


def test_p_by_the_key_dates_runs_from_the_windows_first_day(result):
    """Days 25 to 80 are 26 January to 21 March 2020: January and February end inside."""
    by = result.to_dict()["when"]["by"]
    assert list(by) == ["2020-01-31", "2020-02-29", "2020-03-21"]
    happened = result.curves.any_cumulative
    for name, estimate in by.items():
        index = (datetime.date.fromisoformat(name) - day(21)).days  # day 21 is the first after as_of
        by_draw = happened[:, index] - happened[:, 24 - 21]
        assert estimate["mean"] == pytest.approx(by_draw.mean(), abs=1e-12)
        assert estimate["eti90"] == pytest.approx(np.quantile(by_draw, [0.05, 0.95], method="inverted_cdf"), abs=1e-3)
    assert by["2020-03-21"]["mean"] == pytest.approx(result.p_event.mean, abs=1e-12)


def test_every_curve_of_a_later_window_counts_from_its_first_day():
    """A stay of 20 days and a window from day 11: by day t it holds exp(-10/20) - exp(-t/20), and 0 before."""
    scenario = one_stage(stay_days=(20, 20 * (1 + 1e-9)), start=11, until=30, places=("here", "there"), counts="first")
    result = forecast.run_scenario(scenario, engine="quick", settings=Settings(draws=250))
    end = np.arange(1, 31)
    exact = np.where(end > 10, np.exp(-10 / 20) - np.exp(-end / 20), 0.0)
    plain, frame, curves = result.to_dict(), result.to_dataframe(), result.to_dataset()
    when, mean = plain["when"], curves.sel(quantity="mean")
    assert plain["p_event"]["mean"] == pytest.approx(exact[-1], rel=1e-6)
    assert plain["stages"]["waiting"] == pytest.approx(np.exp(-end / 20), rel=1e-6)
    for found in (*when["cif_any"].values(), np.sum([*when["cif"].values()], axis=0), frame["p"], mean["p_by"]):
        assert list(found) == pytest.approx(exact, rel=1e-6, abs=2e-9)
    for name, curve in when["cif"].items():
        assert curve[-1] == pytest.approx(plain["places"][name]["mean"], abs=1e-8)
        assert list(frame[f"p_{name}"]) == pytest.approx(curve, abs=2e-9)
        assert list(mean["p_by_place"].sel(place=name)) == pytest.approx(curve, abs=2e-9)
    for name, estimate in when["by"].items():
        assert estimate["mean"] == pytest.approx(exact[when["days"].index(name)], rel=1e-6)
    assert result.quantile(0.2) == day(int(end[np.argmax(exact >= 0.2)]))
    assert sum(map(sum, when["incidence"].values())) == pytest.approx(1 - np.exp(-30 / 20), rel=1e-6)  # of all days


def test_a_prior_that_allows_nearly_anything_has_numbers_all_the_same():
    """Of some draws the event has surely come in the first second, of others it never does."""
    scenario = one_stage(stay_days=(0.001, 1e8))
    result = forecast.run_scenario(scenario, engine="quick", settings=Settings(draws=1000))
    json.dumps(result.to_dict(), allow_nan=False)
    left = result.to_dict()["decay"]["no_event"]
    assert all(0 <= value <= 1 for value in [*left["mean"], *left["lo"], *left["hi"]])


def test_a_number_that_is_none_is_not_written(result, tmp_path):
    with pytest.raises(FitError, match="base_rate has come out as no number, so nothing is written"):
        replace(result, base_rate=float("nan")).write(tmp_path, figures=False)
    assert not list(tmp_path.iterdir())


def test_ends_of_plans_are_key_dates_and_there_are_never_more_than_eight():
    """Not of a plan that a newer one has voided, nor of one that ends after the window."""
    dropped, stands, later = planned("claim", 30, 39), planned("claim", 30, 44, public=10), planned("claim", 70, 90)
    timeline = [dropped, stands, replace(later, because=stands.because, alongside=True)]
    scenario = one_stage(as_of=20, until=80, timeline=timeline, plans={"claim": kept_plan(0.1, 0.5)})
    days = [day(number) for number in range(21, 81)]
    ends = [datetime.date(2020, 1, 31), datetime.date(2020, 2, 29)]
    assert choose_dates(scenario, build_timeline(scenario.known()), days) == sorted([*ends, day(44), day(80)])
    long = one_stage(as_of=20, until=2000)
    days = [day(number) for number in range(21, 2001)]
    found = choose_dates(long, build_timeline(long.known()), days)
    assert len(found) == 8
    assert found == sorted(set(found))
    assert (found[0], found[-1]) == (datetime.date(2020, 1, 31), day(2000))
    assert all((date + datetime.timedelta(days=1)).day == 1 for date in found[:-1])


# --- files -------------------------------------------------------------------------------------------------------


def test_write_makes_the_files_of_a_run(result, tmp_path):
    result.write(tmp_path / "out", figures=False)
    found = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert found == render_result(result, figures=False)
    assert json.loads(found["forecast.json"]) == result.to_dict()
    assert forecast.load_scenario(tmp_path / "out" / "scenario.yaml").priors == result.scenario.priors
    assert "posterior.nc" not in found  # of the quick engine


def test_figures_come_along_and_the_numbers_come_last(result):
    names = list(render_result(result, figures=True))
    assert names[-1] == "forecast.json"
    assert {"timeline.png", "whether.png", "where.png", "when.png", "decay.png", "priors.png"} < set(names)


def test_what_an_earlier_run_has_left_is_told(result, tmp_path, caplog):
    result.write(tmp_path, figures=False)
    older = write_netcdf({}, label_owner(result.scenario, result.resolved))
    (tmp_path / "posterior.nc").write_bytes(older)
    with caplog.at_level(logging.INFO, logger="forecast"):
        result.write(str(tmp_path), figures=False)
    assert f"left in {tmp_path} as before, although it belongs to an earlier run: posterior.nc" in caplog.text
    assert (tmp_path / "posterior.nc").read_bytes() == older


def test_a_folder_that_cannot_be_is_refused_and_nothing_is_written(result, tmp_path):
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(OutputError, match=r"cannot write into .*taken"):
        result.write(tmp_path / "taken", figures=False)
    assert (tmp_path / "taken").read_text() == "mine"


def test_a_fitted_result_writes_its_draws(may, tmp_path):
    may.write(tmp_path, figures=False)
    assert {path.name for path in tmp_path.iterdir()} == {"scenario.yaml", "posterior.nc", "forecast.json"}
    resolved = (tmp_path / "scenario.yaml").read_text().split("\n", 3)[-1]
    digest = hashlib.sha256(resolved.encode()).hexdigest()
    told = json.loads((tmp_path / "forecast.json").read_text())
    with open_netcdf(tmp_path / "posterior.nc") as file:
        attrs = dict(file.attrs)
    for name in ("scenario", "title", "scenario_sha256", "fingerprint"):  # of one run: they are told apart by these
        assert told[name] == attrs[name]
    assert told["scenario_sha256"] == digest
    other = may.scenario.at(window="2025-06-30")  # the same fit, and another question
    assert label_owner(other, dump_scenario(other))["scenario_sha256"] != digest
    predictions = may.posterior["predictions"]
    np.testing.assert_array_equal(predictions["p_event"].values.ravel(), may.p_draws)
    days = predictions["event_day"].values.ravel()
    np.testing.assert_array_equal(np.nan_to_num(days), may.paths.day)
