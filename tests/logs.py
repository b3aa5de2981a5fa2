"""Logs of forecasts, made up: what a `forecast.json` says of a question, as little as a log takes."""

from __future__ import annotations

import datetime

from forecast.track import log_forecast, read_log

DAY = datetime.timedelta(days=1)


def answer(p=0.4, *, name="port", as_of="2025-03-01", until="2025-06-30", places=None, by=None, **more):
    """Return the contents of a `forecast.json`; `by` is the curve, a straight line up to P unless given."""
    first = datetime.date.fromisoformat(as_of) + DAY
    count = (datetime.date.fromisoformat(until) - first).days + 1
    by = [p * (step + 1) / count for step in range(count)] if by is None else by
    return {
        "schema": 1,
        "scenario": name,
        "title": f"The {name} opens",
        "scenario_sha256": "0" * 64,
        "as_of": as_of,
        "window": {"from": first.isoformat(), "until": until},
        "asked": "at least 1 in the window",
        "p_event": {"mean": p, "eti90": [p / 2, (1 + p) / 2], "mcse": 0.001},
        "places": {place: {"mean": share} for place, share in (places or {}).items()},
        "when": {
            "days": [(first + step * DAY).isoformat() for step in range(count)],
            "cif_any": {"mean": by},
            "cif": {},
        },
        "engine": "quick",
        "fingerprint": "f" * 32,
    } | more


def keep(path, p=0.4, *, crowd=None, link="", **how):
    """Log a forecast."""
    return log_forecast(answer(p, **how), path, crowd=crowd, link=link)


def kinds(path):
    """Return what the lines of a log are, in their order."""
    return [type(entry).__name__ for entry in read_log(path).entries]
