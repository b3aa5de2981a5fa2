"""Entries whose day is another timeline's, held against the exponential of the joint generator of both."""

from __future__ import annotations

import datetime
import math

import numpy as np
import pytest
from scipy.linalg import expm
from several import BEGINS, BOTH, ENDS, ENTERS
from several import write_links as write

import forecast
from forecast.document import load_question
from forecast.errors import InputError

ENGINES = ["quick", pytest.param("nuts", marks=pytest.mark.slow)]
AS_OF = datetime.date(2024, 12, 31)


def run(source, engine="quick"):
    """All is known, so that a few draws tell as much as many do, but for the days that are drawn.

    NUTS needs more: its chains are compared, and with 300 draws their noise alone can fail that test.
    """
    settings = forecast.Settings(draws=300 if engine == "quick" else 1000)
    return forecast.run_scenario(source, engine=engine, settings=settings)


def joint(entry, days):
    """Return how likely is what by some day: (before, talks, done) without and with the election, and the orders.

    States: war, talks, done before the election; the same after it; done before the election and then that.
    """
    war, talks, election = 1 / 90, 1 / 100, 1 / 120
    without, after = (3, 1) if "until: election" in entry else (1, 3) if "cabinet" in entry else (1, 1)
    rates = np.zeros((7, 7))
    for first, factor in ((0, without), (3, after)):
        rates[first, first + 1] = war
        rates[first + 1, first + 2] = talks * factor
    rates[0, 4 if "stage: talks" in entry else 3] = election
    rates[1, 4], rates[2, 6] = election, election
    np.fill_diagonal(rates, -rates.sum(axis=1))
    return expm(rates * days)[0]


def yes(event, at):
    """Return the probability of a question from the states; 2 and 5 are done, 6 is done and then elected."""
    done = at[2] + at[5] + at[6]
    return {
        "truce": done,
        "{all: [truce, election]}": at[5] + at[6],
        "{any: [truce, election]}": done + at[3] + at[4],
        "{in_order: [election, truce]}": at[5],
        "{in_order: [truce, election]}": at[6],
        "{all: [election, {none: [truce]}]}": at[3] + at[4],
    }[event]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("entry", [BEGINS, ENDS, ENTERS, BOTH])
def test_one_that_listens_against_the_joint_generator(entry, engine):
    found = run(write(entry), engine)
    assert found.is_exact
    for day, mean in list(zip(found.dates, found.when.mean, strict=True))[20::40]:
        assert mean == pytest.approx(yes("truce", joint(entry, (day - AS_OF).days)), abs=0.001)


