"""Days on an axis: which have ticks, what stands there, and that nothing collides."""

import datetime

import numpy as np
import pytest
from figures import assert_nothing_is_cut_or_covered, draw
from hypothesis import given
from hypothesis import strategies as st

from forecast.plots import dates, style
from forecast.plots.timeline import half_width


def number(day):
    return dates.end_of(datetime.date.fromisoformat(day))


@pytest.mark.parametrize(
    ("first", "last", "most", "labels"),
    [
        ("2025-03-27", "2025-03-30", 8, ["28 Mar\n2025", "29 Mar", "30 Mar", "31 Mar"]),
        (
            "2025-03-27",
            "2025-05-31",
            12,
            ["1 Apr\n2025", "8 Apr", "15 Apr", "22 Apr", "1 May", "8 May", "15 May", "22 May", "1 Jun"],
        ),
        ("2025-03-27", "2025-05-31", 6, ["1 Apr\n2025", "15 Apr", "1 May", "15 May", "1 Jun"]),
        ("2025-09-27", "2026-03-02", 8, ["Oct\n2025", "Nov", "Dec", "Jan\n2026", "Feb", "Mar"]),
        ("2025-03-27", "2025-12-31", 6, ["May\n2025", "Jul", "Sep", "Nov", "Jan\n2026"]),
        ("2014-06-01", "2025-03-27", 8, ["2016", "2018", "2020", "2022", "2024"]),
    ],
)
def test_ticks_name_the_year_once(first, last, most, labels):
    ticks = dates.find_ticks(number(first), number(last), most)
    assert [label for _, label in ticks] == labels


def test_a_tick_stands_at_the_beginning_of_its_day():
    ((x, label), *_) = dates.find_ticks(number("2025-03-27"), number("2025-03-30"), 8)
    assert label.startswith("28 Mar")
    assert x == (datetime.date(2025, 3, 28) - datetime.date(1970, 1, 1)).days


@given(
    first=st.dates(datetime.date(1800, 1, 1), datetime.date(2100, 1, 1)),
    days=st.one_of(st.integers(1, 400), st.integers(1, 60_000)),
    width=st.floats(50, 800),
)
def test_labels_never_collide_and_there_is_one(first, days, width):
    start = dates.end_of(first)
    ticks = dates.find_ticks(start, start + days, dates.count_ticks(width))
    assert ticks
    at = np.array([x for x, _ in ticks])
    assert start <= at[0] <= at[-1] <= start + days
    assert "\n" in ticks[0][1] or ticks[0][1].isdigit()  # the first says its year
    reach = np.array([half_width(label) for _, label in ticks])
    assert np.all(np.diff(at) / days * width > reach[1:] + reach[:-1])


@pytest.mark.parametrize("days", [1, 3, 9, 20, 45, 65, 150, 280, 700, 4000])
def test_an_axis_of_days_writes_level_labels_that_fit(days):
    ax = style.new_figure(6, 2).add_axes((0.1, 0.3, 0.8, 0.6))
    ax.set_yticks([])
    dates.scale_in_days(ax, (number("2025-03-27"), number("2025-03-27") + days))
    assert_nothing_is_cut_or_covered(ax)
    draw(ax.figure)
    assert {label.get_rotation() for label in ax.get_xticklabels()} == {0.0}
    expected = dates.find_ticks(*ax.get_xlim(), dates.count_ticks(style.width_in_points(ax)))
    assert [tick.get_text() for tick in ax.get_xticklabels()][-len(expected) :] == [label for _, label in expected]


@pytest.mark.parametrize(
    ("start", "until", "says"),
    [
        ("2025-05-09", "2025-05-09", "9 May"),
        ("2025-05-03", "2025-05-05", "3–5 May"),
        ("2025-04-30", "2025-05-02", "30 Apr–2 May"),
        ("2025-12-30", "2026-01-02", "30 Dec 2025–2 Jan 2026"),
    ],
)
def test_runs_of_days(start, until, says):
    assert dates.plain_span(*map(datetime.date.fromisoformat, (start, until))) == says
