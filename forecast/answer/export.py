"""What a result is outside: plain values for JSON, draws as NetCDF, and a folder of files.

Receives a `Result`, whose own methods call this module; so its type is not imported here. Hands on dicts and bytes.
"""

from __future__ import annotations

import datetime
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from forecast import files
from forecast.answer.frames import by_day
from forecast.answer.notes import write_notes
from forecast.answer.owner import check_owner, label_owner, name_owner, render_scenario, tell_of_older
from forecast.files import sign_figure, write_batch
from forecast.inference import effective_number, label_chances, label_predictions, library_versions
from forecast.model import Timeline
from forecast.multistate import Array
from forecast.report import describe_suppositions
from forecast.scenario import Hole, Scenario, Window, find_unsourced

logger = logging.getLogger(__name__)

KEY_DATES_MOST = 8
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)


def write_result(result: Any, folder: Path, *, figures: bool, format: str = "png") -> dict[str, bytes]:
    """Write every file of a result, each whole or not at all, `forecast.json` last, and return their contents by name.

    Raises
    ------
    OutputError
        If the folder cannot be made or written to.
    """
    check_owner(folder, result.scenario)
    contents = render_result(result, figures=figures, format=format)
    tell_of_older(folder, contents)
    write_batch(folder, contents)
    logger.info(f"{len(contents)} files in {folder}")
    return contents


def render_result(result: Any, *, figures: bool, format: str = "png") -> dict[str, bytes]:
    """Render every file of a result in memory, by name, in the order in which they are to be written."""
    contents = {"scenario.yaml": render_scenario(result.scenario, result.resolved).encode()}
    if (
        result.fit.engine == "nuts" and result.keeps_draws
    ):  # the quick engine's draws are made again faster than they are written
        contents["posterior.nc"] = result.to_netcdf()
    if figures:
        from forecast.plots import list_figures, render_figure

        owner = name_owner(result.scenario)
        for name in list_figures(result):
            contents[f"{name}.{format}"] = sign_figure(render_figure(name, result, format), owner)
    contents["forecast.json"] = render_json(result).encode()
    return contents


def render_json(result: Any) -> str:
    """Return the contents of `forecast.json`."""
    return files.render_json(result.plain)


def label_futures(result: Any) -> dict[str, Any]:
    """Label what a result says by draw: the group `predictions`, and P, which joins the posterior."""
    predictions = label_predictions(
        result.timeline,
        result.fit.chains,
        p_event=result.p_draws,
        weight=result.curves.weight,
        **({"event_day": result.paths.day, "event_itinerary": result.paths.itinerary} if result.has_day else {}),
    )
    return {"predictions": predictions, "posterior": label_chances(result.p_draws, result.fit.chains)}


# --- forecast.json -----------------------------------------------------------------------------------------------


def plain_result(result: Any) -> dict[str, Any]:
    """Return the contents of `forecast.json`: keys may be added to it, and none that is there changes its meaning."""
    scenario, structure, total = result.scenario, result.timeline.structure, result.p_event.mean
    known = scenario.known()
    last = known.course[-1] if known.course else None
    earliest = None if last is None or isinstance(last, Hole) else last.entry.earliest
    entered = result.timeline.entered
    places = {name: estimate.to_dict() for name, estimate in result.places.items()}
    for name, any_there in result.any_place.items():
        places[name]["any"] = any_there.to_dict()
    return {
        "schema": 1,
        **label_owner(scenario, result.resolved),
        "as_of": scenario.as_of.isoformat(),
        "window": _span(scenario.window.start, scenario.window.until),
        "asked": str(scenario.question.asks),
        **({"supposing": supposing} if (supposing := describe_suppositions(scenario)) else {}),
        "p_event": result.p_event.to_dict(),
        **_plain_choices(result),
        "places": {
            name: place | {"share": place["mean"] / total if total > 0 else None} for name, place in places.items()
        },
        "itineraries": {name: estimate.to_dict() for name, estimate in result.itineraries.items()},
        "when": _plain_timing(result),
        **_plain_decay(result),
        "stages": {name: _plain(result.stages[index]) for index, name in enumerate(structure.stages)},
        "stage_today": {
            "stage": structure.stages[result.timeline.stage],
            "since": datetime.date.fromordinal(entered or result.timeline.last_step).isoformat(),
            **({"earliest": earliest.isoformat()} if earliest else {}),
            **({"or_earlier": True} if entered is None else {}),
            "holds": result.still_held,
            **({} if result.never_comes is None else {"never": result.never_comes}),
        },
        **_plain_conditions(result),
        **_plain_silence(result),
        **_plain_evidence(result),
        "base_rate": result.base_rate,
        "prior_only": result.prior_only,
        "engine": result.fit.diagnostics["engine"],
        "diagnostics": result.fit.diagnostics,
        "facts_used": sorted(known.cited & known.public),
        "hindsight": list(known.hindsight),
        "partly_hindsight": list(known.partly_hindsight),
        **_plain_unsourced(scenario),
        "notes": [*write_notes(scenario, result.timeline), *result.own_notes],
        **result.plain_readings,
        **({"reports": [report.to_dict() for report in result.reports]} if not result.keeps_draws else {}),
        "fingerprint": result.fit.fingerprint,
        "versions": library_versions(),
    }


