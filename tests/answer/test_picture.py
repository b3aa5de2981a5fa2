"""What figures ask of a forecast: plain names and dates, as the scenario's file tells them."""

import datetime
from itertools import pairwise

import numpy as np
import pytest

import forecast


def day(text):
    return datetime.date.fromisoformat(text)


@pytest.fixture(scope="module")
def visit():
    """Its file, tests/questions/visit.yaml, says all that is expected below."""
    return forecast.run_scenario(forecast.load_scenario("tests/questions/visit.yaml"), engine="quick")


def test_stays_follow_one_another_as_written(visit):
    stays = visit.past_stays()
    assert [(stay.stage, str(stay.start)) for stay in stays] == [
        ("quiet", "2020-01-01"),
        ("invited", "2021-03-01"),
        ("quiet", "2021-05-01"),
        ("invited", "2023-01-10"),
        ("agreed", "2023-02-10"),
        ("quiet", "2023-03-05"),
        ("invited", "2024-05-01"),
    ]
    assert all(stay.end == later.start for stay, later in pairwise(stays))
    assert [stay.stage for stay in stays if stay.ends_in_event] == ["agreed"]
    assert stays[-1].end == day("2024-06-30")


def test_plans_have_their_days_and_places(visit):
    host, gossip = visit.plans()
    assert (host.kind, host.places, gossip.kind, gossip.places) == ("host", ("south",), "gossip", ("north", "south"))
    assert host.days == host.ahead == (day("2024-08-02"), day("2024-08-04"))
    assert gossip.days == gossip.ahead == (day("2024-09-01"), day("2024-09-30"))
    assert host.is_held
    assert gossip.is_held


def test_conditions_have_first_and_last_day(visit):
    found = {condition.name: condition for condition in visit.conditions()}
    assert set(found) == {"festival", "port_closed"}
    assert found["festival"].places == ("south",)
    assert found["festival"].spans == ((day("2024-08-01"), day("2024-08-10")),)
    assert found["port_closed"].places == ("north", "south")
    assert found["port_closed"].spans == ((day("2021-04-01"), day("2022-02-01")),)


def test_quantities_are_prior_and_posterior_on_an_analysts_scale(visit):
    stay = visit.quantities()["stay"]
    assert (stay.labels, stay.units) == (("quiet", "invited", "agreed"), "days")
    np.testing.assert_allclose(stay.prior, np.exp(visit.fit.prior["log_stay"]))
    every, weight = np.exp(visit.fit.draws["log_stay"]), visit.ahead.weight  # of sixty days of silence
    assert stay.posterior.shape == every.shape
    expected = every @ weight / weight.sum()
    np.testing.assert_allclose(stay.posterior.mean(axis=1), expected, rtol=0.01)
    assert abs(every.mean(axis=1)[1] / expected[1] - 1) > 0.05  # silence speaks for longer stays


def test_quantiles_of_p_and_the_chance_of_what_is_given(visit):
    assert visit.engine == "quick"
    order = np.argsort(visit.p_draws)  # draws count by what they gave to sixty days of silence
    below = np.cumsum(visit.ahead.weight[order]) / visit.ahead.weight.sum()
    expected = [visit.p_draws[order][np.argmax(below >= share)] for share in (0.05, 0.5, 0.95)]
    assert visit.quantiles([0.05, 0.5, 0.95]) == tuple(expected)
    assert visit.quantiles((0.05, 0.95)) == pytest.approx(visit.p_event.eti90)
    assert visit.given_chance == 1.0
    learned = forecast.run_scenario(visit.scenario.given(no_event_until="2024-12-30"), engine="quick")
    assert learned.given_chance == pytest.approx(1 - visit.by(day("2024-12-30")).mean, abs=0.01)
