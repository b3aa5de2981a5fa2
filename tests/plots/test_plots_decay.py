"""The decay figure: two curves by day, their bands, and when each falls below the level."""

from dataclasses import replace

import numpy as np
import pytest
from figures import assert_nothing_is_cut_or_covered, labelled, words

from forecast import plots
from forecast.answer.decay import Decay
from forecast.answer.summaries import Band
from forecast.plots import bands as plans
from forecast.plots import dates, decay, style


def decaying(result, *bands):
    """Return a forecast with other curves of decay."""
    other = replace(result)
    vars(other)["decay"] = Decay(*bands)  # what it is computed from stays
    return other


@pytest.fixture
def waiting(may):
    """May, with a curve that halves every 20 days and one that halves every 10."""
    day = np.arange(len(may.days) + 1)
    bands = []
    for life in (20, 10):
        mean = np.where(day == day[-1], 0.0, 0.4 * 0.5 ** (day / life))
        bands.append(Band(mean, 0.5 * mean, 1.5 * mean))
    return decaying(may, *bands)


def flat(waiting, height):
    mean = np.r_[np.full(len(waiting.days), height), 0.0]
    band = Band(mean, mean, mean)
    return decaying(waiting, band, band)


def test_curves_and_bands_by_day(waiting):
    ax = plots.plot_decay(waiting)
    for curve, band in zip(decay.collect_decay(waiting), (waiting.decay.no_event, waiting.decay.silence), strict=True):
        line = labelled(ax.lines, curve.name)
        np.testing.assert_array_equal(line.get_ydata(), band.mean)
        np.testing.assert_array_equal(line.get_xdata(), dates.curve_days(waiting))
        bounds = [line.get_ydata() for line in ax.lines if line.get_label() == f"90%: {curve.name}"]
        np.testing.assert_array_equal(bounds, [band.lo, band.hi])
    assert "probability for the rest of the window" in ax.get_ylabel()


def test_the_days_on_which_they_fall_below_the_level_are_marked_and_written(waiting):
    ax = plots.plot_decay(waiting)
    # 0.4 halves twice to 0.1, at 40 and at 20 days, and is below it at the end of the next day
    for marker, days in zip([line for line in ax.lines if line.get_label() == "falls"], (41, 21), strict=True):
        assert marker.get_xdata() == dates.end_of(waiting.days[days - 1])
        assert f"below 10% from {waiting.days[days - 1]}" in words(ax)
        assert dates.plain_day(waiting.days[days - 1]) in words(ax)


@pytest.mark.parametrize(("height", "says"), [(0.2, "never below 10%"), (0.05, "below 10% today")])
def test_a_curve_that_never_falls_says_so(waiting, height, says):
    ax = plots.plot_decay(flat(waiting, height))
    assert words(ax).count(says) == 2
    assert not [line for line in ax.lines if line.get_label() == "falls"]
    assert [line.get_label() for line in ax.lines].count("level") == (height > decay.LEVEL)


def test_it_names_curves_plans_and_day(waiting):
    ax = plots.plot_decay(waiting)
    assert {curve.name for curve in decay.collect_decay(waiting)} <= set(words(ax))
    assert {band.label for band in plans.plans_ahead(waiting)} <= set(words(ax))
    assert any("as of 2025-03-27" in text for text in words(ax))


def test_nothing_is_cut_or_covered(waiting):
    assert_nothing_is_cut_or_covered(plots.plot_decay(waiting))


def test_it_takes_an_axes(waiting):
    ax = style.new_figure(7, 5).add_axes((0.1, 0.3, 0.7, 0.5))
    assert plots.plot_decay(waiting, ax=ax) is ax
