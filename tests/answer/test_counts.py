"""Counts of ends act as counts: the mean share of a Dirichlet is a count over their sum, whatever was counted since."""

import math

import forecast
from tests.builders import entered, make_scenario, ratio, stay


def talks(**ends):
    """Talks of fifty days on average began today; an earlier round lapsed."""
    return make_scenario(
        {"rest": stay(1e7, 1e7, talks=1), "talks": stay(50, 50, **ends)},
        timeline=[entered(60, "talks"), entered(110, "rest"), entered(366, "talks")],
        seriousness=ratio(1, 1),
        as_of=366,
        until=466,
    )


def check(scenario, right):
    found = forecast.run_scenario(scenario, engine="quick").p_event
    assert abs(found.mean - right) < 3 * found.mcse + 1e-6


def test_nine_and_one_and_one_more_lapse():
    check(talks(event=9, rest=1), 9 / 11 * (1 - math.exp(-2)))  # 0.7075


def test_a_share_of_one_stay_in_all_is_soon_forgotten():
    check(talks(event=0.9, rest=0.1), 0.9 / 2 * (1 - math.exp(-2)))


def test_counts_below_one():
    scenario = make_scenario(
        {"quiet": stay(100, 100, invited=10, event=0.3), "invited": stay(1e7, 1e7, quiet=1)},
        seriousness=ratio(1, 1),
        as_of=1,
        until=101,
    )
    check(scenario, 0.3 / 10.3 * (1 - math.exp(-1)))  # 0.0184
