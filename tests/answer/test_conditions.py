"""Conditions that end: forecasts against closed forms and quadrature, and what is set or learned of them."""

import datetime
from dataclasses import replace

import numpy as np
import pytest
from scipy.linalg import expm

import forecast
from forecast.errors import InputError
from forecast.inference.settings import Settings
from forecast.scenario.checks import check_scenario
from forecast.scenario.suppositions import Evidence, Interventions, Switch
from tests.builders import condition, day, entered, lasting, make_scenario, one_stage, ratio, stay, way

AS_OF = 40
SHUT = {"shut": ratio(0.05, 0.05)}


def run(scenario, **settings):
    return forecast.run_scenario(scenario, engine="quick", **settings)


def shut_port(*entries, lasts=(90, 90), returns=None, until=AS_OF + 365, **rest):
    """Ask for an event with a mean of 500 days, at a twentieth of that rate while the port is shut."""
    return one_stage(
        stay_days=(500, 500), ratios=SHUT, timeline=entries or [condition("shut", 5, None)],
        conditions={"shut": lasting(*lasts, returns)}, as_of=AS_OF, until=until, **rest,
    )  # fmt: skip


def chance(pieces, *, start=0):
    """Return P of the event by the end of (days, rate of ending, rate of return) in turn; the port is shut at first."""
    state = np.array([1.0, 0.0]) if start == 0 else np.array([0.0, 1.0])
    for days, ends, back in pieces:
        generator = np.array([[-ends - 0.05 / 500, ends], [back, -back - 1 / 500]])
        state = state @ expm(generator * days)
    return 1 - state.sum()


def test_a_condition_that_lasts_another_ninety_days_on_average():
    result = run(shut_port())
    assert result.p_event.mean == pytest.approx(0.4221, abs=5e-5)  # case 6
    assert result.p_event.mean == pytest.approx(chance([(365, 1 / 90, 0)]), abs=1e-9)
    np.testing.assert_allclose(result.chances_to_hold["shut"], np.exp(-np.arange(1, 366) / 90), atol=1e-9)


def test_one_that_comes_back():
    result = run(shut_port(returns=(30, 30)))
    assert result.p_event.mean == pytest.approx(chance([(365, 1 / 90, 1 / 30)]), abs=1e-9)
    over = run(shut_port(condition("shut", 5, None), condition("shut", None, 20, public=20), returns=(30, 30)))
    assert over.p_event.mean == pytest.approx(chance([(365, 1 / 90, 1 / 30)], start=1), abs=1e-9)
    assert not over.timeline.changing.is_on.any()


def test_one_that_is_over_and_does_not_come_back():
    result = run(shut_port(condition("shut", 5, None), condition("shut", None, 20, public=20)))
    assert result.p_event.mean == pytest.approx(1 - np.exp(-365 / 500), abs=1e-9)
    assert not result.timeline.changing.names


def test_an_end_or_a_beginning_that_is_dated_already_is_certain():
    shut = [condition("shut", 5, None), condition("shut", None, AS_OF + 30, public=30)]
    again = condition("shut", AS_OF + 51, None, public=30)
    result = run(shut_port(*shut))
    assert result.p_event.mean == pytest.approx(chance([(30, 0, 0), (335, 1e9, 0)]), abs=1e-6)
    back = run(shut_port(*shut, again))
    state = chance([(30, 0, 0)]), 1 - np.exp(-20 / 500)
    left = (1 - state[0]) * (1 - state[1]) * (1 - chance([(315, 1 / 90, 0)]))
    assert back.p_event.mean == pytest.approx(1 - left, abs=1e-9)


def test_what_is_set_holds_until_its_day_and_ends_then():
    scenario = shut_port(returns=(30, 30)).do(conditions={"shut": {"ends": day(AS_OF + 60)}})
    first, second = chance([(60, 0, 0)]), chance([(305, 1 / 90, 1 / 30)], start=1)
    assert run(scenario).p_event.mean == pytest.approx(1 - (1 - first) * (1 - second), abs=1e-9)
    both = {"ends": day(AS_OF + 60), "begins": day(AS_OF + 101)}
    third, fourth = 1 - np.exp(-40 / 500), chance([(265, 1 / 90, 1 / 30)])
    assert run(shut_port(returns=(30, 30)).do(conditions={"shut": both})).p_event.mean == pytest.approx(
        1 - (1 - first) * (1 - third) * (1 - fourth), abs=1e-9
    )


