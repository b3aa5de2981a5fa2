"""Sweeps, sensitivity and replays of files of several timelines, against closed forms and plain runs."""

from __future__ import annotations

import json
import math

import pytest
from several import BEGINS, FAMILY, family, write_links

import forecast
from forecast.cli.main import main
from forecast.errors import InputError

DRAWS = 300
COURTS = """\
title: Both courts rule
as_of: 2024-12-31
history_from: 2024-01-01
window: {days: 60}
facts:
  - {id: known, says: Known., source: gazette, public: 2024-01-01}
  - {id: first, says: The first ruled., source: gazette, public: 2024-03-01}
  - {id: second, says: The second ruled., source: gazette, public: 2024-05-20}
timelines:
  court:
    units: [first, second]
    once: true
    timeline:
      - {unit: first, day: 2024-03-01, event: anywhere, because: [first]}
      - {unit: second, day: 2024-05-20, event: anywhere, because: [second]}
    priors: {stages: {waiting: {stay: {mean: [100, 100]}, ends: {event: 1}, because: [known], reason: known}}}
question: {event: {any: court}}
"""


def chance(mean, days=365, least=8, of=11):
    """Return P of at least so many of some exponential waits."""
    share = 1 - math.exp(-days / mean)
    return sum(math.comb(of, count) * share**count * (1 - share) ** (of - count) for count in range(least, of + 1))


@pytest.mark.slow
def test_a_sweep_of_a_familys_prior_and_of_the_windows_end():
    """A number fixes the mean, so that each row is a binomial."""
    sweep = forecast.sweep_scenario(
        family("[200, 900]"),
        {"timelines.parliament.priors.stages.waiting.stay": [300, 500], "window.until": ["2025-06-30", "2025-12-31"]},
        draws=DRAWS,
        engine="quick",
    )
    for _, mean, until, p, _, engine, error in sweep.rows:
        assert p == pytest.approx(chance(mean, 365 if until.month == 12 else 181), abs=0.001)
        assert (engine, error) == ("quick", "")
    assert sweep.base == pytest.approx(
        forecast.run_scenario(family("[200, 900]"), engine="quick").p_event.mean, abs=1e-9
    )


def test_a_row_that_changes_nothing_is_the_forecast_itself():
    text = family("[200, 900]", pace="[1.5, 4]")
    sweep = forecast.sweep_scenario(text, {"window.until": ["2025-12-31"]}, draws=DRAWS, engine="quick")
    assert sweep.rows[0][2] == pytest.approx(sweep.base, abs=1e-12)


def test_a_wider_pace_spreads_the_numbers():
    """At a chance of two in three for each, a spread between units makes eight of eleven less likely."""
    text = family("[330, 330]", pace="[1.5, 4]")
    sweep = forecast.sweep_scenario(text, {"timelines.parliament.pace": [1, 8]}, draws=DRAWS, engine="quick")
    alike, apart = (row[2] for row in sweep.rows)
    assert alike == pytest.approx(chance(330), abs=0.001)
    assert apart < alike - 0.02


@pytest.mark.slow
def test_a_date_moves_what_hangs_on_it():
    """As of an earlier day the same file is read again, so that the one that listens goes on listening."""
    text = write_links(BEGINS)
    sweep = forecast.sweep_scenario(text, {"as_of": ["2024-12-31", "2024-12-01"]}, draws=DRAWS, engine="quick")
    assert all(row[-1] == "" and 0 < row[2] < 1 for row in sweep.rows)


@pytest.mark.parametrize(("key", "said"), [
    ("timelines.parliament.pace", "neither a pace nor years"),
    ("timelines.parlament.priors.stages.waiting.stay", "parliament"),
    ("timelines.parliament.priors.stages.waitin.stay", "waiting"),
    ("timelines.parliament.timeline[0].from", "expected priors, itineraries, pace or years"),
    ("window.untill", "window.until"),
])  # fmt: skip
def test_keys_that_are_none(key, said):
    with pytest.raises(InputError) as caught:
        forecast.sweep_scenario(family(), {key: [1, 2]})
    assert said in str(caught.value)


def test_values_that_cannot_be():
    with pytest.raises(InputError, match="from 1 on"):
        forecast.sweep_scenario(family(pace="[1.5, 4]"), {"timelines.parliament.pace": [0.5, 2]})
    with pytest.raises(InputError, match="on or after the window"):
        forecast.sweep_scenario(family(), {"window.until": ["2020-01-01"]})


