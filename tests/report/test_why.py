"""Why and what to watch, on a page: what stands there is what the explanation says."""

from __future__ import annotations

import re

import pytest

import forecast
from forecast.explore import make_page

QUICK = forecast.Settings(draws=250)


@pytest.mark.slow
def test_the_page_tells_why_and_what_to_watch():
    page = make_page("tests/questions/visit.yaml", engine="quick", settings=QUICK, why=True)
    plain = page.to_dict()
    why, watch = plain["why"], plain["watch"]
    for row in why["news"]["rows"]:
        assert f"<td>{row['p_before']:.3f}</td><td>{row['p_after']:.3f}</td><td>{row['impact']:+.3f}</td>" in page.html
    for row in why["source"]["rows"]:
        assert f"<td>{row['p_without']:.3f}</td><td>{row['shapley']:+.3f}</td>" in page.html
    assert watch["rows"][0]["says"] in page.html
    assert re.search('aria-labelledby="why".*aria-labelledby="watch".*aria-labelledby="making"', page.html, re.S)


def test_a_question_about_a_stage_has_a_page_and_says_what_it_leaves_out():
    text = """
title: The truce holds
question: {asks: {in_force: truce}}
as_of: 2026-11-20
window: {until: 2026-12-31}
history_from: 2026-01-01
stages: [war, truce]
timeline: [{from: 2026-10-01, stage: truce, because: [It began on 1 October.]}]
priors:
  stages:
    war: {stay: {mean: [30, 300]}, ends: {truce: 5}, because: Earlier wars lasted months.}
    truce: {stay: {mean: [30, 300]}, ends: {war: 5}, because: Earlier truces lasted months.}
"""
    page = make_page(text, engine="quick", settings=QUICK, why=True)
    why = page.to_dict()["why"]
    assert ("without" in why) == ("could not be taken apart" in page.html)
    assert "This page cannot answer what if here" in page.html
