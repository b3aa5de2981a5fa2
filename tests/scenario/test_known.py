"""The gate, resolved once, agrees with the questions that it replaces, asked one by one."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from forecast.document.load import load_scenario
from forecast.scenario.entries import CovariateEntry, PlanEntry
from forecast.scenario.known import resolve
from forecast.scenario.readings import known_readings, known_recoding

ROOT = Path(__file__).parents[2]
FILES = [
    ROOT / "scenarios" / "may-readings.yaml",
    ROOT / "scenarios" / "victory-day.yaml",
    *sorted((ROOT / "tests" / "questions").glob("*.yaml")),
]
days = st.dates(datetime.date(2009, 1, 1), datetime.date(2027, 1, 1))


@given(path=st.sampled_from(FILES), day=days)
def test_it_agrees_with_the_old_questions(path, day):
    record = replace(load_scenario(path).record(), as_of=day)
    known = resolve(record)
    assert [item.entry for item in known.entries] == record.known_entries()
    assert [item.public for item in known.entries] == [record.public_day(entry) for entry in record.known_entries()]
    assert [(item.number, item.entry) for item in known.steps] == record.steps()
    assert list(known.covariates) == [entry for entry in record.known_entries() if isinstance(entry, CovariateEntry)]
    assert [item.entry for item in known.plans] == [
        entry for entry in record.known_entries() if isinstance(entry, PlanEntry)
    ]
    for (key, prior), (also, now) in zip(record.priors.items(), known.priors.items(), strict=True):
        assert key == also
        assert now.belief == prior.in_force(record.facts, day)[0]
        assert now.because == record.standing(prior.because)
    assert list(known.hindsight) == record.hindsight()
    assert known.cited == record.cited()
    assert [(item.name, item.recode) for item in known.readings] == [
        (item.name, known_recoding(record, item)) for item in known_readings(record)
    ]
    assert [way.because for way in known.question.itineraries] == [
        record.standing(way.because) for way in record.question.itineraries
    ]
    assert known.left_out == sum(not record.is_known(entry) for entry in record.timeline)
    assert known.first_day == record.first_day
