"""Draws on their way through days on which some stages age, forwards and backwards, and what silence would mean.

Receives what `Walk` receives, and clocks; hands on what was `Walked`. Everything is carried day by day, as a population
whose stays in ageing stages are told apart in bands by the day of entry (`forecast.multistate.ageing_step`).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from forecast.multistate.ageing_step import Population, Step, Survival, exponentiate_step
from forecast.multistate.clocks import Ageing, Bands
from forecast.multistate.expm import expm
from forecast.multistate.pace import find_fed, lay_out_bands, merge_bands
from forecast.multistate.rates import Array
from forecast.multistate.states import StateSpace
from forecast.multistate.supposed import Supposed
from forecast.multistate.switching import EventClasses, Switching
from forecast.multistate.walk import Setting, Walked


class AgeingWalk(Setting):
    """Some draws on their way through days on which stages age.

    Parameters
    ----------
    generators : list of (draws, states + classes, states + classes)
        Of a day of each segment, at a hazard of 1.
    days : (segments,)
        Length of each segment.
    parts : (segments,) of int
        In how many parts each of a segment's steps is walked.
    switching : Switching
        Of these draws; its rates have the clocks.
    classes : EventClasses
    bands : Bands
        Of the stays that are under way at the beginning.
    again : bool
        The same days are walked more than once, so that how stays last is kept.

    The others are those of `Setting`.
    """

    def __init__(
        self,
        generators: list[Array],
        space: StateSpace,
        supposed: Supposed,
        switching: Switching,
        *,
        stages: int,
        steps: Array,
        days: Array,
        parts: Array,
        classes: EventClasses,
        bands: Bands,
        again: bool = False,
    ) -> None:
        super().__init__(space, supposed, switching, stages=stages, steps=steps, generators=generators)
        self.classes, self.clocks = classes, switching.rates[0].clocks
        self.stage = np.tile(space.parts, self.environments)
        is_aged = np.isin(self.stage, list(self.clocks))
        self.aged, self.steady = np.flatnonzero(is_aged), np.flatnonzero(~is_aged)
        self.ageing = {stage: Ageing(clock) for stage, clock in self.clocks.items()}
        self.days = days / steps / parts  # in a part
        self.again, self._survival, self._step = again, dict[int, Survival](), dict[tuple[int, bool], Step]()
        self.parts, self.ends, self.last = parts, np.cumsum(steps), np.cumsum(steps * parts)
        self.fed = find_fed(generators, self.moves, len(space.states), self.size)[self.aged]
        self.bands, self.alike = lay_out_bands(bands, self.days, steps * parts, supposed.put >= 0)

    def settle(self, population: Population) -> Population:
        """Return the population of one environment as that of the environment that holds at the beginning."""
        stays = population[1]
        found = np.zeros((self.size, self.draws), self.dtype), np.zeros((len(self.aged), *stays.shape[1:]), self.dtype)
        for whole, part in zip(found, population, strict=True):
            whole[len(part) * self.switching.start :][: len(part)] = part
        return found

    def total(self, population: Population) -> Array:
        """Return the probability of each state: (states, draws)."""
        found = population[0].copy()
        found[self.aged] = population[1].sum(axis=1)
        return found

    # --- forwards and backwards --------------------------------------------------------------------------------------

    def forward(self, population: Population, *, by_draw: bool = True) -> tuple[Walked, Population]:
        """Walk through all segments, as `Walk.forward` does; return the population once all that is learned is, too."""
        days = int(self.steps.sum())
        stages = np.empty((days, len(self.members), self.draws if by_draw else 1), self.dtype)
        classes = [part.shape[-1] - self.size for part in self.generators]
        apart = [np.zeros((self.draws, *shape), self.dtype) for shape in zip(classes, self.steps, strict=True)]
        among = np.kron(np.eye(self.environments), np.ones(len(self.space.states)))
        held = np.empty((self.environments, self.days_learned), self.dtype)

        def read(day: int, total: Array) -> None:
            found = self.members @ total
            stages[day] = found if by_draw else found.sum(axis=1, keepdims=True)

        evenings = [population for _, population, _ in self.walk(self.past, population)]
        landed = evenings[-1] if evenings else population
        promise = np.ones((self.size, self.draws)), np.ones_like(landed[1])
        back = self.walk_back(self.past, promise)
        for day in reversed(range(self.days_learned)):  # what is learned later speaks on earlier days
            total = self.total((evenings[day][0] * promise[0], evenings[day][1] * promise[1]))
            read(day, total)
            held[:, day] = (among @ total).sum(axis=1)
            _, promise = next(back)
        alive = np.empty((days + 1, self.draws), self.dtype)
        alive[:] = self.total(landed).sum(axis=0)  # and so it stays where the event has not happened
        for day, population, events in self.walk(self.ahead, landed):
            total = self.total(population)
            read(day, total)
            alive[day + 1] = total.sum(axis=0)
            segment = int(np.searchsorted(self.ends, day, side="right"))
            apart[segment][..., day - self.ends[segment]] = events.T
        found = Walked(alive.T, apart, stages.transpose(2, 1, 0), self.total(landed).T, held)
        return found, landed

    def walk(
        self, segments: range, population: Population, *, silent: bool | None = None
    ) -> Iterator[tuple[int, Population, Array]]:
        """Yield each step, the population at its end, and the chance of each class of events in it.

        Parameters
        ----------
        silent : bool, optional
            Nothing is announced; as it is supposed if not given.
        """
        for segment in segments:
            this = self._find_step(segment, silent=self.supposed.silence[segment] if silent is None else silent)
            population, events = self._keep(population, self._before(segment)), np.zeros(1)
            for step, part in self._find_parts(segment):
                population, more = this.carry(population, self._survive(this, segment, part))
                events = events + more
                if part + 1 == self.last[segment]:
                    population = self._move(segment, self._keep(population, self._after(segment)))
                if (firsts := self.alike[part]) is not None:
                    population = population[0], merge_bands(population[1], firsts)
                if step is not None:
                    yield step, population, events
                    events = np.zeros(1)

    def walk_back(self, segments: range, promise: Population) -> Iterator[tuple[int, Population]]:
        """Yield each step, from the last to the first, and what a population promises before it."""
        for segment in reversed(segments):
            this = self._find_step(segment, silent=self.supposed.silence[segment])
            parts = self._find_parts(segment)[::-1]
            first = self.last[segment] - self.steps[segment] * self.parts[segment]
            for number, (_, part) in enumerate(parts, start=1):
                is_last = part + 1 == self.last[segment]
                if (firsts := self.alike[part]) is not None:
                    bands = len(self.bands[part]) + 1 + (is_last and self.supposed.put[segment] >= 0)
                    promise = promise[0], np.repeat(promise[1], np.diff(firsts, append=bands), axis=1)
                if is_last:
                    promise = self._keep(self._move_back(segment, promise), self._after(segment))
                promise = this.carry_back(promise, self._survive(this, segment, part))
                if part == first:
                    promise = self._keep(promise, self._before(segment))
                if number % self.parts[segment] == 0:
                    yield self.ends[segment] - number // self.parts[segment], promise

    def _find_parts(self, segment: int) -> list[tuple[int | None, int]]:
        """Return each part of a segment, and the step that it ends, if it ends one."""
        count, parts = int(self.steps[segment]), int(self.parts[segment])
        step, part = int(self.ends[segment]) - count, int(self.last[segment]) - count * parts
        numbers = range(count * parts)
        return [(step + number // parts if (number + 1) % parts == 0 else None, part + number) for number in numbers]

    # --- one step ----------------------------------------------------------------------------------------------------

    def _survive(self, this: Step, segment: int, part: int) -> Survival:
        """Return how the stays of each band last over a part of a segment: in silence as well as at any time."""
        if (found := self._survival.get(part)) is None:
            bands, days = self.bands[part], float(self.days[segment])
            found = this.survive({stage: clock.grow(bands, days) for stage, clock in self.ageing.items()})
            if self.again:
                self._survival[part] = found
        return found

    def _find_step(self, segment: int, *, silent: bool) -> Step:
        """Return what a part of a segment does; with nothing announced, what it does in silence."""
        if (found := self._step.get((segment, silent))) is None:
            found = self._make_step(segment, silent=silent)
            if self.again:
                self._step[segment, silent] = found
        return found

    def _make_step(self, segment: int, *, silent: bool) -> Step:
        days = float(self.days[segment])
        generator, turning = self.generators[segment], self.switching.generator(segment)
        kept, turned = generator.copy(), np.repeat(np.einsum("dee->ed", turning), len(self.space.states), axis=0)
        if silent:
            kept[:, : self.size, : self.size] *= self.unannounced
            kept[:, :, self.size :] = 0.0
            turning = turning * np.eye(self.environments)
        rates, plan = np.zeros((2, len(self.aged), self.draws))
        ways, planned = np.zeros((2, len(self.aged), generator.shape[-1], self.draws), self.dtype)
        fresh = kept.copy()
        for row, state in enumerate(self.aged.tolist()):
            environment, within = divmod(state, len(self.space.states))
            ordinary = kept[:, state].T.copy()
            ordinary[within : self.size : len(self.space.states)] = 0.0  # to stay, in whichever environment
            for column, (hazard, weighed) in self._find_planned(segment, environment, within):
                plan[row] += hazard
                planned[row, column] += 0 if silent else weighed
                ordinary[column] -= 0 if silent else weighed
            np.divide(planned[row], plan[row], out=planned[row], where=plan[row] > 0)
            rates[row] = np.maximum(turned[state] - generator[:, state, state].real - plan[row], 0.0)
            np.divide(ordinary, rates[row], out=ways[row], where=rates[row] > 0)
            more = self.ageing[int(self.stage[state])].fresh_hazard(rates[row], days)  # in place of a rate
            fresh[:, state] += (ways[row] * more - ordinary).T
            fresh[:, state, state] += rates[row] - more
        arrivals = np.flatnonzero((ways + planned)[:, : self.size].any(axis=(0, 2)))
        whole, even = exponentiate_step(fresh * days)
        return Step(
            aged=self.aged,
            steady=self.steady,
            stages=self.stage[self.aged],
            rate=rates,
            plan=plan * days,
            ways=ways[:, np.r_[arrivals, self.size : ways.shape[1]]],
            planned=planned[:, np.r_[arrivals, self.size : ways.shape[1]]],
            arrivals=arrivals,
            moving=np.concatenate([whole[:, self.steady], even[:, arrivals]], axis=1).transpose(2, 1, 0).copy(),
            turn=expm(turning * (days / 2)).transpose(1, 2, 0) if turning.any() else None,
            silent=silent,
            fed=self.fed,
            begun=len(self.bands[0]),
        )

    def _find_planned(self, segment: int, environment: int, within: int) -> Iterator[tuple[int, tuple[Array, Array]]]:
        """Yield where plans lead from a state, their hazard per day, and that times the factor of the way there."""
        rates, (copy, stage) = self.switching.rates[environment], self.space.states[within]
        if copy or (rates.rests and stage == 0) or stage in rates.barred or not rates.plan[segment].any():
            return
        aim, first, plan = self.switching.sought, len(self.space.states) * environment, rates.plan[segment]
        if (hazard := aim.ends[segment] @ plan).any():
            before = self.classes.present[segment, : self.classes.planned[environment]].sum()
            yield self.size + int(before), (hazard, hazard)
        if (back := aim.back[segment]).any():
            onward = self.space.index(self.space.after_event((copy, stage)))
            yield first + onward, ((back != 0).astype(float) @ plan, back @ plan)
        if aim.out[segment].any():
            yield first + len(self.space.states) - 1, ((hazard := aim.out[segment].astype(float) @ plan), hazard)

    # --- what is set and what is learned -----------------------------------------------------------------------------

    def _keep(self, population: Population, mask: Array) -> Population:
        """Keep some of the states."""
        if mask.all():
            return population
        return population[0] * mask[:, None], population[1] * mask[self.aged, None, None]

    def _before(self, segment: int) -> Array:
        """Return 0 for the states that disagree, at a segment's beginning, with what is learned: (states,)."""
        mask = np.repeat(self.switching.before[segment], len(self.space.states))
        return mask * (1 - self.members[stage]) if (stage := self.supposed.enters[segment]) >= 0 else mask

    def _after(self, segment: int) -> Array:
        """Return the same of its end."""
        mask = np.repeat(self.switching.after[segment], len(self.space.states))
        return mask * self.members[stage] if (stage := self.supposed.enters[segment]) >= 0 else mask

    def _move(self, segment: int, population: Population) -> Population:
        """Put a population where it is set at a segment's end; a stage that it has been in keeps its age."""
        if (moves := self.moves[segment]) is None:
            return population
        steady, stays = population
        total = self.total(population)
        found, anew, kept = np.zeros_like(steady), np.zeros_like(steady), np.zeros_like(stays)
        for source, target in np.argwhere(moves):
            if source in self.aged and self.stage[source] == self.stage[target]:
                kept[self.aged == target] += moves[source, target] * stays[self.aged == source]
            else:
                (anew if target in self.aged else found)[target] += moves[source, target] * total[source]
        if self.supposed.put[segment] >= 0:
            kept = np.concatenate([kept, anew[self.aged, None]], axis=1)
        return found, kept

    def _move_back(self, segment: int, promise: Population) -> Population:
        """Carry what a population promises back over that: the transpose of `_move`."""
        if (moves := self.moves[segment]) is None:
            return promise
        steady, stays = promise
        anew = steady.copy()
        anew[self.aged] = stays[:, -1]
        stays = stays[:, :-1] if self.supposed.put[segment] >= 0 else stays
        found, kept = np.zeros_like(steady), np.zeros_like(stays)
        for source, target in np.argwhere(moves):
            weight = moves[source, target]
            if source in self.aged and self.stage[source] == self.stage[target]:
                kept[self.aged == source] += weight * stays[self.aged == target]
            elif source in self.aged:
                kept[self.aged == source] += weight * anew[target]
            else:
                found[source] += weight * anew[target]
        return found, kept