def test_what_is_learned_teaches_how_long_such_a_condition_lasts():
    """By quadrature over the unknown mean: 36 days on so far, 60 more, and the last of them is the last day."""
    lasts = (40, 400)
    scenario = shut_port(lasts=lasts, returns=(20, 20)).given(conditions={"shut": {"ends": day(AS_OF + 60)}})
    result = run(scenario, settings=Settings(draws=5_000))
    mean, weight = quadrature(lasts)
    learned = np.exp(-36 / mean) * np.exp(-59 / mean) * -np.expm1(-1 / mean)
    after = np.array([chance([(305, 1 / each, 1 / 20)], start=1) for each in mean])
    exact = (weight * learned * after).sum() / (weight * learned).sum()
    assert result.p_event.mean == pytest.approx(exact, abs=4 * result.p_event.mcse + 2e-4)
    held = result.chances_to_hold["shut"]
    np.testing.assert_allclose(held[:59], 1, atol=1e-9)
    assert held[59] == pytest.approx(0, abs=1e-9)
    by_day = (weight * np.exp(-36 / mean) * np.exp(-59 / mean) * -np.expm1(-1 / mean)).sum()
    before = (weight * np.exp(-36 / mean)).sum()
    assert result.given_chance == pytest.approx(by_day / before * np.exp(-60 * 0.05 / 500), rel=0.01)


def quadrature(lasts):
    """Return nodes of a lognormal mean with this 90% interval, and their weights."""
    z = np.linspace(-6, 6, 401)
    lo, hi = np.log(lasts)
    return np.exp((lo + hi) / 2 + z * (hi - lo) / (2 * 1.6448536)), np.exp(-(z**2) / 2)


@pytest.mark.parametrize("engine", ["quick", pytest.param("nuts", marks=pytest.mark.slow)])
def test_days_on_and_off_teach_both_means(engine):
    """Two spells of 8 and 11 days, 5 days between, and 16 days off since then."""
    entries = [
        condition("shut", 1, None), condition("shut", None, 8, public=8),
        condition("shut", 14, None, public=14), condition("shut", None, 24, public=24),
    ]  # fmt: skip
    scenario = shut_port(*entries, lasts=(3, 60), returns=(3, 80), until=AS_OF + 30)
    result = forecast.run_scenario(scenario, engine=engine, settings=Settings(draws=4_000))
    (on, u), (off, v) = quadrature((3, 60)), quadrature((3, 80))
    u = u * np.exp(-(7 + 10) / on) * np.expm1(-1 / on) ** 2
    v = v * np.exp(-4 / off) * -np.expm1(-1 / off) * np.exp(-16 / off)
    nodes = np.linspace(0, 400, 41).astype(int)
    some = [(i, j) for i in nodes for j in nodes]
    p = np.array([chance([(30, 1 / on[i], 1 / off[j])], start=1) for i, j in some])
    weight = np.array([u[i] * v[j] for i, j in some])
    exact = (p * weight).sum() / weight.sum()
    assert result.p_event.mean == pytest.approx(exact, abs=4 * result.p_event.mcse + 1e-4)
    found = result.posterior["posterior"]
    for name, mean, each in (("lasts", on, u), ("returns", off, v)):
        log = np.log(found[name].values).ravel()
        truth = (each * np.log(mean)).sum() / each.sum()
        assert log.mean() == pytest.approx(truth, abs=5 * log.std() / np.sqrt(400))


