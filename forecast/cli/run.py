"""The verb `run`: a scenario to a table, a folder of files and figures."""

from __future__ import annotations

import argparse
import logging
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from forecast.answer import (
    EnsembleResult,
    Estimate,
    Settled,
    check_owner,
    render_json,
    render_scenario,
    run_scenario,
    write_result,
    write_settled,
)
from forecast.cli.exit import end_with_exit_code, say
from forecast.cli.options import (
    add_figures,
    add_log_level,
    add_sampling,
    add_scenario,
    add_verb,
    add_version,
    check_folder,
    given_path,
    load_input_of_any,
)
from forecast.errors import OutputError
from forecast.files import render_json as render_plain
from forecast.inference import Engine, Settings
from forecast.report import with_error
from forecast.scenario import Ensemble, Scenario

logger = logging.getLogger(__name__)

APART = 3  # Monte Carlo errors between the preliminary P and the final one, from which on it is said

DESCRIPTION = "Forecast whether, where and when the event of a scenario happens."
EPILOG = """\
examples:
  forecast example > visit.yaml                        a question to try it with
  python -m forecast.run visit.yaml --quick            an answer in under a second, fitted from scratch
  python -m forecast.run visit.yaml                    the whole forecast, into results/visit/
  python -m forecast.run visit.yaml --no-plots         the same without figures, much faster
  python -m forecast.run visit.yaml --json > visit.json

what it writes, each file whole or not at all, forecast.json last:
  forecast.json   P, places, curves by day, diagnostics, facts used
  scenario.yaml   the scenario as the model saw it: what it extends and its facts written out; it can be run again
  posterior.nc    every draw with labels and units; xarray.open_datatree and ArviZ read it (not with --quick, whose
                  draws are made again faster than they are written; in Python, result.posterior has them)
  timeline.png whether.png where.png when.png decay.png priors.png  (--format svg or pdf: for print and for slides)

To change an assumption, write a file that extends another. Three verbs change what is asked:
  assume: another prior, with its own reason      assume: {plans: {leak: {kept: [0.3, 0.8], reason: it was right}}}
  do:     something is set from a date on         do: {stage: {announced: 2025-04-28}}
  given:  we learn part of what happens           given: {no_event_until: 2025-05-05}

The first run of a model fits it (about half a minute); the posterior is stored, so later runs, and scenarios that
differ only after the as-of date, take a second. The store is $FORECAST_STORE, or the folder `forecast` in your cache.

exit codes: 0 done; 2 the input cannot be used (the message says where and why); 3 the fit failed its gate
"""


def declare(verbs: Any) -> None:
    """Declare `run` on the subparsers of the command."""
    add_arguments(add_verb(verbs, "run", run, long=DESCRIPTION, more=EPILOG))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of a run."""
    add_scenario(parser)
    parser.add_argument(
        "--out",
        type=given_path,
        metavar="DIR",
        help="where the files go (default: results/<scenario>, or results/<scenario>-quick)",
    )
    add_sampling(parser)
    add_figures(parser)
    parser.add_argument("--json", action="store_true", help="print forecast.json instead of the table")
    parser.add_argument("--fresh", action="store_true", help="fit again even if a posterior is stored")


def run(options: argparse.Namespace) -> None:
    """Run a scenario and write its results."""
    scenario = load_input_of_any(options.scenario)
    folder = options.out or Path("results") / (f"{scenario.name}-quick" if options.quick else scenario.name)
    check_folder(folder)
    check_owner(folder, scenario)
    check_input(folder, scenario, options.scenario)
    if isinstance(scenario, Scenario) and (late := scenario.known().left_out):
        logger.info(
            f"{late} of {len(scenario.timeline)} timeline entries rest on facts not yet public on {scenario.as_of}"
        )
    settings = Settings(draws=options.draws, seed=options.seed)
    engine: Engine = "quick" if options.quick else "nuts"
    told: list[Estimate] = []

    def tell(found: Estimate) -> None:
        told.append(found)
        p = with_error(found.mean, found.mcse or 0.0)
        logger.info(f"preliminary: P {p} by the quick engine; NUTS follows, and has the last word")

    result = run_scenario(scenario, settings=settings, engine=engine, fresh=options.fresh, preliminary=tell)
    if isinstance(result, Settled):
        say(render_json(result).rstrip("\n") if options.json else str(result))
        write_settled(result, folder)
        return
    if isinstance(result, EnsembleResult):
        say(render_plain(result.plain).rstrip("\n") if options.json else str(result))
        result.write(folder, figures=not options.no_plots, format=options.format)
        return
    for early in told:
        check_preliminary(early, result.p_event)
    try:
        say(render_json(result).rstrip("\n") if options.json else str(result))
    finally:  # also where nobody reads what is printed
        write_result(result, folder, figures=not options.no_plots, format=options.format)


def check_preliminary(early: Estimate, final: Estimate) -> None:
    """Say so where the preliminary P was further from the final one than their Monte Carlo errors explain."""
    error = math.hypot(early.mcse or 0.0, final.mcse or 0.0)
    if abs(final.mean - early.mean) > APART * error:
        logger.warning(
            f"the preliminary P, {early.mean:.3f}, and the final one, {final.mean:.3f}, are more than {APART} Monte "
            f"Carlo errors apart (one is {error:.4f}); the final one counts"
        )


def check_input(folder: Path, scenario: Scenario | Ensemble, source: Path) -> None:
    """Refuse to write the resolved scenario over the file that was read, unless it says the same.

    Raises
    ------
    OutputError
    """
    target = folder / "scenario.yaml"
    try:
        is_input = target.samefile(source) and target.read_text(encoding="utf-8") != render_scenario(scenario)
    except OSError:  # there is none yet
        is_input = False
    if is_input:
        message = f"cannot write into {folder}: it holds {source}, which would be lost; choose another with --out"
        raise OutputError(message)


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(
        prog="python -m forecast.run",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_arguments(parser)
    add_log_level(parser)
    add_version(parser)
    options = parser.parse_args(arguments)
    return end_with_exit_code(lambda: run(options), options.log_level, as_json=options.json)
