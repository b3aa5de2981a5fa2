"""The verb `update`: the child of a file for another day, with a place for the news."""

from __future__ import annotations

import argparse
import datetime
import io
import os
from pathlib import Path
from typing import Any

from forecast.cli.exit import say
from forecast.cli.new import SCHEMA, SCHEMA_LINE, name_file, refuse_existing
from forecast.cli.options import add_as_of, add_verb, given_path
from forecast.document import drop_day, load_scenario
from forecast.errors import InputError, Problem
from forecast.files import write_batch
from forecast.scenario import Scenario

EXAMPLES = """\
examples:
  forecast new port --as-of 2026-11-20                 a question to try it with
  forecast update port.yaml --as-of 2026-11-27         writes port-2026-11-27.yaml, which extends port.yaml
  forecast run port-2026-11-27.yaml --quick            it runs at once, with nothing new in it

Write what happened under `add`. Next week, update the file of this week.
"""


def declare(verbs: Any) -> None:
    """Declare `update` on the subparsers of the command."""
    parser = add_verb(
        verbs,
        "update",
        write_update,
        long="Write the file for another day: it extends the one given, with a place for what is new.",
        more=EXAMPLES,
    )
    parser.add_argument("scenario", type=given_path, metavar="SCENARIO.yaml", help="the file below")
    add_as_of(parser, "the day of the forecast")
    parser.add_argument(
        "--out", type=given_path, metavar="FILE", help="the new file (default: the old name and the day)"
    )


def write_update(options: argparse.Namespace) -> None:
    """Write the child."""
    base: Path = options.scenario
    before = load_scenario(base)
    day = options.as_of
    if day <= before.as_of:
        message = f"expected a day after {before.as_of}, on which {base} was cut; found {day}"
        raise InputError([Problem(("as_of",), message)])
    path = name_file(options.out or base.with_name(f"{drop_day(base.stem)}-{day}.yaml"))
    refuse_existing(path, "Choose another with --out")
    text = write_child(before, Path(os.path.relpath(base, path.parent)), day)
    if (path.parent / SCHEMA).exists():
        text = SCHEMA_LINE + text
    _check(text, path)
    write_batch(path.parent, {path.name: text.encode()})
    say(f"{path} is written. Write what is new under add, and look it over with: forecast check {path}")


def write_child(before: Scenario, base: Path, day: datetime.date) -> str:
    """Return the text of a child that moves a scenario on to a day, with a place for the news.

    The window keeps its first day, so that what has happened meanwhile is the answer.
    """
    question, window = before.question, before.window
    present = before.known().present.stage
    later = [name for name in question.stages if name != present]
    way, source = question.itineraries[0].name, "What was said (its source)"
    entries = [f"- {{from: {day}, stage: {later[-1]}, because: {source}}}"] if later else []
    entries.append(f"- {{day: {day}, event: {way}, because: {source}}}")
    if before.priors.plans:
        plan, until = next(iter(before.priors.plans)), window.until
        said = f"{source[:-1]} {day})"  # a plan counts from when it was public
        entries.append(f"- {{plan: {plan}, from: {until}, until: {until}, because: {said}}}")
    lines = [
        f"extends: {base.as_posix()}",
        f"as_of: {day}",
        f"window: {{from: {window.began or window.start}}}",
        "",
        f"# What is new since {before.as_of}: take away the # before what you fill in.",
        "# Put a text with a comma or a colon into quotes.",
        "add:",
        "  timeline:",
        *(f"    # {entry}" for entry in entries),
        "  facts:",
        f"    # - {{id: a-name, says: What is known now., source: Its source, public: {day}}}",
    ]
    if later:
        lines.append(f"# stages: {', '.join(question.stages)}")
    if len(question.itineraries) > 1:
        lines.append(f"# events: {', '.join(question.ways)}")
    return "\n".join(lines) + "\n"


def _check(text: str, path: Path) -> None:
    """Refuse to write what cannot be run, as where the window is over by then.

    Raises
    ------
    InputError
    """
    file = io.StringIO(text)
    file.name = str(path)
    load_scenario(file)
