"""Replays: rows that equal single runs, days on which nothing is new, what came, and worlds in which it is right."""

from __future__ import annotations

import csv
import datetime
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from builders import SURE, condition, day, entered, happened, make_scenario, one_stage, ratio, stay, two_stage
from figures import labelled, words

import forecast
from forecast.answer.baselines import constant_rate
from forecast.cli.main import main
from forecast.errors import InputError, OutputError
from forecast.explore.dated import Outlook, Replayed
from forecast.explore.grid import list_days, read_horizons
from forecast.explore.replays import BATCH
from forecast.explore.worlds import simulate_days
from forecast.inference import quick
from forecast.inference.settings import Settings
from forecast.inference.successive import SuccessiveDraws
from forecast.model.priors import build_priors
from forecast.model.timeline import build_timeline
from forecast.scenario.outcomes import Outcome, Outcomes

ISO = datetime.date.fromisoformat
FLAGSHIP = "scenarios/kim-russia.yaml"
PAST = ["--from", "2014-12-01", "--until", "2015-03-01", "--horizon", "90d", "--draws", "200", "--jobs", "1"]


@pytest.fixture(scope="module")
def flagship():
    return forecast.load_scenario(FLAGSHIP)


@pytest.fixture(scope="module")
def episode(flagship):
    """Hold the months of 2014 and 2015 in which an episode came and went, at two horizons."""
    return forecast.replay(flagship, start="2014-11-01", until="2015-06-01", horizon="90d,365d", draws=400)


def known_rate(mean=100.0, **rest):
    """Ask of a rate that is known."""
    return one_stage(stay_days=(mean, mean * SURE), as_of=1000, until=1030, **rest)


# --- days and horizons ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("every", "expected"),
    [
        ("day", ["2024-01-31", "2024-02-01"]),
        ("week", ["2024-01-31", "2024-02-07"]),
        ("month", ["2024-01-31", "2024-02-29", "2024-03-31"]),
        ("quarter", ["2024-01-31", "2024-04-30", "2024-07-31"]),
        ("10d", ["2024-01-31", "2024-02-10"]),
    ],
)
def test_days_of_a_grid(every, expected):
    found = list_days(ISO("2024-01-31"), ISO(expected[-1]), every)
    assert [str(one) for one in found] == expected


@pytest.mark.parametrize("every", ["months", "0d", "-3d", "2.5d", "", "99999999d"])
def test_a_step_that_is_none_is_refused(every):
    with pytest.raises(InputError, match="every: expected day, week, month, quarter or a number of days"):
        list_days(ISO("2024-01-31"), ISO("2024-05-01"), every)


def test_more_days_than_can_be_done_are_refused():
    with pytest.raises(InputError, match="at most 10,000 days"):
        list_days(ISO("1900-01-01"), ISO("2024-05-01"), "day")
    with pytest.raises(InputError, match="before the year 9999"):
        list_days(ISO("9999-01-01"), ISO("9999-12-31"), "month")


@pytest.mark.parametrize(("text", "days"), [("90d,365d", (90, 365)), (30, (30,)), ([7, "14d"], (7, 14))])
def test_horizons(text, days):
    assert read_horizons(text) == days


@pytest.mark.parametrize("text", ["", "90", "90d,90d", "0d", "year", 0, -1, [], True])
def test_a_horizon_that_is_none_is_refused(text):
    with pytest.raises(InputError, match="horizon: expected different numbers of days"):
        read_horizons(text)


# --- what rows say -------------------------------------------------------------------------------------------------


def test_a_known_rate_has_the_same_chance_on_each_day():
    replay = forecast.replay(known_rate(), start=day(10), until=day(900), every="quarter", horizon="30d,90d", draws=50)
    assert len(replay.rows) == 2 * len(replay.days) == len(replay)
    for row in replay.rows:
        assert row.p_event.mean == pytest.approx(1 - np.exp(-row.horizon / 100), rel=1e-9)
        assert row.model.p == pytest.approx(row.p_event.mean)
        np.testing.assert_allclose(row.model.by, 1 - np.exp(-np.arange(1, row.horizon + 1) / 100))
        assert (row.until - row.as_of).days == row.horizon
        assert (row.start - row.as_of).days == 1
        median = 1 - np.exp(-np.arange(1, row.horizon + 1) / 100) >= row.p_event.mean / 2
        assert (row.median_day - row.as_of).days == 1 + np.flatnonzero(median)[0]


