"""The verb `import`: what a market or a crowd said beside the logged forecasts, from an export on disk."""  # noqa: N999

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from forecast.cli.exit import say
from forecast.cli.options import add_log, add_verb
from forecast.track import find_log, import_crowd

MORE = """\
examples:
  forecast example > visit.yaml                        a question to try it with
  forecast log visit.yaml --quick --link abc
  printf 'contractId,createdTime,probAfter\\nabc,2024-06-01T12:00:00Z,0.35\\n' > bets.csv
  forecast import bets.csv

Metaculus: question_data.csv and forecast_data.csv of its download. Manifold: a CSV of markets, or of bets, with the
names of its API. Nothing is fetched. A question is found by the --link that it was logged with, by --id, or by its
title. A forecast takes the price that was in force when its day, as_of, ended.

exit codes: 0 done; 2 the input cannot be used (the message says where and why)
"""


def declare(verbs: Any) -> None:
    """Declare `import` on the subparsers of the command."""
    long = "Read what the crowd said beside the logged forecasts, and what came, from exports of Metaculus or Manifold."
    parser = add_verb(verbs, "import", read_exports, long=long, more=MORE)
    parser.add_argument("exports", type=Path, nargs="+", metavar="FILE.csv", help="an export")
    parser.add_argument(
        "--id",
        type=name_and_id,
        action="append",
        default=[],
        metavar="NAME=ID",
        help="what the platform calls a question",
    )
    parser.add_argument(
        "--aggregate",
        default="recency_weighted",
        metavar="NAME",
        help="which aggregation of Metaculus (default: recency_weighted, its community prediction)",
    )
    add_log(parser)


def read_exports(options: argparse.Namespace) -> None:
    """Read exports, and say what is new in them."""
    path = find_log(options.log)
    found = import_crowd(options.exports, path, ids=dict(options.id), aggregate=options.aggregate)
    say(f"{found}\nWritten to {path}")


def name_and_id(text: str) -> tuple[str, str]:
    """Read a name and a number or an address with an equals sign between them."""
    name, equals, number = text.partition("=")
    if not (name and equals and number):
        message = f"expected NAME=ID; found {text!r}"
        raise argparse.ArgumentTypeError(message)
    return name, number
