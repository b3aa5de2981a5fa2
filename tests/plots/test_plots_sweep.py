"""The figures of a sweep: P against one key, against two, and with each key at its ends."""

import datetime

import numpy as np
import pytest
from figures import assert_nothing_is_cut_or_covered, labelled, words
from matplotlib.colors import to_hex

from forecast.plots import dates, style
from forecast.plots.response import Heading, plot_heat, plot_response
from forecast.plots.scales import Scale, choose_scale
from forecast.plots.tornado import HIGH, LOW, MOST, SwingBar, plot_tornado

HEADING = Heading("The comet returns", datetime.date(2025, 3, 27), datetime.date(2025, 5, 31))
KEY = "priors.hazard_ratios.multilateral"
DAYS = [datetime.date(2025, 4, 1) + datetime.timedelta(days=3 * step) for step in range(20)]
VALUES = {
    "even": [float(value) for value in range(3, 21)],
    "log": list(np.geomspace(0.02, 1, 25)),
    "days": DAYS,
    "names": [True, False],
}


def response(values, **how):
    north = np.linspace(0.1, 0.3, len(values))
    south = np.full(len(values), 0.1)
    return plot_response(KEY, values, north + south, {"north": north, "south": south}, heading=HEADING, **how)


# --- one key -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["even", "log", "days"])
def test_response_draws_the_total_over_the_places(kind):
    values = VALUES[kind]
    bounds = np.full(len(values), 0.05), np.full(len(values), 0.6)
    ax = response(values, eti90=bounds)
    line = labelled(ax.lines, "anywhere")
    at = [dates.start_of(day) for day in values] if kind == "days" else values
    np.testing.assert_allclose(line.get_xdata(), at)
    np.testing.assert_allclose(line.get_ydata(), np.linspace(0.2, 0.4, len(values)))
    assert ax.get_xscale() == ("log" if kind == "log" else "linear")
    assert ax.get_xlim() == (min(at), max(at))
    areas = [item for item in ax.collections if item.get_label() in ("north", "south")]
    assert [area.get_label() for area in areas] == ["north", "south"]
    assert areas[0].get_paths()[0].vertices[:, 1].max() == pytest.approx(0.3)
    dashed = [line.get_ydata() for line in ax.lines if line.get_label() == "90% of draws"]
    np.testing.assert_array_equal(dashed, bounds)
    np.testing.assert_array_equal(labelled(ax.lines, "computed").get_xydata(), line.get_xydata())
    assert_nothing_is_cut_or_covered(ax)


def test_response_marks_no_points_where_they_would_touch():
    ax = response(list(np.linspace(1, 2, 41)))
    assert not [line for line in ax.lines if line.get_label() == "computed"]


def test_response_sorts_its_values():
    ax = response(VALUES["even"][::-1])
    line = labelled(ax.lines, "anywhere")
    np.testing.assert_array_equal(line.get_xdata(), VALUES["even"])
    np.testing.assert_allclose(line.get_ydata(), np.linspace(0.4, 0.2, len(VALUES["even"])))


def test_few_days_are_each_written_with_the_year_where_it_changes():
    days = [datetime.date(2025, 11, 15), datetime.date(2025, 12, 15), datetime.date(2026, 1, 15)]
    labels = [label.get_text() for label in response(days[::-1]).get_xticklabels()]
    assert labels == ["15 Nov\n2025", "15 Dec", "15 Jan\n2026"]


def test_of_many_days_round_ones_are_written():
    ax = response(DAYS)  # 1 April to 28 May, every third day
    labels = [label.get_text() for label in ax.get_xticklabels()]
    assert labels == ["1 Apr\n2025", "8 Apr", "15 Apr", "22 Apr", "1 May", "8 May", "15 May", "22 May"]
    assert ax.get_xticks()[0] == dates.start_of(DAYS[0])
    assert {label.get_rotation() for label in ax.get_xticklabels()} == {0.0}


