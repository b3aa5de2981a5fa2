"""The verb `sensitivity`: which prior matters for P."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from forecast.answer import check_owner, name_owner
from forecast.cli.exit import say
from forecast.cli.options import (
    add_figures,
    add_scenario,
    add_seed,
    add_verb,
    check_folder,
    count_draws,
    given_path,
    load_input_of_any,
)
from forecast.files import sign_figure, write_whole

SENSITIVITY = """\
Find which prior matters for P. Each quantity (stay, factor, kept, meanwhile, seriousness) is fixed at either end of
its 90% interval, one at a time, and the model fitted again; of a stage's ends, one count is moved to where its share
has its 5% and its 95% point. Beside that stands how P answers to powers of the whole prior and of the likelihood."""
SENSITIVITY_MORE = """\
examples:
  forecast example > visit.yaml                        a question to try it with
  forecast sensitivity visit.yaml --quick              a table, and results/visit/sensitivity.png
  forecast sensitivity visit.yaml                      the power scaling by NUTS

Each P comes from the quick engine with the same noise; where that fails its gate, the line says refused.
Power scaling: Kallioinen et al. 2024, doi:10.1007/s11222-023-10366-5, as ArviZ computes it.
"""


def declare(verbs: Any) -> None:
    """Declare `sensitivity` on the subparsers of the command."""
    parser = add_verb(
        verbs,
        "sensitivity",
        run_sensitivity,
        long=SENSITIVITY,
        more=SENSITIVITY_MORE,
    )
    add_scenario(parser)
    parser.add_argument("--draws", type=count_draws, default=1000, metavar="N", help="behind each P (default: 1000)")
    add_seed(parser)
    parser.add_argument("--quick", action="store_true", help="the quick engine's draws for the power scaling")
    parser.add_argument(
        "--out", type=given_path, metavar="DIR", help="where the figure goes (default: results/<scenario>)"
    )
    add_figures(parser, "figure")


def run_sensitivity(options: argparse.Namespace) -> None:
    """Measure what matters and show it."""
    from forecast.explore import measure_sensitivity

    scenario = load_input_of_any(options.scenario)
    folder = options.out or Path("results") / scenario.name
    figure = f"sensitivity.{options.format}"
    check_folder(folder)
    if not options.no_plots:
        check_owner(folder, scenario, [figure])
    found = measure_sensitivity(
        scenario, draws=options.draws, seed=options.seed, engine="quick" if options.quick else "nuts"
    )
    say(str(found))
    if not options.no_plots:
        from forecast.plots import render_axes

        check_owner(folder, scenario, [figure])
        drawn = render_axes(found.plot(), options.format)
        write_whole(folder / figure, sign_figure(drawn, name_owner(scenario)))
        print(f"figure: {folder / figure}")
