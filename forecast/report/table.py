"""The forecast as a short table, for a terminal and for a notebook."""

from __future__ import annotations

import datetime
import textwrap
from typing import TYPE_CHECKING

import numpy as np

from forecast.report.facts import describe_entry

if TYPE_CHECKING:
    from forecast.answer import Estimate, Result
    from forecast.scenario import Setting

KEY_DATES_MOST = 8
READINGS = "other readings"
WIDTH = 110


def render_table(result: Result) -> str:
    """Write whether, where and when as a table of plain text."""
    window, timeline = result.scenario.window, result.timeline
    stage = timeline.structure.stages[timeline.stage]
    since = datetime.date.fromordinal(timeline.since)
    width = max(len(name) for name in ("by 2025-01-01", READINGS, *result.places)) + 2
    lines = [
        result.scenario.question.title,
        f"as of {result.scenario.as_of}, from {window.start} to {window.until}",
        f"stage today: {stage}, since {since}",
        *(f"supposing {line}" for line in describe_suppositions(result)),
        "",
        _heading("whether", width),
        _line("event", result.p_event, width),
        f"  {'no event':<{width}}{decimal(1 - result.p_event.mean)}",
        f"  {explain_interval(result)}",
        *_readings(result, width),
        "",
        _heading("where", width, "share"),
    ]
    for name, estimate in result.places.items():
        share = f"{estimate.mean / result.p_event.mean:.0%}" if result.p_event.mean > 0 else "-"
        lines.append(_line(name, estimate, width, share))
    lines += ["", _heading("when", width)]
    lines += [_line(f"by {day}", result.by(day), width) for day in key_dates(result)]
    if result.p_event.mean > 0:
        start, until = result.window(0.8)
        lines.append(f"  if it happens, four chances in five that it is from {start} to {until}")
    lines += [
        *(f"  {line}" for line in describe_decay(result)),
        "",
        f"for comparison: constant rate {decimal(result.base_rate)}, prior only {decimal(result.prior_only)}",
        *_footer(result),
    ]
    return "\n".join(lines)


def render_html(result: Result) -> str:
    """Write the same for a notebook."""
    import html

    rows = [("event", result.p_event), *result.places.items()]
    body = "".join(
        f"<tr><td>{html.escape(name)}</td><td>{decimal(estimate.mean)}</td>"
        f"<td>{decimal(estimate.eti90[0])} to {decimal(estimate.eti90[1])}</td></tr>"
        for name, estimate in rows
    )
    start, until = result.window(0.8)
    window = result.scenario.window
    supposing = [f"supposing {line}" for line in describe_suppositions(result)]
    lines = *supposing, explain_interval(result), " ".join(_readings(result, len(READINGS) + 2)), *_footer(result)
    notes = "<br>".join(html.escape(line) for line in lines if line)
    return (
        f"<table><caption>{html.escape(result.scenario.question.title)}<br>as of {result.scenario.as_of}, "
        f"from {window.start} to {window.until}</caption>"
        f"<thead><tr><th></th><th>P</th><th>90%</th></tr></thead><tbody>{body}</tbody></table>"
        f"<p>80% of the timing: {start} to {until}</p><p><small>{notes}</small></p>"
    )


def decimal(share: float) -> str:
    """Write a probability as a number, with three places where two would claim 0 or 1.

    Examples
    --------
    >>> [decimal(share) for share in (0.426, 0.997, 0.003)]
    ['0.43', '0.997', '0.003']
    """
    return f"{share:.2f}" if 0.01 <= share <= 0.99 or share in (0, 1) else f"{share:.3f}"


def explain_interval(result: Result) -> str:
    """Say in a sentence what the 90% interval of a probability means."""
    known = "rates and this episode's seriousness" if result.timeline.structure.has_rest else "rates"
    lo, hi = map(decimal, result.p_event.eti90)
    return f"{decimal(result.p_event.mean)}; if the {known} were known it would lie in {lo} to {hi}"


