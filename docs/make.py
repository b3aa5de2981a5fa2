"""Make docs/facts-and-priors.md from the YAML, or check that it is what the YAML says.

python docs/make.py [--check]
"""

from __future__ import annotations

import sys
from pathlib import Path

from forecast.document import load_scenario
from forecast.errors import format_key
from forecast.report import describe_belief, list_uses
from forecast.scenario import Scenario

ROOT = Path(__file__).parent.parent
BASE = ROOT / "scenarios" / "kim-russia.yaml"
PAGE = ROOT / "docs" / "facts-and-priors.md"


def write_page(scenario: Scenario) -> str:
    """Write the page: priors with their reasons, then facts by source with what each does."""
    title = f"# Facts and priors: {scenario.question.title}"
    lines = [
        title,
        "",
        f"Made by `python docs/make.py` from `scenarios/{BASE.name}` and `seeds/`, as of {scenario.as_of}.",
        "Edit the YAML, not this page. Every interval is 90%.",
        "",
        "## Priors",
    ]
    for key, prior in scenario.priors.items():
        name = format_key(key[1:])
        lines += ["", f"### `{name}`", ""]
        lines += [f"- {line}" for line in describe_belief(str(key[-1]), prior.belief, scenario)]
        if prior.otherwise is not None:
            lines += ["- as long as none of its facts is public:"]
            lines += [f"  - {line}" for line in describe_belief(str(key[-1]), prior.otherwise, scenario)]
        lines += ["", f"{prior.reason}", "", "Because: " + ", ".join(f"`{fact}`" for fact in prior.because)]
    lines += ["", "## Itineraries", "", "| itinerary | place | attributes | because |", "|---|---|---|---|"]
    for way in scenario.question.itineraries:
        attributes = ", ".join(f"{name} {value:g}" for name, value in way.attributes.items())
        because = ", ".join(f"`{fact}`" for fact in way.because)
        lines.append(f"| {way.name} | {way.place} | {attributes} | {because} |")
    lines += ["", "## Facts", *_write_facts(scenario)]
    return "\n".join(lines) + "\n"


def _write_facts(scenario: Scenario) -> list[str]:
    uses = list_uses(scenario)
    lines = []
    for source in scenario.sources.values():
        lines += ["", f"### {source.publisher}, {source.date}: {source.title}", ""]
        lines += ["| public | fact | what it does |", "|---|---|---|"]
        facts = [fact for fact in scenario.facts.values() if fact.source == source.id]
        for fact in sorted(facts, key=lambda fact: (fact.public, fact.id)):
            does = "; ".join(uses[fact.id]) or "context only"
            also = f" Also: {', '.join(fact.also)}." if fact.also else ""
            lines.append(f"| {fact.public} | `{fact.id}`: {fact.says}{also} | {does} |")
    return lines


def main() -> int:
    """Write the page, or compare it."""
    text = write_page(load_scenario(BASE))
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(text, encoding="utf-8")
        return 0
    if PAGE.read_text(encoding="utf-8") == text:
        return 0
    print(f"{PAGE.name} is not what the YAML says; run python docs/make.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
