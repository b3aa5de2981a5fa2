"""Stages that age: against SciPy's distributions, the kernel without clocks, and simulated paths."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
import scipy.linalg
from renewal import simulate
from scipy import stats
from scipy.special import gamma

from forecast.multistate import (
    Quiet,
    Rates,
    Supposed,
    Switching,
    Weibull,
    chance_of_environments,
    chance_unchanged,
    event_chances,
    forecast_curves,
    later_frailties,
    simulate_jumps,
)
from forecast.multistate.clocks import Bands

NO_FRAILTY = (np.zeros(1), np.zeros(1))
LONG = np.r_[np.linspace(0, 5, 101), np.arange(6.0, 2000)]  # ages of a table
WITHIN = 0.001  # what the kernel promises
PATHS = 60_000


@dataclass(frozen=True, eq=False)
class Tabulated:
    """A clock given at some ages, (rows,), as (rows, 1) for all draws; linear between them, and beyond the last."""

    ages: np.ndarray
    values: np.ndarray

    def cumulative(self, ages):
        row = np.clip(np.searchsorted(self.ages, ages, side="right") - 1, 0, len(self.ages) - 2)
        part = (ages - self.ages[row]) / (self.ages[row + 1] - self.ages[row])
        return self.values[row] + part[:, None] * (self.values[row + 1] - self.values[row])

    def at(self, ages, draws):  # noqa: ARG002
        return self.cumulative(ages)[:, 0]

    def take(self, which):  # noqa: ARG002
        return self


def rates_of(table, segments, clocks=None, *, plan=None):
    """Rates of one draw from plain numbers, as `renewal.simulate` takes them: the last column is the event."""
    table = np.array(table, float)
    weight = np.ones((segments, 1, 1))
    return Rates(
        step=table[:, :-1, None],
        event=table[:, -1:],
        stage_factor=np.ones((segments, len(table), 1)),
        weight=weight,
        meanwhile=weight[:, 0],
        plan=np.zeros_like(weight) if plan is None else np.array(plan, float)[:, None, None],
        sigma=np.zeros(1),
        clocks=clocks or {},
    )


def same_mean(power, rate):
    """Return a Weibull clock under which stays have the mean 1 / rate, and its cumulative hazard as a function."""
    scale = gamma(1 + 1 / power) * rate ** (1 - 1 / power)
    return Weibull(np.array([power]), np.array([scale])), lambda ages: (scale * ages) ** power


def tabulate(distribution, rate):
    """Return the same of a distribution of SciPy, whose stays end at `rate` times the clock's hazard."""
    clock = Tabulated(LONG, -distribution.logsf(LONG)[:, None] / rate)
    return clock, lambda ages: -distribution.logsf(ages) / rate


def shaped(table, shapes):
    """Return clocks by stage, and the simulator's; a shape is a Weibull's power or a lognormal's spread."""
    found = {}
    for stage, (kind, value) in shapes.items():
        rate = sum(table[stage])
        normal = stats.lognorm(value, scale=np.exp(-(value**2) / 2) / rate)
        found[stage] = same_mean(value, rate) if kind == "weibull" else tabulate(normal, rate)
    return {stage: clock for stage, (clock, _) in found.items()}, {stage: known for stage, (_, known) in found.items()}


def suppose(segments, *, put=None, enters=None, **others):
    """Return what is supposed; `put` and `enters` are stages by segment."""
    found = [np.full(segments, -1) for _ in range(2)]
    for values, some in zip(found, (put, enters), strict=True):
        for segment, stage in (some or {}).items():
            values[segment] = stage
    silence = np.arange(segments) < others.pop("silent", 0)
    return Supposed(*found, silence, **others)


def close(found, paths, *, name=""):
    """Assert that a chance is the share of the paths, to what is promised and four errors of the simulation."""
    share, count = np.mean(paths), len(paths)
    assert found == pytest.approx(share, abs=WITHIN + 4 * np.sqrt(max(share * (1 - share), 1 / count) / count)), name


# --- one stay against closed forms ---------------------------------------------------------------------------------


