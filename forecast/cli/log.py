"""The verb `log`: a forecast is made, and added to the log of the project."""

from __future__ import annotations

import argparse
from typing import Any

from forecast.cli.answers import answer_file
from forecast.cli.exit import say
from forecast.cli.options import add_log, add_sampling, add_scenario, add_verb, share
from forecast.document import find_project
from forecast.files import render_json
from forecast.track import LOG, log_forecast, read_log

MORE = """\
examples:
  forecast example > visit.yaml                        a question to try it with
  forecast log visit.yaml --quick --crowd 0.35 --note "before the summit"
  forecast resolve visit no                            what came of it, once that is known
  forecast score

A line is added to forecasts.jsonl in the folder of the project: the nearest above the file that holds a folder seeds,
or else the file's own. It has as_of, P with its band, places, the window, days by which it has come with 10 to 90%,
engine, fingerprint, the crowd's price and the note. No line is ever changed; of two of one question and as_of the last
counts.

The posterior is taken from the store where it is there. A forecast.json that `forecast run` has written can be named in
place of the file; then nothing is computed.

exit codes: 0 done; 2 the input cannot be used (the message says where and why); 3 the fit failed its gate
"""


def declare(verbs: Any) -> None:
    """Declare `log` on the subparsers of the command."""
    parser = add_verb(
        verbs, "log", write_line, long="Make a forecast, and add it to the log of the project.", more=MORE
    )
    add_scenario(parser)
    parser.add_argument(
        "--name", metavar="NAME", help="the question's (default: that of the file, without the day of an update)"
    )
    parser.add_argument("--crowd", type=share, metavar="P", help="what a market or a crowd says now, 0 to 1")
    parser.add_argument("--link", default="", metavar="URL", help="the same question elsewhere; its address or number")
    parser.add_argument("--note", default="", metavar="TEXT", help="anything to be remembered")
    add_log(parser)
    add_sampling(parser)
    parser.add_argument("--json", action="store_true", help="print the line")


def write_line(options: argparse.Namespace) -> None:
    """Make the forecast and write it down."""
    path = options.log or find_project(options.scenario) / LOG
    read_log(path)  # what is wrong with it is told before anything is fitted
    answer = answer_file(options.scenario, options)
    line = log_forecast(answer, path, name=options.name, crowd=options.crowd, link=options.link, note=options.note)
    told = line.told
    if options.json:
        say(render_json(line.to_dict()).rstrip("\n"))
    else:
        crowd = "" if line.crowd is None else f"; the crowd says {line.crowd:.2f}"
        say(f"{told.name} as of {told.as_of}: P {told.p:.3f} until {told.until}{crowd}. Logged in {path}")
