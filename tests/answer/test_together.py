"""Questions about several timelines: closed forms say what must come out, by both engines."""

from __future__ import annotations

import json
import math
import re

import numpy as np
import pytest
from figures import assert_nothing_is_cut_or_covered
from scipy.integrate import quad
from scipy.stats import binom, norm
from several import family

import forecast
from forecast.cli.main import main
from forecast.document import load_question
from forecast.errors import FitError, InputError
from forecast.scenario import FAST_TO_SLOW, Part

ENGINES = ["quick", pytest.param("nuts", marks=pytest.mark.slow)]
EXACT = 0.0005
PACE = math.exp(0.5 * FAST_TO_SLOW)
TWO = """\
title: Two
as_of: 2024-12-31
history_from: 2024-12-31
window: {days: 200}
facts: [{id: known, says: Known., source: gazette, public: 2024-01-01}]
timelines:
  a: {priors: {stages: {waiting: {stay: {mean: [300, 300]}, ends: {event: 1}, because: [known], reason: known}}}}
  b: {priors: {stages: {waiting: {stay: {mean: [120, 120]}, ends: {event: 1}, because: [known], reason: known}}}}
  c:
    stages: [rest, announced]
    priors:
      stages:
        rest: {stay: {mean: [90, 90]}, ends: {announced: 1}, because: [known], reason: known}
        announced: {stay: {mean: [500, 500]}, ends: {event: 1}, because: [known], reason: known}
      seriousness: {factor: [1, 1], because: [known], reason: none}
question: {event: EVENT}
"""


def answer(text, engine="quick"):
    found = forecast.run_scenario(text, engine=engine)
    assert isinstance(found, forecast.EnsembleResult)
    return found


def over_means(function):
    centre, spread = math.log(200 * 900) / 2, math.log(4.5) / 2 / norm.ppf(0.95)
    return quad(
        lambda x: norm.pdf(x, centre, spread) * function(math.exp(x)), centre - 8 * spread, centre + 8 * spread
    )[0]


def eight(chance):
    return binom(11, chance).sf(7)


def paced(mean):
    grid = np.linspace(-7, 7, 1401)
    return np.trapezoid(norm.pdf(grid) * -np.expm1(-365 / mean * np.exp(0.5 * grid)), grid)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("mean", "pace", "right", "told"),
    [
        ("[400, 400]", "", lambda: eight(-math.expm1(-365 / 400)), 0.2927),
        ("[200, 900]", "", lambda: over_means(lambda mean: eight(-math.expm1(-365 / mean))), 0.3322),
        ("[200, 900]", f"[{PACE}, {PACE}]", lambda: over_means(lambda mean: eight(paced(mean))), 0.3257),
    ],
    ids=["known", "a mean of all", "and a pace of each"],
)
def test_eight_of_eleven(mean, pace, right, told, engine):
    assert right() == pytest.approx(told, abs=5e-5)
    found = answer(family(mean, pace), engine)
    assert abs(found.p_event.mean - right()) < 3 * found.p_event.mcse + EXACT


def test_what_is_shared_and_what_would_be_if_nothing_were():
    found = answer(family("[200, 900]"))
    assert found.unshared == pytest.approx(eight(over_means(lambda mean: -math.expm1(-365 / mean))), abs=0.01)
    assert found.unshared < found.p_event.mean - 0.05
    assert sum(choice.estimate.mean for choice in found.how_many) == pytest.approx(1)
    assert sum(choice.estimate.mean for choice in found.how_many[8:]) == pytest.approx(found.p_event.mean)
    assert sum(each.mean for each in found.first.values()) == pytest.approx(
        1 - found.how_many[0].estimate.mean, abs=0.002
    )


def test_known_numbers_are_binomial():
    found = answer(family())
    right = binom(11, -math.expm1(-365 / 400)).pmf(range(12))
    assert [choice.estimate.mean for choice in found.how_many] == pytest.approx(right, abs=EXACT)
    assert found.which["parliament.a"].mean == pytest.approx(-math.expm1(-365 / 400), abs=EXACT)


