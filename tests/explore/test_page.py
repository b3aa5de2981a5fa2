"""The page: what it shows, that nothing in it acts but its own script, and that anybody can read it."""

from __future__ import annotations

import base64
import hashlib
import html.parser
import json
import re
from itertools import pairwise
from pathlib import Path

import pytest
from browser import find_axe, list_complaints, open_browser

import forecast
from forecast.cli.main import main
from forecast.explore import make_page
from forecast.report.colours import DARK, LIGHT, contrast

ACT = "document.title='HACKED'"
EVIL = f"""\"><img src=x onerror="{ACT}"><script>{ACT}</script><!-- ' ]]> </style></script>"""
HOSTILE = f"""
title: {json.dumps("Title " + EVIL)}
question: {{event: {json.dumps("event " + EVIL)}, resolves: {json.dumps("resolves " + EVIL)}}}
as_of: 2024-06-30
window: {{until: 2024-12-31}}
history_from: 2020-01-01
stages: [quiet, invited]
places: [north, south]
display:
  quiet: {json.dumps("Quiet " + EVIL)}
  north: {json.dumps("North " + EVIL)}
  gossip: {json.dumps("Gossip " + EVIL)}
timeline:
  - {{from: 2024-05-01, stage: invited, because: [call]}}
  - {{plan: gossip, places: [north], from: 2024-08-02, until: 2024-08-04, because: [call]}}
priors:
  stages:
    quiet: {{stay: {{mean: [100, 900]}}, ends: {{invited: 4}}, because: [call], reason: {json.dumps("reason " + EVIL)}}}
    invited: {{stay: {{mean: [20, 200]}}, ends: {{event: 3, quiet: 5}}, because: [call], reason: {json.dumps(EVIL)}}}
  plans:
    gossip: {{kept: [0.02, 0.3], meanwhile: [0.5, 1], because: [call], reason: {json.dumps(EVIL)}}}
readings:
  let-drop: {{recode: {{call: none}}, reason: {json.dumps("reading " + EVIL)}}}
sources:
  - id: gazette
    publisher: {json.dumps("Publisher " + EVIL)}
    title: {json.dumps("Article " + EVIL)}
    date: 2024-05-01
facts:
  - id: call
    says: {json.dumps("says " + EVIL)}
    source: gazette
    public: 2024-05-01
    who: {json.dumps("who " + EVIL)}
    grade: {json.dumps("grade " + EVIL)}
    note: {json.dumps("note " + EVIL)}
    reference: {json.dumps("javascript:alert(1) and https://example.org/?a=1&b=2" + EVIL)}
"""
QUICK = forecast.Settings(draws=250)
BYTES_MOST = 1_500_000