@pytest.mark.parametrize("age", [0.0, 10.0, 200.0])
@pytest.mark.parametrize(
    "distribution",
    [
        stats.weibull_min(3, scale=60),
        stats.weibull_min(0.6, scale=60),
        stats.gamma(4, scale=20),
        stats.gamma(0.7, scale=80),
        stats.lognorm(0.5, scale=50),
    ],
    ids=lambda value: f"{value.dist.name}-{value.args[0]}",
)
def test_one_stay_ends_as_its_distribution_says_given_its_age(distribution, age):
    name, rate = distribution.dist.name, 1 / distribution.mean()
    if name == "weibull_min":
        power, scale = distribution.args[0], 1 / distribution.kwds["scale"]
        clock = Weibull(np.array([power]), np.array([scale * rate ** (-1 / power)]))
    else:
        clock, _ = tabulate(distribution, rate)
    days = np.array([7, 30, 1, 100])
    curves = forecast_curves(rates_of([[0, rate]], len(days), {0: clock}), days, 0, NO_FRAILTY, age=age)
    ends = np.arange(1, days.sum() + 1)
    right = 1 - np.exp(distribution.logsf(age + ends) - distribution.logsf(age))
    assert curves.any_cumulative[0] == pytest.approx(right, abs=1e-4 if name == "weibull_min" else 4e-4)


@pytest.mark.parametrize(("age", "right"), [(10.0, 0.7182), (0.0, 0.6834)])
def test_a_rate_that_is_lower_in_the_first_days(age, right):
    clock = Tabulated(np.array([0.0, 30.0, 60.0]), np.array([[0.0], [9.0], [39.0]]))
    chances, _ = event_chances(rates_of([[0, 1 / 60]], 1, {0: clock}), np.array([90]), 0, NO_FRAILTY, age=age)
    assert chances.item() == pytest.approx(right, abs=5e-5)


def test_draws_have_clocks_of_their_own():
    power, rate = np.array([0.7, 1.0, 2.5]), np.array([0.01, 0.02, 0.03])
    one = rates_of([[0, 1]], 2, {0: Weibull(power, np.full(3, 0.02))})
    wide = {name: np.repeat(getattr(one, name), 3, axis=-1) for name in ("step", "stage_factor", "weight", "meanwhile")}
    rates = replace(one, **wide, event=rate[None], plan=np.zeros((2, 1, 3)), sigma=np.zeros(3))
    chances, _ = event_chances(rates, np.array([20, 60]), 0, (np.zeros(3), np.zeros(3)), age=40.0)
    grown = (0.02 * 120) ** power - (0.02 * 40) ** power
    assert chances[0] == pytest.approx(1 - np.exp(-rate * grown), abs=1e-6)


# --- a clock that is the calendar: all that today's kernel does ----------------------------------------------------

TABLE = [[0, 0.03, 0, 0], [0.02, 0, 0.06, 0.01], [0.01, 0.03, 0, 0.05]]
DAYS = np.array([6, 1, 14, 30, 1, 40])


def draws_of(clocks, seed=4, draws=3):
    """Rates of some draws over `DAYS`: frailty, covariates, two itineraries, a plan with `meanwhile` before it."""
    rng = np.random.default_rng(seed)
    table = np.array(TABLE)[..., None] * rng.uniform(0.5, 1.5, draws)
    plan = np.zeros((len(DAYS), 2, draws))
    plan[1, 0], plan[4, 1] = 0.3, rng.uniform(0.1, 2, draws)
    return Rates(
        step=table[:, :-1],
        event=table[:, -1],
        stage_factor=rng.uniform(0.5, 1.5, (len(DAYS), 3, draws)),
        weight=rng.uniform(0.2, 0.8, (len(DAYS), 2, draws)),
        meanwhile=rng.uniform(0.3, 1, (len(DAYS), draws)),
        plan=plan,
        sigma=rng.uniform(0.3, 0.6, draws),
        clocks=clocks,
    ), (rng.standard_normal(draws), rng.standard_normal(draws))


