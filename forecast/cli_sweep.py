"""The verbs `sweep` and `sensitivity` of the command line."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forecast.errors import InputError, Problem
from forecast.files import write_whole
from forecast.load import load_scenario
from forecast.options import add_scenario, add_seed, add_verb, check_folder, count_draws, given_path, positive
from forecast.progress import Progress

if TYPE_CHECKING:
    from forecast.rows import TableFile
    from forecast.sweep import Sweep

KINDS = (".csv", ".parquet")

SWEEP = """\
Vary keys of the resolved scenario and write P, in total and by place, of every combination, a row each."""
SWEEP_MORE = """\
what KEY can be:
  priors.hazard_ratios.NAME        a number fixes the prior: it is taken for known
  priors.hazard_ratios.NAME.median a number moves the interval to that median, as wide as before (log or logit scale)
  priors.stages.NAME.stay, priors.plans.NAME.kept, priors.plans.NAME.meanwhile, priors.seriousness   the same two ways
  priors.stages.NAME.ends.END      a count
  itineraries.NAME.ATTRIBUTE       a number
  as_of, window.from, window.until, timeline[3].from, given.no_event_until, do.stage.NAME ...        a date
  do.hazard_ratios.NAME            a number that holds from tomorrow on
  facts.ID                         on or off; what rests on it alone goes with it

what SPEC can be:
  lo:hi:n   n values from lo to hi, both included: equal factors for priors but `kept`, equal steps otherwise; or dates
  a,b,c     a list of numbers or dates; on,off
  with --sample, values are drawn anywhere between lo and hi (n may be left out), or from the list

examples:
  forecast sweep scenarios/may.yaml --vary priors.plans.leak.kept=0.02:0.9:25
  forecast sweep scenarios/may.yaml --vary priors.stages.preparing.stay.median=30:300:20 \\
                                    --vary window.until=2025-04-30:2025-12-31:9
  forecast sweep scenarios/may.yaml --sample 10000 --out results/may/wide.parquet \\
                                    --vary priors.plans.leak.kept=0.02:0.9 --vary priors.seriousness.median=1.2:4

All rows share the same few draws, so differences between rows are far more exact than each row, which carries the
Monte Carlo error of its draws (about 0.02 with 200). If any KEY touches the fit, the quick engine answers all rows,
or else draws of NUTS do. Where the quick engine fails its gate, `engine` says refused and p is empty; where a
combination makes no sense, `error` says why. Stopped or killed, the same command goes on where it was.

exit codes: 0 done; 2 the input cannot be used (the message says where and why); 3 a fit failed its gate
"""

SENSITIVITY = """\
Find which prior matters for P. Each quantity (stay, factor, kept, meanwhile, seriousness) is fixed at either end of
its 90% interval, one at a time, and the model fitted again; of a stage's ends, one count is moved to where its share
has its 5% and its 95% point. Beside that stands how P answers to powers of the whole prior and of the likelihood."""
SENSITIVITY_MORE = """\
examples:
  forecast sensitivity scenarios/may.yaml            a table, and results/may/sensitivity.png
  forecast sensitivity scenarios/may.yaml --quick    without NUTS

Each P comes from the quick engine with the same noise; where that fails its gate, the line says refused.
Power scaling: Kallioinen et al. 2024, doi:10.1007/s11222-023-10366-5, as ArviZ computes it.
"""


def add_verbs(verbs: Any) -> None:
    """Declare the verbs on a parser's subparsers."""
    sweep = add_verb(verbs, "sweep", run_sweep, short="P over ranges of assumptions", long=SWEEP, more=SWEEP_MORE)
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
    cores = os.cpu_count() or 1
    sweep.add_argument("--jobs", type=positive, default=cores, metavar="N", help="processes (default: all cores)")
    add_seed(sweep)
    sweep.add_argument("--quick", action="store_true", help="the quick engine also where NUTS would do; no fit at all")
    sweep.add_argument(
        "--out",
        type=given_path,
        metavar="FILE",
        help="FILE.csv or FILE.parquet (default: results/<scenario>/sweep.csv); the figure lies beside it",
    )
    sweep.add_argument("--no-plots", action="store_true", help="leave the figure out")
    sensitive = add_verb(
        verbs,
        "sensitivity",
        run_sensitivity,
        short="which prior matters",
        long=SENSITIVITY,
        more=SENSITIVITY_MORE,
    )
    add_scenario(sensitive)
    sensitive.add_argument("--draws", type=count_draws, default=1000, metavar="N", help="behind each P (default: 1000)")
    add_seed(sensitive)
    sensitive.add_argument("--quick", action="store_true", help="the quick engine's draws for the power scaling")
    sensitive.add_argument(
        "--out", type=given_path, metavar="DIR", help="where the figure goes (default: results/<scenario>)"
    )
    sensitive.add_argument("--no-plots", action="store_true", help="leave the figure out")