@pytest.mark.slow
def test_a_row_is_the_forecast_of_its_day(flagship, episode):
    """Each row against a run of its own: as of that day, with that window, from a mode found anew."""
    for row in episode.rows[:12]:
        cut = flagship.at(as_of=row.as_of, window=row.until)
        result = forecast.run_scenario(cut, engine="quick", settings=Settings(draws=400, chains=1))
        assert row.p_event.mean == pytest.approx(result.p_event.mean, abs=1e-5)
        assert row.p_event.mcse == pytest.approx(result.p_event.mcse, rel=1e-2)
        assert row.p_event.eti90 == pytest.approx(result.p_event.eti90, abs=1e-4)
        assert row.model.places.tolist() == pytest.approx([place.mean for place in result.places.values()], abs=1e-5)
        assert row.median_day == result.median_day
        assert row.prior.p == pytest.approx(result.prior_only, abs=1e-9)
        assert row.constant_rate.p == pytest.approx(result.base_rate)
        assert row.stage == result.to_dict()["stage_today"]["stage"]
        assert row.hindsight == len(result.hindsight)


def test_horizons_share_a_walk_and_are_as_each_alone(flagship, episode):
    alone = forecast.replay(flagship, start="2014-11-01", until="2015-06-01", horizon=90, draws=400)
    together = episode.at(90)
    assert [row.p_event.mean for row in alone.rows] == pytest.approx([row.p_event.mean for row in together], rel=1e-9)


@pytest.mark.slow
def test_whoever_computes_the_rows_are_the_same(flagship):
    def compute(executor):
        replay = forecast.replay(
            flagship, start="2013-01-01", until="2014-12-01", horizon=30, draws=50, executor=executor
        )
        assert len(replay.days) > 2 * BATCH
        return [row.cells(flagship.question.places) for row in replay.rows]

    with ThreadPoolExecutor(2) as threads:
        assert compute(threads) == compute(None)


def test_what_became_public_later_changes_no_row(flagship, episode):
    """Facts of later days are moved further away."""
    last = ISO("2015-02-01")
    later = {
        name: replace(fact, public=fact.public + datetime.timedelta(days=300)) if fact.public > last else fact
        for name, fact in flagship.facts.items()
    }
    moved = replace(flagship.at(as_of=last, window="2015-12-31"), facts=later)
    other = forecast.replay(moved, start="2014-11-01", until=last, horizon="90d,365d", draws=400)
    places = flagship.question.places
    assert [row.cells(places) for row in other.rows] == [row.cells(places) for row in episode.rows[: len(other.rows)]]


def test_new_facts_are_those_since_the_row_before(flagship, episode):
    rows = {str(row.as_of): row for row in episode.at(90)}
    assert rows["2014-11-01"].facts_new == ()  # no row before it
    assert "invited-2014" in rows["2015-01-01"].facts_new
    assert rows["2015-05-01"].facts_new == ("kremlin-says-not-coming-2015",)
    for row in episode.rows:
        assert all((row.as_of - flagship.facts[name].public).days < 31 for name in row.facts_new)


def test_the_scenarios_own_window_may_stay(scenario_may):
    replay = forecast.replay(scenario_may, start="2025-03-01", until="2025-06-10", window="fixed", draws=100)
    *ahead, past = replay.rows
    assert {row.until for row in ahead} == {ISO("2025-05-31")}
    assert [row.start for row in ahead] == [row.as_of + datetime.timedelta(days=1) for row in ahead]
    assert past.p_event is None
    assert "expected a day on or after the window's first" in past.error
    single = forecast.run_scenario(scenario_may.at(as_of="2025-04-01"), engine="quick")
    assert ahead[1].p_event.mean == pytest.approx(single.p_event.mean, abs=0.03)  # other draws


def test_what_makes_no_sense_on_a_day_says_so_in_its_row():
    treaty = forecast.load_scenario("tests/questions/treaty.yaml").given(no_event_until="2026-03-20")
    replay = forecast.replay(treaty, start="2026-03-01", until="2026-04-01", every="quarter", horizon="10d,60d")
    short, long = replay.rows
    assert short.p_event is None
    assert "given.no_event_until: expected a day after as_of and within the window" in short.error
    assert 0 < long.p_event.mean < 1


