"""The library as its users meet it: through `import forecast` alone."""

from __future__ import annotations

import dataclasses
import datetime
import io
from pathlib import Path

import numpy as np
import pytest

import forecast

TREATY = "tests/questions/treaty.yaml"


@pytest.mark.parametrize(
    "source",
    [
        TREATY,
        Path(TREATY),
        Path(TREATY).read_text,
        lambda: io.StringIO(Path(TREATY).read_text()),
        lambda: {"extends": TREATY},
        lambda: f"extends: {TREATY}\nname: treaty\n",
    ],
    ids=["text of a path", "path", "YAML", "StringIO", "dict", "YAML that extends"],
)
def test_a_scenario_comes_from_whatever_holds_one(source):
    asked = forecast.load_scenario(TREATY)
    found = forecast.load_scenario(source() if callable(source) else source)
    assert (found.question, found.priors, found.timeline, found.window) == (
        asked.question, asked.priors, asked.timeline, asked.window,
    )  # fmt: skip
    assert forecast.load_scenario(asked) is asked


def test_a_file_object_knows_where_it_stands():
    with Path("scenarios/may.yaml").open() as file:
        assert forecast.load_scenario(file) == forecast.load_scenario("scenarios/may.yaml")


def test_a_dict_is_told_by_keys_what_is_wrong_and_a_text_by_lines():
    with pytest.raises(forecast.InputError) as caught:
        forecast.load_scenario({"extends": TREATY, "window": {"untl": "2026-12-31"}})
    assert str(caught.value).startswith("window.untl: unknown key; did you mean until?")
    with pytest.raises(forecast.InputError, match=r"^text:2:10: window.untl: unknown key"):
        forecast.load_scenario(f"extends: {TREATY}\nwindow: {{untl: 2026-12-31}}\n")


@pytest.mark.parametrize(("source", "found"), [(None, "NoneType"), (3, "int"), ([1], "list")])
def test_what_is_no_source_is_refused(source, found):
    with pytest.raises(forecast.InputError, match=f"expected a path, .* found {found}"):
        forecast.load_scenario(source)


def test_an_answer_is_asked_for_in_one_line():
    result = forecast.run_scenario(TREATY, engine="quick")
    assert 0 < result.p_event.mean < 1
    assert result.fit.diagnostics["engine"] == "quick"


def test_an_unknown_engine_is_an_error():
    with pytest.raises(forecast.InputError, match=r"unknown engine quik; did you mean quick\?"):
        forecast.run_scenario(TREATY, engine="quik")


@pytest.mark.parametrize(
    "wrong", [{"draws": 0}, {"draws": 2.5}, {"draws": True}, {"seed": -1}, {"chains": 0}, {"tune": "1"}]
)
def test_settings_without_sense_are_refused(wrong):
    (name,) = wrong
    with pytest.raises(forecast.InputError, match=rf"settings.{name}: expected a whole number from"):
        forecast.Settings(**wrong)


def test_an_input_error_is_a_value_error():
    with pytest.raises(ValueError, match="no such file"):
        forecast.load_scenario("scenarios/may.yml")


def test_a_posterior_at_hand_answers_what_differs_ahead_and_nothing_else():
    posterior = forecast.draw_posterior(TREATY, engine="quick")
    treaty = forecast.load_scenario(TREATY)
    ahead = treaty.do(stage={"talks": treaty.window.start})
    found = forecast.run_scenario(ahead, posterior=posterior)
    assert found.fit is posterior
    assert found.p_event.mean == forecast.run_scenario(ahead, engine="quick").p_event.mean
    other = treaty.assume(stages={"talks": {"stay": {"mean": [100, 400]}, "reason": "they take their time"}})
    with pytest.raises(forecast.InputError, match="posterior: expected a posterior of this scenario's history"):
        forecast.run_scenario(other, posterior=posterior)


