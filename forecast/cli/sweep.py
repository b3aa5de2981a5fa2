"""The verb `sweep`: P over ranges of assumptions, as a table and a figure."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forecast.cli.exit import say
from forecast.cli.options import (
    add_figures,
    add_scenario,
    add_seed,
    add_verb,
    add_workers,
    check_folder,
    count_draws,
    given_path,
    load_input_of_any,
    positive,
    start_workers,
)
from forecast.cli.progress import Progress
from forecast.cli.stop import say_when_stopped
from forecast.errors import InputError, Problem
from forecast.files import check_signed, sign_figure, write_whole

if TYPE_CHECKING:
    from forecast.explore import Sweep

SWEEP = """\
Vary keys of the resolved scenario and write P, in total and by place, of every combination, a row each."""
SWEEP_MORE = """\
what KEY can be:
  priors.hazard_ratios.NAME        a number fixes the prior: it is taken for known
  priors.hazard_ratios.NAME.median a number moves the interval to that median, as wide as before (log or logit scale)
  priors.stages.NAME.stay, priors.plans.NAME.kept, priors.plans.NAME.meanwhile, priors.seriousness   the same two ways
  priors.conditions.NAME.lasts, priors.conditions.NAME.returns   the same two ways
  priors.stages.NAME.ends.END      a count
  itineraries.NAME.ATTRIBUTE       a number
  as_of, window.from, window.until, timeline[3].from, given.no_event_until, do.stage.NAME ...        a date
  do.conditions.NAME.ends, given.conditions.NAME.ends, and .begins   a date
  do.hazard_ratios.NAME            a number that holds from tomorrow on
  facts.ID                         on or off; what rests on it alone goes with it

what SPEC can be:
  lo:hi:n   n values from lo to hi, both included: equal factors for priors but `kept`, equal steps otherwise; or dates
  a,b,c     a list of numbers or dates; on,off
  with --sample, values are drawn anywhere between lo and hi (n may be left out), or from the list

examples:
  forecast example > visit.yaml                        a question to try it with
  forecast sweep visit.yaml --vary priors.plans.host.kept=0.02:0.9:25
  forecast sweep visit.yaml --out grid.csv --vary window.until=2024-08-31:2024-12-31:5 \\
                            --vary priors.stages.invited.stay.median=20:200:10
  forecast sweep visit.yaml --out wide.csv --sample 200 \\
                            --vary priors.plans.host.kept=0.02:0.9 --vary priors.seriousness.median=1.2:4

All rows share the same few draws, and their level is put right by that of the scenario as it is, which is the
forecast's own. `mcse` is the Monte Carlo error that is left; differences between rows are more exact. If any KEY
touches the fit, the quick engine answers all rows, or else draws of NUTS do. Where the quick engine fails its gate,
`engine` says refused and p is empty; where a combination makes no sense, `error` says why.

Rows lie in FILE.csv.sqlite until all are there; the table then appears whole. Stopped or killed, the same command goes
on where it was; of a finished sweep it does nothing twice. A file of another sweep is left alone.

exit codes: 0 done; 2 the input cannot be used (the message says where and why); 3 a fit failed its gate
"""


def declare(verbs: Any) -> None:
    """Declare `sweep` on the subparsers of the command."""
    sweep = add_verb(verbs, "sweep", run_sweep, long=SWEEP, more=SWEEP_MORE)
    add_scenario(sweep)
    sweep.add_argument(
        "--vary",
        type=varied,
        action="append",
        required=True,
        metavar="KEY=SPEC",
        help="a key and its values; see below",
    )
    sweep.add_argument("--sample", type=positive, metavar="N", help="a Latin hypercube of N points, not the whole grid")
    sweep.add_argument("--draws", type=count_draws, default=200, metavar="N", help="draws a row (default: 200)")
    add_workers(sweep)
    add_seed(sweep)
    sweep.add_argument("--quick", action="store_true", help="the quick engine also where NUTS would do; no fit at all")
    sweep.add_argument(
        "--out",
        type=given_path,
        metavar="FILE",
        help="FILE.csv or FILE.parquet (default: results/<scenario>/sweep.csv); the figure is FILE.csv.png",
    )
    add_figures(sweep, "figure")


def varied(text: str) -> tuple[str, str]:
    """Read KEY=SPEC from the command line."""
    key, equals, spec = text.partition("=")
    if not (key and equals and spec):
        message = f"expected KEY=SPEC, such as window.until=2025-05-31:2025-12-31:8; found {text!r}"
        raise argparse.ArgumentTypeError(message)
    return key, spec


def run_sweep(options: argparse.Namespace) -> None:
    """Vary, compute, write."""
    from forecast.explore import check_path, sweep_scenario

    vary: dict[str, str] = {}
    for key, spec in options.vary:
        if key in vary:
            raise InputError([Problem((key,), "is varied twice; leave one out")])
        vary[key] = spec
    scenario = load_input_of_any(options.scenario)
    path = options.out or Path("results") / scenario.name / "sweep.csv"
    check_path(path)
    check_folder(path.parent)
    figure = path.with_name(f"{path.name}.{options.format}")
    progress = Progress(sys.stderr)
    with start_workers(options) as executor:
        sweep = sweep_scenario(
            scenario,
            vary,
            sample=options.sample,
            draws=options.draws,
            seed=options.seed,
            engine="quick" if options.quick else "nuts",
            executor=executor,
        )
        owner = f"sweep {sweep.fingerprint}"
        if not options.no_plots:
            check_signed(figure, owner)
        say_when_stopped(f"stopped; the rows so far are kept, and the same command goes on from there: {path}")
        found = sweep.write(path, progress=progress)
        say_when_stopped(f"stopped; the table is in {path}")
    progress.end()
    say(describe(sweep, path, found))
    at_p = sweep.columns.index("p")
    if not options.no_plots and any(row[at_p] is not None for row in sweep):
        from forecast.plots import render_axes

        check_signed(figure, owner)
        write_whole(figure, sign_figure(render_axes(sweep.plot(), options.format), owner))
        print(f"figure: {figure}")


def describe(sweep: Sweep, path: Path, found: int) -> str:
    """Say what a finished sweep found."""
    lines = [f"{len(sweep):,} rows in {path}" + (f", {found:,} of them from before" if found else "")]
    at_p = sweep.columns.index("p")
    least: tuple | None = None
    most: tuple | None = None
    refused = wrong = 0
    for row in sweep:
        engine, error = row[-2:]
        refused += engine == "refused"
        wrong += bool(error) and engine != "refused"
        if row[at_p] is not None:
            least = row if least is None or row[at_p] < least[at_p] else least
            most = row if most is None or row[at_p] > most[at_p] else most
    for name, end in (("least", least), ("most", most)):
        if end is not None:
            where = ", ".join(f"{key} = {_short(value)}" for key, value in zip(sweep.keys, end[1:], strict=False))
            lines.append(f"P is {name} at {end[at_p]:.3f}: {where}")
    if sweep.level is not None:
        by = f"by {'NUTS' if sweep.level.engine == 'nuts' else 'the quick engine'}"
        lines.append(
            f"P of the scenario as it is, over all draws {by}, to which rows are put right: {sweep.level.p:.3f}"
        )
    if refused:
        lines.append(f"{refused:,} rows are refused: the quick engine fails its gate there (column error says how)")
    if wrong:
        lines.append(f"{wrong:,} rows have no answer: their combination makes no sense (column error says why)")
    return "\n".join(lines)


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
