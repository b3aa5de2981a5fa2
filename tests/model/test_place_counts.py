"""Places by counts: their shares are Dirichlet, by hand and by closed form, in both engines."""

import pytest

import forecast
from forecast.errors import InputError
from forecast.scenario import plain_scenario
from tests.builders import set_up
from tests.densities import assert_one_density

SUMMIT = """
title: The summit is held
question: {event: the two meet, resolves: the gazette, timezone: Europe/Zurich}
history_from: 2025-01-01
as_of: 2025-03-01
window: {until: 2025-06-30}
places: {geneva: 7, vienna: 3, elsewhere: 2}
facts:
  - {id: known, says: Twelve summits., source: gazette, public: 2024}
  - {id: met, says: They met., source: gazette, public: 2025-02-01}
timeline: [{day: 2025-02-01, event: vienna, because: [met]}]
priors:
  stages:
    waiting: {stay: {mean: [30, 300]}, ends: {event: 1}, because: [known], reason: So it was.}
"""
QUIET = SUMMIT.replace("timeline: [{day: 2025-02-01, event: vienna, because: [met]}]", "timeline: []")


@pytest.mark.parametrize(("text", "counts"), [(QUIET, (7, 3, 2)), (SUMMIT, (7, 4, 2))])
def test_shares_are_counts_over_their_sum(text, counts):
    found = forecast.run_scenario(text, engine="quick")
    for place, count in zip(found.places.values(), counts, strict=True):
        assert place.mean / found.p_event.mean == pytest.approx(count / sum(counts), abs=0.01)  # four errors of 4,000


def test_both_engines_have_one_density():
    assert_one_density(*set_up(forecast.load_scenario(SUMMIT)))


def test_they_are_written_as_they_were_read():
    scenario = forecast.load_scenario(SUMMIT)
    assert plain_scenario(scenario)["places"] == {"geneva": 7, "vienna": 3, "elsewhere": 2}


@pytest.mark.parametrize(
    ("places", "message"),
    [
        ("{geneva: 7, vienna: 0}", "places.vienna: expected a count from 0.01"),
        ("{geneva: seven}", "places.geneva: expected a number"),
        ("{}", "places: expected at least one place"),
    ],
)
def test_what_are_no_counts_is_refused(places, message):
    with pytest.raises(InputError, match=message.replace(".", "[.]")):
        forecast.load_scenario(QUIET.replace("{geneva: 7, vienna: 3, elsewhere: 2}", places))


def test_a_ratio_beside_counts_is_refused():
    ratio = "  hazard_ratios: {vienna: {factor: [1, 2], because: [known], reason: So.}}"
    with pytest.raises(InputError, match="expected no ratio of vienna, because places is given by counts"):
        forecast.load_scenario(QUIET + ratio)
