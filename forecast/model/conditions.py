"""Conditions that end, and may come back: their days up to `as_of` as data, and their chain in the days after it.

A condition is on or off whatever the stages do. Its last day counts as on, and by its whole probability, as the day of
an event does.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from forecast.model.fading import Fading
from forecast.model.indices import Indices
from forecast.model.segments import NEVER, SegmentBuilder, Segments
from forecast.multistate import Array, Rates, Switching
from forecast.scenario import Known, Spell

DAY = datetime.timedelta(days=1)
Change = tuple[int, bool]  # number of the day after which a condition is otherwise, and whether it holds then


# --- up to as_of -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Spans:
    """How long conditions were on, or off after that, up to `as_of`.

    Attributes
    ----------
    labels : tuple of str
        First day and name: ``2020-01-22 strike``, ``2020-02-07 no strike``.
    index : (spans,) of int
        Of the mean that each is about, among ``log_lasts`` and then ``log_returns``.
    days : (spans,)
        By their weights.
    ended : (spans,) of bool
        Whether it had ended by `as_of`.
    weight : (spans,)
        Of the end.
    """

    labels: tuple[str, ...]
    index: Array
    days: Array
    ended: Array
    weight: Array


def build_spans(known: Known, structure: Indices, fading: Fading) -> Spans:
    """List the spans that teach something."""
    found: list[tuple[str, int, bool, int, int]] = []
    for condition in structure.lasting:
        for is_on, first, last, ended in _walk(known.spells[condition], known.as_of):
            index = structure.mean_of(condition, is_on=is_on)
            if index >= 0:
                label = f"{first.isoformat()} {'' if is_on else 'no '}{condition}"
                found.append((label, index, ended, first.toordinal() - 1, last.toordinal()))
    labels = tuple(label for label, *_ in found)
    means, over, start, end = np.array([span[1:] for span in found], int).reshape(-1, 4).T
    return Spans(labels, means, (end - start) * fading.over(start, end), over > 0, fading.at(end))


def _walk(spells: tuple[Spell, ...], as_of: datetime.date) -> Iterator[tuple[bool, datetime.date, datetime.date, bool]]:
    """Yield the spans up to `as_of`: whether the condition held, the first and the last day, whether that had ended."""
    for spell, following in zip(spells, (*spells[1:], None), strict=True):
        if spell.start > as_of:
            return
        if spell.until is None or spell.until > as_of:
            yield True, spell.start, as_of, False
            return
        yield True, spell.start, spell.until, True
        if spell.until == as_of:
            return
        back = following.start - DAY if following else as_of + DAY
        yield False, spell.until + DAY, min(back, as_of), back <= as_of


def log_spans(theta: dict[str, Any], spans: Spans, xp: Any = np) -> Any:
    r"""Return the log likelihood of each span, (spans, draws) or an expression of (spans,).

    With r one over the mean: -r d for d days that go on; -r (d - 1) + \log(1 - e^{-r}) for those that ended.
    """
    rate = xp.exp(-_log_means(theta, xp)[spans.index])
    trailing = (1,) * (rate.ndim - 1)
    days, ended = spans.days.reshape(-1, *trailing), (spans.ended * spans.weight).reshape(-1, *trailing)
    return ended * xp.log(-xp.expm1(-rate)) - rate * (days - ended)


def _log_means(theta: dict[str, Any], xp: Any = np) -> Any:
    """Stack the logarithms of mean days on and of mean days off, as `Spans.index` counts them."""
    return xp.concatenate([theta[name] for name in ("log_lasts", "log_returns") if name in theta])


# --- after as_of -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Conditions:
    """Conditions that may be otherwise some day, over segments.

    Attributes
    ----------
    names : tuple of str
    on_event : (conditions, itineraries, ratios)
        1 where one that holds acts on an itinerary's event rate.
    on_steps : (conditions, stages, ratios)
        1 where one that holds acts on steps into a stage.
    lasts, returns : (conditions,) of int
        Which mean is that of its days on, and off, see `Spans`; -1 for none, where it stays as it is.
    is_on : (conditions,) of bool
        Whether it holds at the beginning.
    settled : (segments, conditions) of bool
        Whether it is certain that it stays as it is.
    put : (segments, conditions) of int
        1 where it is certain to begin after the segment, 0 to end, -1 neither.
    learned : (segments, conditions) of bool
        Whether it is learned that it changes on the segment's one day, or that it does not.
    turns : (segments, conditions) of int
        1 where it is learned to begin on the segment's one day, 0 to end, -1 neither.
    public_since : (conditions,) of int
        Number of the day on which it was public that one holds that does so at the beginning; `NEVER` for others.
    """

    names: tuple[str, ...]
    on_event: Array
    on_steps: Array
    lasts: Array
    returns: Array
    is_on: Array
    settled: Array
    put: Array
    learned: Array
    turns: Array
    public_since: Array

    @property
    def states(self) -> Array:
        """Whether each condition holds, by environment: (environments, conditions) of bool."""
        count = len(self.names)
        return (np.arange(2**count)[:, None] >> np.arange(count)) % 2 == 1

    def after(self, segments: int) -> Conditions:
        """Return the same without the first segments, in which nothing has changed but what was settled."""
        is_on = self.is_on.copy()
        for put in self.put[:segments]:
            is_on = np.where(put >= 0, put == 1, is_on)
        rest = {name: getattr(self, name)[segments:] for name in ("settled", "put", "learned", "turns")}
        return replace(self, is_on=is_on, **rest)

    def switch_on(self, segments: Segments, state: Array) -> Segments:
        """Return segments on which those of a state hold as well."""
        if not state.any():
            return segments
        since = np.where(self.on_event[state] > 0, self.public_since[state, None, None], NEVER).min(axis=0)
        return replace(
            segments,
            event_covariates=np.maximum(segments.event_covariates, self.on_event[state].max(axis=0)),
            public_since=np.minimum(segments.public_since, since),
            stage_covariates=np.maximum(segments.stage_covariates, self.on_steps[state].max(axis=0)),
        )

    def log_mean(self, theta: dict[str, Array], condition: int, *, is_on: bool) -> Array | None:
        """Return the logarithm of a condition's mean days on, or off, (draws,); None where it stays as it is."""
        index = int((self.lasts if is_on else self.returns)[condition])
        if index < 0:
            return None
        return _log_means(theta)[index]

    def switching(self, theta: dict[str, Array], rates: tuple[Rates, ...]) -> Switching:
        """Lay out how the environments follow one another, given the rates in each; without rates, that alone."""
        states, segments = self.states, len(self.put)
        count, kinds = len(self.names), len(states)
        switch = np.zeros((kinds, kinds, theta["log_stay"].shape[-1]))
        free, at_risk = np.zeros((2, segments, kinds, kinds))
        before, after = np.ones((2, segments, kinds))
        put = np.tile(np.arange(kinds), (segments, 1))
        for condition in range(count):
            bit, turns = 1 << condition, self.turns[:, condition]
            for environment, state in enumerate(states):
                mean = self.log_mean(theta, condition, is_on=bool(state[condition]))
                if mean is not None:
                    switch[environment, environment ^ bit] = np.exp(-mean)
                may = ~self.settled[:, condition] & (turns != state[condition])  # it turns once on a day at most
                at_risk[:, environment, environment ^ bit] = may
                free[:, environment, environment ^ bit] = may & ~(self.learned[:, condition] & (turns < 0))
            on = states[:, condition]
            put = np.where(self.put[:, condition, None] == 1, put | bit, put)
            put = np.where(self.put[:, condition, None] == 0, put & ~bit, put)
            before *= np.where(turns[:, None] >= 0, on[None] != turns[:, None], 1)
            after *= np.where(turns[:, None] >= 0, on[None] == turns[:, None], 1)
        start = int((self.is_on << np.arange(count)).sum())
        return Switching(rates, start, switch, free, at_risk, put, before, after)


