"""What a forecast says, as far as it is written down: made of the contents of `forecast.json`, of one timeline or many.

Receives plain values. Hands on frozen ones, with the curve by day where there is one.
"""

from __future__ import annotations

import datetime
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from forecast.errors import InputError, Problem
from forecast.track.plain import read_day, read_share, read_text, refuse

logger = logging.getLogger(__name__)

SHARES = (0.1, 0.25, 0.5, 0.75, 0.9)  # quantiles of the day


@dataclass(frozen=True)
class Told:
    """A forecast.

    Attributes
    ----------
    name : str
        Of the question: that of its file, without the day of an update.
    asked : str
        What is asked, in words.
    start, until : datetime.date
        First and last day of the window.
    p, lo, hi, mcse : float
        P with its 90% band and Monte Carlo error.
    places : dict of str to float
        P by place; empty where the answer is not split.
    quantiles : dict of float to datetime.date or None
        The first day by whose end it has come with that probability; None where that is after the window.
    has_day : bool
        A yes comes on some day, and stays.
    fingerprint : str or dict of str
        Of the model's inputs; of several timelines by family.
    curve : tuple of (datetime.date, float)
        How likely it has come in the window by the end of each day. Not written down.
    """

    name: str
    title: str
    asked: str
    as_of: datetime.date
    start: datetime.date
    until: datetime.date
    p: float
    lo: float
    hi: float
    mcse: float
    places: Mapping[str, float]
    quantiles: Mapping[float, datetime.date | None]
    has_day: bool
    engine: str
    fingerprint: str | Mapping[str, str]
    scenario_sha256: str
    curve: tuple[tuple[datetime.date, float], ...] = field(default=(), repr=False, compare=False)

    @property
    def horizon(self) -> int:
        """Days from `as_of` to the window's end."""
        return (self.until - self.as_of).days

    @property
    def opens(self) -> datetime.date:
        """The first day on which a yes counts: the window's, or the day after `as_of` where that began before."""
        return max(self.start, self.as_of + datetime.timedelta(days=1))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        days = {str(share): day and day.isoformat() for share, day in self.quantiles.items()}
        return {
            "name": self.name,
            "title": self.title,
            "asked": self.asked,
            "as_of": self.as_of.isoformat(),
            "window": {"from": self.start.isoformat(), "until": self.until.isoformat()},
            "p_event": {"mean": self.p, "eti90": [self.lo, self.hi], "mcse": self.mcse},
            **({"places": dict(self.places)} if self.places else {}),
            "has_day": self.has_day,
            **({"quantiles": days} if days else {}),
            "engine": self.engine,
            "fingerprint": self.fingerprint,
            "scenario_sha256": self.scenario_sha256,
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Told:
        """Read what `to_dict` returns.

        Raises
        ------
        InputError
            With the key that cannot be used.
        """
        window, chance, days = _inner(plain, "window"), _inner(plain, "p_event"), plain.get("quantiles") or {}
        band = chance.get("eti90")
        if not isinstance(band, list | tuple) or len(band) != 2:
            refuse("p_event.eti90", "two numbers", band)
        lo, hi = (read_share({"p_event.eti90": each}, "p_event.eti90") for each in band)
        as_of, until = read_day(plain, "as_of"), read_day(window, "until")
        if until <= as_of:
            refuse("window.until", f"a day after as_of, {as_of}", until)
        return cls(
            name=read_text(plain, "name"),
            title=read_text(plain, "title"),
            asked=read_text(plain, "asked", ""),
            as_of=as_of,
            start=read_day(window, "from"),
            until=until,
            p=read_share(chance, "mean"),
            lo=lo,
            hi=hi,
            mcse=0.0 if chance.get("mcse") is None else read_share(chance, "mcse"),
            places={name: read_share(plain["places"], name) for name in _inner(plain, "places", {})},
            quantiles={_read_quantile(share): day and read_day(days, share) for share, day in days.items()},
            has_day=plain.get("has_day") is not False,
            engine=read_text(plain, "engine", ""),
            fingerprint=plain.get("fingerprint", ""),
            scenario_sha256=read_text(plain, "scenario_sha256", ""),
        )


def describe_forecast(plain: Mapping[str, Any], *, name: str | None = None) -> Told:
    """Return what the contents of a `forecast.json` say.

    Raises
    ------
    InputError
        If they are not those of a forecast, or nothing is left to forecast.

    Examples
    --------
    See `export_forecasts`.
    """
    from forecast.document import drop_day  # a log is scored without scenarios
    from forecast.scenario import ANYWHERE, YES

    expected = "the contents of a forecast.json, as `forecast run` writes it"
    if not isinstance(plain, Mapping) or not {"scenario", "title", "as_of", "window", "p_event"} <= plain.keys():
        raise InputError([Problem((), f"expected {expected}; found something else")])
    called = name or drop_day(plain["scenario"])
    if "settled" in plain:
        message = f"nothing is left to forecast: {called} was settled on {plain['settled']['day']}, as its file says"
        raise InputError([Problem((), f"{message}. Say so to the log: forecast resolve {called} ...")])
    supposing = list_suppositions(plain)
    if supposing:
        logger.warning(f"{called}: P is given that {'; '.join(supposing)}")
    curve, has_day = _find_curve(plain)
    quantiles = {share: next((day for day, by in curve if by >= share), None) for share in SHARES} if has_day else {}
    places = {name: place["mean"] for name, place in plain.get("places", {}).items()}
    if places.keys() in ({YES}, {ANYWHERE}):
        places = {}
    families = {name: found["fingerprint"] for name, found in plain.get("families", {}).items()}
    engines = {found["diagnostics"]["engine"] for found in plain.get("families", {}).values()}
    said = {
        **plain,
        "name": called,
        "asked": "; supposing ".join(filter(None, [plain.get("asked", ""), *supposing])),
        "places": places,
        "has_day": has_day,
        "engine": plain.get("engine") or " and ".join(sorted(engines)),
        "fingerprint": plain.get("fingerprint") or families,
    }
    told = Told.from_dict(said)
    return Told(**{**vars(told), "quantiles": quantiles, "curve": curve if has_day else ()})


def list_suppositions(plain: Mapping[str, Any]) -> list[str]:
    """Return what the contents of a `forecast.json` suppose by `do` and `given`, in words."""
    return list(plain.get("supposing") or (["something was learned (given)"] if "given" in plain else []))


def _find_curve(plain: Mapping[str, Any]) -> tuple[tuple[tuple[datetime.date, float], ...], bool]:
    """Return the curve by day, from the window's first day on, and whether a yes comes on a day and stays."""
    when = plain["when"]
    chance, has_day = (when["chance"], when["lasts"]) if "chance" in when else (when["cif_any"], "cif" in when)
    days = [datetime.date.fromisoformat(day) for day in when["days"]]
    return tuple(zip(days, chance["mean"], strict=True)), has_day


def _read_quantile(share: str) -> float:
    try:
        return float(share)
    except ValueError:
        refuse("quantiles", "days by their probability, such as 0.5", share)


def _inner(plain: Mapping[str, Any], key: str, default: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
    found = plain.get(key, default)
    if not isinstance(found, Mapping):
        refuse(key, "a mapping", found)
    return found
