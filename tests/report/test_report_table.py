"""What a person sees of a run: whether, where and when, in text and in a notebook."""

from __future__ import annotations

import datetime
import re
from dataclasses import replace

import pytest

import forecast
from forecast.document.load import load_scenario
from forecast.inference.settings import Settings
from forecast.report.table import render_table


@pytest.fixture(scope="module")
def visit():
    """A question with two places, a plan for each of August and September, and something supposed."""
    scenario = load_scenario("tests/questions/visit.yaml")
    return scenario.do(remove={"north-by-sea": "2024-09-01"}).given(no_event_until="2024-07-20")


@pytest.fixture(scope="module")
def result(visit):
    return forecast.run_scenario(visit, engine="quick", settings=Settings(draws=500))


@pytest.fixture
def plain():
    """A result of NUTS in plain values, made up so that each number can be told from the others."""
    return {
        "title": "The minister visits the islands",
        "as_of": "2024-06-30",
        "window": {"from": "2024-07-01", "until": "2024-12-31"},
        "p_event": {"mean": 0.426, "eti90": [0.14, 0.997], "mcse": 0.0123},
        "places": {
            "north": {"mean": 0.32, "eti90": [0.11, 0.5], "share": 0.7512},
            "south": {"mean": 0.106, "eti90": [0.003, 0.2], "share": 0.2488},
        },
        "when": {
            "by": {"2024-08-31": {"mean": 0.2, "eti90": [0.1, 0.3]}, "2024-12-31": {"mean": 0.43, "eti90": [0.1, 0.9]}},
            "window80": {"from": "2024-08-01", "until": "2024-11-30"},
        },
        "decay": {"no_event": {"below_10_percent": "2024-11-11"}, "silence": {"below_10_percent": "2024-12-31"}},
        "stage_today": {"stage": "invited", "since": "2024-05-01", "holds": 1.0},
        "base_rate": 0.15, "prior_only": 0.62,
        "diagnostics": {
            "engine": "nuts", "chains": 4, "draws": 1000, "r_hat": 1.0021, "ess_bulk": 2500.4, "ess_tail": 1800.2,
            "divergences": 3,
        },
        "hindsight": [],
    }  # fmt: skip


def tell(estimate):
    """Write P and its interval as a pattern, independently of the program."""

    def two(share):
        return f"{share:.3f}" if share < 0.01 or share > 0.99 else f"{share:.2f}"

    error = "" if estimate.mcse is None else rf" ± {estimate.mcse:.3f}"
    return rf"{two(estimate.mean)}{error} +{two(estimate.eti90[0])} to {two(estimate.eti90[1])}"


def has(text, pattern):
    return bool(re.search(rf"^ *{pattern}$", text, re.M))


# --- of a real result --------------------------------------------------------------------------------------------


def test_whether_and_where(result):
    text = str(result)
    assert text.splitlines()[:3] == [
        "The minister visits the islands",
        "as of 2024-06-30, from 2024-07-01 to 2024-12-31",
        f"stage today: invited, since 2024-05-01; still under way with probability {result.still_held:.2f}",
    ]
    assert has(text, f"event +{tell(result.p_event)}")
    assert has(text, f"no event +{1 - result.p_event.mean:.2f}")
    for name, place in result.places.items():
        assert has(text, f"{name} +{tell(place)} +{place.mean / result.p_event.mean:.0%}")
    assert list(result.places) == ["north", "south"]


def test_when(result):
    """By the ends of the months, the ends of the plans, and the window's last day; the last is P itself."""
    text = str(result)
    days = [datetime.date.fromisoformat(found) for found in re.findall(r"^ +by (\S+)", text, re.M)]
    ends = [*(datetime.date(2024, month, 1) - datetime.timedelta(days=1) for month in range(8, 13))]
    assert days == sorted([*ends, datetime.date(2024, 8, 4), datetime.date(2024, 12, 31)])
    for day in days:
        assert has(text, f"by {day} +{tell(result.by(day))}")
    assert result.by(days[-1]).mean == pytest.approx(result.p_event.mean)
    start, until = result.window(0.8)
    assert f"four chances in five that it is from {start} to {until}" in text
    assert f"while nothing happens, what is left falls below 10% on {result.falls_below('no_event')}" in text


