"""The verb `score`: how good the logged forecasts were."""

from __future__ import annotations

import argparse
import logging
from typing import Any

from forecast.cli.exit import say
from forecast.cli.options import add_log, add_verb, check_folder, figure_path
from forecast.files import check_signed, render_json, sign_figure, write_batch
from forecast.track import find_log, score_log

logger = logging.getLogger(__name__)

MORE = """\
examples:
  forecast example > visit.yaml                        a question to try it with
  forecast log visit.yaml --quick --crowd 0.35
  forecast resolve visit no
  forecast score --out score.png

The table has Brier and log scores of all forecasts and by horizon, the days from as_of to the window's end; the crowd's
beside ours where it has a price, and their difference with its error; and calibration, with the band in which it would
lie if every P were right.

exit codes: 0 done; 2 the input cannot be used (the message says why)
"""
OWNER = "forecast score"


def declare(verbs: Any) -> None:
    """Declare `score` on the subparsers of the command."""
    parser = add_verb(verbs, "score", score, long="Score the forecasts that were logged.", more=MORE)
    add_log(parser)
    parser.add_argument("--out", type=figure_path, metavar="FILE", help="a figure: FILE.png, .svg or .pdf")
    parser.add_argument("--json", action="store_true", help="print the scores as JSON instead of the table")


def score(options: argparse.Namespace) -> None:
    """Score a log, and draw it."""
    scores = score_log(find_log(options.log))
    if options.out is not None:
        from forecast.plots import render_axes

        check_folder(options.out.parent)
        check_signed(options.out, OWNER)
        figure = sign_figure(render_axes(scores.plot(), options.out.suffix[1:]), OWNER)
        write_batch(options.out.parent, {options.out.name: figure})
        logger.info(f"the figure is {options.out}")
    say(render_json(scores.to_dict()).rstrip("\n") if options.json else str(scores))
