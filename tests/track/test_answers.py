"""What cannot be logged or resolved is told, and nothing is written."""

from __future__ import annotations

import datetime

import pytest
from logs import answer, keep

import forecast
from forecast.errors import InputError
from forecast.track import log_forecast, resolve_question


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "forecasts.jsonl"
    keep(path, 0.4, places={"north": 0.3, "south": 0.1})
    keep(path, 0.4, name="plain")
    return path


def far():
    return str(datetime.date.today() + datetime.timedelta(days=40))


@pytest.mark.parametrize(
    ("arguments", "how", "said"),
    [
        (("prt", "no"), {}, r"unknown question prt; did you mean port\?"),
        (("port", "maybe"), {}, "answer: unknown answer maybe; choose from: yes, no, void"),
        (("port", "yes"), {}, "day: expected the day on which it came, from 2025-03-02 to 2025-06-30, beside a yes"),
        (("port", "yes"), {"day": "2025-07-01"}, "day: expected a day from 2025-03-02 to 2025-06-30; found 2025-07-01"),
        (("port", "yes"), {"day": "2025-03-01"}, "day: expected a day from 2025-03-02 to 2025-06-30"),
        (("port", "no"), {"day": "soon"}, "day: expected a day from .* found soon"),
        (("port", "yes"), {"day": "2025-05-01", "place": "nort"}, r"place: unknown place nort; did you mean north\?"),
        (("plain", "yes"), {"day": "2025-05-01", "place": "north"}, "unknown place north; plain has no places"),
        (("port", "no"), {"place": "north"}, "place: expected none beside no; found north"),
    ],
)
def test_what_cannot_have_come_is_refused(arguments, how, said, log):
    before = log.read_bytes()
    with pytest.raises(InputError, match=said):
        resolve_question(*arguments, log, **how)
    assert log.read_bytes() == before


def test_a_no_of_an_open_window_needs_the_day_on_which_it_was_settled(log):
    today = str(datetime.date.today() - datetime.timedelta(days=1))
    keep(log, name="open", as_of=today, until=far())
    with pytest.raises(InputError, match="expected the day on which that was settled, since the window is open"):
        resolve_question("open", "no", log)
    resolve_question("open", "no", log, day=datetime.date.today())


def test_a_yes_that_has_no_day_needs_none(log):
    plain = answer(0.4, name="truce")
    del plain["when"]["cif"]  # as of a question about the last day
    assert log_forecast(plain, log).told.quantiles == {}
    assert resolve_question("truce", "yes", log).day is None


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"until": "2025-07-31"}, "until: expected a window that ends on 2025-06-30, as port was logged before"),
        ({"asked": "at least 2"}, "asked: expected what is asked: at least 1 in the window, as port was logged"),
        (
            {"as_of": "2025-05-01"},
            "as_of: expected a day before 2025-05-01, since port was resolved: yes on 2025-05-01",
        ),
    ],
)
def test_another_question_of_the_same_name_and_one_that_is_answered_are_refused(how, said, log):
    resolve_question("port", "yes", log, day="2025-05-01")
    before = log.read_bytes()
    with pytest.raises(InputError, match=said):
        keep(log, **how)
    assert log.read_bytes() == before
    keep(log, as_of="2025-04-30")


def test_what_replaces_and_what_corrects_is_told(log, caplog):
    caplog.set_level("INFO")
    keep(log, 0.5)
    assert "port was logged as of 2025-03-01 before, with P 0.400; that line stays, and this one counts" in caplog.text
    resolve_question("port", "no", log)
    resolve_question("port", "yes", log, day="2025-05-01", place="north")
    assert "resolved before: no; that line stays, and this one counts: yes on 2025-05-01 in north" in caplog.text


def test_what_is_settled_already_is_no_forecast(log):
    told = answer() | {"settled": {"day": "2025-02-01"}}
    with pytest.raises(InputError, match="nothing is left to forecast: port was settled on 2025-02-01"):
        log_forecast(told, log)


@pytest.mark.parametrize("wrong", [{}, {"title": "x"}, [], None])
def test_what_is_no_forecast_is_refused(wrong, log):
    with pytest.raises(InputError, match=r"expected the contents of a forecast\.json"):
        log_forecast(wrong, log)


@pytest.mark.parametrize(
    ("how", "said"), [({"crowd": 35}, "crowd: expected a prob"), ({"note": 3}, "note: expected a text")]
)
def test_arguments_are_checked(how, said, log):
    with pytest.raises(InputError, match=said):
        forecast.log_forecast(answer(), log, **how)


@pytest.mark.parametrize("nameless", ["scenario", "stdin", "dict", "text"])
def test_a_scenario_without_a_name_needs_one(nameless, log):
    """Two that came from standard input would be one question."""
    with pytest.raises(InputError, match="name: expected what the question is called"):
        keep(log, name=nameless)
    assert log_forecast(answer(name=nameless), log, name="harbour").name == "harbour"


@pytest.mark.parametrize("key", [{"supposing": ["no event by 2025-04-01 (given)"]}, {"given": {"probability": 0.9}}])
def test_what_supposes_something_is_another_question(key, log, caplog):
    """Its P is conditional; scored as the question itself it would be silently wrong."""
    with pytest.raises(InputError, match=r"expected a forecast that supposes nothing; found one given that .*given"):
        keep(log, as_of="2025-03-10", **key)
    line = log_forecast(answer(**key), log, name="port-if")
    assert "; supposing " in line.told.asked
    assert "port-if: P is given that" in caplog.text
    with pytest.raises(InputError, match="asked: expected what is asked: at least 1"):
        log_forecast(answer(as_of="2025-03-10", **key), log, name="port")


def test_a_late_line_is_told_when_it_is_logged(log, caplog):
    keep(log, name="late")
    assert "late is logged late" in caplog.text


def test_an_update_is_the_same_question(log):
    assert keep(log, name="port-2025-04-01", as_of="2025-04-01").name == "port"
