"""The verb `signposts`: what to watch, and what each step would say."""

from __future__ import annotations

import argparse
from typing import Any

from forecast.cli.exit import say
from forecast.cli.options import add_sampling, add_scenario, add_verb, load_input_of_any, positive
from forecast.files import render_json
from forecast.inference import Settings

SIGNPOSTS = """\
What to watch: each step that could become public in the next days, its chance, P if it comes and if it does not, and
how much is learned once it is known, in bits and as the expected fall of the Brier score."""
SIGNPOSTS_MORE = """\
examples:
  forecast example > visit.yaml                        a question to try it with
  forecast signposts visit.yaml --quick
  forecast signposts visit.yaml --days 14 --json

Steps are stages entered, a lapse announced, a condition that ends or is back, the event, and silence. Of several
timelines they are what is asked of each, and the events of the others. The two P of a row average, by its chance, to P
of today.

exit codes: 0 done; 2 the input cannot be used (the message says where and why); 3 the fit failed its gate
"""


def declare(verbs: Any) -> None:
    """Declare `signposts` on the subparsers of the command."""
    parser = add_verb(verbs, "signposts", show_signposts, long=SIGNPOSTS, more=SIGNPOSTS_MORE)
    add_scenario(parser)
    parser.add_argument("--days", type=positive, default=30, metavar="N", help="how many days ahead (default: 30)")
    add_sampling(parser)
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")


def show_signposts(options: argparse.Namespace) -> None:
    """Find what to watch and show it."""
    from forecast.explore import find_signposts

    found = find_signposts(
        load_input_of_any(options.scenario),
        days=options.days,
        engine="quick" if options.quick else "nuts",
        settings=Settings(draws=options.draws, seed=options.seed),
    )
    say(render_json(found.to_dict()).rstrip("\n") if options.json else str(found))
