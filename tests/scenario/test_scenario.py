"""What a scenario knows at its as-of date: later facts reach neither side of it."""

from __future__ import annotations

import datetime
import random
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from forecast.document.dump import dump_scenario
from forecast.document.load import load_scenario
from forecast.errors import InputError
from forecast.model.fingerprint import fingerprint_inputs
from forecast.model.priors import build_priors
from forecast.model.timeline import build_timeline
from forecast.scenario.checks import check_scenario
from forecast.scenario.entries import CovariateEntry, EventEntry, PlanEntry, StageEntry, step_day
from forecast.scenario.facts import Fact
from forecast.scenario.known import resolve
from forecast.scenario.question import EVENT
from forecast.scenario.record import ScenarioRecord
from forecast.scenario.scenario import Scenario
from forecast.scenario.suppositions import Evidence, Interventions

ROOT = Path(__file__).parents[2]
EARLY = [ROOT / "scenarios" / f"{name}.yaml" for name in ("january-2015", "september-2023")]
ALL = sorted([*(ROOT / "scenarios").glob("*.yaml"), *(ROOT / "tests" / "questions").glob("*.yaml")])
USUAL = ("may", "january-2015", "visit", "launch", "treaty")  # the others extend may, or are as it is
BOTH = pytest.mark.parametrize("path", EARLY, ids=lambda path: path.stem)
EVERY = pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)


def flatten(thing: object) -> object:
    """Turn a timeline into nested tuples of plain values, arrays by their bytes, for comparison bit by bit."""
    if is_dataclass(thing):
        return tuple((item.name, flatten(getattr(thing, item.name))) for item in fields(thing))
    if isinstance(thing, np.ndarray):
        return thing.shape, str(thing.dtype), thing.tobytes()
    return tuple(map(flatten, thing)) if isinstance(thing, tuple) else thing


def see(scenario: ScenarioRecord) -> dict[str, object]:
    """Return everything that a forecast is made from."""
    known = resolve(scenario)
    timeline = build_timeline(known)
    priors = build_priors(known, timeline)
    return {
        "left and right": flatten(timeline),
        "fingerprint": fingerprint_inputs(timeline, priors, {"draws": 10}),
        "priors": {name: flatten(vector) for name, vector in priors.items()},
        "resolved": dump_scenario(scenario),
        "facts used": sorted(known.cited),
        "hindsight": known.hindsight,
    }


def rested_on(scenario: Scenario) -> set[str]:
    """Return the facts of priors, and of itineraries that rest on no earlier fact."""
    known = {name for name, fact in scenario.facts.items() if fact.public <= scenario.as_of}
    found = {name for _, prior in scenario.priors.items() for name in prior.because}
    return found | {n for way in scenario.question.itineraries if not known & set(way.because) for n in way.because}


def late_facts(scenario: Scenario) -> list[Fact]:
    """Return the facts that became public after `as_of` and that no prior cites."""
    rested = rested_on(scenario)
    return [fact for fact in scenario.facts.values() if fact.public > scenario.as_of and fact.id not in rested]


def edits(scenario: Scenario, fact: Fact) -> Iterator[dict[str, Fact]]:
    """Yield the facts without one of them, with another text, with later and with the earliest possible days."""
    yield {name: other for name, other in scenario.facts.items() if name != fact.id}
    first = scenario.as_of + datetime.timedelta(days=1)
    for changed in (
        replace(fact, says="It was quite otherwise.", who="nobody", source="elsewhere", also=()),
        replace(fact, public=fact.public + datetime.timedelta(days=400)),
        replace(fact, public=first),
    ):
        yield {**scenario.facts, fact.id: changed}


@pytest.mark.parametrize("path", [pytest.param(EARLY[0], marks=pytest.mark.slow), EARLY[1]], ids=lambda path: path.stem)
def test_no_later_fact_reaches_the_forecast(path):
    scenario = load_scenario(path)
    before, late = see(scenario), late_facts(scenario)
    used = {name for entry in scenario.timeline for name in entry.because}
    assert len(late) >= 10
    assert sum(fact.id in used for fact in late) >= 3  # some of them would do something, were they known
    for fact in late:
        for facts in edits(scenario, fact):
            assert see(replace(scenario.record(), facts=facts)) == before, fact.id


@BOTH
def test_all_later_facts_may_go_at_once(path):
    scenario = load_scenario(path)
    gone = {fact.id for fact in late_facts(scenario)}
    facts = {name: fact for name, fact in scenario.facts.items() if name not in gone}
    assert see(replace(scenario.record(), facts=facts)) == see(scenario)


def new_entries(scenario: Scenario) -> list:
    """Make one entry of each kind that would matter, had its fact been public."""
    day, window, way = scenario.as_of, scenario.window, scenario.question.itineraries[0]
    because = ("heard-later",)
    stage = scenario.priors.stages[scenario.question.stages[build_timeline(scenario.known()).stage]].belief
    following = next(name for name in stage.ends if name != EVENT) if set(stage.ends) != {EVENT} else None
    return [
        *([StageEntry(day, following, because)] if following else []),
        EventEntry(day, way.name, because),
        PlanEntry(next(iter(scenario.priors.plans)), window.start, window.until, because, (way.place,)),
        CovariateEntry(list(scenario.priors.hazard_ratios)[-1], day, None, because),
    ]


