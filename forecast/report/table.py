"""The forecast as a short table, for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from forecast.report.lines import WIDTH, count_columns, decimal, pad, say_days, with_error, wrap
from forecast.report.suppositions import describe_suppositions
from forecast.scenario import ANYWHERE, YES, Asks, Scenario

Plain = Mapping[str, Any]
READINGS = "other readings"
P_WIDTH = 16  # characters, which the headline with its error fills
DECAY = {"no_event": "while nothing happens", "silence": "with nothing announced either"}


def render_table(result: Plain, scenario: Scenario) -> str:
    """Write whether, where and when as a table of plain text.

    Parameters
    ----------
    result : dict
        What stands in `forecast.json`: `Result.to_dict()`.
    scenario : Scenario
        That it answers.
    """
    total, when = result["p_event"]["mean"], result["when"]
    names = ("by 2025-01-01", READINGS, *result["places"], *(item["is"] for item in result.get("bins", ())))
    width = max(map(count_columns, names)) + 2
    asks = scenario.question.asks
    lines = [
        result["title"],
        _dates(result),
        *([] if asks == Asks() else [f"asked: {asks}"]),
        f"stage today: {say_stage(result)}",
        *_conditions(result),
        *list_supposed(result, scenario),
        "",
        _heading("whether", width),
        _line(_name_yes(scenario), result["p_event"], width),
        f"  {'no event' if asks == Asks() else 'no':<{width}}{decimal(1 - total)}",
        f"  {explain_interval(scenario, total, result['p_event']['eti90'], reports='reports' in result)}",
        *render_readings(result, width),
        *_reports(result),
        *_where(result, width),
        *_choices(result, width),
        "",
        _heading("when" if "window80" in when else "in force" if asks.in_force else "if it ends", width),
    ]
    by = "by" if "window80" in when else "on"
    lines += [_line(f"{by} {day}", estimate, width) for day, estimate in when["by"].items()]
    if total > 0 and "window80" in when:
        lines.append(f"  if it happens, four chances in five that it is from {_timing(when)}")
    lines += [
        *(f"  {line}" for line in describe_decay(result)),
        "",
        f"for comparison: {say_constant_rate(result, asks)}, prior only {decimal(result['prior_only'])}",
        *_silence(result),
        *(line for note in result.get("notes", ()) for line in wrap(f"note: {note}", "", "  ")),
        *list_footnotes(result),
    ]
    return "\n".join(lines)


def _name_yes(scenario: Scenario) -> str:
    return "event" if scenario.question.asks == Asks() else "yes"


def explain_interval(scenario: Scenario, mean: float, eti90: Sequence[float], *, reports: bool = False) -> str:
    """Say in a sentence what the 90% interval of a probability means.

    Examples
    --------
    >>> from forecast.document import load_scenario
    >>> explain_interval(load_scenario("tests/questions/launch.yaml"), 0.43, (0.14, 0.8))
    '0.43; if the rates were known it would lie in 0.14 to 0.80'
    """
    serious = scenario.priors.seriousness
    known = "rates and this episode's seriousness" if serious and serious.belief.factor.hi > 1 else "rates"
    known += ", and which reports are right," if reports else ""
    lo, hi = map(decimal, eti90)
    return f"{decimal(mean)}; if the {known} were known it would lie in {lo} to {hi}"


def _dates(result: Plain) -> str:
    return f"as of {result['as_of']}, from {result['window']['from']} to {result['window']['until']}"


def _timing(when: Plain) -> str:
    return f"{when['window80']['from']} to {when['window80']['until']}"


def say_stage(result: Plain) -> str:
    """Name the stage of the as-of date, since when it holds, and how likely it is that it still does."""
    stage = result["stage_today"]
    return f"{stage['stage']}, since {_entered(stage)}{_lapsed(stage)}"


def _entered(stage: Plain) -> str:
    """Say since when the stage holds, or since when at the latest, where the record begins within it."""
    return say_days(stage["since"], stage.get("earliest")) + (" or earlier" if stage.get("or_earlier") else "")


def _lapsed(stage: Plain) -> str:
    """Say how likely it is that the stage still holds, where it may have lapsed unseen, and that it is in vain."""
    said = "" if stage["holds"] == 1 else f"; still under way with probability {decimal(stage['holds'])}"
    if "never" in stage:
        said += f"; the event never comes of it with probability {decimal(stage['never'])}"
    return said


def _conditions(result: Plain) -> list[str]:
    """Say of each condition that may change whether it holds, and how likely it is to change by the window's end."""
    lines = []
    for name, condition in result.get("conditions", {}).items():
        now, chance = condition["holds"], condition["chance"][-1]
        state, then, change = ("holds today", "over", 1 - chance) if now else ("is over", "back", chance)
        lines.append(f"{name} {state}; {then} on {result['window']['until']} with probability {decimal(change)}")
    return lines