A, B = (lambda days: -math.expm1(-days / 300)), (lambda days: -math.expm1(-days / 120))
IN_ORDER = quad(lambda day: math.exp(-day / 120) / 120 * A(day), 0, 200)[0]
EVENTS = {
    "{all: [a, b]}": A(200) * B(200),
    "{any: [a, b]}": 1 - (1 - A(200)) * (1 - B(200)),
    "{first: a, of: [a, b]}": (1 / 300) / (1 / 300 + 1 / 120) * -math.expm1(-200 * (1 / 300 + 1 / 120)),
    "{all: [a, {none: [b]}]}": A(200) * (1 - B(200)),
    "{in_order: [a, b]}": IN_ORDER,
    "{exactly: 1, of: [a, b]}": A(200) * (1 - B(200)) + B(200) * (1 - A(200)),
    "{at_most: 1, of: [a, b]}": 1 - A(200) * B(200),
    "{any: [a, c.announced]}": 1 - (1 - A(200)) * math.exp(-200 / 90),
    "{at_least: 2, of: [a, b, c.announced]}": None,
    "b": B(200),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("event", EVENTS)
def test_events_of_events(event, engine):
    right = EVENTS[event]
    if right is None:
        p = np.array([A(200), B(200), -math.expm1(-200 / 90)])
        right = 1 - np.prod(1 - p) - sum(each * np.prod(1 - np.delete(p, i)) for i, each in enumerate(p))
    found = answer(TWO.replace("EVENT", event), engine)
    assert found.p_event.mean == pytest.approx(right, abs=EXACT)
    assert found.when.mean[0] == pytest.approx(1.0 if event.startswith("{at_most") else 0.0)


def test_the_values_of_the_second_case():
    right = [EVENTS[event] for event in list(EVENTS)[:4]]
    assert right == pytest.approx([0.3947, 0.9030, 0.2580, 0.0919], abs=5e-5)


def test_the_curve_is_that_of_shorter_windows():
    found = answer(TWO.replace("EVENT", "{all: [a, b]}"))
    for day, mean in zip(found.dates, found.when.mean, strict=True):
        days = (day - found.ensemble.as_of).days
        assert mean == pytest.approx(A(days) * B(days), abs=EXACT)
    assert found.lasts
    assert not answer(TWO.replace("EVENT", "{none: [a, b]}")).lasts


# --- what a reviewer found ---------------------------------------------------------------------------------------

WIDE = (
    TWO.replace("[300, 300]", "[100, 1500]").replace("[120, 120]", "[100, 1500]").replace("{days: 200}", "{days: 365}")
)


def test_families_know_nothing_of_one_another():
    """Two like families, drawn with like noise: P of both is the product of theirs."""
    both = answer(WIDE.replace("EVENT", "{all: [a, b]}"))
    a, b = (found.mean for found in both.which.values())
    assert both.p_event.mean == pytest.approx(a * b, abs=0.01)
    assert abs(np.corrcoef(both.parts[Part("a")].by[:, -1], both.parts[Part("b")].by[:, -1])[0, 1]) < 0.06


RECORD = """\
title: In order
as_of: 2024-12-31
history_from: 2024-01-01
window: {from: 2024-01-01, until: 2025-12-31}
facts: [{id: known, says: Known., source: gazette, public: 2024-12-31}]
timelines:
  a: {once: true, timeline: [{day: 2024-05-01, because: [known]}], PRIORS}
  b: {once: true, timeline: [{day: 2024-08-01, because: [known]}], PRIORS}
  c: {once: true, PRIORS}
question: {event: EVENT}
""".replace("PRIORS", "priors: {stages: {waiting: {stay: {mean: [300, 300]}, because: [known], reason: it is}}}")


@pytest.mark.parametrize(
    ("event", "right"),
    [
        ("{in_order: [a, b]}", 1),
        ("{in_order: [b, a]}", 0),
        ("{first: a, of: [a, b]}", 1),
        ("{first: b, of: [a, b]}", 0),
        ("{first: a, of: [a, c]}", 1),
        ("{first: c, of: [a, c]}", 0),
        ("{in_order: [a, b, c]}", -math.expm1(-365 / 300)),
        ("{in_order: [c, a]}", 0),
    ],
)
def test_what_is_on_record_has_its_place_in_an_order(event, right):
    assert answer(RECORD.replace("EVENT", event)).p_event.mean == pytest.approx(right, abs=EXACT)


def test_an_order_of_days_that_follow_one_another():
    """Plans on two days, each kept: the first comes before the second."""
    plans = "priors: {stages: {waiting: {stay: {mean: [1e7, 1e7]}, because: [known], reason: it is}}, "
    plans += "plans: {host: {kept: [0.99, 0.99], meanwhile: [1, 1], because: [known], reason: it is}}}"
    text = TWO[: TWO.index("timelines:")].replace("{days: 200}", "{days: 730}") + "timelines:\n"
    for name, day in (("a", "2025-01-10"), ("b", "2025-01-11")):
        text += f"  {name}: {{timeline: [{{plan: host, from: {day}, until: {day}, because: [known]}}], {plans}}}\n"
    assert answer(text + "question: {event: {in_order: [a, b]}}\n").p_event.mean == pytest.approx(0.98, abs=0.005)
    assert answer(text + "question: {event: {first: b, of: [a, b]}}\n").p_event.mean < 0.02


def test_what_is_learned_of_units_that_are_not_asked_about_counts():
    given = "    given: {no_event_until: 2025-03-31}\n    priors"
    text = family("[200, 900]").replace("    priors", given).replace("[a, b, c, d, e, f, g, h, i, j, k]", "[a, b, c]")
    one = answer(text.replace("{at_least: 8, of: parliament}", "parliament.a"))
    every = answer(text.replace("{at_least: 8, of: parliament}", "{any: parliament}"))
    assert one.p_event.mean == pytest.approx(every.which["parliament.a"].mean, abs=0.004)

    def left(mean):
        return math.exp(-3 * 90 / mean)

    right = over_means(lambda mean: left(mean) * -math.expm1(-275 / mean)) / over_means(left)
    assert abs(one.p_event.mean - right) < 4 * one.p_event.mcse


def test_too_few_draws_that_agree_with_all_that_is_given_are_refused():
    text = family("[10, 1000]").replace("    priors", "    given: {no_event_until: 2025-10-31}\n    priors")
    with pytest.raises(FitError, match="of all timelines together agrees with too few draws"):
        answer(text.replace("{at_least: 8, of: parliament}", "{any: parliament}"))


def test_a_covariate_may_be_of_one_unit():
    extra = "    timeline: [{unit: b, covariate: war, from: 2025-01-01, until: 2026-01-01, because: [known]}]\n"
    ratio = "priors: {hazard_ratios: {war: {factor: [0.1, 0.1], because: [known], reason: it is}}, "
    text = family().replace("    priors: {", f"{extra}    {ratio}")
    found = answer(text)
    assert found.which["parliament.b"].mean == pytest.approx(-math.expm1(-36.5 / 400), abs=EXACT)
    assert found.which["parliament.a"].mean == pytest.approx(-math.expm1(-365 / 400), abs=EXACT)


def test_days_of_a_median_are_told_as_they_are_known():
    found = answer(family())
    first, last = found.median_days
    assert first < last
    assert f"by a day from {first} to {last}" in str(found)
    first, last = answer(TWO.replace("EVENT", "b")).median_days
    assert first == last


def test_what_can_never_count_is_said():
    text = RECORD.replace("window: {from: 2024-01-01, until: 2025-12-31}", "window: {until: 2025-12-31}")
    found = answer(text.replace("EVENT", "{any: [a, c]}"))
    assert any("a: its event came on 2024-05-01, before the window" in note for note in found.to_dict()["notes"])
    assert found.which["a"].mean == 0


# --- files -------------------------------------------------------------------------------------------------------

TABLE = "unit,day,stage,event\nnorth,2025-02-01,talks,\nnorth,2025-05-01,,here\nsouth,2025-03-01,talks,\nwest,,,\n"
SIGNED = """\
title: All three sign
as_of: 2025-06-30
history_from: 2025-01-01
window: {from: 2025-01-01, until: 2026-06-30}
timelines:
  side:
    units: steps.csv
    once: true
    stages: [rest, talks]
    places: [here]
    priors:
      stages:
        rest: {stay: {mean: [50, 500]}, ends: {talks: 1}, because: Like others (a book)}
        talks: {stay: {mean: [30, 300]}, ends: {event: 1}, because: Like others (a book)}
      seriousness: {factor: [1, 1], because: Like others (a book)}
question: {event: {all: side}}
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "steps.csv").write_text(TABLE)
    (tmp_path / "signed.yaml").write_text(SIGNED)
    return tmp_path


def test_units_and_their_steps_come_from_a_table(folder):
    found = answer(folder / "signed.yaml")
    assert list(found.ensemble.timelines) == ["side.north", "side.south", "side.west"]
    plain = found.to_dict()
    assert plain["which"]["side.north"]["came"] == "2025-05-01"
    assert plain["which"]["side.north"]["mean"] == 1
    assert plain["window"]["from"] == "2025-01-01"
    assert found.which["side.south"].mean > found.which["side.west"].mean
    assert "1 have come: side.north" in str(found)


def test_days_after_an_event_that_comes_once_are_none_at_risk(folder):
    """Rest of 31 days and of 59, talks of 89 and 121, 180 days at rest in the west: nothing after the first of May."""
    posterior = answer(folder / "signed.yaml").posteriors["side"]
    history = posterior.timeline.history
    days = [history.exposure[history.stage == stage].sum() for stage in range(2)]
    assert days == pytest.approx([31 + 59 + 180, 89 + 121])
    assert history.segments.end.max() - history.segments.start.min() == 180


def test_a_run_writes_its_files_and_takes_them_back(folder, capsys, monkeypatch):
    monkeypatch.chdir(folder)
    assert main(["run", "signed.yaml", "--quick", "--out", "out"]) == 0
    assert "asked: all of side (3)" in capsys.readouterr().out
    names = {path.name for path in (folder / "out").iterdir()}
    assert names == {"scenario.yaml", "forecast.json", "when.png", "which.png", "counts.png", "lanes.png"}
    assert main(["run", "signed.yaml", "--quick", "--out", "out", "--json", "--no-plots"]) == 0
    plain = json.loads(capsys.readouterr().out)
    assert plain == json.loads((folder / "out" / "forecast.json").read_text())
    (folder / "other").mkdir()
    (folder / "other" / "forecast.json").write_text("{}")
    assert main(["run", "signed.yaml", "--quick", "--out", "other"]) != 0
    assert "was not made by a run" in capsys.readouterr().err
    assert main(["check", "signed.yaml"]) == 0
    assert "timelines: side (3)" in capsys.readouterr().out
    assert main(["priors", "signed.yaml"]) == 2
    assert "expected a file of one timeline" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["when", "which", "counts", "lanes"])
def test_figures_have_nothing_cut_or_covered(name):
    for text in (family("[200, 900]"), TWO.replace("EVENT", "{all: [a, {none: [b]}]}")):
        assert_nothing_is_cut_or_covered(answer(text).plot(name))


def test_the_shipped_family():
    found = answer("scenarios/invented/ratifications.yaml")
    assert len(found.parts) == 27
    assert found.posteriors["signatory"].diagnostics["pareto_k"] < 0.7
    assert 0.2 < found.p_event.mean < 0.7


REFUSED = {
    "more than there are": (
        "at_least: 8",
        "at_least: 12",
        "question.event.at_least: expected a whole number from 1 to 11",
    ),
    "none at least": ("at_least: 8", "at_least: 0", "expected a whole number from 1 to 11"),
    "a unit twice": ("[a, b,", "[a, a,", "a stands in this list twice"),
    "an unknown family": ("of: parliament", "of: parlament", "unknown timeline parlament; did you mean parliament"),
    "an unknown unit": ("of: parliament", "of: [parliament.z]", "expected a unit or a stage of parliament"),
    "a timeline twice": (
        "{at_least: 8, of: parliament}",
        "{all: [parliament.a, parliament.a]}",
        "expected each timeline once",
    ),
    "no event": ("{at_least: 8, of: parliament}", "{of: parliament}", "expected one of all, any, none and in_order"),
    "two words": ("{at_least: 8, of: parliament}", "{all: parliament, any: parliament}", "found all, any"),
    "a wrong prior, once": ("mean: [400, 400]", "mean: [400, 300]", "timelines.parliament.priors.stages.waiting.stay"),
    "a slow pace": ("    priors", "    pace: [0.5, 2]\n    priors", "expected an interval [lo, hi] from 1 on"),
    "a window of its own": ("    priors", "    window: {days: 30}\n    priors", "expected it at the top of the file"),
    "a day of its own": ("    priors", "    as_of: 2024-06-30\n    priors", "expected it at the top of the file"),
    "the only stage": ("{at_least: 8, of: parliament}", "parliament.a.waiting", "is always in waiting"),
    "an unknown key": ("    priors", "    paces: [1, 2]\n    priors", "unknown key"),
    "a question of its own": ("    priors", "    question: {asks: {at_least: 2}}\n    priors", "a question of its own"),
    "a report": (
        "    priors",
        "    history_from: 2023-11-30\n    places: [anywhere]\n"
        "    timeline: [{unit: b, day: 2023-12-20, event: anywhere, because: [known], right: 0.8}]\n    priors",
        "a report that may be wrong",
    ),
    "a condition": (
        "    priors: {",
        "    timeline: [{covariate: war, from: 2024-12-31, because: [known]}]\n    priors: {"
        "hazard_ratios: {war: {factor: [0.1, 0.5], because: [known], reason: it is}}, "
        "conditions: {war: {lasts: {mean: [10, 90]}, returns: never, because: [known], reason: it is}}, ",
        "a condition that may change",
    ),
    "an entry of no unit": (
        "    priors",
        "    timeline: [{day: 2024-12-31, event: anywhere, because: [known]}]\n    priors",
        "expected the key unit",
    ),
    "an entry of another unit": (
        "    priors",
        "    timeline: [{unit: z, day: 2024-12-31, because: [known]}]\n    priors",
        "unknown unit z",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_asked_is_refused_once(case):
    old, new, said = REFUSED[case]
    text = family()
    assert old in text
    with pytest.raises(InputError) as caught:
        load_question(text.replace(old, new, 1))
    assert said in str(caught.value), str(caught.value)
    assert len(caught.value.problems) == 1, str(caught.value)
    assert re.match(r"text:\d+:\d+", str(caught.value))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("2025-02-01", "2025-02-31", "steps.csv:2:2"),
        ("unit,day", "state,day", "expected a column unit in steps.csv"),
        ("north,2025-05-01,,here", "north,2025-05-01,,there", "steps.csv:3:"),
        ("west,,,", "west,,talks,", "steps.csv:5:2: timelines.side.units[5].day: expected the day of this step"),
        (
            "north,2025-05-01,,here",
            "north,2025-05-01,,here\nnorth,2025-05-20,talks,\nnorth,2025-06-01,,here",
            "expected one event of side.north",
        ),
    ],
    ids=["a date", "a column", "a place", "a step without a day", "twice"],
)
def test_what_is_wrong_in_a_table_has_its_row_and_column(folder, old, new, said):
    (folder / "steps.csv").write_text(TABLE.replace(old, new))
    with pytest.raises(InputError) as caught:
        load_question(folder / "signed.yaml")
    assert said in str(caught.value), str(caught.value)


def test_a_listed_unit_of_which_a_table_says_nothing(folder):
    text = SIGNED.replace(
        "units: steps.csv", "units: [north, south, west, east]\n    timeline: {table: steps.csv, unit: unit, day: day}"
    )
    (folder / "signed.yaml").write_text(text)
    with pytest.raises(InputError, match=re.escape("side.units[3]: expected a row of east")):
        load_question(folder / "signed.yaml")


def test_an_order_needs_a_window_that_opens_at_once():
    text = TWO.replace("{days: 200}", "{from: 2025-03-01, until: 2025-06-30}")
    load_question(text.replace("EVENT", "{all: [a, b]}"))
    with pytest.raises(InputError, match="beside in_order and first"):
        load_question(text.replace("EVENT", "{all: [c, {first: a, of: [a, b]}]}"))
    with pytest.raises(InputError, match="expected one timeline or more; found none"):
        load_question(text[: text.index("timelines:")] + "timelines: {}\nquestion: {event: a}\n")


def test_one_timeline_is_asked_of_verbs_that_know_one():
    with pytest.raises(InputError, match="expected a file of one timeline"):
        forecast.load_scenario(family())