class Elements(html.parser.HTMLParser):
    """Collects the elements of a page with their attributes, and its texts by element."""

    def __init__(self, page):
        super().__init__()
        self.found, self.texts, self.open = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in ("meta", "input", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append((self.open[-1] if self.open else "", data))

    def of(self, tag):
        return [attrs for name, attrs in self.found if name == tag]

    def text(self):
        return "".join(words for tag, words in self.texts if tag not in ("style", "script"))


@pytest.fixture(scope="module")
def may_page():
    return make_page("scenarios/may.yaml", engine="quick", settings=QUICK).html


@pytest.fixture(scope="module")
def hostile_page():
    return make_page(HOSTILE, engine="quick", settings=QUICK).html


def test_it_says_what_is_asked_and_answered(may_page):
    result = forecast.run_scenario("scenarios/may.yaml", engine="quick", settings=QUICK)
    said = Elements(may_page).text()
    for part in (
        "Kim Jong Un visits Russia",
        "As of 2025-03-27, from 2025-03-28 to 2025-05-31",
        f"{result.p_event.mean:.2f} is the chance of a yes",
        "two of KCNA, TASS and Yonhap place him there",
        "it is from {} to {}.".format(*result.window(0.8)),
        "He has met leaders one to one only",  # the reason of a prior
        "Source: ",
        result.fit.fingerprint,
        "quick engine",
    ):
        assert part in said
    for place, estimate in result.places.items():
        assert re.search(rf"{place}\s*{estimate.mean:.2f}", said)


def test_every_fact_of_an_entry_opens_to_its_source(may_page):
    known = forecast.load_scenario("scenarios/may.yaml").known()
    said = Elements(may_page).text()
    facts = forecast.load_scenario("scenarios/may.yaml").facts
    assert all(facts[name].says in said for item in known.entries for name in item.entry.because)


def test_it_is_one_file_that_asks_for_nothing(may_page):
    page = Elements(may_page)
    assert len(may_page.encode()) < BYTES_MOST
    assert page.open == []
    assert {name for name, _ in page.found}.isdisjoint({"link", "img", "iframe", "object", "embed", "base", "form"})
    assert not [attrs for _, attrs in page.found if {"src", "srcset", "style", "action"} & attrs.keys()]
    assert not [name for _, attrs in page.found for name in attrs if name.startswith("on")]
    assert "url(" not in "".join(words for tag, words in page.texts if tag == "style")
    assert "@import" not in may_page


def test_the_policy_allows_its_own_style_and_script_and_nothing_else(may_page):
    page = Elements(may_page)
    (policy,) = (attrs["content"] for attrs in page.of("meta") if attrs.get("http-equiv"))
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    for element, rule in (("style", "style-src"), ("script", "script-src")):
        (content,) = re.findall(rf"<{element}>(.*?)</{element}>", may_page, re.S)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert rules[rule] == f"'sha256-{digest}'"


def test_ids_are_unique_and_all_that_names_one_finds_it(may_page):
    page = Elements(may_page)
    ids = [attrs["id"] for _, attrs in page.found if "id" in attrs]
    assert len(ids) == len(set(ids))
    named = [name for _, attrs in page.found for name in (attrs.get("aria-labelledby") or "").split()]
    named += [attrs["href"][1:] for attrs in page.of("a") if attrs["href"].startswith("#")]
    assert set(named) <= set(ids)


def test_a_hostile_scenario_shows_text_and_runs_nothing(hostile_page):
    page = Elements(hostile_page)
    assert page.open == []
    assert "img" not in {name for name, _ in page.found}
    said = page.text()
    for part in ("Title ", "event ", "resolves ", "says ", "reason ", "Publisher ", "Article ", "North "):
        assert part + EVIL in said
    links = {attrs["href"] for attrs in page.of("a")}
    assert all(link.startswith(("#", "https://example.org/")) for link in links)
    assert len(page.of("script")) == 2  # the data and the page's own
    card = make_page(HOSTILE, engine="quick", settings=QUICK).result._repr_html_()
    assert {"img", "script"}.isdisjoint(name for name, _ in Elements(card).found)


@pytest.mark.slow
def test_in_chromium_a_hostile_scenario_runs_nothing(hostile_page, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(hostile_page, encoding="utf-8")
    with open_browser(390) as driver:
        driver.get(path.as_uri())
        driver.execute_script("for (const each of document.querySelectorAll('details')) each.open = true")
        assert driver.title == ("Title " + EVIL)
        assert driver.execute_script("return document.querySelectorAll('img').length") == 0
        assert list_complaints(driver) == []
        assert driver.execute_script("return document.getElementById('whatif').dataset.p") != ""


@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_in_chromium_nothing_is_wider_than_the_screen_and_axe_finds_nothing(width, dark, may_page, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(may_page, encoding="utf-8")
    with open_browser(width, dark=dark) as driver:
        driver.get(path.as_uri())
        driver.execute_script("for (const each of document.querySelectorAll('details')) each.open = true")
        assert driver.execute_script("return document.documentElement.scrollWidth") == width
        assert list_complaints(driver) == []
        if axe := find_axe():
            driver.execute_cdp_cmd("Runtime.evaluate", {"expression": axe})
            found = driver.execute_async_script("axe.run().then((found) => arguments[0](found.violations))")
            assert [(each["id"], [node["html"] for node in each["nodes"]][:3]) for each in found] == []


def test_in_chromium_what_is_copied_follows_the_controls(may_page, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(may_page, encoding="utf-8")
    with open_browser() as driver:
        driver.get(path.as_uri())
        start = float(driver.execute_script("return document.getElementById('whatif').dataset.p"))
        driver.execute_async_script(
            "const done = arguments[0], range = document.getElementById('w-until');"
            "range.value = 20; range.dispatchEvent(new Event('input'));"
            "requestAnimationFrame(() => requestAnimationFrame(() => done()))"
        )
        shown = float(driver.execute_script("return document.getElementById('whatif').dataset.p"))
        text = driver.execute_script("return document.querySelector('#whatif pre').textContent")
    assert shown < start
    assert "window: {until: 2025-04-16}" in text


def test_in_chromium_paper_shows_what_is_folded_and_nothing_to_move(may_page, tmp_path):
    """Priors with their reasons, and all facts; a browser without `::details-content` prints what is open."""
    path = tmp_path / "page.html"
    path.write_text(may_page, encoding="utf-8")
    is_seen = "const each = document.querySelector(arguments[0]); return each.checkVisibility()"
    shown = ["details.prior > :not(summary)", "section > details:not(.prior) > ol.course"]
    hidden = ["#whatif", "figure details summary"]
    with open_browser() as driver:
        driver.get(path.as_uri())
        assert not any(driver.execute_script(is_seen, one) for one in shown)
        assert all(driver.execute_script(is_seen, one) for one in hidden)
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        assert all(driver.execute_script(is_seen, one) for one in shown)
        assert not any(driver.execute_script(is_seen, one) for one in hidden)


# --- anybody can read it -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "card"])
@pytest.mark.parametrize("name", ["ink", "soft", "accent", "good", "bad"])
def test_texts_stand_out_as_wcag_asks(colours, ground, name):
    assert contrast(colours[name], colours[ground]) >= 4.5
    assert contrast(colours["paper"], colours["accent"]) >= 4.5  # buttons


def test_the_page_has_landmarks_headings_in_order_and_named_figures(may_page):
    page = Elements(may_page)
    assert page.of("html")[0]["lang"] == "en"
    assert [len(page.of(name)) for name in ("h1", "main", "header", "footer")] == [1, 1, 1, 1]
    assert len(page.of("title")) == 1 + len(page.of("svg"))  # each figure has one of its own
    levels = [int(name[1]) for name, _ in page.found if re.fullmatch("h[1-6]", name)]
    assert all(later - level <= 1 for level, later in pairwise(levels))
    assert page.found[[name for name, _ in page.found].index("body") + 1] == ("a", {"href": "#answer", "class": "skip"})
    assert all(attrs["role"] == "img" and attrs["aria-labelledby"] for attrs in page.of("svg"))
    figures = re.findall(r"<figure>.*?</figure>", may_page, re.S)
    assert len(figures) == 5
    assert all("<table>" in figure and "<figcaption>" in figure for figure in figures)
    assert all(attrs.get("scope") for attrs in page.of("th"))


# --- the verb ----------------------------------------------------------------------------------------------------


@pytest.fixture
def in_a_folder(tmp_path, monkeypatch):
    visit = Path("tests/questions/visit.yaml").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    Path("visit.yaml").write_text(visit, encoding="utf-8")
    return tmp_path


@pytest.mark.slow
def test_a_folder_of_results_is_shown_as_it_was_made(in_a_folder, capsys):
    assert main(["run", "visit.yaml", "--quick", "--draws", "300", "--seed", "7", "--no-plots", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert main(["report", "results/visit-quick", "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["p_event"] == told["p_event"]
    assert f"{told['p_event']['mean']:.2f}" in (in_a_folder / "results/visit-quick/page.html").read_text("utf-8")


@pytest.mark.slow
def test_a_page_of_another_question_is_not_replaced(in_a_folder, capsys):
    quick = ["--quick", "--draws", "250", "--out", "page.html"]
    assert main(["report", "visit.yaml", *quick]) == 0
    assert main(["report", "visit.yaml", *quick]) == 0
    written = (in_a_folder / "page.html").read_bytes()
    text = (in_a_folder / "visit.yaml").read_text("utf-8").replace("The minister visits", "The minister leaves")
    (in_a_folder / "other.yaml").write_text(text, encoding="utf-8")
    assert main(["report", "other.yaml", *quick]) == 2
    assert "page.html there was not made by a run of other" in capsys.readouterr().err
    (in_a_folder / "page.html").write_text("<p>mine</p>", encoding="utf-8")
    assert main(["report", "visit.yaml", *quick]) == 2
    assert (in_a_folder / "page.html").read_text("utf-8") == "<p>mine</p>"
    assert written.startswith(b"<!DOCTYPE html>")


def test_what_is_no_result_is_said(in_a_folder, capsys):
    (in_a_folder / "empty").mkdir()
    assert main(["report", "empty"]) == 2
    assert main(["report", "missing.yaml"]) == 2
    assert "Traceback" not in capsys.readouterr().err