def build_changing(
    known: Known, structure: Indices, builder: SegmentBuilder, bounds: list[tuple[int, int]]
) -> tuple[Segments, Conditions]:
    """Describe intervals of day numbers without the conditions that may change from their first day on, and those."""
    names = _find_changing(known, bounds[0][0])
    segments = builder.build(bounds, without=names)
    return segments, _build_conditions(known, structure, segments, builder, names)


def _find_changing(known: Known, day: int) -> tuple[str, ...]:
    """Name the conditions that are set or learned, and those whose days after a day are not all certain."""
    names = []
    for name, prior in known.priors.conditions.items():
        if name in known.spells:
            settled = _find_settled(known, name, day)
            is_on = settled[-1][1] if settled else _holds(known, name, day)
            goes = not prior.belief.is_for_good if is_on else prior.belief.may_return
            if goes or name in known.evidence.conditions or name in known.interventions.conditions:
                names.append(name)
    return tuple(names)


def _build_conditions(
    known: Known, structure: Indices, segments: Segments, builder: SegmentBuilder, names: tuple[str, ...]
) -> Conditions:
    """Lay out what some conditions do from the beginning of some segments on."""
    day = int(segments.start[0])
    shape = (len(segments.start), len(names))
    settled, learned = np.zeros((2, *shape), bool)
    put, turns = np.full((2, *shape), -1)
    for column, name in enumerate(names):
        changes = _find_settled(known, name, day)
        for after, is_on in changes:
            put[segments.end == after, column] = is_on
            settled[segments.end <= after, column] = True
        switch = known.evidence.conditions.get(name)
        for change, is_on in switch.changes() if switch else ():
            learned[segments.end <= change.toordinal(), column] = True
            turns[segments.end == change.toordinal(), column] = is_on
    effects = [builder.effects(name) for name in names]
    ways, stages, ratios = (len(each) for each in (structure.itineraries, structure.stages, structure.ratios))
    return Conditions(
        names=names,
        on_event=np.array([event for event, _ in effects]).reshape(len(names), ways, ratios),
        on_steps=np.array([steps for _, steps in effects]).reshape(len(names), stages, ratios),
        lasts=np.array([structure.mean_of(name, is_on=True) for name in names], int),
        returns=np.array([structure.mean_of(name, is_on=False) for name in names], int),
        is_on=np.array([_holds(known, name, day) for name in names], bool),
        settled=settled,
        put=put,
        learned=learned,
        turns=turns,
        public_since=np.array([builder.public_since(name, day) for name in names], int),
    )