def test_places_and_stages_depend_on_whether_it_holds():
    """The condition acts on one of two places and on the way back into the stage; a chain of eight states."""
    entries = [
        entered(3, "active"),
        condition("shut", 5, None, places=["there"]),
        condition("slow", 5, None, on="active"),
    ]
    scenario = make_scenario(
        {"quiet": stay(30, 30, active=1), "active": stay(20, 20, event=1e6, quiet=1e6)},
        ways=[way("here"), way("there")], seriousness=ratio(1, 1), timeline=entries, as_of=10, until=90,
        ratios={"shut": ratio(0.05, 0.05), "slow": ratio(0.1, 0.1), "there": ratio(1, 1)},
        conditions={"shut": lasting(25, 25, (15, 15)), "slow": lasting(40, 40)},
    )  # fmt: skip
    generator = np.zeros((10, 10))  # (stage, shut, slow), and two places

    def at(stage, shut, slow):
        return 4 * stage + 2 * shut + slow

    for shut in (0, 1):
        for slow in (0, 1):
            quiet, active = at(0, shut, slow), at(1, shut, slow)
            generator[quiet, active] = (0.1 if slow else 1) / 30
            generator[active, quiet] = 0.5 / 20
            generator[active, 8] = 0.5 / 20 * 0.5
            generator[active, 9] = 0.5 / 20 * 0.5 * (0.05 if shut else 1)
            for stage in (0, 1):
                generator[at(stage, shut, slow), at(stage, 1 - shut, slow)] = 1 / 25 if shut else 1 / 15
                if slow:
                    generator[at(stage, shut, 1), at(stage, shut, 0)] = 1 / 40
    generator -= np.diag(generator.sum(axis=1))
    exact = expm(generator * 80)[at(1, 1, 1)]
    result = run(scenario)
    assert result.places["here"].mean == pytest.approx(exact[8], abs=2e-4)
    assert result.places["there"].mean == pytest.approx(exact[9], abs=2e-4)
    by_day = result.curves.mean_incidence()
    np.testing.assert_allclose(by_day.sum(axis=0), exact[8:], atol=2e-4)
    half = expm(generator * 40)[at(1, 1, 1)]
    np.testing.assert_allclose(by_day[:40].sum(axis=0), half[8:], atol=2e-4)
    futures = np.bincount(result.paths.itinerary[result.paths.day > 0], minlength=2) / len(result.paths.day)
    np.testing.assert_allclose(futures, exact[8:], atol=0.03)


def test_one_condition_may_act_on_a_place_and_on_a_stage():
    stages = {"quiet": stay(30, 30, active=1), "active": stay(20, 20, event=1)}
    entries = [
        entered(3, "active"), condition("shut", 5, None, places=["there"]), condition("shut", 5, None, on="active"),
    ]  # fmt: skip
    ratios = {"shut": ratio(0.05, 0.05), "there": ratio(1, 1)}
    rest = {"ways": [way("here"), way("there")], "seriousness": ratio(1, 1), "ratios": ratios, "as_of": 10, "until": 90}
    scenario = make_scenario(stages, timeline=entries, conditions={"shut": lasting(25, 25)}, **rest)
    generator = np.array([[-0.05 * 0.5 / 20 - 0.5 / 20 - 1 / 25, 1 / 25], [0, -1 / 20]])
    assert run(scenario).p_event.mean == pytest.approx(1 - expm(generator * 80)[0].sum(), abs=1e-9)
    later = [*entries, condition("shut", None, 7, public=7), condition("shut", 9, None, places=["there"], public=9)]
    with pytest.raises(InputError, match="expected the places and transitions of the entry of 2020-01-06"):
        make_scenario(stages, timeline=later, conditions={"shut": lasting(25, 25)}, **rest)


def test_silence_means_that_it_stays_as_it_is_and_later_days_agree():
    scenario = shut_port(lasts=(40, 400))
    ahead = run(scenario)
    silent = ahead.curves.silent_ahead.sum(axis=0) / ahead.curves.silent.sum(axis=0)
    for later in (1, 7, 30, 90):
        moved = scenario.at(as_of=day(AS_OF + later), window=scenario.window.until)
        found = run(moved)
        told = run(scenario.given(silence_until=day(AS_OF + later)))
        error = np.hypot(found.p_event.mcse, told.p_event.mcse)
        assert found.p_event.mean == pytest.approx(silent[later], abs=4 * error)
        assert told.p_event.mean == pytest.approx(silent[later], abs=1e-6)


def test_p_before_the_silence_is_what_was_said_then():
    for lasts in ((150, 400), (20, 60)):
        scenario = shut_port(lasts=lasts)
        before = run(scenario.at(as_of=day(0), window=(day(AS_OF + 1), scenario.window.until)))  # it was known
        after = run(scenario)
        assert after.before_silence == pytest.approx(before.p_event.mean, abs=0.002)
        assert after.p_event.mean < before.p_event.mean - 0.005


def test_before_it_is_known_there_is_no_such_condition():
    scenario = shut_port(condition("shut", 20, None, public=20))
    early = scenario.at(as_of=day(19), window=day(60))
    without = replace(early, timeline=(), priors=replace(early.priors, conditions={}), unused=("shut",))
    assert run(early).fit.fingerprint == run(without).fit.fingerprint
    assert run(early).p_event == run(without).p_event