SUPPOSED = {
    "nothing": suppose(len(DAYS)),
    "put": suppose(len(DAYS), put={1: 2, 4: 1}),
    "put to rest": suppose(len(DAYS), put={2: 0}),
    "enters": suppose(len(DAYS), enters={1: 2}, learned=3),
    "silence": suppose(len(DAYS), silent=3, learned=3, silent_stages=(1,)),
}


def switch(rates, *, learned=False):
    """Let a condition come and go that all but stops the event."""
    other = replace(rates, weight=rates.weight * np.array([0.1, 0.3])[:, None], plan=rates.plan * 0.2)
    still = Switching.still(rates, len(DAYS))
    change = np.array([[0, 0.02], [0.03, 0]])[..., None] * np.ones(rates.draws)
    free = np.ones((len(DAYS), 2, 2)) * (1 - np.eye(2))
    put = np.tile([0, 1], (len(DAYS), 1))
    put[2] = [1, 1]
    before, after, at_risk = np.ones((len(DAYS), 2)), np.ones((len(DAYS), 2)), free.copy()
    if learned:  # it is learned to hold until the end of the second segment
        free[:2], after[1] = 0, [0, 1]
    return replace(
        still,
        rates=(rates, other),
        start=1,
        switch=change,
        free=free,
        at_risk=at_risk,
        put=put,
        before=before,
        after=after,
    )


@pytest.mark.parametrize("stages", [*(pytest.param((stage,), marks=pytest.mark.slow) for stage in range(3)), (0, 1, 2)])
@pytest.mark.parametrize("what", SUPPOSED)
@pytest.mark.parametrize("world", ["plain", "quiet", "switching"])
def test_a_clock_that_is_the_calendar_is_the_kernel_without_clocks(stages, what, world):
    same = Tabulated(np.array([0.0, 1.0]), np.array([[0.0], [1.0]]))
    found = []
    for clocks in ({}, dict.fromkeys(stages, same)):
        rates, frailties = draws_of(clocks)
        given, quiet = SUPPOSED[what], None
        if world == "quiet":
            quiet, given = Quiet(rates, DAYS), replace(given, silent_stages=(1,))
        over = switch(rates, learned=bool(given.learned)) if world == "switching" else rates
        settings = {"supposed": given, "quiet": quiet}
        after = 0 if given.learned else 21
        curves = forecast_curves(over, DAYS, 1, frailties, **settings, silence_from=after)
        alone = event_chances(over, DAYS, 1, frailties, **settings, first=21)
        assert alone[0] == pytest.approx(curves.total(21), abs=WITHIN / 2), "P alone is that of the curves"
        assert alone[1] == pytest.approx(curves.weight, abs=WITHIN / 2)
        mix = chance_of_environments(curves, over, given, DAYS) if world == "switching" else np.zeros(1)
        found.append([curves.alive, curves.stages, curves.incidence, curves.landed, curves.initial, curves.held,
                      curves.silent, curves.silent_ahead, mix, alone[0]])  # fmt: skip
    for number, (right, here) in enumerate(zip(*found, strict=True)):
        assert here == pytest.approx(right, abs=WITHIN), number


def test_later_episodes_of_several_copies_age_too():
    same = Tabulated(np.array([0.0, 1.0]), np.array([[0.0], [1.0]]))
    found = []
    for clocks in ({}, {0: same, 1: same}):
        rates, (this, _) = draws_of(clocks)
        frailties = (this, *(np.full(rates.draws, z) for z in later_frailties(3)[0]))
        given = suppose(len(DAYS), put={3: 1})
        curves = forecast_curves(rates, DAYS, 1, frailties, supposed=given, silence_from=21)
        found.append((curves.alive, curves.stages, curves.silent, curves.silent_ahead))
    for right, here in zip(*found, strict=True):
        assert here == pytest.approx(right, abs=WITHIN)


def test_a_stage_that_ages_holds_through_quiet_days():
    clock, known = same_mean(3.0, 0.05)
    table = [[0, 0.02, 0], [0.03, 0, 0.02]]
    quiet = Quiet(rates_of(table, 2, {1: clock}), np.array([4, 9]))
    held = np.exp(-0.05 * (known(28.0) - known(15.0)))
    assert chance_unchanged(quiet, 1, NO_FRAILTY, age=15.0).item() == pytest.approx(held, abs=1e-9)


