"""Calendars that repeat: the same as their days written out year by year, to the last digit."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from builders import condition, day, fingerprint, happened, known, one_stage, ratio
from hypothesis import given
from hypothesis import strategies as st
from oracle import Calendar

import forecast
from forecast.document.load import load_scenario
from forecast.plots import lanes
from forecast.plots.dates import end_of, start_of
from forecast.scenario.entries import CovariateEntry

FESTIVAL = "{covariate: festival, places: [south], from: 2024-08-01, until: 2024-08-10, because: [festival-2024]}"
VISIT = Path("tests/questions/visit.yaml").read_text(encoding="utf-8")


def write(tmp_path, name, text):
    path = tmp_path / "visit" / name / "visit.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """Ask with a festival of every year, and with each festival written out."""
    folder = tmp_path_factory.mktemp("every")
    assert FESTIVAL in VISIT
    yearly = FESTIVAL.replace("2024-08", "2020-08").replace("because", "every: year, because")
    dates = [FESTIVAL.replace("2024-08", f"{year}-08") for year in (2020, 2021, 2022, 2023, 2024, 2025)]
    texts = {"yearly": VISIT.replace(FESTIVAL, yearly), "dates": VISIT.replace(FESTIVAL, "\n  - ".join(dates))}
    texts = {name: text.replace("until: 2024-12-31", "until: 2025-12-31") for name, text in texts.items()}
    found = [load_scenario(write(folder, name, text)) for name, text in texts.items()]
    return [forecast.run_scenario(scenario, engine="quick") for scenario in found]


def test_every_year_is_each_year_written_out(both):
    yearly, dates = both
    assert fingerprint(yearly.scenario) == fingerprint(dates.scenario)
    assert yearly.p_event == dates.p_event
    assert np.array_equal(yearly.curves.incidence, dates.curves.incidence)


def test_the_figure_shows_each_time(both):
    shown = [lanes.collect_history(result).conditions[lanes.name_condition("festival")] for result in both]
    assert shown[0] == shown[1]
    august = [(start_of(datetime.date(year, 8, 1)), end_of(datetime.date(year, 8, 10))) for year in (2024, 2025)]
    assert shown[0][-2:] == august


def test_a_calendar_of_every_year_is_written_as_it_was_read(both, tmp_path):
    scenario = both[0].scenario
    again = load_scenario(write(tmp_path, "again", forecast.dump_scenario(scenario)))
    assert again.timeline == scenario.timeline
    assert [entry.every for entry in again.timeline if getattr(entry, "every", None)] == ["year"]


dates = st.dates(datetime.date(2019, 12, 1), datetime.date(2025, 6, 1)) | st.just(datetime.date(2020, 2, 29))


@given(start=dates, length=st.integers(1, 364), as_of=st.integers(0, 3000))
def test_the_days_are_those_that_the_oracle_finds(start, length, as_of):
    until = start + datetime.timedelta(days=length - 1)
    entry = CovariateEntry("fair", start, until, known(0), every="year")
    scenario = one_stage(ratios={"fair": ratio(1, 2)}, timeline=[entry], as_of=as_of, until=as_of + 900)
    span = scenario.known().covariates
    on = {time.start + datetime.timedelta(days=n) for time in span for n in range((time.until - time.start).days + 1)}
    calendar = Calendar(scenario)
    for number in range(as_of + 900):
        assert (day(number) in on) == bool(calendar.acting(day(number))), day(number)


def test_the_past_of_one_teaches_as_its_dates_do():
    first = condition("fair", 10, 19)
    events = [happened(number, "here") for number in (12, 380, 500)]
    later = [replace(first, start=first.start.replace(year=y), until=first.until.replace(year=y)) for y in (2021, 2022)]
    asked = [
        one_stage(ratios={"fair": ratio(0.3, 30)}, timeline=[*events, *entries], as_of=520, until=800)
        for entries in ([replace(first, every="year")], [first, *later])
    ]
    assert fingerprint(asked[0]) == fingerprint(asked[1])