def test_what_is_supposed_and_what_it_is_compared_with(result):
    text = str(result)
    assert has(text, r"supposing north-by-sea cannot be taken from 2024-09-01 on \(do\)")
    chance = result.curves.weight.sum() / result.curves.initial.sum()  # once sixty days of silence are known
    assert has(text, rf"supposing no event by 2024-07-20 \(given; its chance was {chance:.2f}\)")
    assert f"constant rate {result.base_rate:.2f}, prior only {result.prior_only:.2f}" in text


def test_the_footer_tells_the_engine_and_the_error(result):
    found = result.fit.diagnostics
    *_, footer = str(result).splitlines()
    assert footer.startswith(f"quick engine, 2000 of {found['proposals']} draws: Pareto k {found['pareto_k']:.2f}")
    assert footer.endswith("; ± is the Monte Carlo error")


def test_hindsight_is_told(visit):
    """Of 2021 nobody knew yet that the port would close, and no reason was given what to believe then."""
    early = load_scenario("tests/questions/visit.yaml")
    early = replace(
        early, as_of=datetime.date(2021, 3, 15),
        window=replace(early.window, start=datetime.date(2021, 3, 16), until=datetime.date(2021, 6, 30)),
    )  # fmt: skip
    text = str(forecast.run_scenario(early, engine="quick", settings=Settings(draws=250)))
    assert text.splitlines()[-1] == "hindsight (no fact behind it was public yet): priors.hazard_ratios.port_closed"
    assert "stage today: invited, since 2021-03-01" in text
    assert visit.known().hindsight == ()


def test_a_notebook_shows_the_same(result):
    page = result._repr_html_()
    for name, estimate in {"this forecast": result.p_event, **result.places}.items():
        p, interval = re.search(f'<th scope="row">{name}</th><td>(.*?)</td><td>(.*?)</td>', page).groups()
        assert re.fullmatch(tell(replace(estimate, mcse=None)), f"{p} {interval}")
    start, until = result.window(0.8)
    assert f"it is from <time>{start}</time> to <time>{until}</time>." in page
    assert "(given; its chance was" in page
    assert str(result).splitlines()[-1] in page


# --- of plain values ---------------------------------------------------------------------------------------------


def test_numbers_are_never_rounded_to_certainty(plain, visit):
    text = render_table(plain, visit)
    assert has(text, r"event +0.43 ± 0.012 +0.14 to 0.997")
    assert has(text, r"south +0.11 +0.003 to 0.20 +25%")
    assert has(text, r"by 2024-08-31 +0.20 +0.10 to 0.30")
    assert "0.43; if the rates and this episode's seriousness were known it would lie in 0.14 to 0.997" in text


def test_decay_in_words(plain, visit):
    text = render_table(plain, visit)
    assert has(text, "while nothing happens, what is left falls below 10% on 2024-11-11")
    assert has(text, "with nothing announced either, what is left stays above 10% until the window closes")
    plain["decay"]["silence"]["below_10_percent"] = plain["as_of"]
    assert has(render_table(plain, visit), "with nothing announced either, what is left is below 10% already")


def test_the_footer_of_nuts(plain, visit):
    *_, footer = render_table(plain, visit).splitlines()
    assert footer == ("NUTS, 4 chains of 1000 draws: R-hat 1.002, ESS 1800, divergences 3; ± is the Monte Carlo error")


def test_an_event_that_cannot_happen_has_no_timing_and_no_shares(plain, visit):
    nothing = {"mean": 0.0, "eti90": [0.0, 0.0]}
    plain |= {"p_event": nothing | {"mcse": 0.0}, "places": {"north": nothing | {"share": None}}}
    text = render_table(plain, visit)
    assert has(text, r"north +0.00 +0.00 to 0.00 +-")
    assert "four chances in five" not in text


def test_every_kind_of_supposition_has_its_line(plain):
    scenario = load_scenario("tests/questions/visit.yaml")
    done = scenario.do(
        stage={"agreed": "2024-07-15"},
        hazard_ratios={"festival": {"factor": 3}},
        itineraries={"south-by-air": {"days_away": 2, "from": "2024-08-01"}},
    )
    text = render_table(plain, done.given(silence_until="2024-07-10"))
    assert has(text, r"supposing agreed is set on 2024-07-15 \(do\)")
    assert has(text, r"supposing festival is 3 \(do\)")
    assert has(text, r"supposing south-by-air has days_away 2 from 2024-08-01 on \(do\)")
    assert has(text, r"supposing nothing new by 2024-07-10 \(given\)")


def test_what_would_be_markup_is_shown_as_it_is_written(plain, visit):
    plain["title"] = "Will <b>it</b> & when?"
    assert "Will <b>it</b> & when?" in render_table(plain, visit)