# --- against paths simulated in continuous time --------------------------------------------------------------------

FAST = [[0, 0.2, 0, 0], [0.02, 0, 0.15, 0.03], [0.05, 0, 0, 0.15]]
SLOW = [[0, 0.02, 0, 0], [0.005, 0, 0.02, 0.005], [0.01, 0, 0, 0.03]]
TWO = [[0, 0.05, 0], [0.04, 0, 0.01]]
RISING = {0: ("weibull", 3.0), 1: ("weibull", 3.0), 2: ("weibull", 3.0)}
FALLING = {0: ("weibull", 0.6), 1: ("weibull", 0.6), 2: ("weibull", 0.6)}
NORMAL = {0: ("lognormal", 0.5), 1: ("lognormal", 1.0), 2: ("lognormal", 0.7)}
SOME = {1: ("weibull", 2.0)}


def some_of(shapes, table):
    return {stage: shape for stage, shape in shapes.items() if stage < len(table)}


@pytest.mark.parametrize("shapes", [RISING, FALLING, NORMAL, SOME], ids=["rising", "falling", "lognormal", "one"])
@pytest.mark.parametrize(
    ("table", "start", "age"),
    [
        pytest.param(FAST, 0, 0.0, marks=pytest.mark.slow),
        (SLOW, 1, 30.0),
        pytest.param(TWO, 1, 12.0, marks=pytest.mark.slow),
    ],
)
def test_renewals_against_simulated_paths(table, start, age, shapes):
    days = np.array([30, 30, 60, 120])
    clocks, known = shaped(table, some_of(shapes, table))
    rates, ends = rates_of(table, len(days), clocks), np.cumsum(days)
    age = age if start in clocks else 0.0
    curves = forecast_curves(rates, days, start, NO_FRAILTY, age=age)
    alone = event_chances(rates, days, start, NO_FRAILTY, age=age)[0].item()
    paths = simulate(table, known, ends, PATHS, np.random.default_rng(1), start=start, age=age)
    assert alone == pytest.approx(curves.any_cumulative[0, -1], abs=WITHIN)
    for number, end in enumerate(ends):
        close(curves.any_cumulative[0, end - 1], paths["event"] <= end)
        for stage in range(len(table)):
            close(curves.occupancy[end - 1, stage, 0], paths["stage"][number] == stage)


@pytest.mark.slow
@pytest.mark.parametrize("shapes", [RISING, FALLING, NORMAL], ids=["rising", "falling", "lognormal"])
@pytest.mark.parametrize("table", [FAST, SLOW, TWO])
def test_long_windows_against_many_simulated_paths(table, shapes):
    days = np.array([30, 70, 400, 500])
    clocks, known = shaped(table, some_of(shapes, table))
    ends = np.cumsum(days)
    curves = forecast_curves(rates_of(table, len(days), clocks), days, 0, NO_FRAILTY)
    paths = simulate(table, known, ends, 1_000_000, np.random.default_rng(2))
    for end in ends:
        close(curves.any_cumulative[0, end - 1], paths["event"] <= end)


@pytest.mark.parametrize("age", [0.0, 25.0])
@pytest.mark.parametrize("planned", [0.0, 0.02])
def test_paths_age(age, planned):
    """A stay of some age, to which a plan adds some days: when it ends, and whether the plan's event ends it."""
    clock, cumulative = same_mean(2.5, 1 / 40)
    rates = rates_of([[0, 0, 0], [1 / 80, 0, 1 / 80]], 3, {1: clock}, plan=[0, planned, 0])
    rates = rates.take(np.zeros(20_000, int))
    rng = np.random.default_rng(3)
    jumps = simulate_jumps(
        rates, np.array([10, 10, 980]), 1, np.zeros(20_000), rng, renew=lambda paths: np.zeros(len(paths)), age=age
    )
    assert len(jumps.time) == 20_000  # from rest nothing leads on

    def survival(time):
        over = planned * np.clip(time - 10, 0, 10)
        return np.exp(-(cumulative(age + time) - cumulative(age)) / 40 - over)

    assert stats.kstest(jumps.time, lambda time: 1 - survival(time)).pvalue > 1e-3
    fine = np.arange(10, 20, 0.001)
    by_plan = planned * survival(fine).sum() * 0.001
    share = by_plan + (1 - by_plan) / 2  # of ordinary ends one in two is the event
    assert (jumps.target < 0).mean() == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / 20_000))


