"""Questions of more than the next event: closed forms and quadratures say what must come out, by both engines."""

from __future__ import annotations

import datetime
import itertools
import json
import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm, poisson

import forecast
from forecast.document import load_outcomes, load_scenario
from forecast.errors import InputError
from forecast.explore import compare_scenarios, measure_sensitivity, replay, sweep_scenario

ENGINES = ["quick", pytest.param("nuts", marks=pytest.mark.slow)]
EXACT = 0.0005  # known priors, quick or not
HEAD = """\
title: A question
question: {{event: it happens, resolves: the gazette, timezone: Europe/Oslo{asks}}}
history_from: {first}
as_of: {as_of}
window: {window}
places: [{places}]
facts: [{{id: known, says: Known., source: gazette, public: 2020-01-01}}{facts}]
timeline: [{timeline}]
"""
ONE = """\
priors:
  stages: {{waiting: {{stay: {{mean: [{lo}, {hi}]}}, ends: {{event: 1}}, because: [known], reason: known}}}}
"""
SOUTH = "  hazard_ratios: {south: {factor: [0.25, 0.25], because: [known], reason: one in five}}\n"
TWO = """\
stages: [rest, announced]
given: {{{given}}}
priors:
  stages:
    rest:
      stay: {{mean: [300, 300]}}
      ends: {{{ends}}}
      because: [known]
      reason: known
    announced: {{stay: {{mean: [120, 120]}}, ends: {{event: 1}}, because: [known], reason: known}}
  seriousness: {{factor: [1, 1], because: [known], reason: none}}
"""
TRUCE = """\
stages: [fighting, truce]
begins: {stage: truce, because: [known]}
priors:
  stages:
    fighting: {stay: {mean: [40, 40]}, ends: {truce: 1}, because: [known], reason: known}
    truce: {stay: {mean: [60, 60]}, ends: {fighting: 1}, because: [known], reason: known}
  seriousness: {factor: [1, 1], because: [known], reason: none}
"""


def head(asks="", window="{days: 365}", places="here", *, events=(), first="2024-12-31", as_of="2024-12-31"):
    facts = "".join(f", {{id: e{day}, says: It happened., source: gazette, public: {day}}}" for day in events)
    timeline = ", ".join(f"{{day: {day}, event: {places.split(',')[0]}, because: [e{day}]}}" for day in events)
    return HEAD.format(
        asks=f", {asks}" if asks else "",
        window=window,
        places=places,
        facts=facts,
        timeline=timeline,
        first=first,
        as_of=as_of,
    )


def recurring(asks="", mean=250, window="{days: 900}", **more):
    return head(asks, window, **more) + ONE.format(lo=mean, hi=mean)


def announced(asks="counts: first", given="", event=0.0, window="{days: 200}"):
    ends = f"announced: {1e6 * (1 - event):g}, event: {1e6 * event:g}" if event else "announced: 1"
    return head(asks, window) + TWO.format(given=given, ends=ends)


def answer(text, engine="quick", draws=250):
    """Answer; where rates are known all draws are the same, so few will do, if NUTS does not want more."""
    settings = forecast.Settings(draws=draws if engine == "quick" else 1000)
    return forecast.run_scenario(load_scenario(text), engine=engine, settings=settings)


# --- windows, places, numbers ------------------------------------------------------------------------------------

