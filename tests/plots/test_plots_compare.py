"""The figure that lays scenarios side by side."""

import datetime
from dataclasses import replace

import numpy as np
import pytest
from figures import assert_nothing_is_cut_or_covered, labelled, words

from forecast.plots import style
from forecast.plots.compare import ComparedBar, plot_compare

TITLE = "The comet returns"
MAY = ComparedBar(
    name="may",
    as_of=datetime.date(2025, 3, 27),
    until=datetime.date(2025, 5, 31),
    p=(0.4, 0.1, 0.7),
    places={"north": 0.3, "south": 0.1},
    median_day=datetime.date(2025, 5, 3),
    readings=(0.2, 0.55),
)
OTHER = replace(MAY, name="south_alone", p=(0.1, 0.02, 0.3), places={"south": 0.1}, median_day=None, readings=None)


def test_bars_are_stacked_by_place_in_the_places_colours():
    ax = plot_compare([MAY, OTHER], title=TITLE)
    north, south = (list(group) for group in ax.containers)
    assert [bar.get_width() for bar in north] == [0.3, 0.0]
    assert [bar.get_width() for bar in south] == pytest.approx([0.1, 0.1])
    assert [bar.get_x() for bar in south] == [0.3, 0.0]
    colours = style.place_colours(["north", "south"])
    assert style.to_hex(north[0].get_facecolor()) == colours["north"]
    assert style.to_hex(south[1].get_facecolor()) == colours["south"]


def test_interval_mean_and_readings():
    ax = plot_compare([MAY, OTHER], title=TITLE)
    segments = labelled(ax.collections, "90% of draws").get_segments()
    np.testing.assert_allclose([segment[:, 0] for segment in segments], [MAY.p[1:], OTHER.p[1:]])
    np.testing.assert_allclose(labelled(ax.collections, "mean").get_offsets()[:, 0], [0.4, 0.1])
    (bracket,) = [line for line in ax.lines if line.get_label() == "other readings"]
    assert (bracket.get_xdata().min(), bracket.get_xdata().max()) == MAY.readings
    assert np.all(np.abs(bracket.get_ydata()) < 0.5)  # within the row of the first scenario


def test_it_says_what_it_shows():
    text = words(plot_compare([MAY, OTHER], title=TITLE))
    assert {TITLE, "may", "south_alone", "40%", "10 to 70%", "2025-05-03", "north", "south"} <= set(text)
    assert "2 scenarios, as of 2025-03-27: probability by 2025-05-31" in text
    assert any("bracket" in item for item in text)
    assert not any("bracket" in item for item in words(plot_compare([OTHER], title=TITLE)))


def test_dates_stand_in_columns_where_they_differ():
    earlier = replace(OTHER, as_of=datetime.date(2015, 1, 28), until=datetime.date(2015, 5, 31))
    text = words(plot_compare([MAY, earlier], title=TITLE))
    assert {"2025-03-27", "2025-05-31", "2015-01-28", "2015-05-31"} <= set(text)


@pytest.mark.parametrize("count", [1, 20])
def test_names_are_never_cut_and_nothing_overlaps(count):
    rows = [replace(MAY, name=f"a-name-that-somebody-wrote-out-in-full-as-number-{index}") for index in range(count)]
    ax = plot_compare(rows, title=TITLE)
    assert {row.name for row in rows} <= set(words(ax))
    assert_nothing_is_cut_or_covered(ax)


def test_nothing_to_compare():
    with pytest.raises(ValueError, match="at least one scenario to compare; found none"):
        plot_compare([], title=TITLE)


def test_it_takes_an_axes():
    ax = style.new_figure(9, 3).add_axes((0.3, 0.3, 0.3, 0.4))
    assert plot_compare([MAY], title=TITLE, ax=ax) is ax
