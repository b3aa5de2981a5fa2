"""Exports of Metaculus and Manifold: a forecast takes the price of its day and no later one; answers come with them."""

from __future__ import annotations

import csv
import re

import pytest
from logs import keep, kinds

from forecast.errors import InputError
from forecast.track import import_crowd, read_log, resolve_question, score_log

# Headers as Metaculus' `generate_data` writes them.
QUESTIONS, FORECASTS = (
    header.split(",")
    for header in (
        "Question ID,Question URL,Question Title,Post ID,Post Curation Status,Post Published Time,Default Project,"
        "Default Project ID,Categories,Leaderboard Tags,Label,Question Type,MC Options (Current),MC Options (All),"
        "MC Options History,Lower Bound,Open Lower Bound,Upper Bound,Open Upper Bound,Continuous Range,Open Time,"
        "CP Reveal Time,Scheduled Close Time,Actual Close Time,Resolution,Resolution Known Time,"
        "Include Bots in Aggregates,Question Weight",
        "Question ID,Forecaster ID,Forecaster Username,Is Bot,Start Time,End Time,Forecaster Count,Probability Yes,"
        "Probability Yes Per Category,Continuous CDF,Probability Below Lower Bound,Probability Above Upper Bound,"
        "5th Percentile,25th Percentile,Median,75th Percentile,95th Percentile,Probability of Resolution,"
        "PDF at Resolution",
    )
)


@pytest.fixture
def log(tmp_path):
    return tmp_path / "forecasts.jsonl"