def test_paths_renew_and_are_set_with_ages_of_their_own():
    table, shapes = [[0, 1 / 30, 1 / 60], [1 / 25, 0, 1 / 40]], {0: 3.0, 1: 0.6}
    clocks = {stage: same_mean(power, sum(table[stage])) for stage, power in shapes.items()}
    rates = rates_of(table, 2, {stage: clock for stage, (clock, _) in clocks.items()}).take(np.zeros(20_000, int))
    rng, put = np.random.default_rng(5), np.array([0, -1])
    no_frailty = np.zeros(20_000)
    jumps = simulate_jumps(
        rates, np.array([40, 60]), 0, no_frailty, rng, renew=lambda paths: np.zeros(len(paths)), put=put, age=15.0
    )
    true = simulate(
        table, {stage: clock for stage, (_, clock) in clocks.items()}, [40, 100], 40_000, rng, age=15.0, put={0: 0}
    )
    for time in (20, 40, 60, 100):
        by_then, expected = ((jumps.target < 0) & (jumps.time <= time)).sum() / 20_000, (true["event"] <= time).mean()
        assert by_then == pytest.approx(
            expected, abs=4 * np.sqrt(expected * (1 - expected) * (1 / 20_000 + 1 / 40_000))
        )


def test_a_plan_adds_to_a_stage_that_ages():
    plan, days = [0, 0.4, 0.02, 0], np.array([10, 2, 30, 60])
    clocks, known = shaped(SLOW, RISING)
    ends = np.cumsum(days)
    curves = forecast_curves(rates_of(SLOW, len(days), clocks, plan=plan), days, 1, NO_FRAILTY, age=20.0)
    paths = simulate(SLOW, known, ends, PATHS, np.random.default_rng(3), start=1, age=20.0, plan=plan)
    for end in ends:
        close(curves.any_cumulative[0, end - 1], paths["event"] <= end)


def test_a_stage_that_is_set_begins_anew_unless_it_is_there_already():
    days = np.array([20, 40, 60])
    given = suppose(len(days), put={0: 1})
    clocks, known = shaped(SLOW, RISING)
    ends = np.cumsum(days)
    curves = forecast_curves(rates_of(SLOW, len(days), clocks), days, 1, NO_FRAILTY, supposed=given, age=25.0)
    paths = simulate(SLOW, known, ends, PATHS, np.random.default_rng(4), start=1, age=25.0, put={0: 1})
    for number, end in enumerate(ends):
        close(curves.any_cumulative[0, end - 1], paths["event"] <= end)
        close(curves.occupancy[end - 1, 1, 0], paths["stage"][number] == 1)


@pytest.mark.slow
def test_what_is_learned_speaks_on_the_days_before_and_after():
    days = np.array([15, 1, 24, 60])
    given = suppose(len(days), enters={1: 2}, learned=3)
    table = [[0, 0.03, 0, 0], [0.02, 0, 0.03, 0.005], [0.02, 0.02, 0, 0.02]]
    clocks, known = shaped(table, RISING)
    ends = np.cumsum(days)
    curves = forecast_curves(rates_of(table, len(days), clocks), days, 1, NO_FRAILTY, supposed=given, age=10.0)
    paths = simulate(table, known, ends, 5 * PATHS, np.random.default_rng(5), start=1, age=10.0)
    agree = (paths["stage"][0] != 2) & (paths["stage"][1] == 2) & (paths["event"] > 40)
    close(curves.chance_learned, agree)
    close(curves.total().item() / curves.weight.item(), paths["event"][agree] <= 100)
    for number, end in enumerate(ends[:3]):  # smoothed
        for stage in range(3):
            close(curves.mean_occupancy()[end - 1, stage], paths["stage"][number][agree] == stage)