def test_a_gate_that_refuses_is_told_and_no_number_is_given(monkeypatch):
    asked = []

    def refuse(diagnostics):
        asked.append(diagnostics["proposals"])
        return "Pareto k 0.90 above 0.7"

    monkeypatch.setattr(quick, "gate", refuse)
    (row,) = forecast.replay(known_rate(), start=day(500), until=day(500), horizon=30).rows
    assert (row.p_event, row.model, row.engine) == (None, None, "refused")
    assert row.error == "the quick engine fails its gate, with 131,072 proposals too: Pareto k 0.90 above 0.7"
    assert asked == [8192, 32768, 131072]


def test_more_proposals_where_the_gate_refuses_the_first(monkeypatch):
    enough = quick.gate
    monkeypatch.setattr(quick, "gate", lambda found: "too few" if found["proposals"] < 10_000 else enough(found))
    (row,) = forecast.replay(known_rate(), start=day(500), until=day(500), horizon=30).rows
    assert (row.engine, row.error) == ("quick", "")
    assert row.p_event.mean == pytest.approx(1 - np.exp(-0.3))


def test_a_posterior_is_kept_while_history_and_priors_are_the_same():
    draws = SuccessiveDraws(Settings(draws=100, chains=1))

    def draw(scenario):
        timeline = build_timeline(scenario.known())
        return draws.draw(timeline, build_priors(scenario.known(), timeline))

    scenario = two_stage(timeline=[entered(10, "active")], as_of=40, until=90)
    first = draw(scenario)
    assert draw(scenario.at(window=day(200))) is first
    assert draw(scenario.at(as_of=day(41), window=day(200))) is not first  # a day more of exposure


def test_without_otherwise_what_was_learned_later_is_believed_throughout(flagship):
    asked = {"start": "2015-02-01", "until": "2015-02-01", "horizon": 90, "draws": 400}
    (before,), (after,) = (forecast.replay(flagship, otherwise=each, **asked).rows for each in (True, False))
    assert after.hindsight > before.hindsight
    assert after.p_event.mean != before.p_event.mean
    assert forecast.replay(flagship, **asked).title == "replay, with priors written later"
    assert "none put back" in forecast.replay(flagship, otherwise=False, **asked).title


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"start": "2014-13-01"}, "start: expected a date"),
        ({"until": "2010-01-01", "start": "2012-01-01"}, "until: expected a day on or after the first"),
        ({"until": "2011-12-20"}, "start: expected a first day"),
        ({"window": "still"}, "window: expected moving or fixed"),
        ({"draws": 0}, "settings.draws: expected a whole number"),
    ],
)
def test_what_cannot_be_asked_is_refused(flagship, wrong, said):
    with pytest.raises(InputError, match=said):
        forecast.replay(flagship, **wrong)


# --- jumps, tables and the figure ----------------------------------------------------------------------------------


def test_a_jump_is_named_by_the_fact_without_which_there_is_none():
    """Two facts on one day: an episode begins, and a condition that changes hardly anything."""
    scenario = make_scenario(
        {"quiet": stay(1000, 1000 * SURE, active=1), "active": stay(20, 20 * SURE, event=1, quiet=1)},
        ratios={"rain": ratio(0.99, 0.99 * SURE)},
        timeline=[entered(100, "active"), replace(condition("rain", 99, None), because=("public-99",))],
        as_of=150, until=200,
    )  # fmt: skip
    replay = forecast.replay(scenario, start=day(80), until=day(110), every="30d", horizon=30, draws=50)
    (jump,) = replay.jumps[30]
    assert jump.row.facts_new == ("public-99", "public-100")
    assert (jump.fact, jump.others, jump.cause) == ("public-100", 1, "public-100 and 1 more")


def test_a_table_has_a_row_for_each_day_and_horizon(episode, tmp_path):
    path = tmp_path / "replay.csv"
    episode.write(path)
    with path.open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert tuple(lines[0]) == episode.columns
    assert [float(line["p"]) for line in lines] == [row.p_event.mean for row in episode.rows]
    frame = episode.to_dataframe()
    assert frame["p"].tolist() == [row.p_event.mean for row in episode.rows]
    assert frame["as_of"].dt.date.tolist() == [row.as_of for row in episode.rows]
    plain = json.loads(json.dumps(episode.to_dict(), allow_nan=False))
    assert plain["rows"][4]["facts_new"] == list(episode.rows[4].facts_new)
    assert plain["rows"][4]["by_tenths"][-1] == pytest.approx(episode.rows[4].p_event.mean)
    assert "Replay of kim-russia: 8 days from 2014-11-01 on, 90 days, 365 days" in repr(episode)