TOGETHER = [
    "{all: [truce, election]}", "{in_order: [election, truce]}", "{in_order: [truce, election]}",
    "{any: [truce, election]}", "{all: [election, {none: [truce]}]}",
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("event", TOGETHER)
def test_what_hangs_together_against_the_joint_generator(event):
    """Days are drawn, so P has their error; and what listens matters: by itself the product is far off."""
    found = run(write(BOTH, event))
    assert not found.is_exact
    right = yes(event, joint(BOTH, 240))
    assert found.p_event.mean == pytest.approx(right, abs=4 * found.p_event.mcse + 0.001)  # of days in between
    assert found.p_event.mcse < 0.006
    lo, hi = found.p_event.eti90
    assert hi - lo < 0.1  # all is known; 25 days of each draw alone spread it over 0.2


def test_what_begins_with_another_may_end_by_itself():
    """A cabinet that comes with the election lasts 60 days on average."""
    lasts = "      conditions: {cabinet: {lasts: {mean: [60, 60]}, returns: never, because: [known], reason: known}}\n"
    text = write(BEGINS.replace("until: 2029-12-31, ", "")).replace("      seriousness", f"{lasts}      seriousness")
    rates = np.zeros((9, 9))  # war, talks, done: before the election, under its cabinet, after that
    for at, (factor, leaves) in enumerate([(1, 1 / 120), (3, 1 / 60), (1, 0)]):
        first = 3 * at
        rates[first, first + 1], rates[first + 1, first + 2] = 1 / 90, factor / 100
        for state in range(first, first + 3):
            rates[state, (state + 3) % 9] += leaves
    np.fill_diagonal(rates, -rates.sum(axis=1))
    found = run(text)
    assert found.p_event.mean == pytest.approx(expm(240 * rates)[0, 2::3].sum(), abs=0.001)


def test_a_stage_that_hangs_on_another_is_reached_as_well():
    """Reached by itself or because of the election, whichever comes first."""
    found = run(write(ENTERS, "truce.talks"))
    assert found.p_event.mean == pytest.approx(1 - math.exp(-240 * (1 / 90 + 1 / 120)), abs=0.001)


@pytest.mark.slow
def test_a_family_listens():
    """All units have the same day in common, so that how many come is spread more widely than by itself."""
    text = write(BOTH, "{at_least: 2, of: truce}")
    units = text.replace("    stages: [war", "    units: [x, y, z]\n    stages: [war")
    found = run(units)
    rng = np.random.default_rng(1)
    paths = 400_000
    election = rng.exponential(120, paths)
    came = np.zeros(paths)
    for _ in range(3):
        talks = np.minimum(rng.exponential(90, paths), election)
        before = rng.exponential(100, paths)
        late = np.maximum(election - talks, 0) + rng.exponential(100 / 3, paths)
        came += talks + np.where(talks + before < election, before, late) <= 240
    right = (came >= 2).mean()
    assert found.p_event.mean == pytest.approx(right, abs=4 * found.p_event.mcse + 0.002)


def test_what_has_come_by_the_record_is_an_entry():
    """The election of 1 December put the truce into talks on that day, and its cabinet is in office since."""
    entry = "    timeline: [{day: 2024-12-01, event: anywhere, because: [vote]}]\n    once: true\n"
    text = write(BOTH).replace("  election: {priors: {stages: {", f"  election:\n{entry}    priors: {{stages: {{")
    text = text.replace("known}}}}\nquestion", "known}}}\nquestion")
    text = text.replace("facts: [", "facts: [{id: vote, says: They voted., source: gazette, public: 2024-12-01}, ")
    ensemble = load_question(text)
    assert not ensemble.links
    present = ensemble.timelines["truce"].known().present
    assert (present.stage, str(present.since)) == ("talks", "2024-12-01")
    found = run(text)
    assert found.p_event.mean == pytest.approx(1 - math.exp(-240 * 3 / 100), abs=0.001)


def test_what_is_written_reads_again(tmp_path):
    found = run(write(BOTH))
    found.write(tmp_path, figures=False)
    assert run(tmp_path / "scenario.yaml").p_event == found.p_event
    assert "cabinet begins when this comes: election" in str(found)


REFUSED = {
    "a circle": (BEGINS, "  election: {priors", "  election: {starts: {after: truce}, priors", "circle of timelines"),
    "itself": (BEGINS.replace("election", "truce"), "", "", "truce > truce"),
    "two days": (ENDS.replace("2024-01-01", "election"), "", "", "one day that is another timeline's; found two"),
    "a plan": ("{plan: visit, from: election, until: 2025-03-01, because: [known]}", "", "", "a stage or a covariate"),
    "an event": ("{event: anywhere, day: election, because: [known]}", "", "", "expected a date"),
    "no such stage": (ENTERS.replace("talks", "tallks"), "", "", "tallks"),
    "no such timeline": (BEGINS.replace("from: election", "from: elections"), "", "", "elections"),
    "no such ratio": (BEGINS.replace("cabinet", "cabinett"), "", "", "cabinett"),
    "no end": (BEGINS.replace("until: 2029-12-31, ", ""), "", "", "expected until, or a prior of how long"),
    "what does not stay": (BEGINS.replace("election", "{none: [election]}"), "", "", "expected a timeline, a stage"),
    "a later window": (BEGINS, "{days: 240}", "{from: 2025-03-01, until: 2025-06-30}", "the day after as_of on"),
    "what is given": (
        BEGINS, "    once: true\n", "    once: true\n    given: {no_event_until: 2025-01-31}\n",
        "expected nothing given of a timeline that listens",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_listened_to_is_refused(case):
    entry, old, new, said = REFUSED[case]
    text = write(entry)
    assert old in text
    with pytest.raises(InputError) as caught:
        load_question(text.replace(old, new))
    assert said in str(caught.value), str(caught.value)


@pytest.mark.slow
def test_a_day_that_holds_much_of_what_is_heard_is_tried_by_itself():
    """A plan for one day in two years, kept nine times in ten; talks of ten days on average follow it."""
    text = (
        write(ENTERS, days=730)
        .replace("mean: [100, 100]", "mean: [10, 10]")
        .replace("mean: [90, 90]", "mean: [9e4, 9e4]")
    )
    entry = "{plan: set, from: 2026-12-16, until: 2026-12-16, because: [known]}"
    plan = f"  election:\n    once: true\n    timeline: [{entry}]\n"
    own = "      plans: {set: {kept: [0.9, 0.9], meanwhile: [1, 1], because: [known], reason: known}}\n"
    stages = "      stages: {waiting: {stay: {mean: [9e4, 9e4]}, ends: {event: 1}, because: [known], reason: known}}\n"
    head, tail = text.index("  election: {priors"), text.index("question:")
    found = run(f"{text[:head]}{plan}    priors:\n{stages}{own}{text[tail:]}")
    assert found.p_event.mean == pytest.approx(0.9 * (1 - math.exp(-15.5 / 10)), abs=0.02)  # the days before, too


@pytest.mark.parametrize(("entry", "said"), [
    (ENTERS.replace("[known]", "[knwn]"), "unknown fact knwn; did you mean known?"),
    (ENTERS.replace("because", "right: 0.8, because"), "neither right nor order"),
    ("{covariate: cabinet, until: election, because: [known]}", "expected from as well"),
])  # fmt: skip
def test_what_an_entry_that_listens_says_is_checked(entry, said):
    with pytest.raises(InputError) as caught:
        load_question(write(entry))
    assert said in str(caught.value)


def test_a_link_whose_own_facts_are_later_does_nothing_yet():
    later = "{id: late, says: It was said later., source: gazette, public: 2025-02-01}"
    text = write(ENTERS.replace("[known]", "[late]"), "truce.talks").replace("facts: [", f"facts: [{later}, ")
    assert run(text).p_event.mean == pytest.approx(1 - math.exp(-240 / 90), abs=0.001)


@pytest.mark.parametrize("event", ["{all: [truce, c]}", "{in_order: [truce, c]}"])
def test_two_steps_of_one_timeline_are_refused(event):
    """The one is asked about and the other waited for, and both hang together."""
    waiting = "priors: {stages: {waiting: {stay: {mean: [50, 50]}, because: [known], reason: known}}}"
    waits = f"  c: {{starts: {{after: truce.talks}}, {waiting}}}\n"
    with pytest.raises(InputError, match="expected one step of truce"):
        load_question(write(BEGINS, event).replace("question:", f"{waits}question:"))


def test_an_order_keeps_what_stands_between():
    """C, then the election, then what starts after it: C must come before the election."""
    text = write(BEGINS, "{in_order: [c, election, b]}")
    waiting = "priors: {stages: {waiting: {stay: {mean: [100, 100]}, because: [known], reason: known}}}"
    text = text.replace("question:", f"  b: {{starts: {{after: election}}, {waiting}}}\n  c: {{{waiting}}}\nquestion:")
    rng = np.random.default_rng(4)
    election, c = rng.exponential(120, 400_000), rng.exponential(100, 400_000)
    b = election + rng.exponential(100, 400_000)
    found = run(text)
    right = ((c < election) & (b <= 240)).mean()
    assert found.p_event.mean == pytest.approx(right, abs=4 * found.p_event.mcse + 0.002)