def _named_places(result: Plain) -> list[tuple[str, Plain]]:
    """Return the places and their estimates, where the answer has any."""
    return [] if list(result["places"]) in ([ANYWHERE], [YES]) else list(result["places"].items())


def _where(result: Plain, width: int) -> list[str]:
    """Write P of each place, where the question has places."""
    places = dict(_named_places(result))
    if not places:
        return []
    any_there = any(
        "any" in place and decimal(place["any"]["mean"]) != decimal(place["mean"]) for place in places.values()
    )
    heading = "where first" if any_there else "where"
    lines = ["", _heading(heading, width, "share" + ("   any there" if any_there else ""))]
    for name, place in places.items():
        share = "-" if place["share"] is None else f"{place['share']:.0%}"
        share = f"{share:<8}{decimal(place['any']['mean'])}" if any_there else share
        lines.append(_line(name, place, width, share))
    return lines


def _choices(result: Plain, width: int) -> list[str]:
    """Write the answers of a multiple-choice question, quantiles of the day, and how many events there may be."""
    lines: list[str] = []
    if "bins" in result:
        lines += ["", _heading("which of these", width)]
        lines += [_line(item["is"], item, width) for item in result["bins"]]
    if "quantiles" in result:
        told = [
            f"{float(share):.0%} by {day or 'no day within 100 years'}" for share, day in result["quantiles"].items()
        ]
        lines += textwrap.wrap(f"  its day, beyond the window too: {'; '.join(told)}", WIDTH, subsequent_indent="    ")
    if "how_many" in result and "bins" not in result:
        lines += ["", _heading("how many", width)]
        lines += [_line(item["is"], item, width) for item in result["how_many"]]
    return lines


def _silence(result: Plain) -> list[str]:
    """Say how long there has been no news, and what that did to P."""
    if "silence" not in result:
        return []
    silence = result["silence"]
    line = f"{silence['days']} {'day' if silence['days'] == 1 else 'days'} without news since {silence['since']}"
    if (before := silence["p_event_before"]) is None:
        return [line]
    now = decimal(result["p_event"]["mean"])
    return [f"{line}: asked then, P of this same window was {decimal(before)}; now it is {now}"]


def list_supposed(result: Plain, scenario: Scenario) -> list[str]:
    """Say what is set and what is learned, and how probable that was."""
    chance = result["given"]["probability"] if "given" in result else None
    return [f"supposing {line}" for line in describe_suppositions(scenario, chance)]


def describe_decay(result: Plain) -> list[str]:
    """Say when P for the rest of the window falls below 10%, if nothing happens and if nothing is even announced."""
    lines = []
    if "decay" not in result:
        return []
    days = [result["decay"][curve]["below_10_percent"] for curve in DECAY]
    for condition, day in zip(DECAY.values(), dict.fromkeys(days), strict=False):  # told once where both are the same
        if day == result["window"]["until"]:
            lines.append(f"{condition}, what is left stays above 10% until the window closes")
        elif day == result["as_of"]:
            lines.append(f"{condition}, what is left is below 10% already")
        else:
            lines.append(f"{condition}, what is left falls below 10% on {day}")
    return lines