SUMMER = "{from: 2025-07-01, until: 2025-08-29}"
CLOSED = {
    "a window that opens later": (recurring("", 60, SUMMER), 1 - math.exp(-1)),
    "the first event, in a later window": (
        recurring("counts: first", 60, SUMMER),
        math.exp(-181 / 60) - math.exp(-241 / 60),
    ),
    "in force": (head("asks: {in_force: truce}", "{days: 70}") + TRUCE, 0.6 + 0.4 * math.exp(-70 * (1 / 60 + 1 / 40))),
    "in force all the time until the first event": (
        announced("asks: {in_force: announced}, counts: first"),
        120 / 180 * (math.exp(-200 / 300) - math.exp(-200 / 120)),
    ),
    "reached before the first event": (
        announced("asks: {reached: announced}, counts: first", event=0.25, window="{days: 100}"),
        0.75 * (1 - math.exp(-100 / 300)),
    ),
    "three at least": (recurring("asks: {at_least: 3}"), poisson(3.6).sf(2)),
    "one or two": (recurring("asks: {at_least: 1, at_most: 2}"), poisson(3.6).pmf([1, 2]).sum()),
    "two at most": (recurring("asks: {at_most: 2}"), poisson(3.6).cdf(2)),
    "two in a later window": (recurring("asks: {at_least: 2}", 60, SUMMER), poisson(1).sf(1)),
    **{f"exactly {n}": (recurring(f"asks: {{exactly: {n}}}"), poisson(3.6).pmf(n)) for n in range(5)},
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", CLOSED)
def test_closed_forms(case, engine):
    text, right = CLOSED[case]
    assert answer(text, engine).p_event.mean == pytest.approx(right, abs=EXACT)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_place_is_asked_about_for_itself_or_as_the_first(engine):
    text = head("asks: {in: [south]}", places="north, south") + ONE.format(lo=60, hi=60) + SOUTH
    right = 1 - math.exp(-0.2 * 365 / 60)
    found = answer(text, engine)
    assert found.p_event.mean == pytest.approx(right, abs=EXACT)
    assert found.places["south"].mean == pytest.approx(right, abs=EXACT)
    both = answer(text.replace(", asks: {in: [south]}", ""), engine)
    assert both.places["south"].mean == pytest.approx(0.2 * (1 - math.exp(-365 / 60)), abs=EXACT)
    assert both.any_place["south"].mean == pytest.approx(right, abs=EXACT)
    assert both.any_place["north"].mean == pytest.approx(1 - math.exp(-0.8 * 365 / 60), abs=EXACT)
    first = answer(text.replace("asks", "counts: first, asks"), engine)
    assert first.p_event.mean == pytest.approx(0.2 * (1 - math.exp(-365 / 60)), abs=EXACT)
    assert first.any_place == {}


@pytest.mark.parametrize("engine", ENGINES)
def test_an_unknown_gap_is_learned_from_events_and_then_counted(engine):
    """Case 4b: mean gap 200 to 900, three events in 1,000 days; three at least within 900 more: 0.4179."""
    events = ("2020-09-01", "2021-05-01", "2022-06-01")
    text = head("asks: {at_least: 3}", "{days: 900}", events=events, first="2020-01-01", as_of="2022-09-27")
    centre, spread = math.log(200 * 900) / 2, math.log(900 / 200) / 2 / norm.ppf(0.95)

    def weight(x):
        return norm.pdf(x, centre, spread) * math.exp(-3 * x - 1000 * math.exp(-x))

    def part(x):
        return weight(x) * poisson(900 * math.exp(-x)).sf(2)

    bounds = centre - 8 * spread, centre + 8 * spread
    right = quad(part, *bounds)[0] / quad(weight, *bounds)[0]
    assert right == pytest.approx(0.4179, abs=5e-5)
    found = answer(text + ONE.format(lo=200, hi=900), engine).p_event
    assert abs(found.mean - right) < 3 * found.mcse


def test_how_many_and_bins_of_numbers():
    found = answer(recurring("asks: {at_least: 3}, bins: [0, 1, 2-3, 4+]"))
    told = {choice.label: choice.estimate.mean for choice in found.how_many}
    for number, label in enumerate(list(told)[:-1]):
        assert label == str(number)
        assert told[label] == pytest.approx(poisson(3.6).pmf(number), abs=EXACT)
    assert sum(told.values()) == pytest.approx(1)
    assert list(told.values())[-1] < 0.01
    right = [poisson(3.6).pmf(0), poisson(3.6).pmf(1), poisson(3.6).pmf([2, 3]).sum(), poisson(3.6).sf(3)]
    assert [choice.estimate.mean for choice in found.bins] == pytest.approx(right, abs=EXACT)
    names, so_far = found.so_far
    assert names == ["0", "1", "2", "3+"]
    assert so_far[:, 450] == pytest.approx([*poisson(1.8).pmf([0, 1, 2]), poisson(1.8).sf(2)], abs=EXACT)
    assert so_far[:, 0] == pytest.approx([1, 0, 0, 0], abs=1e-7)


def test_bins_that_leave_something_out_say_so():
    found = answer(recurring("bins: [1, 2]"))
    assert [choice.label for choice in found.bins] == ["1", "2", "none of these"]
    assert found.bins[-1].estimate.mean == pytest.approx(1 - poisson(3.6).pmf([1, 2]).sum(), abs=EXACT)


def test_bins_of_days_and_quantiles_beyond_the_window():
    found = answer(recurring("bins: [Q1, 2025-04, 2025-05-01/2025-06-30, later, never]", 250, "{until: 2025-12-31}"))
    edges = np.exp(-np.array([0, 90, 120, 181, 365]) / 250)
    assert [choice.estimate.mean for choice in found.bins] == pytest.approx([*-np.diff(edges), edges[-1]], abs=EXACT)
    as_of = datetime.date(2024, 12, 31)
    for share in (0.1, 0.5, 0.9, 0.999):
        right = math.ceil(-250 * math.log(1 - share))
        assert (found.quantile(share, beyond=True) - as_of).days == right
    assert found.quantile(0.9) is None
    assert (found.quantile(0.5) - as_of).days == math.ceil(250 * math.log(2))
    assert list(found.to_dict()["quantiles"]) == ["0.1", "0.25", "0.5", "0.75", "0.9"]


# --- what is learned by a day ------------------------------------------------------------------------------------


def of_two_waits(days):
    """P of the event within so many days of two exponential waits in a row, means 300 and 120."""
    return 1 - (300 * math.exp(-days / 300) - 120 * math.exp(-days / 120)) / 180


def announced_then():
    """Case 5 in closed form: P, P given announced by day 60, and given not, and P of that."""
    chance = 1 - math.exp(-60 / 300)
    both = quad(lambda day: math.exp(-day / 300) / 300 * (1 - math.exp(-(200 - day) / 120)), 0, 60)[0]
    return of_two_waits(200), both / chance, of_two_waits(140), chance


@pytest.mark.parametrize("engine", ENGINES)
def test_a_stage_by_a_day(engine):
    p, p_if, p_if_not, chance = announced_then()
    assert (p, p_if, p_if_not) == pytest.approx((0.2702, 0.7570, 0.1625), abs=5e-5)
    assert answer(announced(), engine).p_event.mean == pytest.approx(p, abs=EXACT)
    entered = answer(announced(given="stage: {announced: {by: 2025-03-01}}"), engine)
    assert entered.p_event.mean == pytest.approx(p_if, abs=EXACT)
    assert entered.given_chance == pytest.approx(chance, abs=EXACT)
    not_entered = answer(announced(given="stage: {announced: {not_by: 2025-03-01}}"), engine)
    assert not_entered.p_event.mean == pytest.approx(p_if_not, abs=EXACT)
    by = entered.by("2025-03-01").mean  # the event may have come by then
    assert by == pytest.approx(of_two_waits(60) / chance, abs=EXACT)
    quiet = answer(announced(given="no_event_until: 2025-03-01"), engine)
    assert quiet.p_event.mean == pytest.approx(0.2400, abs=EXACT)


def test_the_stages_are_those_of_the_paths_that_agree():
    """On day 30, given announced by day 60: rest if it comes in the thirty days after, else announced or over."""
    found = answer(announced(given="stage: {announced: {by: 2025-03-01}}"))
    chance = 1 - math.exp(-60 / 300)
    resting = math.exp(-30 / 300) * (1 - math.exp(-30 / 300)) / chance
    assert found.stages[0, 29] == pytest.approx(resting, abs=EXACT)
    assert found.stages[:, 29].sum() + found.by("2025-01-30").mean == pytest.approx(1, abs=1e-6)
    without = answer(announced(given="stage: {announced: {not_by: 2025-03-01}}"))
    assert without.stages[:, 29] == pytest.approx([1, 0], abs=1e-6)


def test_a_conditional_pair_adds_up():
    p, p_if, p_if_not, chance = announced_then()
    texts = [announced(), announced(given="stage: {announced: {not_by: 2025-03-01}}")]
    compared = compare_scenarios([load_scenario(text) for text in texts], engine="quick")
    plain, pair = (row.pair for row in compared.rows)
    assert plain is None
    assert (pair.p, pair.p_if, pair.p_if_not, pair.chance) == pytest.approx((p, p_if, p_if_not, chance), abs=EXACT)
    assert pair.sum == pytest.approx(pair.p, abs=1e-9)
    assert "they add up: 0.18 × 0.76 + 0.82 × 0.16 = 0.27" in str(compared)
    assert compared.to_dict()["scenarios"][1]["pair"]["given"] == "announced is entered by 2025-03-01"


def test_pairs_of_a_stage_that_is_reached_add_up():
    text = announced("asks: {reached: announced}", "stage: {announced: {by: 2025-03-01}}", window="{days: 200}")
    (row,) = compare_scenarios([load_scenario(text)], engine="quick").rows
    assert row.pair.p_if == pytest.approx(1)
    assert row.pair.chance == pytest.approx(1 - math.exp(-60 / 300), abs=EXACT)
    assert row.pair.sum == pytest.approx(row.pair.p, abs=1e-9)


# --- episodes that differ ----------------------------------------------------------------------------------------

SERIOUS = """\
stages: [rest, talks]
priors:
  stages:
    rest: {stay: {mean: [10, 10]}, ends: {talks: 1}, because: [known], reason: known}
    talks: {stay: {mean: [20, 20]}, ends: {event: 1}, because: [known], reason: known}
  seriousness: {factor: [4, 4], because: [known], reason: none}
"""


ASKS = [
    ("asks: {at_least: 5}", 180), ("asks: {exactly: 4}", 180), ("asks: {in_force: talks}", 730), ("window", 730),
    *(pytest.param(asks, 730, marks=pytest.mark.slow) for asks in ("asks: {at_least: 20}", "asks: {exactly: 18}")),
]  # fmt: skip


def walk_episodes(rng, days, paths):
    """Return the days of events, each episode with a seriousness of its own, and the stage at the end."""
    time, events = np.zeros(paths), []
    while (time < days).any():
        talks = time + rng.exponential(10, paths)
        done = talks + rng.exponential(20, paths) * np.exp(-math.log(4) * rng.standard_normal(paths))
        events.append((talks, done))
        time = done
    return events


@pytest.mark.parametrize(("asks", "days"), ASKS)
def test_later_episodes_are_as_serious_as_they_are(asks, days):
    window = "{from: 2026-12-02, until: 2026-12-31}" if asks == "window" else f"{{days: {days}}}"
    found = answer(head("" if asks == "window" else asks, window) + SERIOUS, draws=1000)
    paths = 40_000
    events = walk_episodes(np.random.default_rng(1), days, paths)
    number = sum((done <= days) for _, done in events)
    right = {
        "asks: {at_least: 5}": number >= 5,
        "asks: {exactly: 4}": number == 4,
        "asks: {at_least: 20}": number >= 20,
        "asks: {exactly: 18}": number == 18,
        "asks: {in_force: talks}": np.any([(talks <= days) & (done > days) for talks, done in events], axis=0),
        "window": np.any([(done > 700) & (done <= days) for _, done in events], axis=0),
    }[asks].mean()
    assert abs(found.p_event.mean - right) < 4 * math.sqrt(right * (1 - right) / paths) + 0.012


# --- a window that began -----------------------------------------------------------------------------------------


def begun(asks, events=("2025-02-01", "2025-03-01")):
    window = "{from: 2025-01-01, until: 2025-12-31}"
    return recurring(asks, 250, window, events=events, first="2024-06-30", as_of="2025-04-30")


def test_events_in_a_window_that_began_count():
    left = poisson(245 / 250)
    assert answer(begun("asks: {at_least: 3}")).p_event.mean == pytest.approx(left.sf(0), abs=EXACT)
    assert answer(begun("asks: {exactly: 3}")).p_event.mean == pytest.approx(left.pmf(1), abs=EXACT)
    assert answer(begun("asks: {at_most: 3}")).p_event.mean == pytest.approx(left.cdf(1), abs=EXACT)
    found = answer(begun("asks: {at_least: 3}, bins: [0-1, 2, 3+]"))
    assert [choice.estimate.mean for choice in found.bins] == pytest.approx([0, left.pmf(0), left.sf(0)], abs=EXACT)
    assert found.how_many[0].label == "2"
    assert any("2 events are on record since, and count" in note for note in found.to_dict()["notes"])


@pytest.mark.parametrize(
    ("asks", "word", "day"),
    [
        ("", "yes", "2025-02-01"),
        ("asks: {at_least: 2}", "yes", "2025-03-01"),
        ("asks: {at_most: 1}", "no", "2025-03-01"),
        ("asks: {exactly: 0}", "no", "2025-02-01"),
    ],
)
def test_a_window_that_began_may_have_its_answer(asks, word, day):
    found = answer(begun(asks))
    assert isinstance(found, forecast.Settled)
    assert (found.word, str(found.day)) == (word, day)
    assert found.p_event.mean == (word == "yes")
    assert f"The answer is {word}." in str(found)


def test_a_stage_that_was_reached_in_the_window_settles_it():
    text = announced("asks: {reached: announced}", window="{from: 2024-12-01, until: 2025-12-31}")
    text = text.replace("timeline: []", "timeline: [{from: 2024-12-20, stage: announced, because: [told]}]")
    text = text.replace("facts: [", "facts: [{id: told, says: Told., source: gazette, public: 2024-12-20}, ")
    found = answer(text.replace("history_from: 2024-12-31", "history_from: 2024-06-30"))
    assert isinstance(found, forecast.Settled)
    assert "It was entered, on 2024-12-20: announced. The answer is yes." in str(found)


# --- other verbs -------------------------------------------------------------------------------------------------


def test_the_constant_rate_is_of_what_is_asked():
    events = ("2020-09-01", "2021-05-01", "2022-06-01")
    known = {"events": events, "first": "2020-01-01", "as_of": "2022-09-27"}

    def base(asks, window="{days: 900}"):
        return answer(recurring(asks, 250, window, **known)).base_rate

    def right(function, days=900):  # Gamma(3.5, 1000) for the rate, integrated
        def part(rate):
            return rate**2.5 * math.exp(-1000 * rate) * 1000**3.5 / math.gamma(3.5) * function(rate * days)

        return quad(part, 0, 0.1, limit=200)[0]

    assert base("") == pytest.approx(right(lambda mean: poisson(mean).sf(0)), abs=1e-6)
    assert base("asks: {at_least: 3}") == pytest.approx(right(lambda mean: poisson(mean).sf(2)), abs=1e-6)
    assert base("asks: {exactly: 2}") == pytest.approx(right(lambda mean: poisson(mean).pmf(2)), abs=1e-6)
    later = base("", "{from: 2023-01-01, until: 2023-06-30}")
    assert later == pytest.approx(right(lambda mean: poisson(mean).sf(0), 181), abs=1e-6)


def test_sweeps_ask_the_same():
    found = sweep_scenario(
        load_scenario(recurring("asks: {at_least: 3}")),
        {"priors.stages.waiting.stay.mean.median": [200, 300]},
        engine="quick",
    )
    p = [row[found.columns.index("p")] for row in found.rows]
    assert p == pytest.approx([poisson(900 / mean).sf(2) for mean in (200, 300)], abs=0.002)
    assert "p_yes" in found.columns


def test_sensitivities_and_verbs_keep_what_is_asked():
    scenario = load_scenario(
        head("asks: {at_least: 3}, bins: [0, 1-2, 3+]", "{days: 900}") + ONE.format(lo=200, hi=300)
    )
    found = measure_sensitivity(scenario, draws=100, engine="quick")
    assert len(found.rows) == 1
    later = scenario.at(window="2026-12-31").given(no_event_until="2025-01-31")
    assert later.question.bins == scenario.question.bins
    assert answer(later).p_event.mean < answer(scenario).p_event.mean


def test_a_replay_asks_the_same_and_scores_by_the_event_that_settles(tmp_path):
    text = recurring("asks: {at_least: 2}", first="2020-01-01", as_of="2022-01-01", events=("2021-01-01",))
    found = replay(load_scenario(text), start="2021-06-01", until="2021-12-01", every="183d", horizon="300d,100d")
    right = [poisson(days / 250).sf(1) for days in (300, 100)]
    assert [row.p_event.mean for row in found.rows] == pytest.approx(right * 2, abs=0.002)
    said = {"place": "here", "says": "It happened.", "source": "gazette"}
    came = [{"day": f"2021-{month:02}-15", **said} for month in (1, 7, 8, 11)]
    path = tmp_path / "outcomes.yaml"
    path.write_text(json.dumps({"complete_until": "2023-12-31", "outcomes": came}))
    outcomes = load_outcomes(path, found.scenario)
    assert found.score(outcomes).rows[0].days.tolist() == [74, -1]  # of the second event from 2 June on


# --- what cannot be asked ----------------------------------------------------------------------------------------

BARRED = "priors: {never: {share: [0.2, 0.4], because: [known], reason: some}, stages"
REFUSED = {
    "two things": (recurring("asks: {at_least: 2, reached: waiting}"), "expected one thing to be asked"),
    "exactly and at least": (recurring("asks: {at_least: 2, exactly: 2}"), "expected it alone"),
    "none at least": (recurring("asks: {at_least: 0}"), "expected 1 or more"),
    "more than most": (recurring("asks: {at_least: 3, at_most: 2}"), "expected a number up to at_most, 2"),
    "half an event": (recurring("asks: {at_least: 1.5}"), "expected a whole number"),
    "numbers of the first": (recurring("asks: {at_least: 2}, counts: first"), "Leave out counts"),
    "an unknown place": (recurring("asks: {in: [her]}"), "unknown place her; did you mean here"),
    "an unknown stage": (announced("asks: {reached: anounced}"), "unknown stage anounced; did you mean announced"),
    "the only stage": (recurring("asks: {in_force: waiting}"), "a question of one stage is always in it"),
    "an unknown word": (recurring("counts: last"), "expected any or first"),
    "mixed bins": (recurring("bins: [0, later]"), "expected numbers of events or days, not both"),
    "bins that overlap": (recurring("bins: [0-2, 2+]"), "found 0-2 and 2+"),
    "days that overlap": (recurring("bins: [2025-Q1, 2025-03]"), "found 2025-Q1 and 2025-03"),
    "days outside": (recurring("bins: [2019-Q1, later]"), "expected days within the window"),
    "later than the last": (recurring("bins: [2025-01-01/2027-06-19, later]"), "expected no `later`"),
    "no bin": (recurring("bins: [soon]"), "expected a number of events as 2"),
    "numbers of a stage": (announced("asks: {reached: announced}, bins: [0, 1+]"), "question about a stage"),
    "days of a number": (recurring("asks: {exactly: 1}, bins: [Q1, never]"), "a yes comes on no day"),
    "a day that there is not": (recurring("bins: [2025-02-30, later]"), "expected days that are in the calendar"),
    "a year that there is not": (recurring("bins: ['0000-Q1', later]"), "expected a year from 1 on"),
    "the last quarter of all": (recurring("bins: [9999-Q4, later]"), "expected days within the window"),
    "too many events": (recurring("asks: {at_least: 1000}"), "expected a whole number from 0 to 200"),
    "a stage that is set": (
        announced("asks: {reached: announced}").replace("given: {}", "do: {stage: {announced: 2025-02-01}}"),
        "expected a stage that do does not set",
    ),
    "the first stage by a day": (
        announced(given="stage: {announced: {by: 2025-03-01}, rest: {by: 2025-04-01}}"),
        "expected a stage after the first",
    ),
    "bins of the first": (recurring("counts: first, bins: [0, 1+]"), "beside `counts: first`"),
    "by a day of the past": (announced(given="stage: {announced: {by: 2024-12-01}}"), "expected a day after as_of"),
    "by, of the stage today": (announced(given="stage: {rest: {by: 2025-03-01}}"), "expected a stage after the first"),
    "by, twice": (announced(given="stage: {announced: {by: 2025-03-01, not_by: 2025-02-01}}"), "{by: day} or {not_by"),
    "by, of no stage": (announced(given="stage: {anounced: {by: 2025-03-01}}"), "did you mean announced"),
    "by, where events are counted": (
        announced("asks: {at_least: 2}", "stage: {announced: {by: 2025-03-01}}"),
        "found one that counts events",
    ),
    "reached, and no event by then": (
        announced("asks: {reached: announced}", "no_event_until: 2025-03-01"),
        "expected a window from after 2025-03-01",
    ),
    "never, and again": (
        recurring("asks: {at_least: 2}").replace("priors:\n  stages", BARRED).rstrip() + "}\n",
        "expected `counts: first`",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_asked_is_refused(case):
    text, said = REFUSED[case]
    with pytest.raises(InputError) as caught:
        load_scenario(text)
    assert said in str(caught.value), str(caught.value)


def test_what_has_no_day_says_so():
    found = answer(head("asks: {in_force: truce}", "{days: 70}") + TRUCE)
    for ask in (lambda: found.quantile(0.5), found.window, lambda: found.how_many, lambda: found.plot("decay")):
        with pytest.raises(InputError):
            ask()
    assert found.median_day is None
    assert found.decay is None
    plain = found.to_dict()
    assert {"decay", "how_many", "bins"}.isdisjoint(plain)
    assert set(plain["when"]) == {"days", "by", "cif_any"}
    assert "asked: truce is in force on the window's last day" in str(found)


def test_a_question_is_written_as_it_was_read():
    for asks, given in itertools.product(
        ("counts: first, asks: {reached: announced}, bins: [Q1, later, never]", "asks: {in_force: announced}"),
        ("stage: {announced: {by: 2025-03-01}}", "stage: {announced: {not_by: 2025-03-01}}"),
    ):
        scenario = load_scenario(announced(asks, given))
        again = load_scenario(forecast.dump_scenario(scenario))
        assert again.question == scenario.question
        assert again.evidence == scenario.evidence