def change_days(known: Known) -> set[int]:
    """List the days after which a condition is settled to be otherwise, and those on which it is learned to change."""
    days = {day for name in known.spells for day, _ in _find_settled(known, name, known.as_of.toordinal())}
    for switch in known.evidence.conditions.values():
        for day, _ in switch.changes():
            days |= {day.toordinal() - 1, day.toordinal()}
    return days


def _holds(known: Known, name: str, day: int) -> bool:
    """Tell whether a condition holds from the evening of a day on, as is known, or as is set."""
    holds = any(spell.holds_after(datetime.date.fromordinal(day)) for spell in known.spells[name])
    for change, is_on in _set(known, name):
        holds = is_on if change <= day else holds
    return holds


def _find_settled(known: Known, name: str, day: int) -> list[Change]:
    """Return the changes after a day that are certain, because they are set, or else dated already, in order."""
    if done := _set(known, name):
        return [change for change in done if change[0] > day]
    found = []
    for spell in known.spells[name]:
        found.append((spell.start.toordinal() - 1, True))
        found += [(spell.until.toordinal(), False)] if spell.until else []
    return [change for change in found if change[0] > day]


def _set(known: Known, name: str) -> list[Change]:
    switch = known.interventions.conditions.get(name)
    return [(change.toordinal(), is_on) for change, is_on in switch.changes()] if switch else []