def _heading(title: str, width: int, last: str = "") -> str:
    return f"{title:<{width + 2}}{'P':<{P_WIDTH}}{'90%':<18}{last}".rstrip()


def _line(name: str, estimate: Plain, width: int, last: str = "") -> str:
    lo, hi = map(decimal, estimate["eti90"])
    return f"  {pad(name, width)}{_chance(estimate):<{P_WIDTH}}{f'{lo} to {hi}':<18}{last}".rstrip()


def _chance(estimate: Plain) -> str:
    """Write a probability, the headline's with its error: the others' would only crowd the table."""
    return with_error(estimate["mean"], estimate["mcse"]) if "mcse" in estimate else decimal(estimate["mean"])


def render_readings(result: Plain, width: int) -> list[str]:
    """Write the range of P over other readings and, below it, each of them."""
    if "readings" not in result:
        return []
    lo, hi = map(decimal, result["readings_range"])
    each = "; ".join(f"{name}: {decimal(answer['p_event']['mean'])}" for name, answer in result["readings"].items())
    line = f"  {READINGS:<{width}}{'':<{P_WIDTH}}{f'{lo} to {hi}':<18}{each}"
    lines = textwrap.wrap(line, WIDTH, subsequent_indent=" " * (width + P_WIDTH + 20), break_on_hyphens=False)
    if "pooled" in result:
        weights = {name: answer["weight"] for name, answer in result["readings"].items()}
        told = ", ".join(f"{name} {weight:.2g}" for name, weight in weights.items())
        own = max(0.0, 1 - sum(weights.values()))
        pooled = decimal(result["pooled"]["p_event"]["mean"])
        start = f"  {'pooled':<{width}}{pooled:<{P_WIDTH}}{'':<18}"
        indent = " " * (width + P_WIDTH + 20)
        lines += textwrap.wrap(f"{start}weights: as coded {own:.2g}, {told}", WIDTH, subsequent_indent=indent)
    return lines


def _reports(result: Plain) -> list[str]:
    """Say of each report that may be wrong how likely it is right, and what hangs on that."""
    lines = []
    for report in result.get("reports", ()):
        line = f"  {report['says']}: right with probability {decimal(report['right'])} as it came"
        line += f", {decimal(report['now'])} now"
        cases = {"right": report["p_if_right"], "wrong": report["p_if_wrong"]}
        told = [f"{decimal(p)} if {case}" for case, p in cases.items() if p is not None]
        lines += textwrap.wrap(f"{line}; P {', '.join(told)}", WIDTH, subsequent_indent=" " * 4)
    return lines


def say_constant_rate(result: Plain, asks: Asks) -> str:
    """Give the constant-rate P, or say why there is none."""
    if asks.in_force:
        return "constant rate - (a stage in force is no event)"
    if result["base_rate"] is None:
        return "constant rate - (the record is shorter than the window, and there is no reference class)"
    return f"constant rate {decimal(result['base_rate'])}"


def list_footnotes(result: Plain) -> list[str]:
    """Say by what engine it was made, and which beliefs rest on hindsight or on notes without a source."""
    found, late = result["diagnostics"], result["hindsight"]
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
    lines = [f"{engine}; ± is the Monte Carlo error"]
    if late:
        lines.append(f"hindsight (no fact behind it was public yet): {', '.join(late)}")
    if partly := result.get("partly_hindsight"):
        line = f"partly hindsight (written with later facts beside earlier ones): {', '.join(partly)}"
        lines += textwrap.wrap(line, WIDTH, subsequent_indent="  ", break_on_hyphens=False)
    if "unsourced" in result:
        lines.append(count_unsourced(len(result["unsourced"]["priors"]), result["unsourced"]["of"]))
    return lines


def count_unsourced(some: int, of: int) -> str:
    """Say how many priors rest on notes that name no source.

    >>> count_unsourced(1, 3)
    '1 of 3 priors rests on an unsourced note'
    """
    return f"{some} of {of} {'prior' if of == 1 else 'priors'} {'rests' if some == 1 else 'rest'} on an unsourced note"
