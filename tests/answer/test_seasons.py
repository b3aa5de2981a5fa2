"""A common season, and paces of what units have in common, in questions about many: closed forms and simulation."""

from __future__ import annotations

import datetime
import json
import math
import re

import numpy as np
import pytest
from scipy.stats import binom, norm

import forecast
from forecast.document import load_question
from forecast.errors import InputError
from forecast.scenario import FAST_TO_SLOW

ENGINES = ["quick", pytest.param("nuts", marks=pytest.mark.slow)]
TAU = 0.8
RATIO = math.exp(FAST_TO_SLOW * TAU)
UNITS = [f"u{number}" for number in range(10)]
YEARLY = """\
title: How many come
as_of: AS_OF
history_from: FROM
window: {until: UNTIL}
facts: [{id: known, says: Known., source: gazette, public: 2020-01-01}]
timelines:
  visit:
    units: [UNITS]
    years: [RATIO, RATIO]
    timeline: [ENTRIES]
    priors: {stages: {waiting: {stay: {mean: [300, 300]}, ends: {event: 1}, because: [known], reason: known}}}
question: {event: {at_least: 8, of: visit}}
"""
GRID = np.linspace(-7, 7, 1401)


def ask(as_of, until, engine="quick", **rest):
    text = YEARLY
    events = rest.pop("events", ())
    entries = [f"{{unit: {unit}, day: {day}, event: anywhere, because: It came (gazette)}}" for unit, day in events]
    said = {
        "AS_OF": as_of, "FROM": rest.pop("start", as_of), "UNTIL": until, "RATIO": f"{RATIO}",
        "ENTRIES": ", ".join(entries),
    }  # fmt: skip
    for name, value in said.items():
        text = text.replace(name, value)
    return forecast.run_scenario(text.replace("[UNITS]", f"[{', '.join(UNITS)}]"), engine=engine)


def integrate(function, weight=1.0):
    """Return the mean of a function of the season v, with a likelihood if there is one."""
    density = norm.pdf(GRID) * weight
    return np.trapezoid(density * function(np.exp(TAU * GRID) / 300), GRID) / np.trapezoid(density, GRID)


def assert_right(found, right):
    """Within four errors; a number's chance says none, and has a standard deviation of up to 0.2 over 4,000 seasons."""
    error = 0.2 / math.sqrt(4000) if found.mcse is None else found.mcse
    assert found.mean == pytest.approx(right, abs=4 * error)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_year_ahead_is_shared_by_all_units(engine):
    """The number that come is a mixture of binomials over the season; quadrature."""
    found = ask("2020-12-31", "2021-12-31", engine)
    assert_right(found.p_event, integrate(lambda rate: binom(10, -np.expm1(-365 * rate)).sf(7)))
    for number, chance in enumerate(found.how_many):
        right = integrate(lambda rate, n=number: binom(10, -np.expm1(-365 * rate)).pmf(n))
        assert_right(chance.estimate, right)
    alone = integrate(lambda rate: -np.expm1(-365 * rate))
    spread = sum(number**2 * each.estimate.mean for number, each in enumerate(found.how_many)) - (10 * alone) ** 2
    assert spread > 2.5 * 10 * alone * (1 - alone)  # far from what independent units would have


def test_the_year_that_is_under_way_has_been_learned():
    """Half the year has gone, with a visit to six of ten units: its season is known from their days."""
    visited = [(unit, f"2021-0{1 + number}-15") for number, unit in enumerate(UNITS[:6])]
    found = ask("2021-06-30", "2021-12-31", start="2020-12-31", events=visited)
    rate = np.exp(TAU * GRID) / 300
    weight = (-np.expm1(-rate)) ** 6 * np.exp(-rate * (10 * 181 - 6))
    assert_right(found.p_event, integrate(lambda rate: binom(10, -np.expm1(-184 * rate)).sf(7), weight))
    before = ask("2021-06-30", "2021-12-31").p_event.mean
    assert abs(found.p_event.mean - before) > 0.03


def test_a_window_over_new_year_has_two_seasons():
    """Half a year of each of two seasons that nobody knows: quadrature over both."""
    found = ask("2020-06-30", "2021-06-30", start="2020-06-30")
    one, other = np.exp(TAU * GRID)[:, None] / 300, np.exp(TAU * GRID) / 300
    chance = binom(10, -np.expm1(-184 * one - 181 * other)).sf(7)
    inner = np.trapezoid(norm.pdf(GRID) * chance, GRID, axis=1)
    assert_right(found.p_event, np.trapezoid(norm.pdf(GRID) * inner, GRID))


def test_sums_are_as_spread_as_in_simulated_years():
    """Two hosts and two travellers, each with a pace, and a season: the law of the number of ten units that come."""
    rng, draws = np.random.default_rng(3), 200_000
    of_host, of_traveller = np.arange(10) % 5, np.arange(10) // 5
    u, w, v = (rng.standard_normal((size, draws)) for size in (5, 2, 1))
    rate = np.exp(0.5 * u[of_host] + 0.3 * w[of_traveller] + TAU * v) / 300
    right = np.bincount((rng.random((10, draws)) < -np.expm1(-365 * rate)).sum(axis=0), minlength=11) / draws
    paces = {name: math.exp(FAST_TO_SLOW * tau) for name, tau in (("host", 0.5), ("traveller", 0.3))}
    units = {unit: {"host": f"h{of_host[i]}", "traveller": f"t{of_traveller[i]}"} for i, unit in enumerate(UNITS)}
    text = YEARLY.replace("[UNITS]", json.dumps(units)).replace("ENTRIES", "").replace("RATIO", str(RATIO))
    text = text.replace("AS_OF", "2020-12-31").replace("FROM", "2020-12-31").replace("UNTIL", "2021-12-31")
    text = text.replace(
        "    years:", f"    pace: {json.dumps({name: [pace, pace] for name, pace in paces.items()})}\n    years:"
    )
    found = forecast.run_scenario(text, engine="quick")
    for chance, exact in zip(found.how_many, right, strict=True):
        assert chance.estimate.mean == pytest.approx(exact, abs=0.01)


