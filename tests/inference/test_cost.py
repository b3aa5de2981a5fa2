"""What work takes is said before it starts, and refused where memory cannot hold it."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from builders import one_stage, prior_as_posterior, two_stage

import forecast
from forecast.answer.ahead import carry_ahead, foresee
from forecast.cli.main import main
from forecast.inference import Cost, Settings, announce, stream
from forecast.inference.cost import cost_nuts, cost_quick, memory
from forecast.model import build_priors, build_timeline

LAUNCH = str(Path(__file__).parents[1] / "questions" / "launch.yaml")


@pytest.fixture
def told(monkeypatch):
    """Return what is announced, as costs."""
    found: list[Cost] = []
    monkeypatch.setattr("forecast.answer.ahead.announce", lambda cost, *_: found.append(cost))
    return found


@pytest.mark.parametrize("build", [one_stage, two_stage])
@pytest.mark.parametrize("detail", ["days", "stages"])
def test_memory_is_foreseen_within_a_factor_of_two(build, detail, told):
    scenario, draws = build(until=3_000), 2_000
    timeline = build_timeline(scenario.known())
    foresee(timeline, draws, detail=detail)
    curves = carry_ahead(timeline, prior_as_posterior(scenario, draws).draws, stream(1, "ahead"), detail=detail).curves
    arrays = (getattr(curves, name) for name in ("alive", "stages", "silent", "silent_ahead"))
    kept = sum(array.nbytes for array in arrays if array is not None)
    assert kept / 2 < told[0].bytes - 2e8 < 2 * kept


def test_more_of_anything_takes_longer(told):
    for until in (100, 1_000):
        for draws in (4_000, 40_000):
            foresee(build_timeline(two_stage(until=until).known()), draws)
    assert told[0].seconds < told[1].seconds < told[3].seconds
    assert told[0].seconds < told[2].seconds < told[3].seconds
    known = two_stage(as_of=50, until=80).known()
    timeline = build_timeline(known)
    priors = build_priors(known, timeline)
    for cost in (cost_quick, cost_nuts):
        few, many = (cost(timeline, priors, Settings(draws=draws)) for draws in (10_000, 100_000))
        assert few.seconds < many.seconds
        assert few.bytes < many.bytes


def test_what_is_short_and_small_is_not_told_and_the_rest_is(caplog):
    caplog.set_level(logging.INFO)
    announce(Cost(9, 9e8), "work", "Do less")
    assert not caplog.messages
    announce(Cost(130, 9e8), "work", "Do less")
    announce(Cost(1, 1.2e9), "work", "Do less")
    assert caplog.messages == [
        "work will take about 2 min and 0.9 GB. Do less",
        "work will take about 1 s and 1.2 GB. Do less",
    ]


def test_what_does_not_fit_is_refused_before_it_starts(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("forecast.inference.cost.memory", lambda: 1.5e8)
    assert main(["run", LAUNCH, "--quick", "--no-plots", "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert (
        "expected what fits into memory, 0.1 GB; carrying 4,000 draws through 166 days would take about 0.2 GB" in said
    )
    assert not (tmp_path / "out").exists()
    with pytest.raises(forecast.InputError, match="Fewer draws, or a nearer end of the window"):
        forecast.run_scenario(LAUNCH, engine="quick")


def test_memory_is_that_of_the_machine_or_of_its_container(monkeypatch, tmp_path):
    monkeypatch.setattr("forecast.inference.cost.CGROUP", tmp_path / "memory.max")
    whole = memory()
    assert whole > 1e8
    for text, expected in (("max", whole), ("50000000", 5e7), ("9" * 25, whole)):
        (tmp_path / "memory.max").write_text(f"{text}\n")
        assert memory() == expected