def choose_dates(scenario: Scenario, timeline: Timeline, days: Sequence[datetime.date]) -> list[datetime.date]:
    """Choose the days to show: ends of months, ends of plans still to come, and the window's last day.

    Parameters
    ----------
    days : sequence of datetime.date
        Each day after `as_of` to the window's end.
    """
    window: Window = scenario.window
    plans = {
        datetime.date.fromordinal(plan.until)
        for index, plan in enumerate(timeline.plans)
        if timeline.ahead.in_window[:, index].any()
    }
    months = {day for day in days if (day + datetime.timedelta(days=1)).day == 1}
    inside = sorted(day for day in plans | months if window.start <= day < window.until)
    if len(inside) >= KEY_DATES_MOST:
        inside = [inside[i] for i in np.linspace(0, len(inside) - 1, KEY_DATES_MOST - 1).round().astype(int)]
    return [*inside, window.until]


def _plain_unsourced(scenario: Scenario) -> dict[str, Any]:
    """Return the priors that rest on a note without a source, and how many priors there are, if any does."""
    known = scenario.known()
    keys = find_unsourced(known, scenario.facts)
    return {"unsourced": {"priors": keys, "of": sum(1 for _ in known.priors.items())}} if keys else {}


def _plain_choices(result: Any) -> dict[str, Any]:
    """Return the answers of a multiple-choice question, how many events, and quantiles of their day."""
    question = result.scenario.question
    found: dict[str, Any] = {}
    if result.bins:
        found["bins"] = [choice.to_dict() for choice in result.bins]
    if result.keeps_draws and (question.asks.is_number or (result.bins and not question.bins[0].is_dated)):
        found["how_many"] = [choice.to_dict() for choice in result.how_many]
    if result.bins and question.bins[0].is_dated:
        days = {share: result.quantile(share, beyond=True) for share in QUANTILES}
        found["quantiles"] = {str(share): day.isoformat() if day else None for share, day in days.items()}
    return found


def _plain_decay(result: Any) -> dict[str, Any]:
    if result.decay is None:
        return {}
    days = [day.isoformat() for day in (result.scenario.as_of, *result.days)]
    curves = {
        name: _plain_band(curve) | {"below_10_percent": result.falls_below(name).isoformat()}
        for name, curve in vars(result.decay).items()
    }
    return {"decay": {"days": days, **curves}}


def _plain_timing(result: Any) -> dict[str, Any]:
    """Return the curves of the event by day, P by the key dates, and the shortest window that holds 80% of it.

    `cif` and `cif_any` count from the window's first day, so their last values are P; `incidence` is that of each day
    after `as_of`, before the window too, where the event would be none of the question's. Where a yes comes on no day,
    `by` and `cif_any` tell how probable it is if the window ends on that day, and the others are left out.
    """
    curve = {
        "days": [day.isoformat() for day in result.days],
        "by": {
            day.isoformat(): result.by(day).to_dict()
            for day in choose_dates(result.scenario, result.timeline, result.days)
        },
        "cif_any": _plain_band(by_day(result)),
    }
    if not result.has_day:
        return curve
    inside = np.where(np.arange(len(result.days)) >= result.timeline.first_day, result.incidence, 0.0)
    by_place = list(enumerate(result.places))
    return {
        **curve,
        "cif": {name: _plain(np.cumsum(inside[index])) for index, name in by_place},
        "incidence": {name: _plain(result.incidence[index]) for index, name in by_place},
        "window80": _span(*result.window(0.8)),
    }


def _plain_evidence(result: Any) -> dict[str, Any]:
    """Return the probability of what is given and the effective number of draws that it leaves, if anything is."""
    if result.scenario.evidence.says_nothing:
        return {}
    weight = result.curves.weight
    return {"given": {"probability": result.curves.chance_learned, "ess": effective_number(weight)}}


def _plain_conditions(result: Any) -> dict[str, Any]:
    """Return of each condition that may change whether it holds, and how likely that is at the end of each day."""
    changing = result.timeline.changing
    holds = dict(zip(changing.names, changing.is_on.tolist(), strict=True))
    chances = result.chances_to_hold
    if not holds or not chances:
        return {}
    return {"conditions": {name: {"holds": now, "chance": _plain(chances[name])} for name, now in holds.items()}}


def _plain_silence(result: Any) -> dict[str, Any]:
    """Return how long there has been no news, and P of this window before."""
    unheard = result.timeline.unheard
    if not len(unheard.days):
        return {}
    last = datetime.date.fromordinal(int(unheard.start[0]))
    return {
        "silence": {"since": last.isoformat(), "days": int(unheard.days.sum()), "p_event_before": result.before_silence}
    }


def _span(start: datetime.date, until: datetime.date) -> dict[str, str]:
    return {"from": start.isoformat(), "until": until.isoformat()}


def _plain_band(curve: Any) -> dict[str, list[float]]:
    return {side: _plain(getattr(curve, side)) for side in ("mean", "lo", "hi")}


def _plain(values: Array) -> list[float]:
    """Round to what a reader of the JSON can use; 1e-9 is far below any Monte Carlo error."""
    return np.round(values, 9).tolist()