def test_a_table_replaces_an_older_one_and_nothing_else(episode, tmp_path):
    path = tmp_path / "replay.csv"
    episode.write(path)
    before = path.read_bytes()
    episode.write(path)
    assert path.read_bytes() == before
    path.write_text("mine\n")
    with pytest.raises(OutputError, match="no older table of this kind"):
        episode.write(path)
    assert path.read_text() == "mine\n"
    with pytest.raises(InputError, match=r"FILE\.csv or FILE\.parquet"):
        episode.write(tmp_path / "replay.txt")


def test_a_figure_has_a_panel_for_each_horizon(episode):
    first = episode.plot()
    assert [ax.get_ylim()[0] for ax in first.figure.axes] == [0, 0]
    assert "replay, with priors written later" in words(first)
    for ax, horizon in zip(first.figure.axes, (90, 365), strict=True):
        line = labelled(ax.lines, "P")
        np.testing.assert_allclose(line.get_ydata(), [row.p_event.mean for row in episode.at(horizon)])
        assert f"P within {horizon} days" in words(ax)
        for jump in episode.jumps[horizon]:
            assert jump.cause in words(ax)
    assert len(episode.plot(horizon=365).figure.axes) == 1
    with pytest.raises(InputError, match="horizon: expected one of 90, 365; found 30"):
        episode.plot(horizon=30)


def test_nothing_to_draw_is_told(scenario_may):
    replay = forecast.replay(scenario_may, start="2025-06-02", until="2025-06-10", window="fixed", draws=100)
    with pytest.raises(InputError, match="expected rows with a P to draw"):
        replay.plot()


# --- what came -----------------------------------------------------------------------------------------------------


def test_scores_by_hand():
    """A known rate: three windows of ten days, the second with the event on its fourth day."""
    replay = forecast.replay(known_rate(), start=day(500), until=day(530), every="10d", horizon=10, draws=50)
    outcomes = Outcomes(day(535), (Outcome(day(514), "here", "it happened", "us"),))
    (scored,) = replay.score(outcomes).rows
    assert (len(scored.rows), scored.open, scored.events) == (3, 1, 1)
    assert scored.days.tolist() == [-1, 3, -1]
    p, by = 1 - np.exp(-0.1), 1 - np.exp(-np.arange(1, 11) / 100)
    found = scored.means["model"]
    assert found["brier"] == pytest.approx((2 * p**2 + (1 - p) ** 2) / 3)
    assert found["log"] == pytest.approx((-2 * np.log(1 - p) - np.log(p)) / 3)
    came = np.arange(10) >= 3
    assert found["ranked"] == pytest.approx((2 * (by**2).sum() + ((by - came) ** 2).sum()) / 3)
    assert found["crps_days"] == pytest.approx(((by / p - came) ** 2).sum())
    assert found["log_place"] == 0
    climatology = scored.means["climatology"]
    assert climatology["brier"] == pytest.approx(2 / 9)
    counts = [(0.5, 500), (0.5, 510), (0.5, 520)]  # Jeffreys: no event is known to the record
    rates = [1 - (days / (days + 10)) ** events for events, days in counts]
    assert scored.means["constant rate"]["brier"] == pytest.approx(
        (rates[0] ** 2 + (1 - rates[1]) ** 2 + rates[2] ** 2) / 3
    )
    rules = [1 / (50 + 2), 1 / (51 + 2), 1 / (52 + 2)]
    assert scored.means["Laplace's rule"]["brier"] == pytest.approx(
        (rules[0] ** 2 + (1 - rules[1]) ** 2 + rules[2] ** 2) / 3
    )
    line = labelled(replay.score(outcomes).plot().lines, "came")
    assert line.get_xdata().tolist() == pytest.approx([p] * 3)
    assert line.get_ydata().tolist() == pytest.approx([1 / 3] * 3)  # equal forecasts are one, and came once in three
    plain = scored.to_dict()
    parts = plain["corp"]
    assert parts["miscalibration"] - parts["discrimination"] + parts["uncertainty"] == pytest.approx(found["brier"])


