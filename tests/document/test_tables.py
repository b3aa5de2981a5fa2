"""Tables in the place of lists."""

from __future__ import annotations

import sys

import pytest

from forecast.document.load import load_scenario
from forecast.errors import InputError

QUESTION = """
title: An attack
as_of: 2026-01-20
window: {days: 90}
history_from: 2025-01-01
places: [north, south]
timeline: TIMELINE
priors:
  stages:
    waiting: {stay: {mean: STAY}, because: Such attacks come a few times a year (own count).}
"""
ROWS = """date,where,what,paper
2025-01-10,north,raid,Gazette
2025-05-02,south,"shells, twice",Daily
2025-11-20,north,raid,
"""


def ask(folder, timeline="{table: attacks.csv, day: date, event: where}", stay="[50, 400]", rows=ROWS):
    (folder / "attacks.csv").write_text(rows, encoding="utf-8")
    (folder / "ask.yaml").write_text(QUESTION.replace("TIMELINE", timeline).replace("STAY", stay))
    return load_scenario(folder / "ask.yaml")


def test_a_table_is_a_timeline(tmp_path):
    found = ask(tmp_path, "{table: attacks.csv, day: date, event: where, says: what, source: paper}")
    entries = [(str(entry.day), entry.itinerary) for entry in found.timeline]
    assert entries == [("2025-01-10", "north"), ("2025-05-02", "south"), ("2025-11-20", "north")]
    said = [found.facts[entry.because[0]] for entry in found.timeline]
    assert [(str(fact.public), fact.says, fact.source) for fact in said] == [
        ("2025-01-10", "raid", "Gazette"),
        ("2025-05-02", "shells, twice", "Daily"),
        ("2025-11-20", "raid", "attacks.csv"),
    ]
    lines = "".join(
        f"  - {{day: {day}, event: {where}, because: {{says: {says!r}, source: {source}}}}}\n"
        for (day, where), says, source in zip(
            entries, ("raid", "shells, twice", "raid"), ("Gazette", "Daily", "attacks.csv"), strict=True
        )
    )
    assert ask(tmp_path, f"\n{lines}") == found


def test_one_source_serves_all_rows_and_other_separators_do(tmp_path):
    found = ask(
        tmp_path,
        "{table: attacks.csv, day: date, event: where, source: the war diary}",
        rows=ROWS.replace("shells, twice", "shells").replace(",", ";"),
    )
    assert {fact.source for name, fact in found.facts.items() if "timeline" in name} == {"the war diary"}


def test_a_table_may_stand_among_other_entries_and_be_added(tmp_path):
    listed = "\n  - {table: attacks.csv, day: date, event: where}\n"
    listed += "  - {day: 2025-12-01, event: south, because: One more (own count)}\n"
    found = ask(tmp_path, listed)
    assert len(found.timeline) == 4
    (tmp_path / "more.csv").write_text("date,where\n2026-01-10,south\n")
    child = "extends: ask.yaml\nadd: {timeline: {table: more.csv, day: date, event: where}}"
    (tmp_path / "child.yaml").write_text(child)
    assert str(load_scenario(tmp_path / "child.yaml").timeline[-1].day) == "2026-01-10"


def test_the_only_place_need_not_be_named(tmp_path):
    (tmp_path / "attacks.csv").write_text("date\n2025-01-10\n")
    text = QUESTION.replace("places: [north, south]\n", "").replace("STAY", "[50, 400]")
    (tmp_path / "ask.yaml").write_text(text.replace("TIMELINE", "{table: attacks.csv, day: date}"))
    assert [entry.itinerary for entry in load_scenario(tmp_path / "ask.yaml").timeline] == ["anywhere"]


def test_steps_come_from_a_table_too(tmp_path):
    text = """
title: The treaty is signed
as_of: 2026-11-20
window: {days: 30}
history_from: 2026-01-01
timeline: {table: steps.csv, from: day, stage: stage}
priors:
  stages:
    idle: {stay: {mean: [50, 500]}, ends: {talks: 1}, because: Talks began once a year}
    talks: {stay: {mean: [20, 200]}, ends: {event: 6, idle: 4}, because: Six of ten were signed}
"""
    (tmp_path / "steps.csv").write_text("stage,day\ntalks,2026-03-01\nidle,2026-05-01\ntalks,2026-10-01\n")
    (tmp_path / "ask.yaml").write_text(text)
    assert [entry.stage for entry in load_scenario(tmp_path / "ask.yaml").timeline] == ["talks", "idle", "talks"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("2025-05-02", "2025-05-32", r"attacks.csv:3:1: timeline.1..day: expected a day that is in the calendar"),
        ("south,", "sooth,", r"attacks.csv:3:2: timeline.1..event: unknown itinerary sooth; did you mean south"),
        (
            "2025-11-20,north,raid,",
            "2025-11-20,north",
            r"attacks.csv:4:1: .*expected 4 values, as in the header",
        ),
        (
            "date,",
            "dat,",
            r"ask.yaml:7:37: .*expected a column of attacks.csv; found 'date'; did you mean dat",
        ),
    ],
)
def test_a_slip_in_a_table_is_told_with_its_row_and_column(tmp_path, old, new, message):
    with pytest.raises(InputError, match=message):
        ask(tmp_path, rows=ROWS.replace(old, new))


