"""Make what is made of other things, or check that it is up to date.

That is docs/facts-and-priors.md from the YAML, the tables of keys in docs/scenarios.md and docs/replay.md, docs/keys.md
and forecast.schema.json from the declared keys, docs/command.md from each verb's help, docs/reference.md from the
docstrings, and the table of wings in docs/model.md from the first lines of each wing's door.

python docs/make.py [--check]
"""

from __future__ import annotations

import ast
import inspect
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import forecast
from forecast.cli.main import build_parser
from forecast.cli.options import VERBS
from forecast.document import load_scenario, make_json_schema
from forecast.errors import format_key
from forecast.report import describe_belief, list_uses
from forecast.scenario import EXTENDS, FACT, NEEDED, ORDER, OUTCOMES, SCENARIO, Key, Record, Scenario

ROOT = Path(__file__).parent.parent
BASE = ROOT / "scenarios" / "kim-russia.yaml"
PAGE = ROOT / "docs" / "facts-and-priors.md"
MODEL_PAGE = ROOT / "docs" / "model.md"
KEYS_PAGE = ROOT / "docs" / "scenarios.md"
ALL_KEYS_PAGE = ROOT / "docs" / "keys.md"
COMMAND_PAGE = ROOT / "docs" / "command.md"
NAMES_PAGE = ROOT / "docs" / "reference.md"
REPLAY_PAGE = ROOT / "docs" / "replay.md"
SCHEMA = ROOT / "forecast.schema.json"
WINGS = re.compile(r"(<!-- wings: .*? -->\n).*?(<!-- end -->)", re.DOTALL)
# From the ground up, as in the import contract of pyproject.toml.
FLOORS = (
    "multistate",
    "scenario",
    "document",
    "model",
    "report",
    "inference",
    "plots",
    "track",
    "answer",
    "explore",
    "cli",
)
HEAD = ["key", "what it says", "what stands there", "unless given"]
TABLE = re.compile(r"(<!-- keys: (.*?) -->\n).*?(<!-- end -->)", re.DOTALL)


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


# --- tables of keys ------------------------------------------------------------------------------------------------


def write_tables(page: str) -> str:
    """Write the tables of a page anew, each below the mark that names its records."""
    records = all_records()

    def write_table(found: re.Match[str]) -> str:
        names = found[2].split(", ")
        several = len(names) > 1
        rows = [[f"`{name}`", *row][not several :] for name in names for row in describe_keys(records[name])]
        return f"{found[1]}{lay_out([*['in'][not several :], *HEAD], rows)}{found[3]}"

    return TABLE.sub(write_table, page)


def write_all_keys() -> str:
    """Write the page of every key: a table for each record."""
    lines = [
        "# Every key",
        "",
        "Made by `python docs/make.py` from the declarations that files are read by, and so is",
        "[forecast.schema.json](../forecast.schema.json). [What a scenario file may say](scenarios.md) has examples,",
        "and has what is read by hand: the keys of files of several timelines (`timelines`, `units`, `pace`,",
        "`once`, `starts`).",
    ]
    for words, record in all_records().items():
        lines += ["", f"## {words[0].upper()}{words[1:]}", "", lay_out(HEAD, describe_keys(record)).rstrip("\n")]
    return "\n".join(lines) + "\n"


def all_records() -> dict[str, Record]:
    """Return every record by what it is called."""
    return {record.words: record for record in (*gather(SCENARIO), *gather(OUTCOMES), FACT)}