def test_every_public_name_is_there():
    for name in forecast.__all__:
        assert getattr(forecast, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'Forecast'"):
        _ = forecast.Forecast


@pytest.fixture(scope="module")
def treaty():
    return forecast.run_scenario(TREATY, engine="quick")


def test_dates_move_and_the_window_goes_on_beginning_on_the_day_after():
    may = forecast.load_scenario("scenarios/may.yaml")
    moved = may.at(as_of="2025-04-10", window=("2025-05-01", datetime.date(2025, 6, 30)))
    assert (moved.as_of, moved.window.start, moved.window.until) == (
        datetime.date(2025, 4, 10), datetime.date(2025, 5, 1), datetime.date(2025, 6, 30),
    )  # fmt: skip
    assert may.at(as_of="2025-04-10").window.start == datetime.date(2025, 4, 11)
    assert moved.at(as_of="2025-04-20").window.start == datetime.date(2025, 5, 1)
    with pytest.raises(forecast.InputError, match=r"window\.until: expected a day on or after the window's first"):
        may.at(as_of="2025-07-01")
    with pytest.raises(forecast.InputError, match="as_of: expected a date, YYYY-MM-DD; found 'tomorrow'"):
        may.at(as_of="tomorrow")


def test_p_by_a_day_takes_text_and_refuses_what_is_no_day_of_the_window(treaty):
    last = treaty.scenario.window.until
    assert treaty.by(last.isoformat()) == treaty.by(last)
    assert treaty.by(last).mean == pytest.approx(treaty.p_event.mean)
    for day in ("2020-01-01", "soon", 3):
        with pytest.raises(forecast.InputError, match=rf"day: expected a day from .* found {day}"):
            treaty.by(day)


def test_quantiles_of_the_day_are_where_p_by_then_reaches_them(treaty):
    share = treaty.p_event.mean / 3
    day = treaty.quantile(share)
    assert treaty.by(day).mean >= share > treaty.by(day - datetime.timedelta(days=1)).mean
    assert treaty.quantile(min(0.999, treaty.p_event.mean + 0.01)) is None
    with pytest.raises(forecast.InputError, match="share: expected a number between 0 and 1"):
        treaty.quantile(1)


def test_a_table_has_a_row_a_day(treaty):
    frame = treaty.to_dataframe()
    assert list(frame.index.date) == treaty.days
    assert frame["p"].iloc[-1] == pytest.approx(treaty.p_event.mean)
    assert (frame["p_lo"] <= frame["p"]).all()
    parts = [name for name in frame if name.startswith("p_") and name not in ("p_lo", "p_hi")]
    np.testing.assert_allclose(frame[parts].sum(axis=1), frame["p"], atol=1e-9)
    stages = [name for name in frame if name.startswith("stage_")]
    np.testing.assert_allclose(frame[stages].sum(axis=1), 1 - frame["p"], atol=1e-9)


def test_curves_are_labelled_and_have_units(treaty):
    found = treaty.to_dataset()
    assert set(found.dims) == {"quantity", "day", "place", "stage"}
    last = found["p_by"].sel(quantity="mean").isel(day=-1)
    assert float(last) == pytest.approx(treaty.p_event.mean)
    assert {variable.attrs["units"] for variable in found.data_vars.values()} == {"probability"}
    by_place = found["p_by_place"].sel(quantity="mean").isel(day=-1)
    np.testing.assert_allclose(by_place, [place.mean for place in treaty.places.values()], atol=1e-9)


def test_a_result_fits_on_a_screen_and_draws_itself(treaty):
    assert len(repr(treaty)) < 160
    assert f"{treaty.p_event.mean:.3f}" in repr(treaty)
    assert treaty.plot("where").get_xlabel().startswith("probability")
    with pytest.raises(forecast.InputError, match="unknown figure wen; did you mean when"):
        treaty.plot("wen")


def test_a_comparison_may_name_its_baseline():
    paths = ["tests/questions/treaty.yaml", {"extends": TREATY, "name": "longer", "window": {"until": "2027-06-30"}}]
    found = forecast.compare_scenarios(paths, baseline="longer", engine="quick")
    assert [row.scenario.name for row in found.rows] == ["longer", "treaty"]
    frame = found.to_dataframe()
    assert frame.loc["treaty", "difference"] == pytest.approx(frame.loc["treaty", "p"] - frame.loc["longer", "p"])
    with pytest.raises(forecast.InputError, match="baseline: unknown scenario larger; did you mean longer"):
        forecast.compare_scenarios(paths, baseline="larger", engine="quick")
    with pytest.raises(forecast.InputError, match="expected at least one scenario"):
        forecast.compare_scenarios([])


def test_tables_count_from_the_window_as_p_does():
    """Of a window that opens later, what falls before it is none of the question's."""
    late = forecast.load_scenario(TREATY)
    start = late.as_of + datetime.timedelta(days=60)
    result = forecast.run_scenario(late.at(window=(start, late.window.until)), engine="quick")
    frame, curves = result.to_dataframe(), result.to_dataset()["p_by"].sel(quantity="mean")
    assert frame["p"].iloc[-1] == pytest.approx(result.p_event.mean)
    assert float(curves[-1]) == pytest.approx(result.p_event.mean)
    assert (frame["p"].iloc[:59] == 0).all()
    middle = result.days[100]
    assert frame["p"].loc[str(middle)] == pytest.approx(result.by(middle).mean)
    places = frame[[f"p_{name}" for name in result.places]]
    np.testing.assert_allclose(places.iloc[-1], [place.mean for place in result.places.values()], atol=1e-9)
    assert result.by(frame.index[100]) == result.by(middle)


def test_a_result_tells_its_hindsight_and_its_diagnostics(treaty):
    assert treaty.hindsight == treaty.scenario.known().hindsight
    assert treaty.diagnostics["engine"] == "quick"


def test_a_problem_is_plain_values():
    with pytest.raises(forecast.InputError) as caught:
        forecast.load_scenario(f"extends: {TREATY}\nwindow: {{untl: 2026-12-31}}\n")
    told = caught.value.problems[0].to_dict()
    assert (told["file"], told["line"], told["column"], told["key"]) == ("text", 2, 10, "window.untl")
    assert told["message"].startswith("unknown key")


@pytest.mark.parametrize("name", ["when", "priors", "where"])
def test_a_plot_is_one_axes(treaty, name):
    from matplotlib.axes import Axes

    assert isinstance(treaty.plot(name), Axes)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"draws": 0}, "settings.draws: expected a whole number"),
        ({"draws": 1.5}, "settings.draws: expected a whole number"),
        ({"seed": -1}, "settings.seed: expected a whole number"),
        ({"sample": 0}, "sample: expected a whole number above 0"),
        ({"sample": -3}, "sample: expected a whole number above 0"),
        ({"engine": "fast"}, "unknown engine fast"),
    ],
)
def test_sweeps_without_sense_are_refused(wrong, said):
    with pytest.raises(forecast.InputError, match=said):
        forecast.sweep_scenario(TREATY, {"priors.stages.talks.stay": "100:1000:3"}, **wrong)


