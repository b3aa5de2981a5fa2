"""What is set and what is learned, held against its definition: simulate paths and keep those that agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from builders import random_rates

from forecast.multistate.ahead import event_chances, forecast_curves
from forecast.multistate.paths import Jumps, simulate_jumps
from forecast.multistate.rates import Rates
from forecast.multistate.supposed import Supposed

PATHS = 200_000
DAYS = np.array([3, 4, 1, 2, 5])
ENDS = np.cumsum(DAYS)
TOTAL = int(DAYS.sum())
EVENT = -1
Z, LATER_Z = 0.6, -0.4
NOTHING = np.full(len(DAYS), -1)


def at(segment, stage):
    """Return an array by segment with a stage in one place."""
    found = NOTHING.copy()
    found[segment] = stage
    return found


def silence(*segments):
    return np.isin(np.arange(len(DAYS)), segments)


CASES = {
    "nothing": Supposed(NOTHING, NOTHING, silence()),
    "no event": Supposed(NOTHING, NOTHING, silence(), 2),
    "a stage entered": Supposed(NOTHING, at(2, 3), silence(), 3),
    "a setback learned": Supposed(NOTHING, at(2, 1), silence(), 3),
    "a lapse learned": Supposed(NOTHING, at(2, 0), silence(), 3),
    "silence": Supposed(NOTHING, NOTHING, silence(0, 1), 2, (1, 2)),
    "silence where nothing lapses silently": Supposed(NOTHING, NOTHING, silence(0, 1), 2, ()),
    "silence, then a stage": Supposed(NOTHING, at(2, 3), silence(0, 1), 3, (1, 2)),
    "a stage, then no event": Supposed(NOTHING, at(2, 2), silence(), 4),
    "a stage set": Supposed(at(1, 3), NOTHING, silence()),
    "a lapse set": Supposed(at(1, 0), NOTHING, silence()),
    "set, then learned": Supposed(at(0, 3), at(2, 1), silence(3), 4, (1,)),
}


@dataclass(frozen=True)
class Simulated:
    """Stage at the end of each day, (paths, days), EVENT once it has happened; and whether each segment was silent."""

    stage: np.ndarray
    itinerary: np.ndarray
    silent: np.ndarray


def one_draw(seed, start):
    rates = random_rates(seed, stages=4, itineraries=3, segments=len(DAYS), draws=1)
    possible = rates.step + 0.03  # every stage can be reached, so that no case is vacuous
    possible[np.arange(4), np.arange(4)] = 0
    return Rates(**vars(rates) | {"step": possible}), start


def simulate(rates, start, supposed, seed):
    repeated = rates.take(np.repeat(np.arange(rates.draws), PATHS))
    jumps = simulate_jumps(
        repeated, DAYS, start, np.full(PATHS, Z), np.random.default_rng(seed),
        renew=lambda ended: np.full(len(ended), LATER_Z), put=supposed.put,
    )  # fmt: skip
    return replay(jumps, start, supposed)


def replay(jumps: Jumps, start, supposed):
    stage = np.full((PATHS, TOTAL), start)
    itinerary, silent = np.full(PATHS, -1), np.ones((PATHS, len(DAYS)), bool)
    for segment, end in enumerate(ENDS):
        inside = np.flatnonzero((jumps.time > end - DAYS[segment]) & (jumps.time <= end))
        while inside.size:
            path, first = np.unique(jumps.path[inside], return_index=True)  # each path's next jump
            these = inside[first]
            after = np.arange(TOTAL) >= np.ceil(jumps.time[these])[:, None] - 1
            stage[path] = np.where(after, jumps.target[these][:, None], stage[path])
            unannounced = (jumps.target[these] == 0) & np.isin(jumps.stage[these], supposed.silent_stages)
            silent[path[~unannounced], segment] = False
            happened = jumps.target[these] == EVENT
            itinerary[path[happened]] = jumps.itinerary[these[happened]]
            inside = np.delete(inside, first)
        if supposed.put[segment] >= 0:
            alive = stage[:, end - 1] != EVENT
            stage[alive, end - 1 :] = supposed.put[segment]
    return Simulated(stage, itinerary, silent)


def agree(simulated, supposed):
    """Tell which paths agree with what is learned."""
    kept = np.ones(PATHS, bool)
    if supposed.learned:
        kept &= simulated.stage[:, ENDS[supposed.learned - 1] - 1] != EVENT
    for segment, stage in enumerate(supposed.enters):
        if stage >= 0:
            day = ENDS[segment] - 1
            kept &= (simulated.stage[:, day] == stage) & (simulated.stage[:, day - 1] != stage)
    return kept & simulated.silent[:, supposed.silence].all(axis=1)


def check(found, exact, count):
    """Hold shares of `count` paths against exact probabilities."""
    exact = np.clip(exact, 0, 1)  # rounding may leave them by 1e-16
    error = np.sqrt(exact * (1 - exact) / count)
    assert (np.abs(found - exact) < 4.5 * error + 2e-4).all()


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(("seed", "start"), [pytest.param(11, 1, marks=pytest.mark.slow), (12, 2)])
def test_curves_are_those_of_the_simulated_paths_that_agree(name, seed, start):
    supposed, (rates, start) = CASES[name], one_draw(seed, start)
    curves = forecast_curves(rates, DAYS, start, (np.array([Z]), np.array([LATER_Z])), supposed=supposed)
    simulated = simulate(rates, start, supposed, seed)
    kept = agree(simulated, supposed)
    assert kept.sum() > 300, "too few to tell"
    check(kept.mean(), curves.weight[0], PATHS)
    stage = simulated.stage[kept]
    for index in range(4):
        check((stage == index).mean(axis=0), curves.mean_occupancy()[:, index], kept.sum())
    happened = [(stage[:, -1] == EVENT) & (simulated.itinerary[kept] == way) for way in range(3)]
    check(np.mean(happened, axis=1), curves.total()[:, 0] / curves.weight[0], kept.sum())
    new = np.diff(stage == EVENT, axis=1, prepend=False)
    check(new.mean(axis=0), curves.mean_incidence().sum(axis=1), kept.sum())


@pytest.mark.parametrize("name", CASES)
def test_every_path_is_somewhere_or_has_ended(name):
    rates = random_rates(5, stages=4, itineraries=2, segments=len(DAYS), draws=7)
    z = np.linspace(-1, 1, 7)
    curves = forecast_curves(rates, DAYS, 1, (z, -z), supposed=CASES[name])
    total = np.cumsum(curves.any_incidence, axis=1) + curves.stages.sum(axis=2)
    np.testing.assert_allclose(total, np.broadcast_to(curves.weight[:, None], total.shape), rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("name", CASES)
def test_chances_alone_are_those_of_the_daily_curves(name):
    rates = random_rates(6, stages=4, itineraries=2, segments=len(DAYS), draws=7)
    z = np.linspace(-1, 1, 7)
    curves = forecast_curves(rates, DAYS, 2, (z, -z), supposed=CASES[name])
    for first in (0, int(ENDS[2])):
        chances, weight = event_chances(rates, DAYS, 2, (z, -z), supposed=CASES[name], first=first)
        np.testing.assert_allclose(chances, curves.total(first), rtol=1e-9, atol=1e-15)
        np.testing.assert_allclose(weight, curves.weight, rtol=1e-9)


@pytest.mark.parametrize("name", ["nothing", "no event", "silence, then a stage", "a stage set", "a lapse set"])
@pytest.mark.parametrize("first", [pytest.param(0, marks=pytest.mark.slow), int(ENDS[2])])
def test_what_silence_promises_is_what_silent_paths_keep(name, first):
    supposed, (rates, start) = CASES[name], one_draw(13, 2)
    z = (np.array([Z]), np.array([LATER_Z]))
    supposed = Supposed(supposed.put, supposed.enters, supposed.silence, supposed.learned, (1, 2))
    curves = forecast_curves(rates, DAYS, start, z, supposed=supposed, silence_from=first)
    simulated = simulate(rates, start, supposed, 14)
    kept = agree(simulated, supposed)
    event_day = np.where(simulated.stage == EVENT, 1, 0).argmax(axis=1) + 1  # 1 where there is none, seen below
    in_window = (simulated.stage[:, -1] == EVENT) & (event_day > first)
    for segment, end in enumerate(ENDS):
        quiet = kept & simulated.silent[:, supposed.learned : segment + 1].all(axis=1)
        check(quiet.mean(), curves.silent[0, end], PATHS)
        check((quiet & in_window).mean(), curves.silent_ahead[0, end], PATHS)


LONG, PIECES = np.array([21, 1, 18]), np.array([5, 7, 7, 2, 1, 4, 7, 7])
PIECE_OF = np.array([0, 0, 0, 0, 1, 2, 2, 2])


@pytest.mark.parametrize(
    ("supposed", "in_pieces"),
    [
        (([], [], [], 0), ([], [], [], 0)),
        (([(0, 3)], [], [], 0), ([(3, 3)], [], [], 0)),
        (([], [(1, 3)], [0], 2), ([], [(4, 3)], [0, 1, 2, 3], 5)),
        (([(0, 1)], [], [2], 3), ([(3, 1)], [], [5, 6, 7], 8)),
    ],
)
@pytest.mark.parametrize("first", [0, 22])
def test_a_long_segment_is_walked_as_its_pieces_are(supposed, in_pieces, first):
    """A long one takes strides; what is made of short ones agrees with simulated paths, above."""
    draws = 5
    rates = random_rates(17, stages=4, itineraries=2, segments=3, draws=draws)
    by_segment = ("stage_factor", "weight", "meanwhile", "plan")
    cut = Rates(**vars(rates) | {name: getattr(rates, name)[PIECE_OF] for name in by_segment})
    z = tuple(np.random.default_rng(18).standard_normal((2, draws)))
    found = []
    for some, days, (put, enters, quiet, learned) in ((rates, LONG, supposed), (cut, PIECES, in_pieces)):
        arrays = [np.full(len(days), -1) for _ in range(2)]
        for array, stages in zip(arrays, (put, enters), strict=True):
            for segment, stage in stages:
                array[segment] = stage
        given = Supposed(*arrays, np.isin(np.arange(len(days)), quiet), learned, (1, 2))
        found.append(forecast_curves(some, days, 2, z, supposed=given, silence_from=first))
    for name in ("alive", "incidence", "stages", "landed", "silent", "silent_ahead"):
        np.testing.assert_allclose(getattr(found[0], name), getattr(found[1], name), rtol=0, atol=1e-11, err_msg=name)
    assert found[0].weight.min() > 1e-6


def test_without_silent_stages_silence_is_an_exponential():
    rates, start = one_draw(15, 2)
    curves = forecast_curves(rates, DAYS, start, (np.array([Z]), np.array([LATER_Z])), silence_from=0)
    assert curves.silent[0, 0] == 1
    hazard = -np.diff(np.log(curves.silent[0]))
    for segment, end in enumerate(ENDS):
        np.testing.assert_allclose(hazard[end - DAYS[segment] : end], hazard[end - 1], rtol=1e-9)
    silent = curves.silent_ahead[0, 0]
    assert silent == pytest.approx(curves.total().sum(), rel=1e-12)


def test_what_cannot_be_leaves_silence_no_chance():
    rates = random_rates(9, stages=2, itineraries=1, segments=len(DAYS), draws=3)
    rates.step[:] = 0.0
    lapse = Supposed(NOTHING, at(2, 0), silence(), 3)
    curves = forecast_curves(rates, DAYS, 1, (np.zeros(3), np.zeros(3)), supposed=lapse, silence_from=0)
    assert not curves.weight.any()
    assert not curves.silent.any()
    assert not curves.silent_ahead.any()


def test_work_shared_by_threads_is_the_same(monkeypatch):
    rates = random_rates(9, stages=4, itineraries=2, segments=len(DAYS), draws=60)
    z = np.linspace(-1, 1, 60)
    found = []
    for threads, fewest in ((1, 60), (3, 7)):
        monkeypatch.setattr("forecast.multistate.carrying.THREADS", threads)
        monkeypatch.setattr("forecast.multistate.carrying.FEWEST", fewest)
        monkeypatch.setattr("forecast.multistate.carrying.CELLS", 1)
        found.append(forecast_curves(rates, DAYS, 1, (z, -z), silence_from=0, by_draw=False))
    np.testing.assert_allclose(found[0].alive, found[1].alive, rtol=0, atol=1e-15)
    np.testing.assert_allclose(found[0].mean_occupancy(), found[1].mean_occupancy(), rtol=1e-12)
    np.testing.assert_allclose(found[0].silent_ahead, found[1].silent_ahead, rtol=0, atol=1e-15)


def test_generators_may_be_built_for_a_few_draws_at_a_time(monkeypatch):
    rates = random_rates(9, stages=4, itineraries=2, segments=len(DAYS), draws=61)
    z = np.linspace(-1, 1, 61)
    monkeypatch.setattr("forecast.multistate.carrying.MOST", 7)
    found = []
    for numbers in (10**9, 1):
        monkeypatch.setattr("forecast.multistate.carrying.GENERATORS", numbers)
        found.append(forecast_curves(rates, DAYS, 1, (z, -z), silence_from=0))
    for one, other in zip(found[0].apart, found[1].apart, strict=True):
        np.testing.assert_array_equal(one, other)
    for name in ("alive", "stages", "landed", "silent", "silent_ahead"):
        np.testing.assert_array_equal(getattr(found[0], name), getattr(found[1], name))


def test_incidence_by_itinerary_by_draw_and_in_the_mean_is_the_same(monkeypatch):
    rates = random_rates(9, stages=3, itineraries=4, segments=len(DAYS), draws=11)
    assert rates.plan.any(axis=(1, 2)).all()
    rates.plan[[0, 3]] = 0.0  # segments without a plan lie between others
    z = np.linspace(-1, 1, 11)
    curves = forecast_curves(rates, DAYS, 1, (z, -z))
    whole = curves.incidence
    for itinerary in range(4):
        np.testing.assert_array_equal(curves.incidence_by(itinerary), whole[:, itinerary])
    draw, day = np.meshgrid(np.arange(11), np.arange(TOTAL))
    at = curves.incidence_at(draw.ravel(), day.ravel())
    np.testing.assert_array_equal(at.reshape(TOTAL, 11, 4), whole.transpose(0, 2, 1))
    monkeypatch.setattr("forecast.multistate.curves.VALUES", 1)
    np.testing.assert_allclose(curves.mean_incidence(), whole.mean(axis=2), rtol=1e-12)
    np.testing.assert_allclose(curves.any_incidence.T, whole.sum(axis=1), rtol=0, atol=1e-15)
    np.testing.assert_allclose(curves.total(4), whole[4:].sum(axis=0), rtol=0, atol=1e-14)


def test_a_failure_in_a_thread_is_raised(monkeypatch):
    monkeypatch.setattr("forecast.multistate.carrying.THREADS", 2)
    monkeypatch.setattr("forecast.multistate.carrying.FEWEST", 2)
    monkeypatch.setattr("forecast.multistate.carrying.CELLS", 1)
    monkeypatch.setattr("forecast.multistate.carrying.Walk.forward", lambda *_, **__: 1 / 0)
    rates = random_rates(9, stages=2, itineraries=1, segments=len(DAYS), draws=8)
    with pytest.raises(ZeroDivisionError):
        forecast_curves(rates, DAYS, 1, (np.zeros(8), np.zeros(8)))
