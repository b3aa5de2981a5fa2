"""The tables that are made from public records, and the scenarios that learn from them."""

from __future__ import annotations

import csv
import importlib.util
from collections import Counter
from pathlib import Path

import pytest

from forecast.document import load_question, load_scenario

ROOT = Path(__file__).parents[2]


def load_script(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "seeds" / f"{name}.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


def test_the_hosts_are_those_with_the_most_visits_before_the_years_that_are_scored(tmp_path, monkeypatch):
    """A host that is visited later only is not chosen, and a tour that comes back to a host counts once."""
    script = load_script("make_visits")
    monkeypatch.setattr(script, "HOSTS", 2)
    stops = [
        ("secretary", "1974-05-02", "syria", 1),
        ("secretary", "1974-05-09", "syria", 1),
        ("president", "1974-06-15", "syria", 2),
        ("president", "1980-01-01", "japan", 3),
        ("secretary", "1981-01-01", "japan", 4),
        ("secretary", "1982-01-01", "japan", 5),
        ("secretary", "1983-01-01", "peru", 6),
        *(("president", f"19{year}-01-01", "peru", year) for year in (95, 96, 97)),
        ("president", "1970-01-01", "peru", 90),
        ("president", "1969-01-01", "peru", 91),
    ]
    lines = ["role,start,country_id,tour_id", *(",".join(map(str, stop)) for stop in stops)]
    (tmp_path / "raw.csv").write_text("\n".join(lines))
    rows = script.make(tmp_path / "raw.csv")
    assert {row[1] for row in rows} == {"japan", "syria"}
    assert [row[3] for row in rows if row[0] == "syria-secretary"] == ["1974-05-02"]


def test_the_legs_of_a_trip_are_one_decision(tmp_path):
    head = "traveller,host,planned_start,planned_end,happened,actual_start,planned_precision"
    legs = [
        "a,japan,2023-05-19,2023-05-21,1,2023-05-18,date_or_range",
        "a,peru,2023-05-24,,0,,date_or_range",
        "a,chile,2023-06-24,,1,2023-06-27,date_or_range",
        "b,usa,2023-05-19,,1,2023-05-19,month_only",
        "c,usa,2023-05-19,,1,,date_or_range",
        "c,usa,2023-07-19,,0,,date_or_range",
    ]
    (tmp_path / "raw.csv").write_text("\n".join([head, *legs]))
    rows = load_script("make_decisions").make(tmp_path / "raw.csv")
    assert rows == [("a", "2023-05-19", "japan and peru", 2, 1), ("a", "2023-06-24", "chile", 1, 0)]


def test_the_presidents_know_nothing_of_later_years():
    (family,) = load_question(ROOT / "scenarios" / "learned" / "presidents.yaml").families
    assert Counter(family.groups["host"].values()) == Counter(dict.fromkeys(family.groups["host"].values(), 2))
    assert len(family.timelines) == 30
    with (ROOT / "scenarios" / "learned" / "visits.csv").open() as file:
        assert max(row["day"] for row in csv.DictReader(file)) < "2013"


def test_plans_are_kept_as_other_leaders_kept_theirs():
    """A row of either table is a case, kept in part: by hand for the parades."""
    plans = load_scenario(ROOT / "scenarios" / "learned" / "victory-day-kept.yaml").priors.plans
    host = plans["host"].belief.kept.law
    assert host.of == pytest.approx(6 / 4)
    assert host.were == pytest.approx((54 / 55 + 2 / 4 + 6 / 7 + 23 / 30 + 0 / 3 + 9 / 12) / 4, abs=1e-5)
    assert plans["both"].belief.kept.law.of == pytest.approx(60 / 4)
    assert plans["leak"].belief.kept.law is None  # neither table holds a leak
