"""Draw worlds, fit and forecast them, and write docs/evidence.md with its figures; or check that the page is of now.

python docs/evidence.py (some minutes on two cores)
python docs/evidence.py --page (the page anew, from the stored numbers and docs/replay.md)
python docs/evidence.py --check
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import tempfile
import textwrap
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import calibration  # both of the tests
import worlds

from forecast.explore import start_processes
from forecast.plots import render_axes, style

ROOT = Path(__file__).parent.parent
PAGE, NUMBERS, REPLAY = (ROOT / "docs" / name for name in ("evidence.md", "evidence.json", "replay.md"))
RANKS, CALIBRATION = ROOT / "docs" / "evidence-ranks.png", ROOT / "docs" / "evidence-calibration.png"
WORLDS, WRONG_WORLDS = 4_000, 400
MADE = re.compile(r"(<!-- evidence: .*? -->\n).*?(<!-- end -->)", re.DOTALL)
HORIZON = re.compile(r"^(\d+ days): (\d+ windows).*?(\d+) events in all$", re.MULTILINE)
GROUPS = {
    "Mean stays": ("log_stay ",),
    "Shares of ends": ("end_logit ",),
    "Ratios and plans": ("log_ratio ", "kept_logit ", "log_meanwhile "),
    "Conditions": ("log_lasts ", "log_returns "),
    "Seriousness": ("log_sigma ", "z of "),
    "Mirrored by the record": (", by record",),
}
PLAIN = {
    "log_stay ": "stay in ", "end_logit ": "", "log_ratio there": "ratio of a place",
    "log_ratio sealed": "of the condition",
    "kept_logit leak": "a plan is kept",
    "log_meanwhile leak": "meanwhile", "log_lasts sealed": "condition lasts", "log_returns sealed": "it returns",
    "log_sigma seriousness": "scale", "z of the first": "first episode", "z of the last": "last episode",
    ", by record": "",
}  # fmt: skip
HUES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#7b3294", "#b8860b", "#56b4e9")
DASHES: tuple[Any, ...] = ("-", (0, (4, 1.5)), (0, (1.5, 1)))


# --- the numbers ---------------------------------------------------------------------------------------------------


def fingerprint() -> str:
    """Hash the question of the worlds and the records of some of them."""
    names = ("STAYS", "ENDS", "FACTORS", "KEPT", "MEANWHILE", "LASTS", "RETURNS", "SERIOUS")
    parts: list[Any] = [[getattr(worlds, name) for name in names], calibration.HORIZONS]
    for seed in range(20):
        world = worlds.draw_world(seed, 90)
        plans = [vars(plan) for plan in world.plans]
        parts.append([world.as_of, world.steps, world.spells, world.cooling, plans, world.outcome])
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def gather(run: Callable[[Any, Iterable[int]], list[calibration.Examined]]) -> dict[str, Any]:
    """Examine all worlds and return what the page and its figures show."""
    right = run(calibration.examine, range(WORLDS))
    names = list(right[0].below)
    lower, upper = calibration.band(WORLDS, len(names))
    cases = {"anywhere": ([world.p for world in right], [world.came for world in right])} | {
        place: ([world.place_p[place] for world in right], [world.place == place for world in right])
        for place in right[0].place_p
    }
    forecasts = {name: (np.array(p), np.array(came)) for name, (p, came) in cases.items()}
    wrong = {
        said: calibration.find_outside(run(examine, range(WRONG_WORLDS)))
        for said, (examine, _) in calibration.WRONG.items()
    }
    return {
        "fingerprint": fingerprint(),
        "worlds": WORLDS,
        "engines": dict(Counter(world.engine for world in right)),
        "level": calibration.LEVEL,
        "band": [lower.tolist(), upper.tolist()],
        "ecdf": {name: calibration.ecdf(world.below[name] for world in right).round(4).tolist() for name in names},
        "outside": calibration.find_outside(right),
        "p_values": {name: calibration.calibration_p_values(*case) for name, case in forecasts.items()},
        "bins": {name: [vars(each) for each in calibration.bin_forecasts(*case)] for name, case in forecasts.items()},
        "wrong_worlds": WRONG_WORLDS,
        "wrong": {said: sorted(outside) for said, outside in wrong.items()},
    }


# --- the page ------------------------------------------------------------------------------------------------------


def name_plainly(name: str) -> str:
    """Say which quantity it is."""
    for part, plain in PLAIN.items():
        name = name.replace(part, plain)
    return name


def write_results(found: dict[str, Any], replay: str) -> str:
    """Write what came of it, below what was tested."""
    gaps = {name: np.abs(np.array(curve) - calibration.POINTS).max() for name, curve in found["ecdf"].items()}
    widest = max(gaps, key=lambda name: gaps[name])
    half = (np.array(found["band"][1]) - np.array(found["band"][0])).max() / 2
    told = {"quick": "the quick engine", "nuts": "NUTS, to which it handed over"}
    engines = ", ".join(
        f"{found['engines'][name]:,} by {said}" for name, said in told.items() if name in found["engines"]
    )
    outside = ", ".join(found["outside"]) or "none"
    lines = [
        textwrap.fill(
            f"**Ranks.** {found['worlds']:,} worlds ({engines}), {len(gaps)} quantities; outside their "
            f"band: {outside}. The largest gap is {gaps[widest]:.3f} ({name_plainly(widest)}), where the band reaches "
            f"{half:.3f} to either side.",
            120,
        ),
        "",
        "![ECDF of the ranks less that of a uniform one, with its band](evidence-ranks.png)",
        "",
        "**Forecasts.** One in each world. P-values, were all forecasts right; 0.0011 is where the tests refuse:",
        "",
        "| event | number of events | Spiegelhalter | eight bins |",
        "|---|---|---|---|",
        *(
            f"| {name} | {values['number of events']:.2f} | {values['Spiegelhalter']:.2f} | {values['bins']:.2f} |"
            for name, values in found["p_values"].items()
        ),
        "",
        "![How often it came against P, by bins](evidence-calibration.png)",
        "",
        f"**Wrong on purpose.** The same check over {found['wrong_worlds']} worlds:",
        "",
        "| what is wrong | what leaves its band |",
        "|---|---|",
        *(f"| {said} | {', '.join(map(name_twice, names)) or 'nothing'} |" for said, names in found["wrong"].items()),
        "",
        "**The flagship**, replayed month by month ([replay.md](replay.md) has the rest, and what the columns mean):",
        "",
        "| windows | forecaster | Brier | log |",
        "|---|---|---|---|",
        *quote_replay(replay),
    ]
    return "\n".join(lines) + "\n"


def name_twice(name: str) -> str:
    """Say which quantity it is, and whether it is mirrored."""
    return name_plainly(name) + (" (by the record)" if name.endswith("by record") else "")


def quote_replay(page: str) -> list[str]:
    """Take the scores of the first replay from its page."""
    block = page.split("<!-- replay:")[1].split("```\n")[1]
    rows = []
    for part in block.split("\n\n"):
        if head := HORIZON.search(part):
            for line in part.splitlines():
                if line.startswith(("model  ", "constant rate", "prior alone", "model, if right")):
                    who, brier, log = re.split(r"\s{2,}", line)[:3]
                    rows.append(f"| {head[2]} of {head[1]}, {head[3]} events | {who} | {brier} | {log} |")
    return rows


def write_page(page: str, found: dict[str, Any], replay: str) -> str:
    """Write the made part of the page anew."""
    return MADE.sub(lambda mark: f"{mark[1]}\n{write_results(found, replay)}{mark[2]}", page)


def find_stale(folder: Path = PAGE.parent) -> str:
    """Say what of the page is not of now, or nothing."""
    found = json.loads((folder / NUMBERS.name).read_text(encoding="utf-8"))
    if found["fingerprint"] != fingerprint():
        return "docs/evidence.json was made from other worlds; run python docs/evidence.py"
    page, replay = ((folder / path.name).read_text(encoding="utf-8") for path in (PAGE, REPLAY))
    if write_page(page, found, replay) != page:
        return (
            "docs/evidence.md does not say what docs/evidence.json and docs/replay.md do; run docs/evidence.py --page"
        )
    return ""


# --- the figures ---------------------------------------------------------------------------------------------------


def draw_ranks(found: dict[str, Any]) -> Any:
    """Draw the ECDFs less the diagonal, with their band: a panel for each group of quantities."""
    columns, rows, side, tall, below = 3, 2, 2.65, 1.6, 1.6
    width, height = 0.55 + columns * (side + 0.35), 1.05 + rows * (tall + below) - 0.15
    figure, axes = style.new_figure(width, height), []
    x = np.concatenate([[0], calibration.POINTS, [1]])

    def less(curve: list[float]) -> Any:
        return np.concatenate([[0], np.array(curve) - calibration.POINTS, [0]])

    left_over = dict(found["ecdf"])
    taken = {
        group: [left_over.pop(name) and name for name in list(left_over) if any(part in name for part in parts)]
        for group, parts in reversed(GROUPS.items())
    }
    assert not left_over, left_over
    for number, group in enumerate(GROUPS):
        row, column = divmod(number, columns)
        box = (0.62 + column * (side + 0.35), height - 1.05 - (row + 1) * tall - row * below, side, tall)
        ax = figure.add_axes((box[0] / width, box[1] / height, box[2] / width, box[3] / height))
        style.dress(ax, grid="y")
        ax.fill_between(x, *map(less, found["band"]), color=style.SOFT, alpha=0.18, linewidth=0)
        for index, name in enumerate(taken[group]):
            hue, dash = HUES[index % len(HUES)], DASHES[index // len(HUES)]
            ax.plot(x, less(found["ecdf"][name]), color=hue, linestyle=dash, linewidth=1.1)
            at = (2 + 96 * (index % 2), -39 - 10.5 * (index // 2))
            style.write(ax, (0, 0), name_plainly(name), shift=(at[0] + 16, at[1]), fontsize=style.TINY, va="center")
            draw_key(ax, at, hue, dash)
        ax.set_xlim(0, 1)
        ax.set_ylim(-0.06, 0.06)
        ax.set_xticks([0, 0.5, 1])
        ax.set_yticks([-0.05, 0, 0.05])
        if column:
            ax.tick_params(labelleft=False)
        style.write(ax, (0.5, 0), "share of draws below the truth", shift=(0, -19), ha="center", va="top")
        style.write(ax, (0, 1), group, shift=(0, 5), fontsize=style.BODY, fontweight="bold", va="bottom")
        axes.append(ax)
    shown = (
        f"{found['worlds']:,} worlds from the prior: ECDF less that of the uniform; "
        f"band: holds all {len(found['ecdf'])} quantities in {1 - found['level']:.0%} of such figures, if all is right"
    )
    style.entitle(axes[0], "The truth lies anywhere among the draws", shown, up=24)
    return axes[0]


def draw_key(ax: Any, at: tuple[float, float], hue: str, dash: Any) -> None:
    """Draw a short line, so many points from the axes' lower left corner."""
    from matplotlib.lines import Line2D

    width, height = style.width_in_points(ax), style.height_in_points(ax)
    ends = [at[0] / width, (at[0] + 12) / width]
    line = Line2D(ends, [at[1] / height] * 2, transform=ax.transAxes, color=hue, linestyle=dash, linewidth=1.4)
    line.set_clip_on(False)
    ax.add_line(line)


