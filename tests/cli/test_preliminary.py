"""What `run` tells first: a preliminary P where NUTS must fit, and the table before the files."""

from __future__ import annotations

import logging
import re
from dataclasses import replace

import pytest

from forecast.answer import Estimate
from forecast.cli import run as verb
from forecast.cli.run import check_preliminary, main
from forecast.document.load import load_scenario
from forecast.inference import draw
from forecast.inference.draw import draw_quickly

LAUNCH = "tests/questions/launch.yaml"


@pytest.fixture
def fitted(monkeypatch, tmp_path):
    """Stand the quick engine's draws in for NUTS, and an empty store for the store."""
    monkeypatch.setenv("FORECAST_STORE", str(tmp_path / "store"))

    def fit(timeline, priors, settings, fingerprint):
        logging.getLogger("forecast").info("NUTS begins")
        found = draw_quickly(timeline, priors, settings)
        return replace(found, fingerprint=fingerprint)

    monkeypatch.setattr(draw, "fit", fit)
    return tmp_path / "out"


def test_p_is_told_before_nuts_begins(fitted, capsys):
    assert main([LAUNCH, "--no-plots", "--out", str(fitted)]) == 0
    told = capsys.readouterr()
    _, first, second, *_ = (line.split("] ")[1] for line in told.err.splitlines())
    assert first.startswith("preliminary: P 0.34 ± ")
    assert "by the quick engine" in first
    assert second == "NUTS begins"
    assert re.search(r"event +0\.34 ± ", told.out)


def test_nothing_preliminary_is_told_where_nuts_need_not_fit(fitted, capsys):
    assert main([LAUNCH, "--quick", "--no-plots", "--out", str(fitted)]) == 0
    assert "preliminary: P" not in capsys.readouterr().err


@pytest.mark.parametrize(("final", "is_said"), [(0.43, False), (0.47, True)])
def test_a_preliminary_p_that_was_wrong_is_said_to_be(final, is_said, caplog):
    check_preliminary(Estimate(0.42, (0.1, 0.8), 0.003), Estimate(final, (0.1, 0.8), 0.004))
    assert ("the preliminary P, 0.420, and the final one, 0.470" in caplog.text) == is_said


@pytest.mark.parametrize("json", [[], ["--json"]])
def test_the_answer_is_printed_before_anything_is_drawn(json, fitted, capsys, monkeypatch):
    printed = []

    def write(result, folder, *, figures, format):  # noqa: ARG001
        printed.append(capsys.readouterr().out)

    monkeypatch.setattr(verb, "write_result", write)
    assert main([LAUNCH, "--quick", "--out", str(fitted), *json]) == 0
    assert load_scenario(LAUNCH).question.title in printed[0]


def test_files_are_written_though_nobody_reads_the_answer(fitted, monkeypatch):
    def say(text):  # noqa: ARG001
        raise BrokenPipeError

    monkeypatch.setattr(verb, "say", say)
    monkeypatch.setattr("sys.stderr", open("/dev/null", "w", encoding="utf-8"))  # noqa: SIM115, PTH123
    assert main([LAUNCH, "--quick", "--no-plots", "--out", str(fitted)]) == 0
    assert sorted(path.name for path in fitted.iterdir()) == ["forecast.json", "scenario.yaml"]
