"""The gate, against its rules worked out anew from the dates of facts; nothing behind it can look ahead."""

from __future__ import annotations

import datetime
import functools
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from forecast.document import load
from forecast.scenario.entries import CovariateEntry, EventEntry, PlanEntry, StageEntry
from forecast.scenario.known import resolve

ROOT = Path(__file__).parents[2]
FILES = [
    ROOT / "scenarios" / "may-readings.yaml",
    ROOT / "scenarios" / "victory-day.yaml",
    *sorted((ROOT / "tests" / "questions").glob("*.yaml")),
]
days = st.dates(datetime.date(2009, 1, 1), datetime.date(2027, 1, 1))
files = st.sampled_from(FILES)
load_scenario = functools.cache(load.load_scenario)


def publics(record, because):
    """Return the days on which some facts became public."""
    return [{**record.facts, **record.interventions.facts}[name].public for name in because]


@given(path=files, day=days)
def test_an_entry_is_there_from_the_day_on_which_its_last_fact_became_public(path, day):
    record = replace(load_scenario(path).record(), as_of=day)
    known = resolve(record)
    there = [entry for entry in record.timeline if max(publics(record, entry.because)) <= day]
    assert [item.entry for item in known.entries] == [*there, *record.interventions.timeline]
    assert [item.public for item in known.entries] == [
        max(publics(record, item.entry.because)) for item in known.entries
    ]
    assert known.left_out == len(record.timeline) - len(there)
    assert [record.timeline[item.number] for item in known.entries if item.number is not None] == there
    steps = [entry for entry in there if isinstance(entry, StageEntry | EventEntry)]
    dated = [(entry.start if isinstance(entry, StageEntry) else entry.day, entry) for entry in steps]
    assert [item.entry for item in known.steps] == [
        entry for date, entry in sorted(dated, key=lambda pair: pair[0]) if date <= day
    ]
    assert {type(entry) for entry in known.covariates} <= {CovariateEntry}
    assert {type(item.entry) for item in known.plans} <= {PlanEntry}
    assert len(known.covariates) + len(known.plans) + len(steps) == len(known.entries)


@given(path=files, day=days)
def test_a_prior_rests_on_what_was_public_or_on_its_otherwise_or_is_hindsight(path, day):
    record = replace(load_scenario(path).record(), as_of=day)
    known = resolve(record)
    in_force = dict(known.priors.items())
    for key, prior in record.priors.items():
        then = tuple(name for name in prior.because if record.facts[name].public <= day)
        falls_back = not then and prior.otherwise is not None
        assert in_force[key].belief == (prior.otherwise if falls_back else prior.belief)
        assert in_force[key].because == (then or prior.because)
        assert in_force[key].otherwise is None
        opened = {entry.covariate for entry in known.covariates}
        if key[1] == "conditions" and key[2] not in opened:  # nobody knows of it yet
            assert ".".join(map(str, key)) not in known.hindsight
            continue
        assert (".".join(map(str, key)) in known.hindsight) == (not then and not falls_back)
        assert falls_back or known.cited.issuperset(then or prior.because)


@given(path=files, day=days, later=st.integers(1, 400))
def test_what_becomes_public_later_may_as_well_not_be_there(path, day, later):
    """Facts of later days are moved further away; nothing that is known may change."""
    record = replace(load_scenario(path).record(), as_of=day)
    moved = {
        name: replace(fact, public=fact.public + datetime.timedelta(days=later)) if fact.public > day else fact
        for name, fact in record.facts.items()
    }
    assert resolve(replace(record, facts=moved)) == resolve(record)
