"""Scores of a replay as a table of plain text."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

from forecast.report.lines import WIDTH

Plain = Mapping[str, Any]
NAMES = {"brier": "Brier", "log": "log", "ranked": "ranked", "crps_days": "day, CRPS", "log_place": "place, log"}
LEFT, COLUMN = 20, 17  # characters
NOTE = (
    "Less is better. Ranked: by tenths of the window, with not by then last. Day (in days) and place: given that it "
    "happened, over the rows in which it did. Climatology is the share over these very rows, known only afterwards. "
    "If right: between what the model's score would lie with 90% in {worlds} worlds in which its forecasts are right, "
    "with the same windows and their overlap."
)


def render_scores(scores: Plain) -> str:
    """Write the scores of each horizon, the model's first, then those that it is compared with.

    Parameters
    ----------
    scores : dict
        `Scores.to_dict()`.
    """
    lines: list[str] = []
    for found in scores["horizons"]:
        lines += [*_render(found, scores["complete_until"]), ""]
    return "\n".join([*lines, *textwrap.wrap(NOTE.format(worlds=scores["worlds"]), WIDTH)])


def _render(found: Plain, until: str) -> list[str]:
    span = "the scenario's window" if found["horizon"] is None else f"{found['horizon']} days"
    count, held, events = found["rows"], found["rows_with_event"], found["events"]
    what = f"{events} event" if events == 1 else f"{events} events"
    lines = [f"{span}: {count} windows that end by {until}, {held} of them with {what} in all"]
    left = [f"{found['open']} end later"] if found["open"] else []
    left += [f"in {found['unanswered']} some forecaster has no number"] if found["unanswered"] else []
    if left:
        lines.append(f"not scored: {', '.join(left)}")
    lines.append(_lay("", NAMES))
    lines += [_lay(who, {name: _spell(name, means[name]) for name in NAMES}) for who, means in found["scores"].items()]
    bounds = {name: f"{lo:.3f} to {hi:.3f}" for name, (lo, hi) in found["if_right"].items()}
    lines.append(_lay("model, if right", bounds))
    corp = found["corp"]
    parts = [f"{corp[name]:.3f} {name}" for name in ("miscalibration", "discrimination", "uncertainty")]
    lines.append("Brier of the model = {} - {} + {}".format(*parts))
    return lines


def _lay(start: str, texts: Mapping[str, str]) -> str:
    return (f"{start:<{LEFT}}" + "".join(f"{texts.get(name, ''):<{COLUMN}}" for name in NAMES)).rstrip()


def _spell(name: str, value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.0f}" if name == "crps_days" else f"{value:.3f}"
