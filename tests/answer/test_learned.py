"""What is learned of other timelines' events, against closed forms and simulated days."""

from __future__ import annotations

import math

import numpy as np
import pytest
from several import BOTH, family, write_links

import forecast
from forecast.document import load_question
from forecast.errors import FitError, InputError

MEAN = "[200, 900]"


def answer(text, given, draws=1000):
    settings = forecast.Settings(draws=draws)
    return forecast.run_scenario(f"{text}given: {{event: {given}}}\n", engine="quick", settings=settings)


def sample_means(size):
    """Draw the mean that eleven parliaments share."""
    lo, hi = math.log(200), math.log(900)
    return np.exp(np.random.default_rng(1).normal((lo + hi) / 2, (hi - lo) / 2 / 1.6448536, size))


@pytest.mark.parametrize("happens", [True, False])
def test_one_parliament_tells_of_the_others(happens):
    """Given that one has ratified by a day, or has not, the others are faster or slower, and it is one of the eight."""
    word = "by" if happens else "not_by"
    found = answer(family(MEAN), f"{{parliament.a: {{{word}: 2025-03-01}}}}")
    mean = sample_means(400_000)
    at, all_by = 1 - np.exp(-60 / mean), 1 - np.exp(-365 / mean)
    given = at if happens else 1 - at
    own = np.ones_like(mean) if happens else (all_by - at) / (1 - at)
    others = np.random.default_rng(2).binomial(10, all_by)
    right = (given * np.where(others >= 8, 1.0, np.where(others == 7, own, 0.0))).sum() / given.sum()
    assert found.p_event.mean == pytest.approx(right, abs=0.004)
    assert found.which["parliament.a"].mean == pytest.approx((given * own).sum() / given.sum(), abs=0.002)


def test_what_is_known_of_one_says_nothing_of_another_where_all_is_known():
    found = answer(family("[400, 400]"), "{parliament.a: {by: 2025-03-01}, parliament.b: {not_by: 2025-12-31}}")
    share = 1 - math.exp(-365 / 400)
    right = sum(math.comb(9, count) * share**count * (1 - share) ** (9 - count) for count in range(7, 10))
    assert found.p_event.mean == pytest.approx(right, abs=0.001)


@pytest.mark.parametrize(("event", "given"), [
    ("truce", "{election: {by: 2025-03-01}}"),
    ("truce", "{election: {not_by: 2025-03-01}}"),
    ("{in_order: [election, truce]}", "{election: {not_by: 2025-03-01}}"),
    ("election", "{truce: {by: 2025-05-30}}"),
])  # fmt: skip
def test_timelines_that_hang_together(event, given):
    """Against days that are simulated; what is learned of the one tells when the other came."""
    found = answer(write_links(BOTH, event), given, draws=300)
    rng, size = np.random.default_rng(3), 2_000_000
    election, talks = rng.exponential(120, size), rng.exponential(90, size)
    start = np.minimum(talks, election)
    slow = start + rng.exponential(100, size)
    truce = np.where(slow <= election, slow, np.maximum(election, start) + rng.exponential(100 / 3, size))
    agrees = {
        "{election: {by: 2025-03-01}}": election <= 60,
        "{election: {not_by: 2025-03-01}}": election > 60,
        "{truce: {by: 2025-05-30}}": truce <= 150,
    }[given]
    came = {"truce": truce <= 240, "election": election <= 240,
            "{in_order: [election, truce]}": (election < truce) & (truce <= 240)}[event]  # fmt: skip
    assert found.p_event.mean == pytest.approx(came[agrees].mean(), abs=4 * found.p_event.mcse + 0.001)
    assert found.which[event if event in ("truce", "election") else "truce"].mean > 0


def test_what_cannot_come_is_refused():
    text = family("[400, 400]").replace("    priors", "    once: true\n    priors")
    entry = "    timeline: [{unit: a, day: 2024-12-01, event: anywhere, because: [vote]}]\n    once"
    text = text.replace("    once", entry).replace("history_from: 2024-12-31", "history_from: 2024-01-01")
    text = text.replace("facts: [", "facts: [{id: vote, says: Yes., source: gazette, public: 2024-12-01}, ")
    with pytest.raises(FitError, match="cannot happen"):
        answer(text, "{parliament.a: {by: 2025-03-01}}")


REFUSED = {
    "a family": ("{parliament: {by: 2025-03-01}}", "expected one timeline, or a stage of one; parliament is a family"),
    "nobody": ("{parliament.z: {by: 2025-03-01}}", "expected a unit or a stage of parliament; found 'z'"),
    "a day alone": ("{parliament.a: 2025-03-01}", "expected {by: day} or {not_by: day}"),
    "no day": ("{parliament.a: {by: soon}}", "expected a date"),
    "outside the window": ("{parliament.a: {by: 2026-03-01}}", "a day of the window, 2025-01-01 to 2025-12-31"),
    "a list": ("[parliament.a]", "expected timelines, each with"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_learned_is_refused(case):
    given, said = REFUSED[case]
    with pytest.raises(InputError) as caught:
        load_question(f"{family()}given: {{event: {given}}}\n")
    assert said in str(caught.value), str(caught.value)


def test_two_steps_of_one_timeline_hang_together():
    with pytest.raises(InputError, match=r"expected one step of truce, because its steps hang together"):
        load_question(f"{write_links(BOTH)}given: {{event: {{truce.talks: {{by: 2025-02-01}}}}}}\n")
