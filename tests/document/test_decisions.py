"""How far plans are kept, counted in a table of decisions: Beta in closed form."""

from __future__ import annotations

import re

import pytest
from scipy.stats import beta

import forecast
from forecast.document import load_scenario
from forecast.errors import InputError

FILE = """\
title: He comes
as_of: 2025-03-01
history_from: 2024-03-01
window: {days: 30}
timeline:
  - {plan: both, from: 2025-03-10, until: 2025-03-10, because: They say so (gazette 2025-02-20)}
priors:
  stages: {waiting: {stay: {mean: [1.0e+7, 9.0e+7]}, because: Never by himself (our own view)}}
  plans:
    both: {kept: KEPT, meanwhile: [0.5, 1], because: Like others (a table)}
"""
TRIPS = "leader,legs,kept\na,1,1\nb,4,1\nc,2,2\nd,3,0\ne,1,1\n"  # five decisions, 3.25 of them kept
TABLE = "{table: trips.csv, of: legs, were: kept}"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "trips.csv").write_text(TRIPS)
    return tmp_path


def write(folder, kept, more=""):
    (folder / "file.yaml").write_text(FILE.replace("KEPT", kept).replace("timeline:\n", f"timeline:\n{more}"))
    return folder / "file.yaml"


def test_a_row_is_one_decision_however_many_it_was_about(folder):
    """Ten legs of eleven that hang together are no ten cases."""
    kept = load_scenario(write(folder, TABLE)).priors.plans["both"].belief.kept
    assert (kept.law.of, kept.law.were) == (5, 3.25)
    assert kept == load_scenario(write(folder, "{of: 5, were: 3.25}")).priors.plans["both"].belief.kept
    right = beta(3.75, 2.25)
    assert (kept.lo, kept.hi) == pytest.approx(right.ppf([0.05, 0.95]), rel=1e-6)


@pytest.mark.parametrize(("like", "a", "b"), [("", 3.75, 2.25), (", like: 0.4", 1.8, 1.2)])
def test_the_next_plan_is_kept_with_the_mean_of_the_beta(folder, like, a, b):
    """And after one that was not kept, which the record has, with that of one more case."""
    found = forecast.run_scenario(write(folder, TABLE.replace("}", f"{like}}}")), engine="quick").p_event
    assert found.mean == pytest.approx(a / (a + b), abs=max(0.003, 4 * found.mcse))
    missed = "  - {plan: both, from: 2024-06-01, until: 2024-06-01, because: They said so (gazette 2024-05-01)}\n"
    found = forecast.run_scenario(write(folder, TABLE.replace("}", f"{like}}}"), missed), engine="quick").p_event
    assert found.mean == pytest.approx(a / (a + b + 1), abs=max(0.003, 4 * found.mcse))


@pytest.mark.parametrize(
    ("kept", "rows", "message"),
    [
        (TABLE.replace("legs", "leg"), TRIPS, "expected a column of trips.csv; found 'leg'; did you mean legs"),
        (TABLE.replace("}", ", like: 2}"), TRIPS, "expected a number above 0 and up to 1"),
        (TABLE, TRIPS + "f,0,0\n", "trips.csv:7:2: priors.plans.both.kept[7]: expected a number of cases above 0"),
        (TABLE, TRIPS + "f,2,3\n", "trips.csv:7:3: priors.plans.both.kept[7]: expected a number from 0 to 2"),
        (TABLE, TRIPS + "f,2,some\n", "trips.csv:7:3"),
        ("{table: trips.csv, of: legs}", TRIPS, "kept.were: expected the key were"),
        ("{table: nowhere.csv, of: legs, were: kept}", TRIPS, "cannot read"),
    ],
)
def test_what_is_wrong_is_told_with_its_row(folder, kept, rows, message):
    (folder / "trips.csv").write_text(rows)
    with pytest.raises(InputError, match=re.escape(message)):
        load_scenario(write(folder, kept))
