"""Scores of a log by hand: averages within questions, the crowd beside them, horizons, and what is not scored."""

from __future__ import annotations

import datetime
import json
import math
import re

import numpy as np
import pytest
from logs import answer, keep

import forecast
from forecast.errors import InputError
from forecast.track import log_forecast, read_log, resolve_question, score_log


@pytest.fixture
def log(tmp_path):
    return tmp_path / "forecasts.jsonl"


def date_back(log, day, number=-1):
    """Write a line as if it had been logged on a day."""
    lines = log.read_text().splitlines()
    lines[number] = json.dumps(json.loads(lines[number]) | {"written": f"{day}T12:00:00Z"})
    log.write_text("\n".join(lines) + "\n")


def test_scores_by_hand(log):
    """One question was logged three times and came, another once and did not: it counts as much as the three."""
    for p, as_of in ((0.2, "2025-03-01"), (0.5, "2025-04-01"), (0.8, "2025-05-01")):
        keep(log, p, as_of=as_of)
    keep(log, 0.3, name="other")
    resolve_question("port", "yes", log, day="2025-06-01")
    resolve_question("other", "no", log)
    found = score_log(log).groups["all"]
    assert (found["questions"], found["forecasts"]) == (2, 4)
    # Brier: (0.64 + 0.25 + 0.04) / 3 = 0.31 and 0.09; log: -ln(0.2 * 0.5 * 0.8) / 3 and -ln 0.7
    assert found["brier"] == pytest.approx((0.31 + 0.09) / 2)
    assert found["log"] == pytest.approx((-math.log(0.08) / 3 - math.log(0.7)) / 2)
    assert "crowd" not in found


def test_questions_are_listed_the_worst_first(log):
    for number in range(12):
        keep(log, number / 20, name=f"question-of-some-length-{number}")
        keep(log, number / 20, name=f"question-of-some-length-{number}", as_of="2025-04-01")
        resolve_question(f"question-of-some-length-{number}", "no", log)
    scores = score_log(log)
    assert [row["name"].rpartition("-")[2] for row in scores.by_question] == [
        str(number) for number in range(11, -1, -1)
    ]
    assert scores.by_question[0]["brier"] == pytest.approx(0.55**2)
    said = str(scores)
    assert re.search(r"^question\.\.\.ength-11 +2 +0.55 +0.303 +0.799 +no$", said, re.MULTILINE)
    assert "what came, the worst 10 of 12" in said
    assert max(len(line) for line in said.splitlines()) <= 110


def test_the_crowd_is_laid_beside_ours_where_it_has_a_price(log):
    keep(log, 0.6, crowd=0.8, name="a")
    keep(log, 0.9, name="a", as_of="2025-04-01")  # without a price: not in the pairs
    keep(log, 0.5, crowd=0.4, name="b")
    keep(log, 0.1, crowd=0.3, name="c")
    resolve_question("a", "yes", log, day="2025-06-01")
    for name in "bc":
        resolve_question(name, "no", log)
    found = score_log(log).groups["all"]
    pair = found["crowd"]["brier"]
    assert (found["crowd"]["questions"], found["crowd"]["forecasts"]) == (3, 3)
    assert pair["ours"] == pytest.approx((0.16 + 0.25 + 0.01) / 3)
    assert pair["crowd"] == pytest.approx((0.04 + 0.16 + 0.09) / 3)
    differences = [0.12, 0.09, -0.08]
    assert pair["difference"] == pytest.approx(np.mean(differences))
    assert pair["error"] == pytest.approx(np.std(differences, ddof=1) / math.sqrt(3))
    logs = [math.log(0.8 / 0.6), math.log(0.6 / 0.5), math.log(0.7 / 0.9)]
    assert found["crowd"]["log"]["difference"] == pytest.approx(np.mean(logs))