def lay_out(head: list[str], rows: Iterable[list[str]]) -> str:
    """Lay out a table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def gather(kind: Any) -> Iterator[Record]:
    """Yield all records within a kind."""
    if isinstance(kind, Record):
        yield kind
        for item in (*kind.flat(), *filter(None, [kind.rest])):
            yield from gather(item.kind)
    held = [getattr(kind, part) for part in ("kind", "record") if hasattr(kind, part)]
    held += [kind.tables] if hasattr(kind, "tables") else []
    for part in (*held, *getattr(kind, "records", {}).values()):
        yield from gather(part)


def describe_keys(record: Record) -> Iterator[list[str]]:
    """Yield a row for each key of a record."""
    keys = list(record.flat())
    if record is SCENARIO:
        keys.append(EXTENDS)
        keys.sort(key=lambda item: ORDER.index(item.path[0]))
    for item in keys:
        yield [f"`{item.name}`", *describe_key(item)]
    if record.rest:
        yield ["any other", *describe_key(record.rest)]


def describe_key(item: Key) -> list[str]:
    """Say what a key says, what stands there, and what it is unless given."""
    kind = item.kind.kind if item.is_rest else item.kind
    usual = item.filled or ("needed" if item.absent is NEEDED else "")
    if not usual and isinstance(item.absent, tuple | str | bool | float) and item.absent not in ((), "", (1.0, "")):
        plain = item.kind.plain(item.absent)
        usual = f"`{json.dumps(plain).replace(chr(34), '')}`"
    there = "mapping, below" if isinstance(kind, Record) else kind.words + (f", {item.unit}" if item.unit else "")
    return [item.help, there, "" if item.is_rest else usual]


# --- the command, and the names of the library -----------------------------------------------------------------------


def write_command() -> str:
    """Write the page of the command: the help of each verb."""
    os.environ["COLUMNS"] = "120"  # the width that argparse writes for
    lines = [
        "# Every verb of the command",
        "",
        "Made by `python docs/make.py` from what each `--help` says. `python -m forecast.run` is `forecast run`.",
    ]
    for verb, short in VERBS.items():
        (verbs,) = build_parser(verb)._subparsers._group_actions  # type: ignore[union-attr]
        shown = verbs.choices[verb].format_help().rstrip()  # type: ignore[index,call-overload]
        lines += ["", f"## forecast {verb}", "", f"{short[0].upper()}{short[1:]}.", "", "```text", shown, "```"]
    return "\n".join(lines) + "\n"


def write_names() -> str:
    """Write the page of public names, each with the first line of its docstring."""
    rows = []
    for name in sorted(forecast.__all__, key=str.lower):
        found = getattr(forecast, name)
        said = (inspect.getdoc(found) or "").partition("\n")[0].replace("|", "\\|")
        rows.append([f"`forecast.{name}`", "a module" if inspect.ismodule(found) else _kind(found), said])
    head = [
        "# Every name in Python",
        "",
        "Made by `python docs/make.py` from the docstrings. `help(forecast.NAME)` shows the rest, with parameters,",
        "errors and examples; the site has a page for each. [In Python](python.md) shows them at work.",
        "",
    ]
    return "\n".join(head) + "\n" + lay_out(["name", "what", "what it is for"], rows)


def _kind(found: Any) -> str:
    if inspect.isclass(found):
        return "error" if issubclass(found, Exception) else "class"
    return "function"


# --- the wings -----------------------------------------------------------------------------------------------------


def write_wings(page: str) -> str:
    """Write the table of wings anew, from what each says of itself."""
    lines = ["| wing | what it is for | receives | hands on | knows |", "|---|---|---|---|---|"]
    for name in FLOORS:
        door = ROOT / "forecast" / name / "__init__.py"
        said = ast.get_docstring(ast.parse(door.read_text(encoding="utf-8"))) or ""
        purpose, _, rest = said.partition("\n")
        parts = re.match(r"Receives (.*?)\. Hands on (.*?)\.\sKnows (no.*?)\.(?:\n|$)", rest.strip(), re.DOTALL)
        assert parts is not None, f"{door} does not say what it receives, hands on and does not know"
        cells = [f"`{name}/`", purpose.rstrip("."), *parts.groups()]
        lines.append(f"| {' | '.join(' '.join(cell.split()) for cell in cells)} |")
    return WINGS.sub(lambda found: f"{found[1]}{chr(10).join(lines)}\n{found[2]}", page)


def main() -> int:
    """Write what is made, or compare it."""
    made = {
        PAGE: write_page(load_scenario(BASE)),
        KEYS_PAGE: write_tables(KEYS_PAGE.read_text(encoding="utf-8")),
        REPLAY_PAGE: write_tables(REPLAY_PAGE.read_text(encoding="utf-8")),
        MODEL_PAGE: write_wings(MODEL_PAGE.read_text(encoding="utf-8")),
        ALL_KEYS_PAGE: write_all_keys(),
        COMMAND_PAGE: write_command(),
        NAMES_PAGE: write_names(),
        SCHEMA: json.dumps(make_json_schema(), indent=2, ensure_ascii=False) + "\n",
    }
    stale = [path for path, text in made.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" not in sys.argv[1:]:
        for path in stale:
            path.write_text(made[path], encoding="utf-8")
        return 0
    for path in stale:
        print(f"{path.relative_to(ROOT)} is not up to date; run python docs/make.py", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