def test_sensitivity_fixes_one_quantity_at_a_time():
    found = forecast.measure_sensitivity(family("[200, 900]", pace="[1, 1.0001]"), draws=DRAWS, engine="quick")
    by_key = {row.key: row for row in found.rows}
    row = by_key["timelines.parliament.priors.stages.waiting.stay"]
    assert (row.p_low, row.p_high) == pytest.approx((chance(200), chance(900)), abs=0.002)
    assert "timelines.parliament.pace" in by_key


def test_a_replay_reads_the_file_as_of_each_day_and_scores_it_by_the_record():
    """Before the first ruling two wait; after it, what counts in the window that follows is the second alone."""
    replay = forecast.replay(COURTS, start="2024-02-01", until="2024-07-01", horizon=60, draws=DRAWS)
    rows = {row.as_of.month: row for row in replay.rows}
    one = 1 - math.exp(-60 / 100)
    assert rows[2].p_event.mean == pytest.approx(1 - (1 - one) ** 2, abs=0.001)
    assert rows[4].p_event.mean == pytest.approx(one, abs=0.001)  # the first has ruled, before the window
    assert rows[6].p_event.mean == pytest.approx(0.0, abs=1e-9)
    assert rows[3].facts_new == ("court.first: first",)
    (scored,) = replay.score().by_horizon
    came = {2: 1, 3: 0, 4: 1, 5: 1, 6: 0, 7: 0}  # within sixty days of the first of the month
    p = {month: row.p_event.mean for month, row in rows.items()}
    assert (scored.rows, scored.yes) == (6, 3)
    assert scored.brier == pytest.approx(sum((p[month] - came[month]) ** 2 for month in came) / 6, abs=1e-12)


def test_a_replay_of_windows_that_have_not_ended_has_no_score():
    replay = forecast.replay(COURTS, start="2024-12-01", until="2024-12-31", horizon=60, draws=DRAWS)
    with pytest.raises(InputError, match=r"windows that end by as_of, 2024-12-31; found none"):
        replay.score()


def test_a_conditional_pair_of_a_family_adds_up(tmp_path):
    """Three parliaments of which one has ratified by March, or has not; each mean is known."""
    text = (
        family("[400, 400]").replace("a, b, c, d, e, f, g, h, i, j, k", "a, b, c").replace("at_least: 8", "at_least: 2")
    )
    paths = []
    for name, given in {"base": "", "if": "given: {event: {parliament.a: {by: 2025-03-01}}}\n"}.items():
        paths.append(tmp_path / f"{name}.yaml")
        paths[-1].write_text(text + given)
    found = forecast.compare_scenarios(paths, engine="quick", settings=forecast.Settings(draws=DRAWS))
    base, given = found.rows
    share, early = 1 - math.exp(-365 / 400), 1 - math.exp(-60 / 400)
    late = (share - early) / (1 - early)
    if_early, if_not = 1 - (1 - share) ** 2, late * (1 - (1 - share) ** 2) + (1 - late) * share**2
    assert given.pair is not None
    assert given.pair.chance == pytest.approx(early, abs=1e-3)
    assert (given.pair.p_if, given.pair.p_if_not) == pytest.approx((if_early, if_not), abs=1e-3)
    assert given.pair.p == pytest.approx(base.p_event.mean, abs=1e-9)
    assert given.difference.mean == pytest.approx(if_early - base.p_event.mean, abs=1e-3)
    assert [change.key for change in given.changes] == ["given.event.parliament.a.by"]
    assert "they add up" in str(found)


def test_files_of_one_and_of_several_timelines_are_compared_apart():
    with pytest.raises(InputError, match="found both"):
        forecast.compare_scenarios([family(), "scenarios/may.yaml"], engine="quick")


def test_the_verbs_on_the_command_line(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "courts.yaml").write_text(COURTS)
    (tmp_path / "eight.yaml").write_text(FAMILY.replace("MEAN", "[200, 900]"))
    key = "timelines.parliament.priors.stages.waiting.stay"
    assert main(["sweep", "eight.yaml", "--vary", f"{key}=300,500", "--jobs", "1", "--draws", "100"]) == 0
    assert f"P is most at {chance(300):.3f}" in capsys.readouterr().out
    main(["sensitivity", "eight.yaml", "--draws", "100"])
    assert key in capsys.readouterr().out
    main(["replay", "courts.yaml", "--from", "2024-02-01", "--until", "2024-04-01", "--horizon", "60d", "--score",
          "--jobs", "1", "--draws", "100", "--json"])  # fmt: skip
    found = json.loads(capsys.readouterr().out)
    assert found["scores"]["by_horizon"][0]["rows"] == 3
    assert (tmp_path / "results" / "courts" / "replay.csv.png").exists()
