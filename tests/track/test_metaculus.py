"""What goes to Metaculus, against its own rules, restated here: `ForecastWriteSerializer` and the guide to its API."""

from __future__ import annotations

import datetime
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logs import answer

from forecast.errors import InputError
from forecast.track import DateRange, describe_forecast, export_forecasts
from forecast.track.metaculus import make_cdf, raise_to, soften

UNTIL = "2025-06-30"
WHOLE = (datetime.date(2025, 3, 1), datetime.date(2025, 7, 1))  # from as_of to the end of the window's last day
DAYS = 121


def check_rules(cdf, *, open_lower, open_upper):
    """Complain as Metaculus' own check would."""
    cdf = np.round(cdf, 10)
    steps = np.round(np.diff(cdf), 10)
    assert len(cdf) == 201
    assert (steps >= 0.00005).all()
    assert (steps <= 0.2).all()
    assert cdf[0] >= 0.001 if open_lower else cdf[0] == 0.0
    assert cdf[-1] <= 0.999 if open_upper else cdf[-1] == 1.0


def on_days(*days, p=0.9):
    """Return a curve that rises by equal steps on some days of the window."""
    rise = np.zeros(DAYS)
    rise[list(days)] = p / len(days)
    return np.cumsum(rise).tolist()


SHAPES = {
    "straight": [0.6 * (day + 1) / DAYS for day in range(DAYS)],
    "one day": on_days(60, p=0.95),
    "sure, on one day": on_days(60, p=1.0),
    "the first day": on_days(0, p=0.7),
    "the last day": on_days(DAYS - 1, p=0.999),
    "two days far apart": on_days(3, 100),
    "four days": on_days(3, 40, 70, 100),
    "hardly ever": [1e-7 * (day + 1) for day in range(DAYS)],
    "never": [0.0] * DAYS,
    "wide": (1 - np.exp(-np.arange(1, DAYS + 1) / 60)).tolist(),
}
RANGES = {
    "all": WHOLE,
    "a week": (datetime.date(2025, 4, 28), datetime.date(2025, 5, 5)),
    "from years ago": (datetime.date(2020, 1, 1), datetime.date(2025, 7, 1)),
    "without the first month": (datetime.date(2025, 4, 1), datetime.date(2025, 7, 1)),
}


def told(shape):
    by = SHAPES[shape]
    return describe_forecast(answer(by[-1], by=by))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("span", RANGES)
@pytest.mark.parametrize("open_at", ["neither", "lower", "upper", "both"])
def test_a_distribution_keeps_the_rules(shape, span, open_at):
    within = DateRange(*RANGES[span], open_at)
    lower, upper = open_at in ("lower", "both"), open_at in ("upper", "both")
    try:
        cdf = make_cdf(told(shape), within)
    except InputError as error:
        assert "into which it may fall" in str(error)  # noqa: PT017 - the other outcome is no error
        assert not (lower and upper)
        return
    check_rules(cdf, open_lower=lower, open_upper=upper)


@settings(max_examples=60, deadline=None)
@given(
    rise=st.lists(st.floats(0, 1), min_size=DAYS, max_size=DAYS).filter(any),
    p=st.floats(0.001, 1),
    begins=st.integers(0, DAYS - 1),
    length=st.integers(1, DAYS),
)
def test_any_distribution_over_any_range_keeps_the_rules(rise, p, begins, length):
    by = p * np.cumsum(rise) / np.sum(rise)
    forecast = describe_forecast(answer(min(by[-1], 1.0), by=np.minimum(by, 1.0).tolist()))
    first = datetime.date(2025, 3, 2) + datetime.timedelta(days=begins)
    last = min(first + datetime.timedelta(days=length), WHOLE[1])
    check_rules(make_cdf(forecast, DateRange(first, last, "both")), open_lower=True, open_upper=True)


