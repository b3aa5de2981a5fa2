"""Readings in a file of several timelines, against closed forms: all is known, and the timelines share nothing."""

from __future__ import annotations

import math

import pytest
from several import BEGINS, write_links

import forecast
from forecast.errors import InputError

SEVERAL = """\
title: Two that are read otherwise
as_of: 2024-12-31
history_from: 2024-01-01
window: {days: 200}
facts:
  - {id: known, says: Known., source: gazette, public: 2024-01-01}
  - {id: leak, says: A leak said that talks had begun., source: gazette, public: 2024-06-01}
timelines:
  truce:
    stages: [war, talks]
    timeline: [{stage: talks, from: 2024-06-01, because: [leak]}]
    priors:
      stages:
        war: {stay: {mean: 200}, ends: {talks: 1}, because: [known], reason: known}
        talks: {stay: {mean: 100}, ends: {event: 1}, because: [known], reason: known}
      seriousness: {factor: [1, 1], because: [known], reason: none}
    readings:
      leak-is-nothing: {reason: Nobody confirmed it., recode: {leak: none}, weight: 0.2}
      slow: {reason: One analyst., weight: 0.3, assume: {stages: {talks: {stay: {mean: 400}, reason: slow}}}}
  election:
    priors: {stages: {waiting: {stay: {mean: 120}, ends: {event: 1}, because: [known], reason: known}}}
    readings:
      slow: {reason: One analyst., weight: 0.3, assume: {stages: {waiting: {stay: {mean: 240}, reason: slow}}}}
question: {event: {all: [truce, election]}}
"""


def by(mean):
    return 1 - math.exp(-200 / mean)


def by_two(first, second):
    a, b = 1 / first, 1 / second
    return 1 - (b * math.exp(-a * 200) - a * math.exp(-b * 200)) / (b - a)


def run(text):
    return forecast.run_scenario(text, engine="quick", settings=forecast.Settings(draws=300))


def test_a_name_is_one_reading_of_all_that_list_it():
    found = run(SEVERAL)
    own, nothing, slow = by(100) * by(120), by_two(200, 100) * by(120), by(400) * by(240)
    assert found.p_event.mean == pytest.approx(own, abs=1e-6)
    assert {name: each.p_event.mean for name, each in found.readings.items()} == pytest.approx(
        {"leak-is-nothing": nothing, "slow": slow}, abs=1e-6
    )
    assert found.readings_range == pytest.approx((slow, own), abs=1e-6)
    assert found.pooled.mean == pytest.approx(0.5 * own + 0.2 * nothing + 0.3 * slow, abs=1e-6)


def test_they_are_told_in_the_table_in_the_json_and_beside_others():
    found = run(SEVERAL)
    assert "other readings" in str(found)
    assert "leak-is-nothing: 0.32; slow: 0.22" in str(found)
    assert found.to_dict()["readings"]["slow"]["reason"] == "One analyst."
    compared = forecast.compare_scenarios([SEVERAL, SEVERAL], engine="quick", settings=forecast.Settings(draws=300))
    assert [row.readings_range for row in compared.rows] == [found.readings_range] * 2


def test_one_whose_fact_is_not_public_yet_is_left_out():
    text = SEVERAL.replace(
        "had begun., source: gazette, public: 2024-06-01", "began., source: gazette, public: 2025-02-01"
    )
    assert list(run(text.replace("from: 2024-06-01", "from: 2025-02-01")).readings) == ["slow"]


def test_a_family_reads_all_its_units_so():
    units = "parliament:\n    units: [a, b, c]"
    text = SEVERAL.replace("election:", units).replace("all: [truce, election]", "all: parliament")
    found = run(text)
    assert found.readings["slow"].p_event.mean == pytest.approx(by(240) ** 3, abs=1e-6)
    assert found.readings["leak-is-nothing"].p_event.mean == pytest.approx(found.p_event.mean, abs=1e-6)


def test_rows_of_a_sweep_are_about_the_file_as_it_is():
    swept = forecast.sweep_scenario(SEVERAL, {"window.until": ["2025-07-19"]}, draws=300)
    assert swept.rows[0][2] == pytest.approx(by(100) * by(120), abs=1e-6)


@pytest.mark.parametrize(
    ("old", "new", "place", "says"),
    [
        ("weight: 0.3, assume: {stages: {waiting", "weight: 0.4, assume: {stages: {waiting",
         "timelines.election.readings", "expected one weight of slow in truce and election"),
        ("weight: 0.3, assume: {stages: {waiting", "assume: {stages: {waiting",
         "timelines.election.readings", "found 0.3 and none"),
        ("weight: 0.2", "weight: 0.9", "timelines.truce.readings", "found 1.2"),
        ("{leak: none}", "{leek: none}", "timelines.truce.readings.leak-is-nothing.recode", "did you mean leak"),
        ("\n      slow: {reason: One analyst., weight: 0.3, assume: {stages: {talks",
         "\n      other: {reason: One analyst., weight: 0.79, assume: {stages: {talks",
         "timelines.truce.readings", "which come to 1 at most, or of none; found"),
        ("  election:\n", "  election:\n    starts: {after: truce}\n", "timelines.truce.readings", "no recode where"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_its_place(old, new, place, says):
    assert old in SEVERAL
    with pytest.raises(InputError) as caught:
        run(SEVERAL.replace(old, new))
    told = [str(problem) for problem in caught.value.problems]
    assert any(place in line and says in line for line in told), told


def test_one_that_listens_can_have_other_priors_and_no_recoding():
    reading = (
        "    readings: {slow: {reason: slow, assume: {stages: {war: {stay: {mean: [180, 180]}, reason: slow}}}}}\n"
    )
    text = write_links(BEGINS).replace("  election: {priors", f"{reading}  election: {{priors")
    found = run(text)
    assert found.readings["slow"].p_event.mean < found.p_event.mean - 0.05
    with pytest.raises(InputError, match="no recode where"):
        run(text.replace("assume: {stages: {war: {stay: {mean: [180, 180]}, reason: slow}}}", "recode: {known: talks}"))