@pytest.mark.slow
def test_silence_leaves_a_stay_older_and_promises_what_follows():
    days = np.array([20, 40])
    clocks, known = shaped(TWO, {1: ("weibull", 2.5), 0: ("weibull", 2.0)})
    rates, given = rates_of(TWO, len(days), clocks), replace(Supposed.nothing(2), silent_stages=(1,))
    curves = forecast_curves(rates, days, 1, NO_FRAILTY, supposed=given, silence_from=20, age=5.0)
    bounds = np.array([10, 20, 30, 60])
    paths = simulate(TWO, known, bounds, 5 * PATHS, np.random.default_rng(6), start=1, age=5.0)
    for number, day in enumerate(bounds[:3]):  # still in the stage, or lapsed unseen and still at rest since
        stage, since = paths["stage"][number], paths["entered"][number]
        at_rest = (stage == 0) & (since == paths["changed"])
        silent = (paths["changed"] > day) | at_rest
        close(curves.silent[0, day], silent)
        close(curves.silent_ahead[0, day], silent & (paths["event"] > max(day, 20)) & (paths["event"] <= 60))
    late = Quiet(rates_of(TWO, 1, clocks), np.array([10]))
    after = forecast_curves(rates, days, 1, NO_FRAILTY, supposed=given, quiet=late, age=5.0)
    stage = paths["stage"][0]
    silent = (paths["changed"] > 10) | ((stage == 0) & (paths["entered"][0] == paths["changed"]))
    close(after.initial.sum(), silent)
    close(after.any_cumulative[0, 49] / after.weight.item(), paths["event"][silent] <= 60)


def test_a_condition_that_switches_leaves_the_clock_alone():
    days, factor, change = np.array([30, 60, 90]), [1.0, 0.1], np.array([[0, 0.02], [0.03, 0]])
    clocks, known = shaped(TWO, {0: ("weibull", 0.8), 1: ("weibull", 2.5)})
    rates = rates_of(TWO, len(days), clocks)
    free = np.ones((len(days), 2, 2)) * (1 - np.eye(2))
    switching = replace(
        Switching.still(rates, len(days)),
        rates=(rates, replace(rates, weight=rates.weight * 0.1)),
        start=1,
        switch=change[..., None],
        free=free,
        at_risk=free,
        put=np.tile([0, 1], (len(days), 1)),
        before=np.ones((len(days), 2)),
        after=np.ones((len(days), 2)),
    )
    ends = np.cumsum(days)
    curves = forecast_curves(switching, days, 1, NO_FRAILTY, age=8.0)
    held = chance_of_environments(curves, switching, Supposed.nothing(len(days)), days)
    paths = simulate(
        TWO, known, ends, PATHS, np.random.default_rng(7), start=1, age=8.0, factor=factor, switch=change, env=1
    )
    on = np.array([(scipy.linalg.expm((change - np.diag(change.sum(axis=1))) * end)[1, 1]) for end in ends])
    assert held[1, ends - 1] == pytest.approx(on, abs=1e-6)
    for number, end in enumerate(ends):
        close(curves.any_cumulative[0, end - 1], paths["event"] <= end)
        close(curves.occupancy[end - 1, 1, 0], paths["stage"][number] == 1)


# --- bands ---------------------------------------------------------------------------------------------------------


def test_bands_cover_the_days_once_and_grow_with_age():
    bands = Bands.known(5.0)
    for day in range(1, 1001):
        bands = bands.pass_step(1.0, put=day == 400)
        bands = bands.merge(bands.find_alike())
    wide = bands.width > 0
    assert (bands.youngest[~wide] == [1005, 600]).all()
    assert bands.width[wide].sum() == 1000
    assert (np.diff(bands.youngest[wide]) < 0).all()
    assert len(bands) < 70