def test_a_row_without_a_rate_is_scored_for_nobody():
    replay = forecast.replay(known_rate(), start=day(5), until=day(25), every="10d", horizon=10, draws=50)
    assert [row.constant_rate is None for row in replay.rows] == [True, False, False]
    (scored,) = replay.score(Outcomes(day(100), ())).rows
    assert (len(scored.rows), scored.unanswered) == (2, 1)
    assert scored.means["model"]["crps_days"] is None  # nothing happened
    with pytest.raises(InputError, match="expected windows that end by then"):
        replay.score(Outcomes(day(12), ()))


def test_the_place_is_scored_given_that_it_happened():
    scenario = one_stage(
        stay_days=(100, 100 * SURE), places=("here", "there"), ratios={"there": ratio(3, 3 * SURE)}, as_of=1000,
        until=1030,
    )  # fmt: skip
    replay = forecast.replay(scenario, start=day(500), until=day(500), horizon=10, draws=50)
    (scored,) = replay.score(Outcomes(day(600), (Outcome(day(505), "there", "it happened", "us"),))).rows
    assert scored.means["model"]["log_place"] == pytest.approx(-np.log(3 / 4))
    assert scored.means["constant rate"]["log_place"] == pytest.approx(np.log(2))


def test_no_row_reads_what_came(flagship, episode):
    places = flagship.question.places
    before = [row.cells(places) for row in episode.rows]
    other = Outcomes(ISO("2025-03-27"), (Outcome(ISO("2015-02-20"), "moscow", "it did not", "nobody"),))
    assert episode.score(other).rows[0].events == 1
    assert [row.cells(places) for row in episode.rows] == before


def rows_of_a_rate(rate, count, step, length):
    """Hold windows that overlap, of a forecaster who knows the rate."""
    by = 1 - np.exp(-rate * np.arange(1, length + 1))
    return [
        Replayed(
            number, day(number * step), length, day(number * step + 1), day(number * step + length),
            model=Outlook(by, by[-1:]),
        )
        for number in range(count)
    ]  # fmt: skip


def test_in_simulated_worlds_the_forecasts_are_right_and_the_windows_overlap():
    rows = rows_of_a_rate(1 / 200, count=60, step=30, length=180)
    worlds = simulate_days(rows, np.random.default_rng(1), 3000)
    p = 1 - np.exp(-180 / 200)
    happened = worlds >= 0
    error = np.sqrt(p * (1 - p) / 3000)
    assert np.abs(happened[:, 0].mean() - p) < 4 * error  # a row that begins a chain
    # After an event a window has no second one, which lowers the share of windows between two of a chain.
    assert p - 0.12 < happened.mean() < p + 4 * error
    mean = happened.mean(axis=1)
    assert mean.std() > 2 * np.sqrt(p * (1 - p) / 60)  # far from 60 windows that know nothing of each other
    for world in worlds[:50]:  # all windows tell of one course of events
        days = [(row.start.toordinal() + at, row) for row, at in zip(rows, world, strict=True) if at >= 0]
        for when, _ in days:
            for row, at in zip(rows, world, strict=True):
                if row.start.toordinal() <= when <= row.until.toordinal():
                    assert 0 <= at <= when - row.start.toordinal()


# --- the rate beside P ---------------------------------------------------------------------------------------------


def test_a_record_shorter_than_the_window_gives_no_rate():
    """Jeffreys over 15 days would say 0.80 for a year."""
    scenario = one_stage(as_of=15, until=15 + 365)
    assert pytest.approx(0.80, abs=0.005) == 1 - (15 / (15 + 365)) ** 0.5
    assert constant_rate(scenario.known()) is None
    assert constant_rate(scenario.at(window=day(30)).known()) == pytest.approx(1 - (15 / 30) ** 0.5)
    result = forecast.run_scenario(scenario, engine="quick", settings=Settings(draws=100))
    assert result.to_dict()["base_rate"] is None
    assert "constant rate - (the record is shorter than the window" in str(result)
    assert "constant base rate" not in words(result.plot("whether"))


