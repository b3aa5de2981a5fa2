"""The verb `resolve`: what came of a question that was logged."""

from __future__ import annotations

import argparse
from typing import Any

from forecast.cli.exit import say
from forecast.cli.options import add_log, add_verb, date
from forecast.track import find_log, resolve_question

MORE = """\
examples:
  forecast example > visit.yaml                        a question to try it with
  forecast log visit.yaml --quick
  forecast resolve visit yes --day 2024-09-14 --source "the harbour office"
  forecast resolve visit no                            a correction: a new line, and the last counts

A yes needs the day on which it came. A no is settled on the window's last day, unless --day tells an earlier one. A
question that is void, because it made no sense after all, is not scored.

exit codes: 0 done; 2 the input cannot be used (the message says why)
"""


def declare(verbs: Any) -> None:
    """Declare `resolve` on the subparsers of the command."""
    long = "Say what came of a question that was logged."
    parser = add_verb(verbs, "resolve", resolve, long=long, more=MORE)
    parser.add_argument("name", metavar="NAME", help="the question's, as it was logged")
    parser.add_argument("answer", choices=("yes", "no", "void"), help="yes, no or void")
    parser.add_argument("--day", type=date, metavar="DATE", help="when it came, or was settled")
    parser.add_argument("--place", default="", metavar="PLACE", help="where it came, by the question's name")
    parser.add_argument("--source", default="", metavar="TEXT", help="who says so")
    add_log(parser)


def resolve(options: argparse.Namespace) -> None:
    """Write down what came."""
    path = find_log(options.log)
    entry = resolve_question(
        options.name, options.answer, path, day=options.day, place=options.place, source=options.source
    )
    say(f"{entry.name} is resolved: {entry}. Written to {path}")
