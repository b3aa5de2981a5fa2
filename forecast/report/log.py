"""Scores of a log of forecasts as a table of plain text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from forecast.report.lines import count_columns, decimal, pad, wrap

Plain = Mapping[str, Any]
RULES = {"brier": "Brier", "log": "log"}
LEFT, COLUMN = 20, 12  # characters
WORST = 10  # questions that are shown
NOTE = (
    "Less is better; always 0.5 has a Brier score of 0.25 and a log score of 0.693. Each score is averaged within a "
    "question, then over questions, so one that was logged often counts once. Beside the crowd: the forecasts beside "
    "which it has a price alone; a difference below 0 is ours, and after ± is one standard error, the questions taken "
    "as independent."
)
BAND = (
    "Calibration: of the questions with forecasts in each range of P, how many came, and between which numbers that "
    "would lie with 90%, were every P right."
)
LATE = (
    "Logged late: {late:,} of {all:,}, written down when the window was over, or after the day that decided it. "
    "These are a replay, not foresight."
)


def render_log_scores(scores: Plain) -> str:
    """Write the scores of a log, all of it first, then by horizon, beside the crowd's, and how often it came.

    Parameters
    ----------
    scores : dict
        `LogScores.to_dict()`.
    """
    lines = [_headline(scores), *_left_out(scores), ""]
    lines += [_lay("", ["questions", "forecasts", *RULES.values(), "log, place"])]
    for name, found in scores["scores"].items():
        cells = [str(found["questions"]), str(found["forecasts"])]
        cells += [_number(found, rule) for rule in RULES]
        cells += [_number(found, "log_place") if "log_place" in found else ""]
        lines.append(_lay(name, cells))
    lines += _beside_crowd(scores["scores"])
    lines += ["", *_by_question(scores["by_question"]), "", *_calibration("P", scores["calibration"])]
    if scores["crowd_calibration"]:
        lines += ["", *_calibration("crowd", scores["crowd_calibration"])]
    notes = [NOTE, BAND, *([LATE.format(late=scores["late"], all=scores["forecasts"])] if scores["late"] else [])]
    return "\n".join([*lines, "", *(line for note in notes for line in wrap(note, ""))])


def _headline(scores: Plain) -> str:
    questions, came = scores["questions"], scores["came"]
    return f"{_count(scores['forecasts'], 'forecast')} of {_count(questions, 'question')}, {came} of which came"


def _left_out(scores: Plain) -> Iterator[str]:
    """Say what is not scored, and why."""
    if scores["open"]:
        yield from wrap(f"open: {', '.join(scores['open'])}", "", "  ")
    if scores["void"]:
        yield from wrap(f"void: {', '.join(scores['void'])}", "", "  ")
    if scores["left_out"]:
        found = ", ".join(f"{each['name']} as of {each['as_of']}" for each in scores["left_out"])
        yield from wrap(f"of the day that decided it, or later: {found}", "", "  ")
    if scores["replaced"]:
        yield f"{_count(scores['replaced'], 'forecast')} of a day for which another one counts"
    if scores["torn"]:
        yield f"{_count(len(scores['torn']), 'line')} cut short and skipped"


def _beside_crowd(groups: Plain) -> Iterator[str]:
    if not any("crowd" in found for found in groups.values()):
        return
    yield from ("", _lay("beside the crowd", ["questions", "score", "ours", "crowd", "difference"]))
    for name, found in groups.items():
        for rule, said in RULES.items() if "crowd" in found else ():
            pair = found["crowd"][rule]
            cells = [str(found["crowd"]["questions"]), said, _number(pair, "ours"), _number(pair, "crowd")]
            yield _lay(name, [*cells, _difference(pair)])


def _difference(pair: Plain) -> str:
    if pair["difference"] is None:
        return "-"
    return f"{pair['difference']:+.3f}" + ("" if pair["error"] is None else f" ± {pair['error']:.3f}")


def _by_question(rows: Sequence[Plain]) -> Iterator[str]:
    """Write the questions whose Brier scores are worst."""
    some = "" if len(rows) <= WORST else f", the worst {WORST} of {len(rows):,}"
    yield _lay("", ["forecasts", "mean P", *RULES.values(), f"what came{some}"])
    for row in rows[:WORST]:
        cells = [str(row["forecasts"]), decimal(row["p"]), _number(row, "brier"), _number(row, "log"), row["answer"]]
        yield _lay(_fit(row["name"]), cells)


def _fit(name: str) -> str:
    """Cut the middle out of a name that is too long for its column; days and numbers stand at the end."""
    cut, keep = name, LEFT // 2
    while count_columns(cut) >= LEFT:
        keep -= 1
        cut = f"{name[:keep]}...{name[-keep:]}"
    return cut


def _calibration(what: str, bins: Sequence[Plain]) -> Iterator[str]:
    yield _lay(what, ["questions", "mean", "came", "if right"])
    for each in bins:
        lo, hi = each["band"]
        counts = [str(each["questions"]), decimal(each["p"]), str(each["came"]), f"{lo} to {hi}"]
        yield _lay(f"{each['low']:.1f} to {each['high']:.1f}", counts)


def _number(found: Plain, key: str) -> str:
    """Write a score; where what came was called impossible it is infinite."""
    return "infinite" if found[key] is None else f"{found[key]:.3f}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _lay(name: str, cells: Sequence[str]) -> str:
    return (pad(name, LEFT) + "".join(pad(cell, COLUMN) for cell in cells)).rstrip()
