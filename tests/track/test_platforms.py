"""What goes to ForecastBench and Fatebook, read back as their own code does."""

from __future__ import annotations

import csv
import datetime
import io
import json
import re

import pytest
from logs import answer, keep

from forecast.errors import InputError
from forecast.track import describe_forecast, export_forecasts, read_log, resolve_question

BENCHMARK = {
    "organization": "Harbour Office",
    "model": "eventcourse",
    "model_organization": "Harbour Office",
    "question_set": "2025-03-02-llm.json",
    "source": "manifold",
}


def read_forecast_set(text):
    """Check as `read_forecast_file` and `check_and_prepare_forecast_file` of ForecastBench do, and return the rows."""
    data = json.loads(text)
    for key in ("organization", "model", "model_organization", "question_set", "forecasts"):
        assert data[key]
    assert re.search(r"\d{4}-\d{2}-\d{2}", data["question_set"])
    for row in data["forecasts"]:
        assert row.keys() == {"id", "source", "forecast", "resolution_date", "reasoning"}
        assert isinstance(row["id"], str)
        assert row["source"] in {"infer", "manifold", "metaculus", "polymarket"}
        assert 0 <= row["forecast"] <= 1
        assert row["resolution_date"] is None  # of market questions
        assert isinstance(row["reasoning"], str)
    return data["forecasts"]


def test_a_forecast_set():
    told = [describe_forecast(answer(0.4)), describe_forecast(answer(0.7, name="other"))]
    rows = read_forecast_set(export_forecasts(told, "forecastbench", ids=["abc", "def"], benchmark=BENCHMARK))
    assert [(row["id"], row["forecast"]) for row in rows] == [("abc", 0.4), ("def", 0.7)]


@pytest.mark.parametrize(
    ("ids", "benchmark", "said"),
    [
        (["abc"], {"model": "", "source": ""}, "expected --model and --source, which a forecast set has"),
        (["abc"], {"question_set": "llm.json"}, "expected a file name with the day, such as 2026-11-22-llm.json"),
        (["abc"], {"source": "manifol"}, r"unknown source manifol; did you mean manifold\?"),
        (["abc"], {"source": "fred"}, "Questions about a series of data are none of ours"),
        ([], {}, "expected what the platform calls each question, 1 in all; found 0"),
    ],
)
def test_what_a_forecast_set_lacks_is_told(ids, benchmark, said):
    with pytest.raises(InputError, match=said):
        export_forecasts([describe_forecast(answer())], "forecastbench", ids=ids, benchmark=BENCHMARK | benchmark)


def read_as_fatebook(text):
    """Read rows as `importFromCsv` does; it tells questions apart by title and the day on which they were made."""
    found = {}
    for row in csv.DictReader(io.StringIO(text)):
        answer = row["resolution"].lower().strip()
        key = row["questionTitle"], datetime.date.fromisoformat(row["qCreatedAt"])
        question = found.setdefault(key, {"forecasts": []})
        question["resolution"] = {"": None, "yes": "YES", "no": "NO"}.get(answer, "AMBIGUOUS")
        question["resolveBy"] = datetime.date.fromisoformat(row["resolveBy"])
        question["resolvedAt"] = row["resolvedAt"] and datetime.date.fromisoformat(row["resolvedAt"])
        p = float(row["forecast"].replace("%", "").strip()) / 100
        question["forecasts"].append((datetime.date.fromisoformat(row["fCreatedAt"]), p))
    return found


def test_a_log_goes_to_fatebook_with_what_came(tmp_path):
    path = tmp_path / "forecasts.jsonl"
    keep(path, 0.4)
    keep(path, 0.55, as_of="2025-04-01")
    keep(path, 0.1, name='open, "still"')
    keep(path, 0.2, name="odd")
    resolve_question("port", "yes", path, day="2025-05-01")
    resolve_question("odd", "void", path)
    log = read_log(path)
    told = [entry.told for entry in log.counted]
    found = read_as_fatebook(export_forecasts(told, "fatebook", resolutions=log.resolutions))
    days = [datetime.date(2025, 3, 1), datetime.date(2025, 4, 1)]
    port = found["The port opens", days[0]]
    assert port["forecasts"] == [(days[0], 0.4), (days[1], 0.55)]
    assert (port["resolution"], str(port["resolvedAt"]), str(port["resolveBy"])) == ("YES", "2025-05-01", "2025-06-30")
    assert found['The open, "still" opens', days[0]]["resolution"] is None
    assert found["The odd opens", days[0]]["resolution"] == "AMBIGUOUS"


@pytest.mark.parametrize("wrong", ["12a", "-1", "https://www.metaculus.com/questions/1"])
def test_metaculus_needs_the_number_of_a_question(wrong):
    with pytest.raises(InputError, match="expected the number of a question, not of its post"):
        export_forecasts([describe_forecast(answer())], "metaculus", ids=[wrong])


def test_an_unknown_platform_is_refused():
    with pytest.raises(InputError, match=r"unknown platform fatebok; did you mean fatebook\?"):
        export_forecasts([], "fatebok")