@pytest.mark.parametrize("shape", ["straight", "wide", "four days"])
def test_a_distribution_is_the_forecasts_own_but_for_what_the_rules_take(shape):
    """The rules hold back 0.01 in steps and 0.001 at each open end: no point may be moved by more than their sum."""
    within = DateRange(*WHOLE, "upper")
    at = np.linspace(0, WHOLE[1].toordinal() - WHOLE[0].toordinal(), 201)  # in days from as_of's beginning
    moments = np.arange(1.0, DAYS + 2)  # the window begins a day after the range does
    expected = np.interp(at, moments, [0.0, *SHAPES[shape]])
    cdf = np.array(make_cdf(told(shape), within))
    assert np.abs(cdf - expected).max() < 0.012


def test_what_lies_outside_an_open_bound_is_told_as_outside():
    by = SHAPES["straight"]
    cdf = make_cdf(told("straight"), DateRange(datetime.date(2025, 4, 1), WHOLE[1], "both"))
    assert cdf[0] == pytest.approx(by[29], abs=0.01)  # by the end of 31 March, the 30th day
    assert cdf[-1] == pytest.approx(0.6, abs=0.01)


def test_a_closed_bound_is_told_to_make_it_conditional(caplog):
    cdf = make_cdf(told("straight"), DateRange(*WHOLE, "neither"))
    assert "the days are told given that it falls between: P 0.600" in caplog.text
    middle = np.interp(0.5, np.linspace(0, 1, 201), cdf)
    assert middle == pytest.approx(0.5, abs=0.01)


def test_a_day_too_sure_for_one_step_is_spread_and_that_is_said(caplog):
    cdf = np.array(make_cdf(told("sure, on one day"), DateRange(*RANGES["all"], "upper")))
    assert "it is spread over more" in caplog.text
    steps = np.diff(cdf)
    assert steps[95:106].sum() > 0.9  # the 61st day begins 61/122 of the way


def test_spreading_keeps_the_whole_and_the_middle():
    steps = np.zeros(200)
    steps[80] = 0.9
    found = soften(steps)
    assert found.sum() == pytest.approx(0.9)
    assert found.max() <= 0.2
    assert (found @ np.arange(200)) / found.sum() == pytest.approx(80)


def test_raising_to_a_least_is_the_nearest_in_relative_entropy():
    from scipy.optimize import minimize

    shares, least = np.array([0.001, 0.05, 0.3, 0.649]), np.array([0.1, 0.08, 0.01, 0.01])
    bounds = [(low, 1.0) for low in least]
    best = minimize(
        lambda q: float((q * np.log(q / shares)).sum()), np.full(4, 0.25), bounds=bounds, method="SLSQP",
        constraints={"type": "eq", "fun": lambda q: q.sum() - 1}, options={"ftol": 1e-14},
    )  # fmt: skip
    np.testing.assert_allclose(raise_to(shares, least), best.x, atol=1e-6)


@pytest.mark.parametrize(("p", "expected"), [(0.4, 0.4), (0.0, 0.001), (1.0, 0.999), (0.0009, 0.001)])
def test_a_binary_question_takes_a_probability_within_its_bounds(p, expected, caplog):
    text = export_forecasts([describe_forecast(answer(p))], "metaculus", ids=["123"])
    assert json.loads(text) == [{"question": 123, "probability_yes": expected}]
    assert ("takes nothing beyond" in caplog.text) == (p != expected)


@pytest.mark.parametrize(
    ("span", "said"),
    [
        ((WHOLE[0], datetime.date(2025, 7, 2)), "range: expected a range that ends by 2025-07-01"),
        ((WHOLE[1], WHOLE[0]), "range: expected an end after the range's first day, 2025-07-01"),
        ((*WHOLE, "uper"), r"open: unknown bound uper; did you mean upper\?"),
        ((datetime.date(2020, 1, 1), datetime.date(2021, 1, 1), "neither"), "expected a range into which it may fall"),
    ],
)
def test_a_range_that_cannot_be_is_refused(span, said):
    with pytest.raises(InputError, match=said):
        make_cdf(told("straight"), DateRange(*span))


def test_a_yes_without_a_day_has_no_distribution():
    plain = answer(0.4)
    del plain["when"]["cif"]
    with pytest.raises(InputError, match="expected a forecast whose yes comes on a day"):
        make_cdf(describe_forecast(plain), DateRange(*WHOLE))