@pytest.mark.parametrize("days", [(0, 1, 240), (0, 1, 2, 3, 200, 201), (5,)])
def test_uneven_days_do_not_collide(days):
    ax = response([datetime.date(2025, 4, 1) + datetime.timedelta(days=day) for day in days])
    assert_nothing_is_cut_or_covered(ax)


def test_names_have_columns():
    bounds = np.array([0.1, 0.2]), np.array([0.5, 0.6])
    ax = response([True, False], eti90=bounds)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["on", "off"]
    north, south = ax.containers
    np.testing.assert_allclose([bar.get_height() for bar in north], [0.1, 0.3])
    np.testing.assert_allclose([bar.get_y() for bar in south], [0.1, 0.3])
    segments = labelled(ax.collections, "90% of draws").get_segments()
    np.testing.assert_allclose([segment[:, 1] for segment in segments], np.transpose(bounds))
    assert {"20%", "40%"} <= set(words(ax))
    assert_nothing_is_cut_or_covered(ax)


def test_response_says_what_it_shows():
    text = words(response(VALUES["log"]))
    assert {HEADING.title, f"as of 2025-03-27, against {KEY}", f"{KEY}, log scale"} <= set(text)
    assert "probability by 2025-05-31" in text


# --- values on an axis -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "kind"),
    [([1, 2, 3], "even"), ([1, 2], "even"), ([0.1, 1, 10], "log"), ([0, 1, 10], "even"), ([5, 5, 5], "even")],
)
def test_log_spaced_numbers_have_a_log_axis(values, kind):
    assert choose_scale("key", values).kind == kind


@pytest.mark.parametrize(
    ("values", "found"), [([], "none"), ([1, "on"], "names, numbers"), ([DAYS[0], 3], "days, numbers")]
)
def test_values_of_several_kinds_are_refused(values, found):
    with pytest.raises(ValueError, match=f"values of one kind for key; found {found}"):
        choose_scale("key", values)


@pytest.mark.parametrize("kind", VALUES)
def test_cells_lie_around_their_values(kind):
    scale = choose_scale("key", VALUES[kind])
    assert scale.kind == kind
    assert len(scale.edges) == len(scale.at) + 1
    assert np.all(scale.edges[:-1] < scale.at)
    assert np.all(scale.at < scale.edges[1:])
    np.testing.assert_allclose(scale.middles, scale.at)  # these values are evenly spaced on their axis


def test_uneven_values_that_lie_too_close_have_one_tick():
    ticks, labels = Scale("key", (0.0, 0.01, 5.0, 10.0), "even").ticks(8)
    assert ticks == [0.0, 5.0, 10.0]
    assert labels == ["0", "5", "10"]


# --- two keys ----------------------------------------------------------------------------------------------------


def test_heat_map_has_p_in_its_cells():
    p = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.62]])
    ax = plot_heat("x", [1.0, 2.0, 3.0], "y", [False, True], p, heading=HEADING)
    np.testing.assert_array_equal(ax.collections[0].get_array().reshape(p.shape), p)
    written = {text.get_text(): text.get_position() for text in ax.texts}
    assert written["62%"] == (3.0, 1.0)
    assert written["10%"] == (1.0, 0.0)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["off", "on"]
    (scale,) = ax.child_axes
    assert scale.get_ylabel() == "probability by 2025-05-31"
    assert_nothing_is_cut_or_covered(ax)


def test_values_in_cells_stand_out():
    ax = plot_heat("x", [1.0, 2.0], "y", [1.0, 2.0], np.array([[0.0, 0.3], [0.6, 1.0]]), heading=HEADING)
    colours = {text.get_text(): to_hex(text.get_color()) for text in ax.texts}
    assert colours["0%"] == style.INK
    assert colours["100%"] == "#ffffff"