def test_what_is_varied_needs_values():
    with pytest.raises(forecast.InputError, match="expected a text such as lo:hi:n, or a list of values; found 100"):
        forecast.sweep_scenario(TREATY, {"priors.stages.talks.stay": 100})


@pytest.mark.parametrize("name", ["../x", "a/b", ".hidden", ""])
def test_a_name_must_be_one_that_a_folder_can_have(name):
    with pytest.raises(forecast.InputError, match="name: expected a name that can be a folder's"):
        dataclasses.replace(forecast.load_scenario(TREATY), name=name)


def test_what_is_shown_fits_on_a_screen():
    found = forecast.compare_scenarios([TREATY, TREATY], engine="quick")
    assert repr(found) == "<Comparison of treaty, treaty>"
    assert len(repr(forecast.draw_posterior(TREATY, engine="quick"))) < 100
    assert len(repr(forecast.measure_sensitivity(TREATY, engine="quick", draws=100))) < 100
    with pytest.raises(forecast.InputError, match="several are called treaty"):
        forecast.compare_scenarios([TREATY, TREATY], baseline="treaty", engine="quick")


def test_an_estimate_is_a_row_and_a_picture(treaty):
    """As every answer that is public: Result, Comparison, Sweep and Sensitivity have theirs."""
    for found in (treaty.p_event, treaty.by("2026-06-30"), treaty.places["capital"]):
        (row,) = found.to_dataframe().to_dict("records")
        assert (row["p"], row["p_lo"], row["p_hi"]) == (found.mean, *found.eti90)
        assert row["mcse"] == found.mcse or (np.isnan(row["mcse"]) and found.mcse is None)
        ax = found.plot()
        dot = next(item for item in ax.collections if item.get_label() == "mean")
        line = next(item for item in ax.collections if item.get_label() == "90% of draws")
        assert dot.get_offsets().tolist() == [[found.mean, 0]]
        assert line.get_segments()[0][:, 0].tolist() == list(found.eti90)
        assert found.plot(ax=ax) is ax


def test_a_model_is_pymcs_to_extend_and_to_sample():
    import pymc as pm

    model = forecast.build_model(TREATY)
    assert isinstance(model, pm.Model)
    assert model.coords["stage"] == ("idle", "talks")
    assert {variable.name for variable in model.observed_RVs} == {"steps", "events"}
    assert model.named_vars_to_dims["log_stay"] == ("stage",)
    assert model.named_vars_to_dims["steps"] == ("step",)
    with model:
        pm.Deterministic("stay", pm.math.exp(model["log_stay"]), dims="stage")
        drawn = pm.sample_prior_predictive(20, random_seed=1)
    assert drawn["prior"]["stay"].dims == ("chain", "draw", "stage")
    assert pm.model_to_mermaid(model).startswith("graph")


def test_a_scenario_fits_on_a_screen():
    may = forecast.load_scenario("scenarios/may.yaml")
    assert repr(may) == ("<Scenario may: Kim Jong Un visits Russia, as of 2025-03-27, from 2025-03-28 to 2025-05-31>")
    assert len(repr(may.known())) < 160
