"""Replay the flagship anew: its scores in docs/replay.md, and the figures there.

python docs/replay.py (a minute on two cores)
"""

from __future__ import annotations

import re
from pathlib import Path

import forecast
from forecast.document import find_outcomes, load_outcomes
from forecast.explore import Replay, start_processes
from forecast.plots import render_axes

ROOT = Path(__file__).parent.parent
FLAGSHIP = ROOT / "scenarios" / "kim-russia.yaml"
PAGE = ROOT / "docs" / "replay.md"
FIGURE, RELIABILITY = ROOT / "docs" / "replay.png", ROOT / "docs" / "replay-reliability.png"
SCORES = re.compile(r"(<!-- replay: .*? -->\n).*?(<!-- end -->)", re.DOTALL)


def write_scores(replays: list[Replay]) -> str:
    """Write the scores of each replay, as the command prints them, below what is shown."""
    parts = []
    for replay in replays:
        outcomes = load_outcomes(find_outcomes(FLAGSHIP), replay.scenario)
        parts.append(f"\n**{replay.title}**\n\n```\n{replay.score(outcomes)}\n```\n")
    return "".join(parts)


def main() -> None:
    """Replay with and without `otherwise`, and write page and figure."""
    with start_processes(2) as executor:
        replays = [
            forecast.replay(
                FLAGSHIP, start="2012-02-01", until="2025-03-27", horizon="90d,365d", otherwise=otherwise,
                executor=executor,
            ).run()
            for otherwise in (True, False)
        ]  # fmt: skip
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(SCORES.sub(lambda found: f"{found[1]}{write_scores(replays)}{found[2]}", page), encoding="utf-8")
    FIGURE.write_bytes(render_axes(replays[0].plot()))
    RELIABILITY.write_bytes(render_axes(replays[0].score(find_outcomes(FLAGSHIP)).plot()))


if __name__ == "__main__":
    main()