def test_a_fine_heat_map_has_contours_at_round_values():
    x, y = VALUES["log"], VALUES["even"]
    p = np.add.outer(np.linspace(0, 0.2, len(y)), np.linspace(0.1, 0.5, len(x)))
    ax = plot_heat(KEY, x, "days_away", y, p, heading=HEADING)
    assert ax.get_xscale() == "log"
    (contours,) = [item for item in ax.collections if hasattr(item, "levels")]
    np.testing.assert_allclose(contours.levels, [0.2, 0.3, 0.4, 0.5, 0.6])
    assert_nothing_is_cut_or_covered(ax)


def test_heat_map_of_another_shape():
    with pytest.raises(ValueError, match=r"P for 2 values of y by 3 of x; found the shape \(3, 2\)"):
        plot_heat("x", [1, 2, 3], "y", [1, 2], np.zeros((3, 2)), heading=HEADING)


@pytest.mark.parametrize("count", [4, 20])
def test_days_may_go_up(count):
    p = np.linspace(0.1, 0.5, 3 * count).reshape(count, 3)
    ax = plot_heat("x", [1.0, 2.0, 3.0], "window.until", DAYS[:count], p, heading=HEADING)
    low, *_ = [label.get_text() for label in ax.get_yticklabels()]
    assert low == "1 Apr\n2025"
    assert_nothing_is_cut_or_covered(ax)


def test_unknown_cells_stay_empty():
    p = np.array([[0.1, np.nan], [0.3, 0.4]])
    ax = plot_heat("x", [1, 2], "y", [1, 2], p, heading=HEADING)
    assert {text.get_text() for text in ax.texts} >= {"10%", "30%", "40%"}
    assert "nan%" not in {text.get_text() for text in ax.texts}


# --- many keys ---------------------------------------------------------------------------------------------------


def bars(ax, row):
    return {
        group.get_label(): group[0]
        for group in ax.containers
        if round(group[0].get_y() + group[0].get_height() / 2) == row
    }


def test_tornado_is_sorted_by_swing():
    rows = [SwingBar(f"key-{size}", 0.4 - size / 100, 0.4 + size / 100, size, 2 * size) for size in (1, 3, 2)]
    ax = plot_tornado(rows, 0.4, heading=HEADING)
    assert [text.get_text() for text in ax.texts if text.get_label() == "row"] == ["key-3", "key-2", "key-1"]
    top = bars(ax, 0)
    assert top["low"].get_width() == pytest.approx(-0.03)
    assert top["high"].get_width() == pytest.approx(0.03)
    assert top["low"].get_x() == pytest.approx(0.4)
    assert (to_hex(top["low"].get_facecolor()), to_hex(top["high"].get_facecolor())) == (LOW, HIGH)
    assert labelled(ax.lines, "middle").get_xdata() == [0.4, 0.4]
    assert_nothing_is_cut_or_covered(ax)


def test_tornado_shows_the_largest_and_counts_the_rest():
    rows = [SwingBar(f"key-{size}", 0.4, 0.4 + size / 100, 0.0, 1.0) for size in range(25)]
    ax = plot_tornado(rows, 0.4, heading=HEADING)
    assert len([text for text in ax.texts if text.get_label() == "row"]) == MOST
    assert any("15 of 25 keys" in text for text in words(ax))
    assert_nothing_is_cut_or_covered(ax)


@pytest.mark.parametrize(("p_low", "p_high", "inner"), [(0.5, 0.6, "low"), (0.3, 0.2, "low"), (0.1, 0.35, "high")])
def test_where_both_ends_lie_on_one_side_both_can_be_seen(p_low, p_high, inner):
    ax = plot_tornado([SwingBar("key", p_low, p_high, "few", "many")], 0.4, heading=HEADING)
    drawn = bars(ax, 0)
    outer = {"low": "high", "high": "low"}[inner]
    assert drawn[inner].get_height() < drawn[outer].get_height()
    assert drawn[inner].get_zorder() > drawn[outer].get_zorder()
    assert_nothing_is_cut_or_covered(ax)


def test_tornado_without_keys():
    with pytest.raises(ValueError, match="at least one key that was varied; found none"):
        plot_tornado([], 0.4, heading=HEADING)