def draw_calibration(found: dict[str, Any]) -> Any:
    """Draw how often it came by bins of P, with what is expected of right forecasts: a panel for each event."""
    side, left = 2.5, 0.62
    width, height = left + len(found["bins"]) * (side + 0.45), 1.05 + side + 0.8
    figure, axes = style.new_figure(width, height), []
    for number, (name, bins) in enumerate(found["bins"].items()):
        box = (left + number * (side + 0.45), 0.8, side, side)
        ax = figure.add_axes((box[0] / width, box[1] / height, box[2] / width, box[3] / height))
        style.dress(ax, grid="y")
        mean, came, low, high = (np.array([each[key] for each in bins]) for key in ("mean", "came", "low", "high"))
        most = style.choose_reach(max(high.max(), came.max()))
        ax.plot([0, most], [0, most], color=style.SOFT, linewidth=0.8, linestyle=(0, (4, 2)))
        ax.vlines(mean, low, high, color=style.SOFT, linewidth=5, alpha=0.3)
        ax.plot(mean, came, ".", color=style.POSTERIOR, markersize=8)
        ax.set_xlim(0, most)
        ax.set_ylim(0, most)
        ax.xaxis.set_major_locator(style.MaxNLocator(4, steps=[1, 2, 5, 10]))
        ax.xaxis.set_major_formatter(style.words.tick_percent)
        style.scale_in_percent(ax)
        style.name_axis(ax, "x", "mean P of the bin\ndot: how often it came; bar: 90%, if P is right")
        style.write(ax, (0, 1), name, shift=(0, 5), fontsize=style.BODY, fontweight="bold", va="bottom")
        axes.append(ax)
    shown = f"One forecast in each of {found['worlds']:,} worlds, of 30, 90 or 240 days, in eight bins of equal size"
    style.entitle(axes[0], "What is forecast comes as often as is said", shown, up=24)
    return axes[0]


def main() -> int:
    """Do as the argument says."""
    asked = sys.argv[1:]
    if "--check" in asked:
        if stale := find_stale():
            print(stale, file=sys.stderr)
        return 1 if stale else 0
    if "--page" not in asked:
        with tempfile.TemporaryDirectory() as folder, start_processes(2) as executor:
            os.environ["FORECAST_STORE"] = folder
            assert executor is not None
            found = gather(lambda examine, seeds: list(executor.map(examine, seeds, chunksize=20)))
        NUMBERS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    found = json.loads(NUMBERS.read_text(encoding="utf-8"))
    page, replay = (path.read_text(encoding="utf-8") for path in (PAGE, REPLAY))
    PAGE.write_text(write_page(page, found, replay), encoding="utf-8")
    RANKS.write_bytes(render_axes(draw_ranks(found)))
    CALIBRATION.write_bytes(render_axes(draw_calibration(found)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
