"""What figures are given: the attributes and methods of a forecast that they use, whoever computed it.

Curves run along `days`: each day after `as_of`, to the window's last. Days are dates; nothing here knows segments,
indices or parameters.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from forecast.scenario import Scenario

Array = np.ndarray
Days = tuple[datetime.date, datetime.date]  # first and last, both inclusive


class Estimate(Protocol):
    """A probability."""

    @property
    def mean(self) -> float:
        """Mean over draws."""

    @property
    def eti90(self) -> tuple[float, float]:
        """Its 90% equal-tailed interval."""


class Band(Protocol):
    """A curve of probabilities."""

    @property
    def mean(self) -> Array:
        """Mean over draws, (days,)."""

    @property
    def lo(self) -> Array:
        """Lower end of the 90% interval, (days,)."""

    @property
    def hi(self) -> Array:
        """Upper end of the 90% interval, (days,)."""


class Decay(Protocol):
    """P for the rest of the window: at the end of `as_of`, then of each day."""

    @property
    def no_event(self) -> Band:
        """If nothing has happened by then, (days + 1,)."""

    @property
    def silence(self) -> Band:
        """If nothing has happened and nothing new was announced, (days + 1,)."""


class Choice(Protocol):
    """One answer of several."""

    @property
    def label(self) -> str:
        """What it is."""

    @property
    def estimate(self) -> Estimate:
        """How probable it is."""


class Reading(Protocol):
    """The answer under another reading of the facts."""

    @property
    def p_event(self) -> Estimate:
        """Probability of the event in the window."""


class Stay(Protocol):
    """A stay in a stage, from the end of one day to the end of another."""

    @property
    def stage(self) -> str:
        """Its name."""

    @property
    def start(self) -> datetime.date:
        """Day on which the stage was entered."""

    @property
    def end(self) -> datetime.date:
        """Day on which it was left, or `as_of`."""

    @property
    def ends_in_event(self) -> bool:
        """Tell whether the event ended it."""


class Plan(Protocol):
    """A dated plan that was known."""

    @property
    def kind(self) -> str:
        """What kind of plan it is."""

    @property
    def places(self) -> tuple[str, ...]:
        """Where it may lead, in the order of the question."""

    @property
    def days(self) -> Days:
        """Its days after it became public."""

    @property
    def is_held(self) -> bool:
        """Tell whether it was in force on any of them."""

    @property
    def ahead(self) -> Days | None:
        """Days after `as_of` on which it is in force, if there are any."""


class Condition(Protocol):
    """A covariate that was on, or will be."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def places(self) -> tuple[str, ...]:
        """Where it acts on the event."""

    @property
    def spans(self) -> Sequence[Days]:
        """Runs of days on which it was on, in order of time."""

    @property
    def chance(self) -> Array | None:
        """How likely one that may change is to hold at the end of each day after `as_of`: (days,)."""


class Learned(Protocol):
    """A quantity before and after history was looked at, on the scale on which an analyst gives it."""

    @property
    def labels(self) -> tuple[str, ...]:
        """What its rows are."""

    @property
    def prior(self) -> Array:
        """Draws, (labels, draws)."""

    @property
    def posterior(self) -> Array:
        """Draws, (labels, draws)."""


class Given(Protocol):
    """A forecast, as far as figures know one."""

    @property
    def scenario(self) -> Scenario:
        """The question and what is known of it."""

    @property
    def days(self) -> Sequence[datetime.date]:
        """Each day after `as_of`, to the window's last."""

    @property
    def p_event(self) -> Estimate:
        """Probability of the event in the window."""

    @property
    def stages_today(self) -> Array:
        """Chance of being in each stage at `as_of`: (stages,)."""

    @property
    def own_notes(self) -> Sequence[str]:
        """What is to be said of this answer beside what its scenario says."""

    @property
    def keeps_draws(self) -> bool:
        """Tell whether its draws are of one timeline, and not of several reports' courses."""

    @property
    def places(self) -> Mapping[str, Estimate]:
        """The same by place, in the order of the question."""

    @property
    def itineraries(self) -> Mapping[str, Estimate]:
        """The same by itinerary, in the order of the question."""

    @property
    def p_draws(self) -> Array:
        """P of each draw, (draws,)."""

    @property
    def base_rate(self) -> float | None:
        """P from a constant rate and nothing else; None where the record is too short for one."""

    @property
    def prior_only(self) -> float:
        """P before history taught anything."""

    @property
    def readings(self) -> Mapping[str, Reading]:
        """Answers under other readings of the facts, by name."""

    @property
    def readings_range(self) -> tuple[float, float] | None:
        """Least and largest P over all readings, if there are others."""

    @property
    def incidence(self) -> Array:
        """Probability of the event on each day, (places, days)."""

    @property
    def stages(self) -> Array:
        """Chance of being in each stage with no event yet, (stages, days)."""

    @property
    def cif_any(self) -> Band:
        """Probability of the event by each day."""

    @property
    def has_day(self) -> bool:
        """Tell whether a yes comes on some day and stays."""

    @property
    def has_places(self) -> bool:
        """Tell whether the answer is split over places."""

    @property
    def leaves_stages(self) -> bool:
        """Tell whether a yes takes paths out of the stages."""

    @property
    def choices(self) -> Sequence[Choice]:
        """Answers beside yes and no: numbers of events, or bins."""

    @property
    def how_many(self) -> Sequence[Choice]:
        """Numbers of events in the window, where they can be counted."""

    @property
    def so_far(self) -> tuple[Sequence[str], Array]:
        """Numbers of events, and how probable each is to have come by each day, `as_of` first."""

    @property
    def decay(self) -> Decay | None:
        """P for the rest of the window as time passes, where that can be told."""

    @property
    def engine(self) -> str:
        """What drew the posterior."""

    @property
    def given_chance(self) -> float:
        """Probability of what is supposed to be learned."""

    def window(self, mass: float) -> Days:
        """Return the shortest run of days that holds `mass` of the event's timing."""

    def falls_below(self, curve: str, level: float) -> datetime.date:
        """Return the day from whose end on a curve of `decay` stays below `level`: the window's last if no other."""

    def quantiles(self, shares: Sequence[float]) -> tuple[float, ...]:
        """Return quantiles of P over draws."""

    def quantities(self) -> Mapping[str, Learned]:
        """Return what history taught, by name."""

    def past_stays(self) -> Sequence[Stay]:
        """Return the stays in stages up to `as_of`, in order of time; the last is still going on."""

    def plans(self) -> Sequence[Plan]:
        """Return the dated plans that were known, in the order in which they became public."""

    def conditions(self) -> Sequence[Condition]:
        """Return the covariates that are on at any time, over history and forecast."""
