"""The verb `replay`: the forecast as it would have been given on each of some days, as a table, a figure and scores."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forecast.answer import name_owner
from forecast.cli.exit import say
from forecast.cli.options import (
    add_figures,
    add_scenario,
    add_seed,
    add_verb,
    add_workers,
    check_folder,
    count_draws,
    date,
    given_path,
    load_input_of_any,
    start_workers,
)
from forecast.cli.progress import Progress
from forecast.files import check_signed, render_json, sign_figure, write_batch
from forecast.scenario import Scenario

if TYPE_CHECKING:
    from forecast.explore import Replay

logger = logging.getLogger(__name__)

REPLAY = """\
The answer through time: the forecast as it would have been given on each of some days, from what was public then, by
the quick engine. Priors were written later, which every title says; those that cite later facts are counted."""
REPLAY_MORE = """\
examples:
  forecast example > visit.yaml                        a question to try it with
  forecast replay visit.yaml --from 2023-01-01 --horizon 90d,365d
  forecast replay visit.yaml --out weeks.csv --from 2024-05-06 --every week --window fixed

what it writes, each file whole or not at all:
  FILE.csv         a row for each day and horizon: P with its band and error, by place, the stage, facts that are new
  FILE.csv.png     P over time, each of the largest jumps named by the fact without which P would have moved most
  FILE.csv.reliability.png  with --score: how often it came against P, and where that would lie were the model right
Where the quick engine fails its gate, with 131,072 proposals too, `engine` says refused, `error` says how, and p is
empty; so it is on days that make no sense.

--score lays the rows beside what came: outcomes/NAME.yaml next to NAME.yaml, or the file that is named. No fit reads
it. Of several timelines the record of the file itself, as of its own date, says what came.

exit codes: 0 done; 2 the input cannot be used (the message says where and why)
"""
FIND = Path()  # stands for outcomes at their usual place


def declare(verbs: Any) -> None:
    """Declare `replay` on the subparsers of the command."""
    parser = add_verb(verbs, "replay", run_replay, long=REPLAY, more=REPLAY_MORE)
    add_scenario(parser)
    parser.add_argument(
        "--from",
        dest="start",
        type=date,
        metavar="DATE",
        help="first as-of date (default: a step after the history's first day)",
    )
    parser.add_argument("--until", type=date, metavar="DATE", help="last as-of date (default: the scenario's)")
    parser.add_argument(
        "--every", default="month", metavar="STEP", help="day, week, month, quarter, or 14d (default: month)"
    )
    spans = parser.add_mutually_exclusive_group()
    spans.add_argument(
        "--horizon",
        default="365d",
        metavar="DAYS",
        help="length of each window, or several: 90d,365d (default: 365d)",
    )
    spans.add_argument(
        "--window", choices=("moving", "fixed"), default="moving", help="fixed: the window of the scenario"
    )
    parser.add_argument(
        "--without-otherwise",
        action="store_true",
        help="believe each prior from the first day on, and not its `otherwise` before its facts",
    )
    parser.add_argument(
        "--score", type=given_path, nargs="?", const=FIND, metavar="OUTCOMES.yaml", help="score it by what came"
    )
    parser.add_argument("--draws", type=count_draws, default=1000, metavar="N", help="draws a row (default: 1000)")
    add_workers(parser)
    add_seed(parser)
    parser.add_argument(
        "--out",
        type=given_path,
        metavar="FILE",
        help="FILE.csv or FILE.parquet (default: results/<scenario>/replay.csv); the figure is FILE.csv.png",
    )
    add_figures(parser, "figures")
    parser.add_argument("--json", action="store_true", help="print rows and scores as JSON instead of the summary")


def run_replay(options: argparse.Namespace) -> None:
    """Replay, write, score."""
    import forecast
    from forecast.document import find_outcomes, load_outcomes
    from forecast.explore import Scores, check_path

    scenario = load_input_of_any(options.scenario)
    path = options.out or Path("results") / scenario.name / "replay.csv"
    check_path(path)
    check_folder(path.parent)
    owner = f"{name_owner(scenario)}\nreplay"
    names = [] if options.no_plots else [f"{path.name}.{options.format}"]
    is_scored = options.score is not None and isinstance(scenario, Scenario)
    names += [f"{path.name}.reliability.{options.format}"] if names and is_scored else []
    for name in names:
        check_signed(path.with_name(name), owner)
    outcomes = None
    if options.score is not None and isinstance(
        scenario, Scenario
    ):  # before anything is computed, so that a slip in it is told at once
        where = find_outcomes(options.scenario) if options.score == FIND else options.score
        outcomes = load_outcomes(where, scenario)
    progress = Progress(sys.stderr)
    with start_workers(options) as executor:
        replay = forecast.replay(
            scenario,
            start=options.start,
            until=options.until,
            every=options.every,
            horizon=options.horizon,
            window=options.window,
            otherwise=not options.without_otherwise,
            draws=options.draws,
            seed=options.seed,
            executor=executor,
        ).run(progress)
    progress.end()
    scores = None if options.score is None else replay.score(outcomes)
    replay.write(path)
    if not options.no_plots and any(row.p_event for row in replay.rows):
        from forecast.plots import render_axes

        drawn = [replay.plot(), *([scores.plot()] if isinstance(scores, Scores) else [])]
        figures = {
            name: sign_figure(render_axes(axes, options.format), owner)
            for name, axes in zip(names, drawn, strict=False)  # where nothing was scored, there is no second
        }
        write_batch(path.parent, figures)
        logger.info(f"figures in {path.parent}: {', '.join(figures)}")
    if options.json:
        plain = replay.to_dict() | ({} if scores is None else {"scores": scores.to_dict()})
        say(render_json(plain).rstrip("\n"))
    else:
        say(describe(replay, path))
        if scores is not None:
            say(f"\n{scores}")


def describe(replay: Replay, path: Path) -> str:
    """Say what a replay found."""
    from forecast.explore import name_horizon

    lines = [f"{replay.scenario.question.title}: {replay.title}", f"{len(replay):,} rows in {path}"]
    for horizon in replay.horizons:
        found = [row for row in replay.at(horizon) if row.p_event]
        for jump in replay.jumps[horizon]:
            assert jump.row.p_event is not None
            lines.append(
                f"  {name_horizon(horizon):<10} {jump.row.as_of}  {jump.before:.2f} -> {jump.row.p_event.mean:.2f}  "
                f"{jump.cause}"
            )
        if not found:
            lines.append(f"  {name_horizon(horizon)}: no row has a P")
    partly = [row.partly_hindsight for row in replay.rows if row.partly_hindsight is not None]
    late = [row.hindsight for row in replay.rows if row.hindsight is not None]
    if any(late) or any(partly):
        lines.append(
            f"hindsight: up to {max(late)} priors and itineraries in force cite later facts alone, and up to "
            f"{max(partly)} later beside earlier ones"
        )
    refused = sum(row.engine == "refused" for row in replay.rows)
    wrong = sum(bool(row.error) and row.engine != "refused" for row in replay.rows)
    if refused:
        lines.append(f"{refused:,} rows are refused: the quick engine fails its gate there (column error says how)")
    if wrong:
        lines.append(f"{wrong:,} rows have no answer: their day or window makes no sense (column error says why)")
    return "\n".join(lines)
