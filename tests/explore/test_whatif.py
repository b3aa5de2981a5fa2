"""What the page computes in JavaScript is what this program computes of the file that the page writes."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from browser import list_complaints, open_browser
from whatif import answer_file, draw_setting

import forecast
from forecast.answer.whatif import plain_whatif
from forecast.explore import make_page

KERNEL = Path(forecast.__file__).parent / "report" / "page" / "kernel.js"
ASK = """
const Kernel = require(process.argv[1]), {data, settings} = JSON.parse(require("fs").readFileSync(0));
const model = Kernel.prepare(data), all = [Kernel.begin(model), ...settings];
console.log(JSON.stringify(all.map((each) => ({...Kernel.answer(model, each), yaml: Kernel.toYaml(model, each)}))));
"""
EQUAL = 1e-9

# One stage, three places by counts, nothing planned.
PORT = """
title: The port strike ends
as_of: 2026-11-20
window: {until: 2026-12-31}
history_from: 2026-10-01
places: {here: 3, there: 2, elsewhere: 1}
priors:
  stages:
    waiting: {stay: {mean: [14, 120]}, because: Ten earlier strikes lasted five weeks at the median.}
"""


def run(source, draws=100):
    return forecast.run_scenario(source, engine="quick", settings=forecast.Settings(draws=draws))


@pytest.fixture(scope="module")
def may_quick():
    return run("scenarios/may.yaml")


@pytest.fixture
def ask():
    """Return a function that asks the kernel, without a page, about the start of some data and about settings."""
    if not (node := shutil.which("node")):
        pytest.skip("no Node.js here, which runs the kernel without a page")

    def ask(data, settings=()):
        sent = json.dumps({"data": data, "settings": list(settings)})
        done = subprocess.run([node, "-e", ASK, str(KERNEL)], input=sent, capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    return ask


def hold_against_python(answers, settings, data, folder):
    """Compare each P; return how many there were."""
    found = 0
    for answer, setting in zip(answers, settings, strict=True):
        p, shape, _ = answer_file(answer["yaml"], folder, data)
        if p is None:
            assert "probability" in answer["problem"]
        else:
            found += 1
            if setting["assume"]:
                assert answer["k"] == pytest.approx(shape, abs=1e-6)
            assert answer["p"] == pytest.approx(p, abs=EQUAL), answer["yaml"]
    return found


@pytest.mark.parametrize(
    "change",
    [
        lambda may: may,
        *(
            pytest.param(change, marks=pytest.mark.slow)
            for change in (
                lambda may: may.do(stage={"announced": "2025-04-28"}, remove={"moscow-by-train": "2025-04-02"}),
                lambda may: may.do(hazard_ratios={"by_plane": {"factor": 1}}).given(no_event_until="2025-04-20"),
                lambda may: may.at(as_of="2025-01-20", window="2025-08-31").given(silence_until="2025-02-10"),
                lambda may: may.at(as_of="2018-03-01", window="2019-02-20"),
            )
        ),
    ],
    ids=["as it is", "set", "learned", "silent before and after", "at rest"],
)
def test_the_page_computes_what_this_program_computes(change, ask, tmp_path):
    result = run(change(forecast.load_scenario("scenarios/may.yaml")), draws=175)
    data = plain_whatif(result)
    (tmp_path / f"{data['name']}.yaml").write_text(forecast.dump_scenario(result.scenario), encoding="utf-8")
    rng = np.random.default_rng(5)
    settings = [draw_setting(data, rng) for _ in range(8)]
    start, *answers = ask(data, settings)
    assert start["p"] == pytest.approx(result.p_event.mean, abs=1e-6)  # of the same draws, in four bytes
    assert start["interval"] == pytest.approx(result.p_event.eti90, abs=1e-5)
    assert start["places"] == pytest.approx([place.mean for place in result.places.values()], abs=1e-6)
    assert hold_against_python(answers, settings, data, tmp_path) >= 4


def test_a_question_of_one_stage_has_places_by_counts(ask, tmp_path):
    result = run(PORT)
    data = plain_whatif(result)
    (tmp_path / f"{data['name']}.yaml").write_text(forecast.dump_scenario(result.scenario), encoding="utf-8")
    rng = np.random.default_rng(6)
    settings = [draw_setting(data, rng) for _ in range(10)]
    start, *answers = ask(data, settings)
    assert start["p"] == pytest.approx(result.p_event.mean, abs=1e-6)
    assert hold_against_python(answers, settings, data, tmp_path) >= 8


def test_one_rate_is_one_minus_an_exponential(ask):
    """The closed form: a known mean m, no event in t of it, and then the rest of the window."""
    text = PORT.replace("places: {here: 3, there: 2, elsewhere: 1}\n", "").replace("[14, 120]", "[40, 40]")
    data = plain_whatif(run(text))
    setting = {
        "until": 30,
        "put": {},
        "ratios": {},
        "remove": {},
        "ends": {},
        "entered": {},
        "silence": None,
        "assume": [],
    }
    _, first, later = ask(data, [setting | {"no_event": None}, setting | {"no_event": 12}])
    assert first["p"] == pytest.approx(1 - np.exp(-30 / 40), abs=1e-7)
    assert later["p"] == pytest.approx(1 - np.exp(-18 / 40), abs=1e-7)
    assert later["chance"] == pytest.approx(np.exp(-12 / 40), abs=1e-7)


def test_a_belief_too_far_away_is_refused(may_quick, ask):
    data = plain_whatif(may_quick)
    item = next(item for item in data["priors"] if item["name"] == "preparing")
    item["was"] = [item["lo"], item["hi"]]
    begins = data["begins"] | {"until": data["until"]}
    near, far = ({"assume": [item | {"lo": lo, "hi": hi}]} for lo, hi in ((30, 280), (1, 1.2)))
    _, near, far = ask(data, [begins | near, begins | far])
    assert not near["refused"]
    assert near["k"] <= 0.7
    assert far["refused"]


@pytest.mark.parametrize(
    ("setting", "problem"),
    [
        ({"no_event": 400}, "outside the window"),
        ({"put": {"announced": 3}, "entered": {"confirmed": 3}}, "on one day"),
        ({"put": {"announced": 3, "quiet": 3}}, "on one day"),
        ({"remove": "all"}, "must be left"),
        ({"assume": [{"lo": 3, "hi": 2, "name": "leak"}]}, "the smaller first"),
    ],
)
def test_what_cannot_be_is_said(setting, problem, may_quick, ask):
    data = plain_whatif(may_quick)
    if setting.get("remove"):
        setting = {"remove": dict.fromkeys(data["itineraries"], 3)}
    _, answer = ask(data, [data["begins"] | {"until": data["until"], "assume": []} | setting])
    assert problem in answer["problem"]
    assert "p" not in answer


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (PORT.replace("{mean: [14, 120]}", "{single: [14, 120]}"), "stays age"),
        (PORT + "question: {asks: {at_least: 2}}\n", "not whether the event comes at all"),
        (PORT.replace("window: {until", "window: {from: 2026-12-01, until"), "does not begin"),
        (PORT.replace("until: 2026-12-31", "until: 2030-12-31"), "longer than three years"),
    ],
)
def test_what_the_page_cannot_compute_it_leaves_out_and_says_so(text, reason):
    result = run(text)
    assert reason in plain_whatif(result)["without"]
    page = make_page(result).html
    assert reason in page
    assert "<script" not in page


def test_few_draws_stand_for_all():
    result = run("scenarios/may.yaml", draws=500)
    data = plain_whatif(result, draws=200)
    assert data["count"] == 200
    assert data["draws"]["log_ratio"]["shape"] == [8, 200]


@pytest.mark.slow
def test_in_chromium_200_settings_are_what_python_says(tmp_path):
    result = run("scenarios/may.yaml", draws=250)
    page = tmp_path / "page.html"
    page.write_text(make_page(result).html, encoding="utf-8")
    data = plain_whatif(result)
    (tmp_path / f"{data['name']}.yaml").write_text(forecast.dump_scenario(result.scenario), encoding="utf-8")
    rng = np.random.default_rng(7)
    settings = [draw_setting(data, rng) for _ in range(200)]
    with open_browser() as driver:
        driver.get(page.as_uri())
        answers = driver.execute_script(
            "const {Kernel, model} = window.whatif;"
            "return arguments[0].map((each) => ({...Kernel.answer(model, each), yaml: Kernel.toYaml(model, each)}))",
            settings,
        )
        assert list_complaints(driver) == []
    assert hold_against_python(answers, settings, data, tmp_path) >= 150
