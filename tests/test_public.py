"""The library as its users meet it: through `import forecast` alone."""

from __future__ import annotations

import io
from pathlib import Path

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
    other = treaty.assume(stages={"talks": {"stay": [100, 400], "reason": "they take their time"}})
    with pytest.raises(forecast.InputError, match="posterior: expected a posterior of this scenario's history"):
        forecast.run_scenario(other, posterior=posterior)


def test_every_public_name_is_there():
    for name in forecast.__all__:
        assert getattr(forecast, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'Forecast'"):
        _ = forecast.Forecast