def describe_suppositions(result: Result) -> list[str]:
    """Say what is set (do) and what is learned (given), a line each, and how likely the latter was."""
    done, learned = result.scenario.interventions, result.scenario.evidence
    lines = [f"{name} is set on {day} (do)" for name, day in done.stage.items()]
    lines += [f"{name} is {item.value:g}{_since(item)} (do)" for name, item in done.hazard_ratios.items()]
    for name, setting in done.itineraries.items():
        values = ", ".join(f"{label} {value:g}" for label, value in setting.value.items())
        lines.append(f"{name} has {values}{_since(setting)} (do)")
    lines += [f"{name} cannot be taken from {day} on (do)" for name, day in done.remove.items()]
    lines += [f"{describe_entry(entry)} (do)" for entry in done.timeline]
    known = [f"{name} is entered on {day}" for name, day in learned.stage.items()]
    known += [f"no event by {learned.no_event_until}"] if learned.no_event_until else []
    known += [f"nothing new by {learned.silence_until}"] if learned.silence_until else []
    if known:
        lines.append(f"{', '.join(known)} (given; its chance was {decimal(float(result.curves.weight.mean()))})")
    return lines


def _since(setting: Setting) -> str:
    return "" if setting.start is None else f" from {setting.start} on"


def describe_decay(result: Result) -> list[str]:
    """Say when P for the rest of the window falls below 10%, if nothing happens and if nothing is even announced."""
    lines = []
    for curve, condition in (("no_event", "while nothing happens"), ("silence", "with nothing announced either")):
        day = result.falls_below(curve)
        if day >= result.scenario.window.until:
            lines.append(f"{condition}, what is left stays above 10% until the window closes")
        elif day == result.scenario.as_of:
            lines.append(f"{condition}, what is left is below 10% already")
        else:
            lines.append(f"{condition}, what is left falls below 10% on {day}")
    return lines


def key_dates(result: Result) -> list[datetime.date]:
    """Choose the days to show: ends of months, ends of plans still to come, and the window's last day."""
    window, ahead = result.scenario.window, result.timeline.ahead
    plans = {
        datetime.date.fromordinal(plan.until)
        for index, plan in enumerate(result.timeline.plans)
        if ahead.in_window[:, index].any()
    }
    months = {day for day in result.days if (day + datetime.timedelta(days=1)).day == 1}
    inside = sorted(day for day in plans | months if window.start <= day < window.until)
    if len(inside) >= KEY_DATES_MOST:
        inside = [inside[i] for i in np.linspace(0, len(inside) - 1, KEY_DATES_MOST - 1).round().astype(int)]
    return [*inside, window.until]


def _heading(title: str, width: int, last: str = "") -> str:
    return f"{title:<{width + 2}}{'P':<8}{'90%':<18}{last}".rstrip()


def _line(name: str, estimate: Estimate, width: int, last: str = "") -> str:
    lo, hi = map(decimal, estimate.eti90)
    return f"  {name:<{width}}{decimal(estimate.mean):<8}{f'{lo} to {hi}':<18}{last}".rstrip()


def _readings(result: Result, width: int) -> list[str]:
    """Write the range of P over other readings and, below it, each of them."""
    if (bounds := result.readings_range) is None:
        return []
    lo, hi = map(decimal, bounds)
    each = "; ".join(f"{name}: {decimal(answer.p_event.mean)}" for name, answer in result.readings.items())
    line = f"  {READINGS:<{width}}{f'{lo} to {hi}':<18}{each}"
    return textwrap.wrap(line, WIDTH, subsequent_indent=" " * (width + 20), break_on_hyphens=False)


def _footer(result: Result) -> list[str]:
    found = result.fit.diagnostics
    if found["engine"] == "quick":
        engine = (
            f"quick engine, {found['draws'] * found['chains']} of {found['proposals']} draws: "
            f"Pareto k {found['pareto_k']:.2f}, ESS {found['ess']:.0f}, largest weight {found['largest_weight']:.2%}"
        )
    else:
        engine = (
            f"NUTS, {found['chains']} chains of {found['draws']} draws: R-hat {found['r_hat']:.3f}, "
            f"ESS {min(found['ess_bulk'], found['ess_tail']):.0f}, divergences {found['divergences']}"
        )
    late = result.scenario.hindsight()
    lines = [f"{engine}; Monte Carlo error of P {result.p_event.mcse:.3f}"]
    if late:
        lines.append(f"hindsight (no fact behind it was public yet): {', '.join(late)}")
    return lines