@pytest.mark.parametrize(
    ("timeline", "message"),
    [
        ("{table: nowhere.csv, day: date}", "cannot read .*nowhere.csv: no such file"),
        ("{table: ../attacks.csv, day: date}", "expected a path inside the project"),
        ("{table: attacks.csv, event: where}", "expected the column of the days, as in day: date; found neither"),
        ("{table: attacks.csv, day: date, wher: where}", "timeline.wher: unknown key"),
    ],
)
def test_what_is_no_table(tmp_path, timeline, message):
    with pytest.raises(InputError, match=message):
        ask(tmp_path, timeline)


def test_an_empty_table_is_none(tmp_path):
    with pytest.raises(InputError, match="expected a table with a header and a row or more"):
        ask(tmp_path, rows="date,where\n")


def test_two_columns_of_one_name_are_refused(tmp_path):
    with pytest.raises(InputError, match="expected columns with names of their own; found date twice in"):
        ask(tmp_path, rows=ROWS.replace("what", "date"))


def test_a_table_that_cannot_be_read_is_told_once(tmp_path):
    with pytest.raises(InputError) as raised:
        ask(tmp_path, stay="{table: nowhere.csv, column: days}")
    (problem,) = raised.value.problems
    assert "no such file" in problem.message


def test_a_column_without_days_is_no_record(tmp_path):
    (tmp_path / "stays.csv").write_text("port,days\nnorth,\nsouth,\n")
    with pytest.raises(InputError, match=r"expected days in the column days of stays.csv; found none"):
        ask(tmp_path, stay="{table: stays.csv, column: days}")


def test_a_new_prior_may_be_a_table_too(tmp_path):
    ask(tmp_path)
    (tmp_path / "stays.csv").write_text("days\n4\n9\n12+\n")
    (tmp_path / "child.yaml").write_text("""
extends: ask.yaml
as_of: 2026-01-25
add:
  timeline: [{covariate: strike, from: 2026-01-22, because: A strike (gazette)}]
  priors:
    hazard_ratios: {strike: {factor: [0.1, 0.5], because: Nobody comes (own count)}}
    conditions: {strike: {lasts: {mean: {table: stays.csv, column: days}}, returns: never, because: Short (own count)}}
""")
    lasts = load_scenario(tmp_path / "child.yaml").priors.conditions["strike"].belief.lasts
    assert lasts.law.stays == ("4", "9", "12+")


def test_a_record_comes_from_a_column(tmp_path):
    (tmp_path / "stays.csv").write_text("port,days\nnorth,21\nsouth,30\nnorth,60\nnorth,44+\n")
    found = ask(tmp_path, stay="{table: stays.csv, column: days, robust: 0.2}").priors
    listed = ask(tmp_path, stay="{record: [21, 30, 60, 44+], robust: 0.2}").priors
    assert found == listed
    (tmp_path / "stays.csv").write_text("port,days\nnorth,21\nsouth,many\n")
    with pytest.raises(InputError, match=r"stays.csv:3:2: .*expected days above 0, such as 21.*; found 'many'"):
        ask(tmp_path, stay="{table: stays.csv, column: days}")
    with pytest.raises(InputError, match=r"expected a column of stays.csv; found 'day'; did you mean days"):
        ask(tmp_path, stay="{table: stays.csv, column: day}")


def test_parquet_is_read_with_pyarrow_and_asked_for_without(tmp_path, monkeypatch):
    (tmp_path / "attacks.parquet").write_bytes(b"PAR1")
    with monkeypatch.context() as gone:
        gone.setitem(sys.modules, "pyarrow", None)
        with pytest.raises(InputError, match="Parquet needs pyarrow, which is not installed"):
            ask(tmp_path, "{table: attacks.parquet, day: date, event: where}")
    arrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    table = arrow.table({"date": ["2025-01-10"], "where": ["north"]})
    parquet.write_table(table, tmp_path / "attacks.parquet")
    assert len(ask(tmp_path, "{table: attacks.parquet, day: date, event: where}").timeline) == 1
