"""The answer to a question about several timelines as a table, for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from forecast.report.lines import count_columns, decimal, pad, with_error, wrap
from forecast.report.table import READINGS, render_readings

Plain = Mapping[str, Any]
LINES_MOST = 15  # of parts that are told one by one, and of numbers
P_WIDTH = 16


def render_ensemble(result: Plain) -> str:
    """Write whether, which, how many and when as a table of plain text.

    Parameters
    ----------
    result : dict
        What stands in `forecast.json`: `EnsembleResult.to_dict()`.
    """
    which, when = result["which"], result["when"]
    came = sorted((name for name, each in which.items() if "came" in each), key=lambda name: which[name]["came"])
    width = max(count_columns(name) for name in ("by 2025-01-01", "as if not shared", READINGS, *which)) + 2
    lines = [
        result["title"],
        f"as of {result['as_of']}, from {result['window']['from']} to {result['window']['until']}",
        *wrap(f"asked: {result['asked']}", "", "  "),
        *(wrap(f"given: {'; '.join(result['given'])}", "", "  ") if "given" in result else []),
        "",
        _heading("whether", width),
        _line("yes", result["p_event"], width),
        f"  {'no':<{width}}{decimal(1 - result['p_event']['mean'])}",
        *([f"  {'as if not shared':<{width}}{decimal(result['unshared'])}"] if "unshared" in result else []),
        *render_readings(result, width),
        "",
        _heading("which", width, "next" if came else "first"),
        *_some([_line(name, each, width, decimal(each["first"])) for name, each in _sort(which) if "came" not in each]),
        *wrap(f"  {len(came)} have come: {', '.join(came)}" if came else "", "", "    "),
    ]
    if result["how_many"]:
        told = [item for item in result["how_many"] if item["mean"] >= 0.0005]
        lines += ["", _heading("how many", width), *_some([_line(item["is"], item, width) for item in told])]
    lines += ["", _heading("when" if when["lasts"] else "if it ends", width)]
    lines += [_line(f"{'by' if when['lasts'] else 'on'} {day}", each, width) for day, each in when["by"].items()]
    if "median" in when:
        first, last = when["median"]
        by = f"by {last}" if first == last else f"by a day from {first} to {last}"
        lines.append(f"  if it comes, it is as likely as not {by}")
    lines += ["", *(line for note in result["notes"] for line in wrap(f"note: {note}", "", "  ")), *_footer(result)]
    return "\n".join(lines)


def _sort(which: Plain) -> list[tuple[str, Plain]]:
    return sorted(which.items(), key=lambda item: -item[1]["mean"])


def _some(lines: Sequence[str]) -> list[str]:
    """Return the first lines, and how many more there are."""
    if len(lines) <= LINES_MOST:
        return list(lines)
    return [*lines[: LINES_MOST - 1], f"  and {len(lines) - LINES_MOST + 1} more, in forecast.json"]


def _heading(title: str, width: int, last: str = "") -> str:
    return f"{title:<{width + 2}}{'P':<{P_WIDTH}}{'90%':<18}{last}".rstrip()


def _line(name: str, estimate: Plain, width: int, last: str = "") -> str:
    lo, hi = map(decimal, estimate["eti90"])
    p = with_error(estimate["mean"], estimate["mcse"]) if "mcse" in estimate else decimal(estimate["mean"])
    return f"  {pad(name, width)}{p:<{P_WIDTH}}{f'{lo} to {hi}':<18}{last}".rstrip()


def _footer(result: Plain) -> list[str]:
    lines = []
    for name, family in result["families"].items():
        found = family["diagnostics"]
        if found["engine"] == "quick":
            how = f"Pareto k {found['pareto_k']:.2f}, ESS {found['ess']:.0f}"
        else:
            ess = min(found["ess_bulk"], found["ess_tail"])
            how = f"R-hat {found['r_hat']:.3f}, ESS {ess:.0f}, divergences {found['divergences']}"
        lines.append(f"{name}: {'quick engine' if found['engine'] == 'quick' else 'NUTS'}, {how}")
    if "drawn" in result:
        told = f"{result['drawn']} days are drawn for each draw"
        lines.append(f"parts hang together, so {told}, and P has the error of that")
    return [*lines, "± is the Monte Carlo error; first, or next: before all others that have not come"]
