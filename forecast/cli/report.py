"""The verb `report`: a forecast as one HTML page to share."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
from pathlib import Path
from typing import Any

from forecast.answer import check_owner, read_run
from forecast.cli.exit import say
from forecast.cli.options import add_sampling, add_verb, check_folder, given_path, load_input
from forecast.explore import make_page, start_processes
from forecast.files import render_json, write_whole
from forecast.inference import Engine, Settings

logger = logging.getLogger(__name__)

PAGE = "page.html"
VIEWS = 4  # of an explanation: each can have a core of its own
SAME = 1e-9  # of P, as it stands in forecast.json and as it is found again
EXAMPLES = """\
examples:
  forecast example > visit.yaml                        a question to try it with
  forecast report visit.yaml --quick                   results/visit-quick/page.html
  forecast report visit.yaml --out page.html
  forecast run visit.yaml --quick --no-plots
  forecast report results/visit-quick                  a folder that forecast run has written: page.html beside it

The page is one file. It shows the answer, the timeline with its facts and sources, readings and priors, and lets its
reader ask what if; it asks for nothing from the network. A folder is shown as it was made: with the engine, the draws
and the seed that its forecast.json names.
"""


def declare(verbs: Any) -> None:
    """Declare `report` on the subparsers of the command."""
    long = "Write a forecast as one HTML page: the answer, the timeline with its facts, the priors, and what if."
    parser = add_verb(verbs, "report", report, long=long, more=EXAMPLES)
    parser.add_argument("source", type=Path, metavar="RESULT|FILE", help="a folder of results, or a scenario file")
    parser.add_argument("--out", type=given_path, metavar="PAGE", help="the page (default: page.html in the results)")
    add_sampling(parser)
    parser.add_argument("--no-why", action="store_true", help="leave out why and what to watch, which take longest")
    parser.add_argument("--json", action="store_true", help="print what the page says as JSON, too")


def report(options: argparse.Namespace) -> None:
    """Write the page of a scenario or of a folder of results."""
    folder = options.source if options.source.is_dir() else None
    scenario = load_input(options.source if folder is None else folder / "scenario.yaml")
    told: dict[str, Any] = {}
    if folder is None:
        settings = Settings(draws=options.draws, seed=options.seed)
        engine: Engine = "quick" if options.quick else "nuts"
        home = Path("results") / (f"{scenario.name}-quick" if options.quick else scenario.name)
    else:
        told, home = read_run(folder), folder
        found = told.get("diagnostics") or {}
        settings = Settings(**{name: found[name] for name in ("draws", "seed", "chains") if name in found})
        engine = "quick" if found.get("engine") == "quick" else "nuts"
    target = options.out or home / PAGE
    check_folder(target.parent)
    check_owner(target.parent, scenario, [target.name])
    with contextlib.ExitStack() as stack:
        executor = None if options.no_why else stack.enter_context(start_processes(min(os.cpu_count() or 1, VIEWS)))
        page = make_page(scenario, engine=engine, settings=settings, why=not options.no_why, executor=executor)
    now = page.result.p_event.mean
    if told and abs((then := told["p_event"]["mean"]) - now) > SAME:
        logger.warning(
            f"P was {then:.4f} when forecast.json was written, and is {now:.4f} made again, as by other versions of "
            "the libraries; the page shows the latter"
        )
    write_whole(target, page.html.encode())
    logger.info(f"{target}: {len(page.html.encode()) / 1000:,.0f} kB")
    if options.json:
        say(render_json(page.to_dict()).rstrip("\n"))
