"""Forecasts in the formats of other platforms."""

from __future__ import annotations

import csv
import datetime
import io
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from forecast.errors import InputError, Problem, check_choice, suggest
from forecast.files import render_json
from forecast.track.entries import NO, VOID, YES, Resolved
from forecast.track.metaculus import DateRange, write_metaculus
from forecast.track.told import Told

PLATFORMS = ("metaculus", "forecastbench", "fatebook")
SOURCES = ("infer", "manifold", "metaculus", "polymarket")  # ForecastBench's markets
FATEBOOK = (
    "questionTitle",
    "forecast",
    "qCreatedAt",
    "resolution",
    "resolvedAt",
    "resolveBy",
    "fCreatedAt",
    "tags",
    "notes",
)
_ANSWERS = {YES: "YES", NO: "NO", VOID: "AMBIGUOUS"}


def export_forecasts(
    told: Sequence[Told],
    platform: str,
    *,
    ids: Sequence[str] = (),
    span: DateRange | None = None,
    benchmark: Mapping[str, str] | None = None,
    resolutions: Mapping[str, Resolved] | None = None,
) -> str:
    """Return a file of forecasts as another platform takes it.

    Parameters
    ----------
    told : sequence of Told
        See `describe_forecast`.
    platform : {"metaculus", "forecastbench", "fatebook"}
    ids : sequence of str
        What the platform calls each question; Fatebook needs none.
    span : DateRange, optional
        For Metaculus: of a date question. Unless given the question is a binary one.
    benchmark : mapping, optional
        For ForecastBench: ``organization``, ``model``, ``model_organization``, ``question_set`` and ``source``.
    resolutions : mapping of str to Resolved, optional
        For Fatebook: what came of each question.

    Raises
    ------
    InputError
        If something that the format needs is missing, or cannot be.

    Examples
    --------
    >>> import forecast, json
    >>> result = forecast.run_scenario("tests/questions/launch.yaml", engine="quick")
    >>> told = forecast.describe_forecast(result.to_dict())
    >>> json.loads(forecast.export_forecasts([told], "metaculus", ids=["12345"]))[0].keys()
    dict_keys(['question', 'probability_yes'])
    >>> span = forecast.DateRange(told.start, told.until)
    >>> len(json.loads(forecast.export_forecasts([told], "metaculus", ids=["12345"], span=span))[0]["continuous_cdf"])
    201
    """
    check_choice("platform", platform, PLATFORMS, "platform")
    writers: dict[str, Callable[[], str]] = {
        "metaculus": lambda: render_json(write_metaculus(told, _read_numbers(told, ids), span)),
        "forecastbench": lambda: render_json(write_forecastbench(told, ids, benchmark or {})),
        "fatebook": lambda: write_fatebook(told, resolutions or {}),
    }
    return writers[platform]()


# --- ForecastBench --------------------------------------------------------------------------------------------------


def write_forecastbench(told: Sequence[Told], ids: Sequence[str], benchmark: Mapping[str, str]) -> dict[str, Any]:
    """Return a forecast set: market questions, each with one probability and no resolution date."""
    needed = ("organization", "model", "model_organization", "question_set", "source")
    if missing := [name for name in needed if not benchmark.get(name)]:
        options = " and ".join(f"--{name.replace('_', '-')}" for name in missing)
        raise InputError([Problem((), f"expected {options}, which a forecast set has; found none")])
    if not re.search(r"\d{4}-\d{2}-\d{2}", benchmark["question_set"]):
        message = f"expected a file name with the day, such as 2026-11-22-llm.json; found {benchmark['question_set']}"
        raise InputError([Problem(("question_set",), message)])
    if benchmark["source"] not in SOURCES:
        message = f"unknown source {benchmark['source']}; {suggest(benchmark['source'], SOURCES)}"
        raise InputError([Problem(("source",), f"{message}. (Questions about a series of data are none of ours)")])
    _check_count(told, ids)
    rows = [
        {
            "id": name,
            "source": benchmark["source"],
            "forecast": each.p,
            "resolution_date": None,
            "reasoning": f"P {each.p:.3f}, 90% interval {each.lo:.2f} to {each.hi:.2f}, as of {each.as_of}",
        }
        for each, name in zip(told, ids, strict=True)
    ]
    return {name: benchmark[name] for name in needed[:-1]} | {"forecasts": rows}


# --- Fatebook -------------------------------------------------------------------------------------------------------


def write_fatebook(told: Sequence[Told], resolutions: Mapping[str, Resolved]) -> str:
    """Return a table for Fatebook's import from a spreadsheet: a row a forecast, in percent."""
    created: dict[str, datetime.date] = {}  # Fatebook tells questions apart by title and this day
    for each in told:
        created[each.name] = min(created.get(each.name, each.as_of), each.as_of)
    file = io.StringIO()
    writer = csv.DictWriter(file, FATEBOOK, lineterminator="\n")
    writer.writeheader()
    for each in told:
        found = resolutions.get(each.name)
        writer.writerow({
            "questionTitle": each.title,
            "forecast": f"{100 * each.p:.2f}%",
            "qCreatedAt": created[each.name],
            "resolution": _ANSWERS[found.answer] if found else "",
            "resolvedAt": (found.day or each.until) if found else "",
            "resolveBy": each.until,
            "fCreatedAt": each.as_of,
            "tags": "",
            "notes": f"{each.name}: {each.asked}" if each.asked else each.name,
        })  # fmt: skip
    return file.getvalue()


def _check_count(told: Sequence[Told], ids: Sequence[str]) -> None:
    if len(ids) != len(told):
        message = f"expected what the platform calls each question, {len(told)} in all; found {len(ids)}"
        raise InputError([Problem((), f"{message}. Give an --id for each, in the order of the files")])


def _read_numbers(told: Sequence[Told], ids: Sequence[str]) -> list[int]:
    _check_count(told, ids)
    for name in ids:
        if not (name.isascii() and name.isdigit()):
            message = f"expected the number of a question, not of its post, as Metaculus has it; found {name}"
            raise InputError([Problem(("id",), message)])
    return [int(name) for name in ids]
