"""The verb `new`: a commented file of the user's own that runs at once."""

from __future__ import annotations

import argparse
import datetime
import json
import logging
import re
from pathlib import Path
from typing import Any

from forecast.cli.exit import say
from forecast.cli.options import add_as_of, add_verb, given_path
from forecast.document import load_scenario, make_json_schema
from forecast.errors import InputError, OutputError, Problem
from forecast.files import write_batch

logger = logging.getLogger(__name__)

SCHEMA = "forecast.schema.json"
SCHEMA_LINE = f"# yaml-language-server: $schema={SCHEMA}\n"
_TEMPLATES = Path(__file__).with_name("templates")
_DAY = re.compile(r"\{today([+-][0-9]+)?\}")
KINDS = ("strike", "launch", "treaty", "visit", "ratification")
EXAMPLES = """\
examples:
  forecast new port                                    writes port.yaml: one thing that goes on until it ends
  forecast new visit-2027 --like visit                 stages, places, plans, conditions
  forecast check port.yaml                             what it assumes
  forecast run port.yaml --quick                       what it answers

Beside the file it writes forecast.schema.json, by which editors complete keys and mark slips.
"""


def declare(verbs: Any) -> None:
    """Declare `new` on the subparsers of the command."""
    parser = add_verb(
        verbs,
        "new",
        write_new,
        long="Write a file to begin a question of your own with. It runs at once.",
        more=EXAMPLES,
    )
    parser.add_argument("name", type=given_path, metavar="NAME", help="the question's name, or the path of its file")
    parser.add_argument("--like", choices=KINDS, default=KINDS[0], help=f"what it is like (default: {KINDS[0]})")
    add_as_of(parser, "the day of the forecast")


def write_new(options: argparse.Namespace) -> None:
    """Write the file and, where there is none, the schema beside it."""
    path = name_file(options.name)
    text = fill_in(options.like, options.as_of)
    contents = {path.name: (SCHEMA_LINE + text).encode()}
    if not (path.parent / SCHEMA).exists():
        contents[SCHEMA] = (json.dumps(make_json_schema(), indent=2, ensure_ascii=False) + "\n").encode()
    refuse_existing(path)
    load_scenario(text)  # a day near either end of the calendar has others beyond it
    write_batch(path.parent, contents)
    say(f"{path} is written. Look it over with: forecast check {path}")


def name_file(path: Path) -> Path:
    """Return the path of a file of YAML by its name, or by its path."""
    return path if path.suffix in (".yaml", ".yml") else path.with_name(f"{path.name}.yaml")


def refuse_existing(path: Path, remedy: str = "Choose another name") -> None:
    """Refuse to write over a file.

    Raises
    ------
    OutputError
    """
    if path.exists() or path.is_symlink():
        message = f"cannot write {path}: it is there already, and would be lost. {remedy}"
        raise OutputError(message)


def fill_in(kind: str, today: datetime.date) -> str:
    """Return a template with its days counted from today.

    Raises
    ------
    InputError
        If today is so early or late that one of them is in no calendar.
    """
    text = (_TEMPLATES / f"{kind}.yaml").read_text(encoding="utf-8")
    try:
        return _DAY.sub(lambda found: str(today + datetime.timedelta(days=int(found[1] or 0))), text)
    except OverflowError:
        raise InputError([Problem(("as_of",), f"expected a day within the calendar; found {today}")]) from None