def test_horizons_are_days_from_as_of_to_the_windows_end(log):
    until = datetime.date(2025, 6, 30)
    for days in (7, 8, 30, 31, 90, 91):
        keep(log, 0.5, as_of=str(until - datetime.timedelta(days=days)))
    resolve_question("port", "no", log)
    groups = score_log(log).groups
    assert {name: found["forecasts"] for name, found in groups.items() if "days" in name} == {
        "up to 7 days": 1,
        "8 to 30 days": 2,
        "31 to 90 days": 2,
        "91 to 365 days": 1,
    }


def test_the_place_is_scored_given_that_it_came(log):
    keep(log, 0.4, places={"north": 0.3, "south": 0.1})
    resolve_question("port", "yes", log, day="2025-06-01", place="south")
    assert score_log(log).groups["all"]["log_place"] == pytest.approx(-math.log(0.1 / 0.4))


def test_what_came_although_it_was_called_impossible_is_said_to_be_infinite(log):
    keep(log, 0.0, crowd=0.0)
    resolve_question("port", "yes", log, day="2025-06-01")
    scores = score_log(log)
    assert scores.groups["all"]["brier"] == 1
    assert scores.groups["all"]["log"] is None
    assert re.search(r"^all +1 +1 +1.000 +infinite$", str(scores), re.MULTILINE)
    json.dumps(scores.to_dict(), allow_nan=False)


def test_of_two_of_one_day_the_last_counts_unless_it_was_written_when_all_was_known(log):
    keep(log, 0.2)
    date_back(log, "2025-03-01")
    keep(log, 0.3)
    date_back(log, "2025-03-02")
    keep(log, 0.9)  # today, long after the window
    resolve_question("port", "yes", log, day="2025-06-01")
    scores = score_log(log)
    assert [line.logged.told.p for line in scores.lines] == [0.3]
    assert scores.replaced == 2
    assert "2 forecasts of a day for which another one counts" in str(scores)


def test_forecasts_that_were_logged_late_are_told_apart(log):
    keep(log, 0.9)
    keep(log, 0.2, as_of="2025-04-01")
    date_back(log, "2025-04-01")
    resolve_question("port", "yes", log, day="2025-06-01")
    scores = score_log(log)
    assert {name: found["brier"] for name, found in scores.groups.items() if "logged" in name} == {
        "logged in time": pytest.approx(0.64),
        "logged late": pytest.approx(0.01),
    }
    assert "not foresight" in str(scores)


@pytest.mark.parametrize(("written", "is_late"), [("2025-06-01", False), ("2025-06-02", True)])
def test_late_is_after_the_day_that_decided_it(written, is_late, log):
    keep(log)
    date_back(log, written)
    resolve_question("port", "yes", log, day="2025-06-01")
    assert score_log(log).lines[0].late == is_late


def test_what_is_not_scored_is_named(log, caplog):
    keep(log, 0.5)
    keep(log, 0.6, as_of="2025-06-01")
    keep(log, 0.5, name="still-open")
    keep(log, 0.5, name="senseless")
    resolve_question("port", "yes", log, day="2025-06-01")
    resolve_question("senseless", "void", log)
    assert "not scored, because of that day or later: port as of 2025-06-01" in caplog.text
    scores = score_log(log)
    assert [line.logged.told.p for line in scores.lines] == [0.5]
    said = str(scores)
    assert "open: still-open" in said
    assert "void: senseless" in said
    assert "of the day that decided it, or later: port as of 2025-06-01" in said


def test_an_event_before_a_later_window_is_no_answer_to_it(log):
    """The window of the second was made to begin in May, and it came in April: that decides the first alone."""
    keep(log, 0.5)
    late = answer(0.5, as_of="2025-03-20")
    log_forecast(late | {"window": {"from": "2025-05-01", "until": "2025-06-30"}}, log)
    resolve_question("port", "yes", log, day="2025-04-10")
    scores = score_log(log)
    assert [str(line.logged.told.as_of) for line in scores.lines] == ["2025-03-01"]
    assert len(scores.left_out) == 1