def write(path, header, *rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, header, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def question(number=501, post=42, title="The port opens", **more):
    url = f"https://www.metaculus.com/questions/{post}/the-port/"
    row = {"Question ID": number, "Question URL": url, "Question Title": title, "Post ID": post}
    return row | {"Question Type": "binary"} | more


def quote(start, p, end="", who="recency_weighted", number=501):
    return {
        "Question ID": number, "Forecaster Username": who, "Start Time": start, "End Time": end, "Probability Yes": p,
    }  # fmt: skip


@pytest.fixture
def metaculus(tmp_path):
    resolved = {"Resolution": "yes", "Resolution Known Time": "2025-05-20 09:30:00+00:00"}
    questions = write(tmp_path / "question_data.csv", QUESTIONS, question(**resolved), question(9, 9, "Another"))
    forecasts = write(
        tmp_path / "forecast_data.csv",
        FORECASTS,
        quote("2025-02-01 12:00:00.123456+00:00", 0.2, "2025-03-01 11:00:00+00:00"),
        quote("2025-03-01 11:00:00+00:00", 0.3, "2025-03-02 00:30:00+00:00"),
        quote("2025-03-01 12:00:00+00:00", 0.9, who="somebody"),
        quote("2025-03-02 00:30:00+00:00", 0.6, "2025-04-01 08:00:00+00:00"),
    )
    return [questions, forecasts]


def test_a_forecast_takes_what_the_crowd_said_when_its_day_ended(log, metaculus):
    keep(log, 0.4)  # the last before the end of 1 March
    keep(log, 0.5, as_of="2025-03-31")
    keep(log, 0.6, as_of="2025-04-02")  # by then nothing is said any more
    keep(log, 0.5, as_of="2025-04-10", crowd=0.77)
    found = import_crowd(metaculus, log)
    assert [(str(price.as_of), price.p) for price in found.prices] == [("2025-03-01", 0.3), ("2025-03-31", 0.6)]
    assert (found.matched, found.others) == ({"port": "The port opens"}, 1)
    (answer,) = found.resolutions
    assert (answer.answer, str(answer.day), answer.source) == ("yes", "2025-05-20", "Metaculus 501")
    rows = score_log(log).rows
    assert [row["crowd"] for row in rows] == [0.3, 0.6, None, 0.77]
    before = log.read_bytes()
    again = import_crowd(metaculus, log)
    assert (again.prices, again.resolutions) == ((), ())
    assert log.read_bytes() == before


@pytest.mark.parametrize(
    "link", ["501", "https://www.metaculus.com/questions/42/", "https://www.metaculus.com/questions/42/the-port"]
)
def test_a_question_is_found_by_its_link(link, log, metaculus):
    keep(log, name="harbour", link=link)
    assert import_crowd(metaculus, log).matched == {"harbour": "The port opens"}


def test_a_question_is_found_by_the_number_that_is_given(log, metaculus):
    keep(log, name="harbour")
    assert import_crowd(metaculus, log).matched == {}
    assert import_crowd(metaculus, log, ids={"harbour": "501"}).matched == {"harbour": "The port opens"}
    with pytest.raises(InputError, match="expected a question 77 in the export, for harbour"):
        import_crowd(metaculus, log, ids={"harbour": "77"})
    with pytest.raises(InputError, match=r"unknown question harbor; did you mean harbour\?"):
        import_crowd(metaculus, log, ids={"harbor": "501"})


def test_of_several_that_it_may_be_none_is_taken(log, tmp_path, caplog):
    keep(log, link="https://www.metaculus.com/questions/42/")
    path = write(tmp_path / "group.csv", QUESTIONS, question(1), question(2))
    assert import_crowd([path], log).matched == {}
    assert "port may be any of several questions of the export, 1, 2, and is left out; name it by --id" in caplog.text


@pytest.mark.parametrize(
    ("said", "expected"),
    [("no", "no"), ("annulled", "void"), ("ambiguous", "void"), ("", None), ("above_upper_bound", None)],
)
def test_answers_of_metaculus(said, expected, log, tmp_path):
    keep(log)
    row = question(**{"Resolution": said, "Resolution Known Time": "2025-07-09 09:30:00+00:00" if said else ""})
    found = import_crowd([write(tmp_path / "q.csv", QUESTIONS, row)], log).resolutions
    assert [answer.answer for answer in found] == ([expected] if expected else [])


@pytest.mark.parametrize(("said", "day"), [("yes", "2025-07-01"), ("no", "2025-06-30"), ("no", "2025-04-01")])
def test_an_answer_that_may_be_of_another_window_is_told_and_not_written(said, day, log, tmp_path, caplog):
    """A yes known later may have come later; a no from before the end may be of a question that closed early."""
    keep(log)
    row = question(**{"Resolution": said, "Resolution Known Time": f"{day} 09:30:00+00:00"})
    assert import_crowd([write(tmp_path / "q.csv", QUESTIONS, row)], log).resolutions == ()
    assert f"Metaculus 501 has had a {said} since {day}, which tells nothing of a window that ends on" in caplog.text


def test_what_the_user_said_stays(log, metaculus, caplog):
    keep(log, 0.4)
    resolve_question("port", "no", log)
    assert import_crowd(metaculus, log).resolutions == ()
    assert "port was resolved no and Metaculus 501 says yes: left as it was" in caplog.text
    assert kinds(log)[:2] == ["Logged", "Resolved"]


def test_an_answer_from_before_the_window_is_told_and_not_written(log, tmp_path, caplog):
    keep(log)
    row = question(**{"Resolution": "yes", "Resolution Known Time": "2024-07-09 09:30:00+00:00"})
    assert import_crowd([write(tmp_path / "q.csv", QUESTIONS, row)], log).resolutions == ()
    assert "port is not resolved: day: expected a day from 2025-03-02" in caplog.text


MARKET = ["id", "question", "url", "slug", "outcomeType", "probability", "lastBetTime", "resolution", "resolutionTime"]


def test_a_market_of_manifold(log, tmp_path):
    """Its price has been so since its last bet; times are in milliseconds."""
    keep(log, 0.4)
    keep(log, 0.4, as_of="2025-02-27")
    market = {
        "id": "abc", "question": "the port OPENS", "probability": 0.35, "lastBetTime": 1740700800000,  # 28 February
        "resolution": "YES", "resolutionTime": "1748736000000", "outcomeType": "BINARY",  # 1 June
    }  # fmt: skip
    number = {"id": "n", "question": "the port opens", "probability": 0.1, "outcomeType": "NUMERIC", "resolution": "NO"}
    found = import_crowd([write(tmp_path / "m.csv", MARKET, market)], log)
    assert [(str(price.as_of), price.p) for price in found.prices] == [("2025-03-01", 0.35)]
    assert [(each.answer, str(each.day)) for each in found.resolutions] == [("yes", "2025-06-01")]
    other = log.with_name("other.jsonl")
    keep(other)
    found = import_crowd([write(tmp_path / "n.csv", MARKET, number)], other)
    assert (found.prices, found.resolutions) == ((), ())


@pytest.mark.parametrize(("said", "expected"), [("NO", ["no"]), ("CANCEL", ["void"]), ("MKT", [])])
def test_answers_of_manifold(said, expected, log, tmp_path):
    keep(log)
    market = {"id": "abc", "question": "The port opens", "resolution": said, "resolutionTime": "2025-07-01T00:00:00Z"}
    found = import_crowd([write(tmp_path / "m.csv", MARKET, market)], log)
    assert [each.answer for each in found.resolutions] == expected


def test_bets_of_manifold(log, tmp_path):
    keep(log, link="https://manifold.markets/somebody/the-port")
    market = {"id": "abc", "question": "Port?", "url": "https://manifold.markets/somebody/the-port"}
    bets = [{"contractId": "abc", "createdTime": time, "probAfter": p} for time, p in (
        ("2025-03-01T23:59:59Z", 0.31), ("2025-02-01T00:00:00Z", 0.2), ("2025-03-02T00:00:01Z", 0.9),
    )]  # fmt: skip
    paths = [
        write(tmp_path / "b.csv", ["contractId", "createdTime", "probAfter"], *bets),
        write(tmp_path / "m.csv", MARKET, market),
    ]
    assert [price.p for price in import_crowd(paths, log).prices] == [0.31]
    assert read_log(log).prices


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a,b\n1,2\n", "expected an export with the columns of Metaculus: Question ID, "),
        ("", "expected an export with the columns"),
        ("contractId,createdTime,probAfter\nabc,2025-01-01,2\n", r"x.csv:2:1: probAfter: expected a probability"),
        ("contractId,createdTime,probAfter\nabc,soon,0.2\n", r"x.csv:2:1: createdTime: expected a time; found 'soon'"),
        (
            "contractId,createdTime,probAfter\n,2025-01-01,0.2\n",
            r"x.csv:2:1: contractId: expected what the question is",
        ),
        (b"contractId\xff", "expected a CSV in UTF-8"),
    ],
)
def test_what_is_no_export_is_told_and_nothing_is_written(content, said, log, tmp_path):
    keep(log, link="abc")
    before = log.read_bytes()
    path = tmp_path / "x.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError, match=said):
        import_crowd([path], log)
    assert log.read_bytes() == before
    with pytest.raises(InputError, match=re.escape(f"cannot read {tmp_path / 'none.csv'}: No such file")):
        import_crowd([tmp_path / "none.csv"], log)
