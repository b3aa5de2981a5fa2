"""What a person sees of `forecast compare`: a line a scenario, what differs, and how sure the difference is."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

import forecast
from forecast.document.load import load_scenario
from forecast.inference.settings import Settings
from forecast.report.compare import render_comparison, render_comparison_html


@pytest.fixture(scope="module")
def comparison():
    """A question, the same until October, and the same with another prior."""
    visit = load_scenario("tests/questions/visit.yaml")
    october = replace(visit, name="october", window=replace(visit.window, until=visit.window.until.replace(month=10)))
    hopeful = visit.assume(stages={"agreed": {"stay": {"mean": [5, 30]}, "reason": "They are in a hurry."}})
    scenarios = [visit, october, replace(hopeful, name="hopeful")]
    return forecast.compare_scenarios(scenarios, engine="quick", settings=Settings(draws=500))


@pytest.fixture
def plain():
    """Two rows in plain values, made up so that each number can be told from the others."""

    def row(name, mean, **more):
        estimate = {"mean": mean, "eti90": [mean / 2, mean * 1.5]}
        return {
            "scenario": name, "title": "A test", "as_of": "2024-06-30",
            "window": {"from": "2024-07-01", "until": "2024-12-31"}, "p_event": estimate | {"mcse": mean / 100},
            "places": {"here": estimate}, "median_day": None, "difference": None, "changes": [], "engine": "quick",
            "fingerprint": "ab",
        } | more  # fmt: skip

    difference = {"mean": 0.1, "mcse": 0.00004, "draws": "common"}
    rows = [row("one", 0.4), row("other", 0.5, difference=difference, median_day="2024-09-01", engine="nuts")]
    return {"schema": 1, "title": "A test", "scenarios": rows}


def cells(text, start):
    """Return the cells of the first line that begins so, the name among them."""
    return re.split(r"  +", re.search(rf"^{re.escape(start)} .*", text, re.M)[0])


def differing(text):
    return text[text.index("what differs from 1") :]


def test_a_line_a_scenario(comparison):
    text = str(comparison)
    assert text.startswith("The minister visits the islands: 3 scenarios\nas of 2024-06-30, from 2024-07-01 to 2024-12")
    first = comparison.rows[0]
    north, south = sorted(first.places, key=lambda name: first.places[name].mean)  # the likeliest place comes first
    assert re.search(rf"^ +scenario +P +90% +{south} +{north} +median day +to the first$", text, re.M)
    for number, row in enumerate(comparison.rows, 1):
        lo, hi = row.p_event.eti90
        assert cells(text, f"{number} {row.scenario.name}")[1:6] == [
            f"{row.p_event.mean:.2f}",
            f"{lo:.2f} to {hi:.2f}",
            f"{row.places[south].mean:.2f}",
            f"{row.places[north].mean:.2f}",
            str(row.median_day),
        ]
    assert len(cells(text, "1 visit")) == 6  # it differs from itself in nothing


def test_what_differs_from_the_first(comparison):
    text = str(comparison)
    below = differing(text)
    assert below.startswith("what differs from 1 visit\n")
    assert cells(below, "2 october")[1:] == ["window.until 2024-12-31 -> 2024-10-31"]
    assert cells(below, "3 hopeful")[1:] == ["priors.stages.agreed.stay.mean [5, 60] -> [5, 30]"]
    assert "unless another date stands below" in text


def test_a_difference_on_draws_of_another_fit_is_marked(comparison):
    text, (_, october, hopeful) = str(comparison), comparison.rows
    assert (october.difference.common, hopeful.difference.common) == (True, False)
    *_, same = cells(text, "2 october")
    *_, other = cells(text, "3 hopeful")
    difference, error = map(float, same.split(" ±"))
    assert difference == pytest.approx(october.difference.mean, abs=5e-4)
    assert error == pytest.approx(october.difference.mcse, abs=5e-4)
    assert other == f"{hopeful.difference.mean:+.3f} ±{hopeful.difference.mcse:.3f}*"
    assert "* on draws of another fit, so the errors of both add in quadrature" in " ".join(text.split())
    worst = max(row.p_event.mcse for row in comparison.rows)
    assert f"Monte Carlo error of P at most {worst:.3f}. engine quick" in " ".join(text.split())


def test_errors_too_small_to_show_and_days_that_never_come(plain):
    text = render_comparison(plain)
    assert cells(text, "1 one")[-1] == "never"
    assert cells(text, "2 other")[-2:] == ["2024-09-01", "+0.1000 ±<0.0001"]
    assert "another fit" not in text
    assert "engines nuts: 2; quick: 1" in text
    assert cells(differing(text), "2 other")[1:] == ["nothing"]
    plain["scenarios"][1]["difference"] = {"mean": 0.0, "mcse": 0.0, "draws": "common"}
    assert cells(render_comparison(plain), "2 other")[-1] == "0"


def test_other_readings_stand_below(plain):
    readings = {"courtesy": {"p_event": {"mean": 0.25}}, "earnest": {"p_event": {"mean": 0.61}}}
    plain["scenarios"][0] |= {"readings": readings, "readings_range": [0.25, 0.61]}
    below = render_comparison(plain).partition("P over other readings of the facts\n")[2]
    assert cells(below, "1 one")[1:] == ["0.25 to 0.61", "courtesy: 0.25; earnest: 0.61"]
    assert "2 other" not in below


def test_places_that_a_question_does_not_know_stay_empty(plain):
    plain["scenarios"][1]["places"] = {"there": {"mean": 0.5}}
    page = render_comparison_html(plain)
    assert "<td>one</td><td>0.40</td><td>0.20 to 0.60</td><td></td><td>0.40</td>" in page
    assert "<td>other</td><td>0.50</td><td>0.25 to 0.75</td><td>0.50</td><td></td>" in page


def test_what_would_be_markup_is_shown_as_it_is_written(plain):
    plain["title"], plain["scenarios"][1]["scenario"] = "Will <b>it</b>?", "<i>other</i>"
    plain["scenarios"][1]["places"] = {"<b>": {"mean": 0.5}}
    plain["scenarios"][1]["changes"] = [{"key": "event", "before": "x < y", "after": "x > y & z"}]
    page = render_comparison_html(plain)
    assert "<caption>Will &lt;b&gt;it&lt;/b&gt;?</caption>" in page
    assert "<td>&lt;i&gt;other&lt;/i&gt;</td>" in page
    assert "<th>&lt;b&gt;</th>" in page
    assert "event x &lt; y -&gt; x &gt; y &amp; z" in page
    assert not re.search("<[bi]>", page)