def test_of_a_window_that_began_before_what_is_left_of_it_counts(log):
    """As after `forecast update`: what came before `as_of` is on record by then, and no answer to what is forecast."""
    began = {"from": "2025-03-02", "until": "2025-06-30"}
    keep(log, 0.5)
    log_forecast(answer(0.6, as_of="2025-04-20") | {"window": began}, log)
    resolve_question("port", "yes", log, day="2025-04-10")
    assert [str(line.logged.told.as_of) for line in score_log(log).lines] == ["2025-03-01"]


def test_nothing_to_score_is_an_error(log):
    keep(log)
    with pytest.raises(InputError, match="expected a question that is resolved; found none: 1 are open"):
        score_log(log)
    with pytest.raises(InputError, match="no such log"):
        score_log(log.with_name("other.jsonl"))


def test_a_corrected_answer_changes_the_scores_and_a_void_one_takes_them_away(log):
    keep(log, 0.2)
    resolve_question("port", "no", log)
    assert score_log(log).groups["all"]["brier"] == pytest.approx(0.04)
    resolve_question("port", "yes", log, day="2025-05-05")
    assert score_log(log).groups["all"]["brier"] == pytest.approx(0.64)
    resolve_question("port", "void", log)
    with pytest.raises(InputError, match="found none"):
        score_log(log)


def test_scores_as_rows_and_as_a_figure(log):
    keep(log, 0.6, crowd=0.8)
    keep(log, 0.5, name="other", as_of="2025-06-01")
    resolve_question("port", "yes", log, day="2025-06-01")
    resolve_question("other", "no", log)
    scores = score_log(log)
    frame = scores.to_dataframe()
    assert frame["brier"].tolist() == pytest.approx([0.16, 0.25])
    assert frame["crowd_brier"].tolist()[0] == pytest.approx(0.04)
    assert frame["horizon_days"].tolist() == [121, 29]
    ours, crowd, horizons = scores.plot().figure.axes
    drawn = {line.get_label(): line for line in ours.lines}
    assert drawn["forecasts"].get_xdata().tolist() == [0.6, 0.5]
    assert drawn["came"].get_xydata().tolist() == [[0.5, 0.0], [0.6, 1.0]]
    (came,) = (line for line in crowd.lines if line.get_label() == "came")
    assert came.get_xydata().tolist() == [[0.8, 1.0]]
    rows = [line.get_xydata()[0].tolist() for line in horizons.lines if line.get_label() == "ours"]
    assert rows == [pytest.approx(row) for row in ([0.16, 0], [0.25, 1], [0.16, 2])]


@pytest.mark.parametrize("bins", [{}, {"bins": []}])
def test_what_is_not_kept_is_said(bins, log, caplog):
    caplog.set_level("INFO")
    log_forecast(answer(0.5) | bins, log)
    assert ("bins and numbers of events, are not" in caplog.text) == bool(bins)


def test_a_result_of_one_timeline_and_one_of_several_are_logged(log):
    few = forecast.Settings(draws=200)
    single = forecast.run_scenario("tests/questions/launch.yaml", engine="quick", settings=few)
    line = forecast.log_forecast(single, log)
    told = line.told
    assert (told.name, told.p, told.fingerprint) == ("launch", single.p_event.mean, single.fit.fingerprint)
    assert dict(told.places) == {name: found.mean for name, found in single.places.items()}
    assert dict(told.quantiles) == {share: single.quantile(share) for share in told.quantiles}
    edited = forecast.load_scenario("tests/questions/launch.yaml").given(no_event_until="2026-03-02")
    edited = forecast.run_scenario(edited, engine="quick", settings=few)
    with pytest.raises(InputError, match=r"supposes nothing; found one given that no event by 2026-03-02 \(given\)"):
        forecast.log_forecast(edited, log)
    family = forecast.run_scenario("scenarios/invented/ratifications.yaml", engine="quick", settings=few)
    told = forecast.log_forecast(family, log).told
    assert (told.p, told.places) == (family.p_event.mean, {})
    assert told.fingerprint == {name: found.fingerprint for name, found in family.posteriors.items()}
    assert read_log(log).entries[1].told == told
