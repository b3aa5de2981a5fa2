"""The verb `explain`: why P is what it is, as a paragraph, tables, a figure and JSON."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path
from typing import Any

from forecast.answer import check_owner, name_owner
from forecast.cli.exit import say
from forecast.cli.options import (
    add_draws,
    add_figures,
    add_scenario,
    add_seed,
    add_verb,
    add_workers,
    check_folder,
    date,
    given_path,
    load_input,
    start_workers,
)
from forecast.files import render_json, sign_figure, write_batch

logger = logging.getLogger(__name__)

EXPLAIN = """\
Why P is what it is. By news: P before and after each day on which something became public. By source: P without each
article, and what each adds (Shapley values). By record: what was learned, what is prior, and whose spread the 90% band
is. By belief: which quantity matters, and what each group of priors makes of the distance from the base rate."""
EXPLAIN_MORE = """\
examples:
  forecast example > visit.yaml                        a question to try it with
  forecast explain visit.yaml
  forecast explain visit.yaml --by news --since 2024-06-01

what it writes, each file whole or not at all:
  explain.json   every number, also of what the tables leave out
  explain.png    a waterfall: P on the first day, what time and news made of it, P today

All P are of the quick engine: that of the whole is the number of `forecast run --quick` with the same --draws
and --seed.

exit codes: 0 done; 2 the input cannot be used (the message says where and why); 3 the quick engine has no answer
"""
BY = ("news", "source", "record", "belief")
DRAWS = 250  # a thousand in all: some twenty days and a hundred fits are asked for


def declare(verbs: Any) -> None:
    """Declare `explain` on the subparsers of the command."""
    parser = add_verb(verbs, "explain", explain, long=EXPLAIN, more=EXPLAIN_MORE)
    add_scenario(parser)
    parser.add_argument(
        "--since",
        type=date,
        metavar="DATE",
        help="from when on news is told (default: the eve of the episode under way, or a year ago)",
    )
    parser.add_argument("--by", choices=BY, action="append", help="only this view; may be given several times")
    add_draws(parser, DRAWS)
    add_seed(parser)
    add_workers(parser)
    parser.add_argument("--out", type=given_path, metavar="DIR", help="where files go (default: results/<scenario>)")
    add_figures(parser, "figure")
    parser.add_argument("--json", action="store_true", help="print explain.json instead of the tables")


def explain(options: argparse.Namespace) -> None:
    """Explain, write, show."""
    from forecast.explore import explain_scenario

    scenario = load_input(options.scenario)
    folder = options.out or Path("results") / scenario.name
    figure = f"explain.{options.format}"
    names = ("explain.json", figure)
    check_folder(folder)
    check_owner(folder, scenario, names)
    by = tuple(options.by or BY)
    options.jobs = min(options.jobs, len(by))  # a view is all that one can do
    with start_workers(options) as executor:
        found = explain_scenario(
            scenario, since=options.since, by=by, draws=options.draws, seed=options.seed, executor=executor
        )
    files: dict[str, bytes] = {}
    if "news" in by and not options.no_plots:
        from forecast.plots import render_axes

        files[figure] = sign_figure(render_axes(found.plot(), options.format), name_owner(scenario))
    content = render_json(found.to_dict())
    check_owner(folder, scenario, names)
    write_batch(folder, {**files, "explain.json": content.encode()})
    say(content.rstrip("\n") if options.json else str(found))
    logger.info(f"{len(files) + 1} files in {folder}")