def varied(text: str) -> tuple[str, str]:
    """Read KEY=SPEC from the command line."""
    key, equals, spec = text.partition("=")
    if not (key and equals and spec):
        message = f"expected KEY=SPEC, such as window.until=2025-05-31:2025-12-31:8; found {text!r}"
        raise argparse.ArgumentTypeError(message)
    return key, spec


def run_sweep(options: argparse.Namespace) -> None:
    """Vary, compute, write."""
    from forecast.sweep import sweep_scenario, write_sweep  # and with it what other verbs do without

    vary: dict[str, str] = {}
    for key, spec in options.vary:
        if key in vary:
            raise InputError([Problem((key,), "is varied twice; leave one out")])
        vary[key] = spec
    scenario = load_scenario(options.scenario)
    path = options.out or Path("results") / scenario.name / "sweep.csv"
    check_path(path)
    sweep = sweep_scenario(
        scenario,
        vary,
        sample=options.sample,
        draws=options.draws,
        seed=options.seed,
        engine="quick" if options.quick else "nuts",
        report=report,
    )
    progress = Progress(sys.stderr)
    try:
        table, found = write_sweep(sweep, path, jobs=options.jobs, progress=progress)
    except KeyboardInterrupt:
        progress.end()
        print(f"stopped; the rows so far are kept, and the same command goes on from there: {path}", file=sys.stderr)
        raise SystemExit(130) from None
    progress.end()
    print(describe(sweep, table, found))
    if not options.no_plots:
        from forecast.sweep_figure import render_sweep

        figure = path.with_suffix(".png")
        write_whole(figure, render_sweep(sweep, table))
        print(f"figure: {figure}")


def run_sensitivity(options: argparse.Namespace) -> None:
    """Measure what matters and show it."""
    from forecast.sensitivity import measure_sensitivity

    scenario = load_scenario(options.scenario)
    folder = options.out or Path("results") / scenario.name
    check_folder(folder)
    found = measure_sensitivity(
        scenario, draws=options.draws, seed=options.seed, engine="quick" if options.quick else "nuts", report=report
    )
    print(found)
    if not options.no_plots:
        from forecast.sweep_figure import render_sensitivity

        write_whole(folder / "sensitivity.png", render_sensitivity(found))
        print(f"figure: {folder / 'sensitivity.png'}")


def report(line: str) -> None:
    """Say on stderr what is being done."""
    print(line, file=sys.stderr, flush=True)


def check_path(path: Path) -> None:
    """Refuse a file that rows cannot be written to, before anything is computed.

    Raises
    ------
    InputError, OutputError
    """
    if path.suffix not in KINDS:
        raise InputError([Problem(("--out",), f"expected FILE.csv or FILE.parquet; found {path.name}")])
    check_folder(path.parent)


def describe(sweep: Sweep, table: TableFile, found: int) -> str:
    """Say what a finished sweep found."""
    lines = [f"{table.total:,} rows in {table.path}" + (f", {found:,} of them from before" if found else "")]
    least: tuple[float, dict] | None = None
    most: tuple[float, dict] | None = None
    refused = wrong = 0
    for row in table.read():
        refused += row["engine"] == "refused"
        wrong += bool(row["error"]) and row["engine"] != "refused"
        if row["p"]:
            p = float(row["p"])
            least = (p, row) if least is None or p < least[0] else least
            most = (p, row) if most is None or p > most[0] else most
    for name, end in (("least", least), ("most", most)):
        if end is not None:
            where = ", ".join(f"{axis.slot.key} = {_short(end[1][axis.slot.key])}" for axis in sweep.design.axes)
            lines.append(f"P is {name} at {end[0]:.3f}: {where}")
    if refused:
        lines.append(f"{refused:,} rows are refused: the quick engine fails its gate there (column error says how)")
    if wrong:
        lines.append(f"{wrong:,} rows have no answer: their combination makes no sense (column error says why)")
    return "\n".join(lines)


def _short(text: str) -> str:
    try:
        return f"{float(text):.4g}"
    except ValueError:
        return text
