"""The verb `example`: a small question with something of everything, to try the other verbs with."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from forecast.cli.exit import say
from forecast.cli.options import add_verb

EXAMPLES = """\
examples:
  forecast example > visit.yaml
  forecast run visit.yaml --quick
  forecast example | forecast run - --quick
"""


def declare(verbs: Any) -> None:
    """Declare `example` on the subparsers of the command."""
    long = "Print a small question with something of everything, to try the verbs with and to write your own from."
    add_verb(verbs, "example", print_example, long=long, more=EXAMPLES)


def print_example(options: argparse.Namespace) -> None:  # noqa: ARG001
    """Print the scenario that lies beside this module."""
    say(Path(__file__).with_name("example.yaml").read_text(encoding="utf-8").rstrip("\n"))