@BOTH
def test_a_new_fact_does_nothing_before_its_day_and_something_from_it_on(path):
    scenario = load_scenario(path)
    before = see(scenario)
    fact = Fact("heard-later", "It was said.", "nobody", scenario.as_of + datetime.timedelta(days=1))
    facts = {**scenario.facts, fact.id: fact}
    assert see(replace(scenario.record(), facts=facts)) == before
    for entry in new_entries(scenario):
        longer = replace(scenario.record(), facts=facts, timeline=(*scenario.timeline, entry))
        assert see(longer) == before, entry
        heard = replace(longer, facts={**facts, fact.id: replace(fact, public=scenario.as_of)})
        assert see(heard) != before, entry  # the test would see a difference


@BOTH
def test_a_prior_whose_facts_are_all_later_is_otherwise_or_hindsight(path):
    scenario = load_scenario(path)
    named, in_force = set(scenario.known().hindsight), dict(scenario.known().priors.items())
    kinds = set()
    for key, prior in scenario.priors.items():
        late = all(scenario.facts[name].public > scenario.as_of for name in prior.because)
        unknown = key[1] == "conditions" and key[2] not in scenario.known().spells
        assert (".".join(map(str, key)) in named) == (late and prior.otherwise is None and not unknown)
        assert in_force[key].belief == (prior.otherwise if late and prior.otherwise is not None else prior.belief)
        kinds.add((late, prior.otherwise is not None))
    assert (True, True) in kinds  # one that takes its otherwise is among them


def test_the_interval_of_otherwise_is_what_the_model_gets(tmp_path):
    text = (ROOT / "tests" / "questions" / "visit.yaml").read_text()
    (tmp_path / "visit.yaml").write_text(text)
    scenario = load_scenario(tmp_path / "visit.yaml")
    early = replace(scenario, as_of=datetime.date(2024, 5, 1))  # the day before festival-2024
    assert list(early.known().hindsight) == []
    column = list(scenario.priors.hazard_ratios).index("festival")
    for at, (lo, hi) in ((scenario, (1, 5)), (early, (0.5, 2))):
        vector = build_priors(at.known(), build_timeline(at.known()))["log_ratio"]
        assert vector.mean[column] == pytest.approx((np.log(lo) + np.log(hi)) / 2)
    festival = replace(scenario.priors.hazard_ratios["festival"], otherwise=None)
    ratios = {**scenario.priors.hazard_ratios, "festival": festival}
    bare = replace(early, priors=replace(early.priors, hazard_ratios=ratios))
    assert list(bare.known().hindsight) == ["priors.hazard_ratios.festival"]
    assert "festival-2024" in bare.known().cited - early.known().cited


@EVERY
@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (2, 3))])
def test_the_order_of_facts_and_of_entries_changes_nothing(path, seed):
    scenario = load_scenario(path)
    rng = random.Random(seed)
    facts = list(scenario.facts.items())
    rng.shuffle(facts)
    order = {entry: rng.random() for entry in scenario.timeline}
    by_day: dict[datetime.date, float] = {}
    for entry in scenario.timeline:  # entries of one day keep their order, which is that of the day's events
        if isinstance(entry, StageEntry | EventEntry):
            order[entry] = by_day.setdefault(step_day(entry), order[entry])
    shuffled = replace(scenario, facts=dict(facts), timeline=tuple(sorted(scenario.timeline, key=order.__getitem__)))
    assert shuffled.timeline != scenario.timeline or len(scenario.timeline) < 3
    ours, theirs = see(scenario), see(shuffled)
    for name in ("left and right", "fingerprint", "priors", "facts used", "hindsight"):
        assert theirs[name] == ours[name], name


@pytest.mark.parametrize(
    "path",
    [path if path.stem in USUAL else pytest.param(path, marks=pytest.mark.slow) for path in ALL],
    ids=lambda path: path.stem,
)
def test_every_scenario_passes_the_checks_at_every_day_of_its_history(path):
    """A backtest moves as_of alone, so no as_of after history_from may make a sound file unsound."""
    scenario = load_scenario(path)
    first = scenario.question.history_from
    for days in range(1, (scenario.as_of - first).days, 97):
        day = first + datetime.timedelta(days=days)
        window = replace(
            scenario.window, start=day + datetime.timedelta(days=1), until=day + datetime.timedelta(days=60)
        )
        moved = replace(scenario, as_of=day, window=window, interventions=Interventions(), evidence=Evidence())
        assert check_scenario(moved) == []
        build_timeline(moved.known())


def test_a_scenario_built_in_python_is_checked_by_key_path():
    scenario = load_scenario(ROOT / "tests" / "questions" / "visit.yaml")
    quiet = scenario.priors.stages["quiet"]
    wrong = replace(quiet, because=(), reason=" ", belief=replace(quiet.belief, ends={"nowhere": float("nan")}))
    stages = {**scenario.priors.stages, "quiet": wrong}
    timeline = (replace(scenario.timeline[0], because=()), *scenario.timeline[1:])
    problems = check_scenario(
        replace(scenario.record(), timeline=timeline, priors=replace(scenario.priors, stages=stages))
    )
    assert {str(problem).split(":")[0] for problem in problems} == {
        "priors.stages.quiet.because",
        "priors.stages.quiet.reason",
        "priors.stages.quiet.ends.nowhere",
        "timeline[0].because",
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"as_of": datetime.date(2025, 8, 1)}, "window.from: expected a day after as_of"),
        ({"facts": {}}, "unknown fact"),
        ({"as_of": datetime.date(2011, 1, 1)}, "as_of: expected a day on or after history_from"),
    ],
)
def test_no_unsound_scenario_can_be_made(scenario_may, change, message):
    with pytest.raises(InputError, match=message):
        replace(scenario_may, **change)