def test_a_reference_class_is_added_to_the_record_once_it_is_public():
    text = """
        extends: tests/questions/treaty.yaml
        reference: {events: 3, years: 20, because: [usual-pace]}
    """
    treaty = forecast.load_scenario(text).at(as_of="2022-02-01", window="2023-02-01")
    assert constant_rate(forecast.load_scenario("tests/questions/treaty.yaml").at(
        as_of="2022-02-01", window="2023-02-01").known()) is None  # fmt: skip
    days = 22 + 20 * 365.25
    assert constant_rate(treaty.known()) == pytest.approx(1 - (days / (days + 365)) ** 3.5)
    late = replace(treaty.facts["usual-pace"], public=ISO("2022-06-30"), dated="day")
    assert constant_rate(replace(treaty, facts={**treaty.facts, "usual-pace": late}).known()) is None
    again = forecast.load_scenario(forecast.dump_scenario(treaty))
    assert again.reference == treaty.reference
    with pytest.raises(InputError, match=r"reference.because\[0\]: unknown fact usual-pase; did you mean usual-pace"):
        forecast.load_scenario(text.replace("[usual-pace]", "[usual-pase]"))


def test_the_rate_counts_events_and_a_reference_together():
    scenario = one_stage(timeline=[happened(300, "here")], as_of=400, until=500)
    assert constant_rate(scenario.known()) == pytest.approx(1 - (400 / 500) ** 1.5)


# --- partly hindsight ----------------------------------------------------------------------------------------------


def test_a_prior_with_later_facts_beside_earlier_ones_is_partly_hindsight(flagship):
    known = flagship.at(as_of="2015-01-28", window="2015-05-31").known()
    partly = [key for key in known.partly_hindsight if key.startswith("priors.")]
    beliefs = dict(flagship.priors.items())
    told = []
    for key, prior in beliefs.items():
        days = [flagship.facts[name].public for name in prior.because]
        if key[1] == "conditions":  # of which nobody knew in 2015
            continue
        if min(days) <= known.as_of < max(days):
            told.append(".".join(map(str, key)))
    assert partly == told
    assert len(partly) == 5
    assert not set(known.hindsight) & set(known.partly_hindsight)


# --- the command ---------------------------------------------------------------------------------------------------


def test_the_command_writes_a_table_and_a_figure_and_scores(tmp_path, capsys):
    path = tmp_path / "out" / "r.csv"
    assert main(["replay", FLAGSHIP, *PAST, "--out", str(path), "--score"]) == 0
    printed = capsys.readouterr().out
    assert "Kim Jong Un visits Russia: replay, with priors written later" in printed
    assert "kremlin-counts-kim-2015" in printed
    assert "90 days: 4 windows that end by 2025-03-27, 0 of them with 0 events in all" in printed
    assert path.with_name("r.csv.png").read_bytes().startswith(b"\x89PNG")
    assert path.with_name("r.csv.reliability.png").exists()
    assert len(path.read_text().splitlines()) == 5


def test_the_command_prints_json(tmp_path, capsys):
    arguments = ["replay", FLAGSHIP, *PAST, "--out", str(tmp_path / "r.csv"), "--score", "--json", "--no-plots"]
    assert main(arguments) == 0
    plain = json.loads(capsys.readouterr().out)
    assert [row["as_of"] for row in plain["rows"]] == ["2014-12-01", "2015-01-01", "2015-02-01", "2015-03-01"]
    assert plain["scores"]["horizons"][0]["scores"]["model"]["crps_days"] is None


def test_the_command_tells_what_is_wrong_before_it_computes(tmp_path, capsys):
    wrong = tmp_path / "came.yaml"
    wrong.write_text(
        "complete_until: 2025-03-27\noutcomes:\n  - {day: 2019-04-24, place: vladivostock, says: a, source: b}\n"
    )
    assert main(["replay", FLAGSHIP, *PAST, "--out", str(tmp_path / "r.csv"), "--score", str(wrong)]) == 2
    said = capsys.readouterr().err
    assert "came.yaml:3:30: outcomes[0].place: unknown place vladivostock; did you mean vladivostok?" in said
    assert not (tmp_path / "r.csv").exists()
    assert main(["replay", "scenarios/may.yaml", *PAST, "--out", str(tmp_path / "r.csv"), "--score"]) == 2
    assert "no such file" in capsys.readouterr().err