def test_one_for_good_does_not_end_and_can_be_set_to():
    plain = one_stage(stay_days=(500, 500), ratios=SHUT, timeline=[condition("shut", 5, None)], as_of=AS_OF, until=405)
    assert run(plain).p_event.mean == pytest.approx(1 - np.exp(-365 * 0.05 / 500), abs=1e-9)
    ended = plain.do(conditions={"shut": {"ends": day(AS_OF + 100)}})
    assert run(ended).p_event.mean == pytest.approx(1 - np.exp(-(100 * 0.05 + 265) / 500), abs=1e-9)


@pytest.mark.parametrize(
    ("verb", "switch", "said"),
    [
        ("do", {"shut": {"begins": "2020-03-20"}}, "it holds already"),
        ("given", {"shut": {"begins": "2020-03-20"}}, "it holds already"),
        ("do", {"shut": {}}, "ends, begins or both; found neither"),
        ("do", {"shot": {"ends": "2020-03-20"}}, "unknown condition shot"),
        ("do", {"shut": {"ends": "2020-01-20"}}, "after as_of"),
        ("given", {"shut": {"ends": "2020-03-20", "begins": "2020-03-10"}}, "it holds already"),
    ],
)
def test_what_cannot_be_set_or_learned_is_refused(verb, switch, said):
    with pytest.raises(InputError, match=said):
        getattr(shut_port(), verb)(conditions=switch)


def test_what_has_no_chance_cannot_be_learned():
    plain = one_stage(stay_days=(500, 500), ratios=SHUT, timeline=[condition("shut", 5, None)], as_of=AS_OF, until=405)
    with pytest.raises(InputError, match=r"it lasts for good\. Set it by do"):
        plain.given(conditions={"shut": {"ends": day(60)}})
    over = shut_port(condition("shut", 5, None), condition("shut", None, 20, public=20))
    with pytest.raises(InputError, match=r"it never comes back\. Set it by do"):
        over.given(conditions={"shut": {"begins": day(60)}})


@pytest.mark.parametrize("far", [datetime.date.min, datetime.date.max])
def test_the_ends_of_the_calendar_end_in_no_traceback(far):
    record = shut_port().record()
    opened, first = record.timeline[0], datetime.date.min
    for entries in (
        [replace(opened, start=far)],
        [opened, replace(opened, start=None, until=far), replace(opened, start=far)],
        [replace(opened, start=first, until=far, every="year")],
        [replace(opened, start=far, until=far, every="year")],
    ):
        check_scenario(replace(record, timeline=tuple(entries)))
    for switch in (Switch(ends=far, begins=far), Switch(begins=far)):
        check_scenario(replace(record, interventions=Interventions(conditions={"shut": switch})))
        check_scenario(replace(record, evidence=Evidence(conditions={"shut": switch})))
    ancient = shut_port(condition("shut", 5, None))
    ancient = replace(ancient, timeline=(replace(opened, start=first),))
    assert run(ancient).p_event.mean == pytest.approx(0.4221, abs=5e-5)


def test_what_is_set_cannot_be_learned_as_well():
    with pytest.raises(InputError, match="expected a condition that do does not set"):
        shut_port().do(conditions={"shut": {"ends": day(60)}}).given(conditions={"shut": {"ends": day(70)}})


def test_a_beginning_on_the_next_day_cannot_be_learned_but_set():
    over = shut_port(condition("shut", 5, None), condition("shut", None, 20, public=20), returns=(30, 30))
    with pytest.raises(InputError, match=f"expected a day after {day(AS_OF + 1)}"):
        over.given(conditions={"shut": {"begins": day(AS_OF + 1)}})
    result = run(over.do(conditions={"shut": {"begins": day(AS_OF + 1)}}))
    assert result.p_event.mean == pytest.approx(chance([(365, 1 / 90, 1 / 30)]), abs=1e-9)


def test_more_than_a_few_at_a_time_are_refused():
    names = ["one", "two", "three", "four"]
    with pytest.raises(InputError, match="at most 3"):
        one_stage(
            ratios={name: ratio(0.5, 2) for name in names}, timeline=[condition(name, 5, None) for name in names],
            conditions={name: lasting(10, 90) for name in names}, as_of=AS_OF, until=60,
        )  # fmt: skip


def test_the_tables_say_how_likely_it_is_to_be_over():
    result = run(shut_port())
    plain = result.to_dict()["conditions"]["shut"]
    assert plain["holds"]
    assert plain["chance"][-1] == pytest.approx(np.exp(-365 / 90), abs=1e-8)
    assert f"shut holds today; over on {day(AS_OF + 365)} with probability 0.98" in str(result)