# --- files -----------------------------------------------------------------------------------------------------------

FILE = """\
title: Visits
as_of: 2021-12-31
history_from: 2019-12-31
window: {days: 365}
facts: [{id: known, says: Known., source: gazette, public: 2019-01-01}]
timelines:
  visit:
    units: UNITS
    pace: {host: [1.5, 4], traveller: [1.2, 3]}
    years: [1, 2]
    priors: {stages: {waiting: {stay: {mean: [200, 900]}, ends: {event: 1}, because: [known], reason: known}}}
question: {event: visit.us_japan}
"""
MAPPED = (
    "{us_japan: {host: japan, traveller: president}, sec_japan: {host: japan, traveller: secretary}, "
    "us_france: {host: france, traveller: president}}"
)
TABLE = """\
unit,host,traveller,day,event
us_japan,japan,president,2020-03-01,anywhere
sec_japan,japan,secretary,2020-05-01,anywhere
sec_japan,japan,secretary,2021-05-01,anywhere
us_france,france,president,,
"""


def test_units_say_what_they_share_a_pace_by_in_place_or_in_a_table(tmp_path):
    mapped = load_question(FILE.replace("UNITS", MAPPED)).families[0]
    (tmp_path / "visits.csv").write_text(TABLE)
    (tmp_path / "file.yaml").write_text(FILE.replace("UNITS", "visits.csv"))
    read = load_question(tmp_path / "file.yaml")
    assert read.families[0].groups == mapped.groups
    assert mapped.groups["host"] == {"visit.us_japan": "japan", "visit.sec_japan": "japan", "visit.us_france": "france"}
    assert (mapped.pace["traveller"].hi, mapped.years.hi) == (3, 2)
    again = load_question(read.text)  # written out, without the table
    assert again.families == read.families
    named = TABLE.replace("host", "country", 1)
    (tmp_path / "visits.csv").write_text(named)
    said = "{table: visits.csv, unit: unit, event: event, host: country}"
    (tmp_path / "file.yaml").write_text(FILE.replace("UNITS", said))
    assert load_question(tmp_path / "file.yaml").families[0].groups == mapped.groups


@pytest.mark.slow
def test_an_answer_says_what_was_learned_of_each_pace(tmp_path):
    (tmp_path / "visits.csv").write_text(TABLE)
    (tmp_path / "file.yaml").write_text(FILE.replace("UNITS", "visits.csv"))
    found = forecast.run_scenario(tmp_path / "file.yaml", engine="quick")
    draws = found.posteriors["visit"].draws
    assert draws["u_host"].shape[0] == draws["u_traveller"].shape[0] == 2
    assert draws["u_year"].shape[0] == 3  # 2019, of which no day is on record, 2020 and 2021
    posterior = found.posteriors["visit"].to_datatree()["posterior"]
    assert {"pace_host", "pace_traveller", "pace_year"} <= set(posterior.data_vars)
    assert posterior["u_host"].dims[-1] == "by_host"
    assert datetime.date.fromisoformat(found.to_dict()["as_of"]) == datetime.date(2021, 12, 31)


WRONG = {
    "a list": ("[a, b]", "pace.host: expected each unit's host, as in units: {north: {host: ...}}"),
    "a unit without": (MAPPED.replace(", traveller: president}", "}", 1), "us_japan.traveller: expected the key"),
    "another": (MAPPED.replace("traveller:", "travler:", 1), "travler: unknown key"),
    "all alike": (
        MAPPED.replace("france}", "japan}").replace("host: france", "host: japan"),
        "units that differ in host",
    ),
    "no name": (MAPPED.replace("host: japan", "host: 3", 1), "expected a name"),
}


@pytest.mark.parametrize(("units", "message"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_with_what_units_share(units, message):
    with pytest.raises(InputError, match=re.escape(message)):
        load_question(FILE.replace("UNITS", units))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("host: [1.5, 4]", "year: [1.5, 4]", "expected the name of a column, as host, or unit"),
        ("host: [1.5, 4]", "host: [0.5, 4]", "pace.host: expected an interval [lo, hi] from 1 on"),
        ("years: [1, 2]", "years: [2, 1]", "how many times as busy as a quiet year a busy one is"),
        ("years: [1, 2]", "years: 2", "expected a 90% interval [lo, hi]"),
        ("stay: {mean: [200, 900]}", "stay: {single: [200, 900]}", "beside pace or years; found a stay that ages"),
    ],
)
def test_what_is_wrong_with_paces(old, new, message):
    with pytest.raises(InputError, match=re.escape(message)):
        load_question(FILE.replace("UNITS", MAPPED).replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("2021-05-01", "2021-05-01x", "expected a date"),
        (
            "sec_japan,japan,secretary,2021",
            "sec_japan,france,secretary,2021",
            "visits.csv:4:2: timelines.visit.units[4].host: expected japan, as for sec_japan above",
        ),
        ("unit,host", "unit,guest", "expected a column host in visits.csv, with each unit's host"),
    ],
)
def test_what_is_wrong_with_a_table_of_them(tmp_path, old, new, message):
    (tmp_path / "visits.csv").write_text(TABLE.replace(old, new, 1))
    (tmp_path / "file.yaml").write_text(FILE.replace("UNITS", "visits.csv"))
    with pytest.raises(InputError, match=re.escape(message)):
        load_question(tmp_path / "file.yaml")
