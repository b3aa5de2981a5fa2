"""The command `forecast` and its verbs: run, compare, sweep, sensitivity, facts, priors, store, schema."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from forecast.cli import compare, facts, priors, run, schema, sensitivity, store, sweep
from forecast.cli.exit import end_with_exit_code
from forecast.cli.options import add_version


def build_parser() -> argparse.ArgumentParser:
    """Declare the verbs."""
    parser = argparse.ArgumentParser(
        prog="forecast",
        description="Forecast one-off dated events from sourced facts: whether, where and when.",
        epilog="Each verb has its own --help. Start with: forecast run scenarios/may.yaml",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_version(parser)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for module in (run, compare, sweep, sensitivity, facts, priors, store, schema):
        module.declare(verbs)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and act."""
    options = build_parser().parse_args(arguments)
    return end_with_exit_code(lambda: options.act(options), options.log_level)
