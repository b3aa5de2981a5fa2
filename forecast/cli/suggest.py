"""The verb `suggest`: a table of past stays or events as priors to paste."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from forecast.cli.exit import say
from forecast.cli.options import add_as_of, add_verb, figure_path, given_path
from forecast.document import load_table
from forecast.explore import suggest_priors
from forecast.files import check_signed, render_json, sign_figure, write_batch

OWNER = "forecast suggest"
EXAMPLES = """\
examples:
  printf 'days,port\\n21,north\\n30,south\\n60,north\\n44+,north\\n' > strikes.csv
  forecast suggest strikes.csv --column days --place port
  forecast suggest strikes.csv --column days --plot strikes.png

--column reads days, of which 44+ still runs. --start and --end read the first and the last day of each stay. --day
reads the days of events, whose gaps are the stays.
"""


def declare(verbs: Any) -> None:
    """Declare `suggest` on the subparsers of the command."""
    long = "Turn a table of past stays or events, CSV or Parquet, into priors to paste into a scenario."
    parser = add_verb(verbs, "suggest", suggest, long=long, more=EXAMPLES)
    parser.add_argument("table", type=given_path, metavar="FILE", help="the table, with a header")
    parser.add_argument("--column", metavar="NAME", help="the column of days that each stay lasted")
    parser.add_argument("--start", metavar="NAME", help="the column of first days")
    parser.add_argument("--end", metavar="NAME", help="the column of last days; empty for one that still runs")
    parser.add_argument("--day", metavar="NAME", help="the column of days of events")
    parser.add_argument("--place", metavar="NAME", help="the column of places, to be counted")
    add_as_of(parser, "up to when what still runs has lasted")
    parser.add_argument(
        "--plot",
        type=figure_path,
        metavar="FILE.png",
        help="a figure of the record and the priors; or .svg, .pdf",
    )
    parser.add_argument("--json", action="store_true", help="print the same as JSON")


def suggest(options: argparse.Namespace) -> None:
    """Print priors for a table, and draw them if asked."""
    found = suggest_priors(
        load_table(options.table),
        column=options.column,
        start=options.start,
        end=options.end,
        day=options.day,
        place=options.place,
        as_of=options.as_of,
    )
    if options.plot:
        from forecast.plots import render_axes

        path: Path = options.plot
        check_signed(path, OWNER)
        write_batch(path.parent, {path.name: sign_figure(render_axes(found.plot(), path.suffix[1:]), OWNER)})
    say(render_json(found.to_dict()).rstrip("\n") if options.json else str(found))
