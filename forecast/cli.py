"""The command `forecast` and its verbs: run, compare, sweep, sensitivity, facts, priors, store."""

from __future__ import annotations

import argparse
import datetime
import sys
from collections.abc import Sequence
from dataclasses import replace

import forecast.startup  # noqa: F401 - first of all
from forecast import cli_compare, cli_sweep, store
from forecast.histories import simulate_histories
from forecast.inference import Settings, find_posterior
from forecast.load import load_scenario
from forecast.options import add_scenario, add_verb, date, help_formatter
from forecast.priors import PRIOR_DRAWS, build_priors, draw_priors
from forecast.report.facts import render_facts
from forecast.report.priors import render_priors
from forecast.run import DESCRIPTION, EPILOG, add_arguments, end_with_exit_code, run
from forecast.scenario import Scenario
from forecast.timeline import build_timeline


def print_facts(options: argparse.Namespace) -> None:
    """List the facts of a scenario, their sources and what each does."""
    print(render_facts(move_as_of(load_scenario(options.scenario), options.as_of)))


def print_priors(options: argparse.Namespace) -> None:
    """Show each prior in words, what it implies beside the record, and the posterior once there is one."""
    scenario = load_scenario(options.scenario)
    timeline = build_timeline(scenario)
    priors = build_priors(scenario, timeline)
    posterior = find_posterior(timeline, priors, Settings())
    if posterior is not None:
        prior, histories = posterior.prior, posterior.prior_predictive
    else:
        import numpy as np

        rng = np.random.default_rng(1)
        prior = draw_priors(priors, PRIOR_DRAWS, rng)
        histories = simulate_histories(timeline, prior, rng)
    draws = posterior.draws if posterior else None
    print(render_priors(scenario, timeline, prior=prior, histories=histories, posterior=draws))


def print_store(options: argparse.Namespace) -> None:
    """List the stored posteriors, or remove them."""
    if options.action == "clear":
        files, size = store.clear_store()
        print(f"removed {files} files, {size / 1e6:.1f} MB, from {store.store_folder()}")
        return
    entries = store.list_entries()
    for entry in entries:
        shown = [entry.fingerprint[:8], f"{entry.size / 1e6:6.1f} MB", f"{entry.modified:%Y-%m-%d %H:%M}"]
        draws = "" if entry.draws is None else f"{entry.draws:,} draws"
        about = [f"as of {entry.as_of}" if entry.as_of else "", draws, entry.engine or ""]
        print("  ".join([*shown, *filter(None, about), *([f"NOT SOUND: {entry.problem}"] if entry.problem else [])]))
    total = sum(entry.size for entry in entries)
    print(f"{len(entries)} posteriors, {total / 1e6:.1f} MB, in {store.store_folder()}")


def move_as_of(scenario: Scenario, day: datetime.date | None) -> Scenario:
    """Return the scenario as of another day."""
    return scenario if day is None else replace(scenario, as_of=day)


def build_parser() -> argparse.ArgumentParser:
    """Declare the verbs."""
    parser = argparse.ArgumentParser(
        prog="forecast",
        description="Forecast one-off dated events from sourced facts: whether, where and when.",
        epilog="Each verb has its own --help. Start with: forecast run scenarios/may.yaml",
        formatter_class=help_formatter,
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    add_arguments(add_verb(verbs, "run", run, short="make a forecast", long=DESCRIPTION, more=EPILOG))
    cli_compare.add_verbs(verbs)
    facts = add_verb(
        verbs,
        "facts",
        print_facts,
        short="list the facts and what each does",
        long="List facts, their sources and what each does.",
    )
    add_scenario(facts)
    facts.add_argument("--as-of", type=date, metavar="DATE", help="show what was public on this day instead")
    priors = add_verb(
        verbs,
        "priors",
        print_priors,
        short="show the priors in words",
        long="Show each prior in words, what it implies beside the record,\nand the posterior, if it is stored.",
    )
    add_scenario(priors)
    stored = add_verb(
        verbs,
        "store",
        print_store,
        short="list or clear the stored posteriors",
        long="List the stored posteriors, each with its as-of date\nand whether it is sound, or clear them.",
    )
    stored.add_argument("action", choices=("list", "clear"), help="list them, or remove them all")
    cli_sweep.add_verbs(verbs)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and act."""
    options = build_parser().parse_args(arguments)
    return end_with_exit_code(lambda: options.act(options))


if __name__ == "__main__":
    sys.exit(main())
