"""The command `forecast` and its verbs, each in a module of its own, which is loaded when it is the one asked for."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from forecast.cli.exit import end_with_exit_code
from forecast.cli.options import VERBS, add_version


def build_parser(verb: str | None = None) -> argparse.ArgumentParser:
    """Declare the verbs: of all their names and help lines, and the options of one alone, or of all without it."""
    parser = argparse.ArgumentParser(
        prog="forecast",
        description="Forecast one-off dated events from sourced facts: whether, where and when.",
        epilog="Each verb has its own --help. A question to try it with: forecast example > visit.yaml",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_version(parser)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, short in VERBS.items():
        if verb in (name, None):
            importlib.import_module(f"forecast.cli.{name}").declare(verbs)
        else:
            verbs.add_parser(name, help=short)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and act."""
    words = sys.argv[1:] if arguments is None else arguments
    verb = next((word for word in words if not word.startswith("-")), "")
    options = build_parser(verb).parse_args(words)
    return end_with_exit_code(lambda: options.act(options), options.log_level, as_json=getattr(options, "json", False))
