"""The verb `export`: forecasts in the formats of other platforms."""

from __future__ import annotations

import argparse
import datetime
import logging
from pathlib import Path
from typing import Any

from forecast.cli.answers import answer_file
from forecast.cli.exit import say
from forecast.cli.options import add_sampling, add_verb, check_folder, date, given_path
from forecast.errors import OutputError
from forecast.files import write_whole
from forecast.track import (
    OPEN,
    PLATFORMS,
    DateRange,
    Resolved,
    Told,
    describe_forecast,
    export_forecasts,
    find_log,
    read_log,
)

logger = logging.getLogger(__name__)

MORE = """\
examples:
  forecast example > visit.yaml                        a question to try it with
  forecast export visit.yaml --quick --to metaculus --id 12345
  forecast export visit.yaml --quick --to metaculus --id 12345 --range 2024-07-01/2025-01-01
  forecast export visit.yaml --quick --to forecastbench --id abc --source manifold --organization Us --model ours \\
      --question-set 2024-07-21-llm.json --out set.json
  forecast export visit.yaml --quick --to fatebook --out visit.csv

Each FILE is a scenario, a forecast.json that a run has written, or a log, FILE.jsonl, with all that is in it.
  metaculus      JSON for its API: a probability or, with --range, the 201 points of a date question
  forecastbench  a forecast set, for market questions
  fatebook       a table for its import from a spreadsheet; of a log, with what came

exit codes: 0 done; 2 the input cannot be used (the message says why); 3 the fit failed its gate
"""


def declare(verbs: Any) -> None:
    """Declare `export` on the subparsers of the command."""
    long = "Write forecasts in the format of another platform."
    parser = add_verb(verbs, "export", export, long=long, more=MORE)
    parser.add_argument("scenarios", type=Path, nargs="+", metavar="FILE", help="scenario, forecast.json or log")
    parser.add_argument("--to", required=True, choices=PLATFORMS, help=f"the platform: {', '.join(PLATFORMS)}")
    parser.add_argument(
        "--id",
        action="append",
        default=[],
        metavar="ID",
        help="what the platform calls the question; one for each FILE",
    )
    parser.add_argument(
        "--range", type=date_range, metavar="DAY/DAY", help="of a date question of Metaculus: its lower and upper bound"
    )
    parser.add_argument(
        "--open",
        choices=OPEN,
        default="upper",
        metavar="BOUND",
        help=f"which bounds of the range are open: {', '.join(OPEN)} (default: upper)",
    )
    for name, what in {
        "source": "the market: infer, manifold, metaculus or polymarket",
        "organization": "who submits",
        "model": "what the forecaster is called",
        "model-organization": "whose the forecaster is (default: who submits)",
        "question-set": "the file of the questions, such as 2026-11-22-llm.json",
    }.items():
        parser.add_argument(f"--{name}", default="", metavar="NAME", help=f"for ForecastBench: {what}")
    parser.add_argument("--out", type=given_path, metavar="FILE", help="a new file (default: print it)")
    add_sampling(parser)


def export(options: argparse.Namespace) -> None:
    """Answer, and write."""
    if options.out is not None:
        check_folder(options.out.parent)
        if options.out.exists():
            message = f"cannot write {options.out}: there is such a file; choose another --out, or move it away"
            raise OutputError(message)
    told: list[Told] = []
    resolutions: dict[str, Resolved] = {}
    for path in options.scenarios:
        if path.suffix == ".jsonl":
            log = read_log(find_log(path))
            told += [entry.told for entry in log.counted]
            resolutions |= log.resolutions
        else:
            told.append(describe_forecast(answer_file(path, options)))
    text = export_forecasts(
        told,
        options.to,
        ids=options.id,
        span=DateRange(options.range[0], options.range[1], options.open) if options.range else None,
        benchmark={
            "organization": options.organization,
            "model": options.model,
            "model_organization": options.model_organization or options.organization,
            "question_set": options.question_set,
            "source": options.source,
        },
        resolutions=resolutions,
    )
    if options.out is None:
        say(text.rstrip("\n"))
    else:
        write_whole(options.out, text.encode())
        logger.info(f"{len(told)} in {options.out}")


def date_range(text: str) -> tuple[datetime.date, datetime.date]:
    """Read two days with a stroke between them."""
    first, stroke, last = text.partition("/")
    if not stroke:
        message = f"expected two days, YYYY-MM-DD/YYYY-MM-DD; found {text!r}"
        raise argparse.ArgumentTypeError(message)
    return date(first), date(last)
