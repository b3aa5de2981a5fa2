"""The parts of a page in words: the question, the timeline with its facts, priors, readings, how it was made.

Receives what stands in `forecast.json`, and the scenario. Hands on HTML.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from forecast.errors import format_key
from forecast.report.facts import date_entry, describe_beginning, name_entry
from forecast.report.lines import decimal, plain_number
from forecast.report.page.html import Html, fold, items, join, prose, table, tag
from forecast.report.priors import QUANTITIES, Quantities, describe_belief
from forecast.report.table import (
    describe_decay,
    explain_interval,
    list_footnotes,
    list_supposed,
    say_constant_rate,
    say_stage,
)
from forecast.scenario import EVENT, Asks, Fact, Scenario

Plain = Mapping[str, Any]
LINKED = re.compile(r"https?://[^\s<>\"']+")  # what may be followed: nothing that runs


def write_question(result: Plain, scenario: Scenario) -> Html:
    """Say what is asked, how it resolves, and what is supposed."""
    question = scenario.question
    asked = [] if question.asks == Asks() else [f"Asked: {question.asks}."]
    said = [
        f"What counts: {question.event}.",
        f"How it is settled: {question.resolves}.",
        *asked,
        f"The window: {result['window']['from']} to {result['window']['until']}, in days of {question.timezone}.",
        f"Stage today: {say_stage(result)}.",
    ]
    return tag(
        "section",
        tag("h2", "The question", id="question"),
        items(said),
        write_supposed(result, scenario),
        aria_labelledby="question",
    )


def write_supposed(result: Plain, scenario: Scenario) -> Html | None:
    """Say what is supposed, if anything is."""
    lines = list_supposed(result, scenario)
    return items(lines, class_="note") if lines else None


def write_headline(result: Plain, scenario: Scenario) -> Html:
    """Give P, and what its interval means."""
    p = result["p_event"]
    meant = explain_interval(scenario, p["mean"], p["eti90"], reports="reports" in result)
    parts = [
        tag(
            "p",
            tag("span", decimal(p["mean"]), class_="p"),
            " ",
            tag("span", "is the chance of a yes", class_="what"),
            class_="headline",
        )
    ]
    parts.append(tag("p", f"{meant}. Its Monte Carlo error is {p['mcse']:.4f}."))
    if "window80" in result["when"] and p["mean"] > 0:
        span = result["when"]["window80"]
        said = f"If it happens, four chances in five that it is from {span['from']} to {span['until']}."
        parts.append(tag("p", prose(said)))
    left = [prose(f"{line[0].upper()}{line[1:]}.") for line in describe_decay(result)]
    return join([*parts, *(tag("p", line) for line in left)])


def write_choices(result: Plain) -> Html | None:
    """Give the answers of a question that has several."""
    found = [
        (name, result[key]) for key, name in (("bins", "Which of these"), ("how_many", "How many")) if key in result
    ]
    tables = [
        table(
            name,
            ("", "P", "90% interval"),
            [(item["is"], decimal(item["mean"]), _interval(item["eti90"])) for item in each],
        )
        for name, each in found
    ]
    return join(tables) if tables else None


def _interval(eti90: Sequence[float]) -> str:
    return f"{decimal(eti90[0])} to {decimal(eti90[1])}"


# --- the timeline and its facts ------------------------------------------------------------------------------------


def write_timeline(scenario: Scenario) -> Html:
    """List what was known of the timeline in order of time; each entry opens to its facts and their sources."""
    known = scenario.known()
    rows: list[tuple[datetime.date, str, str, tuple[str, ...]]] = []
    for _, entry, _ in known.entries:
        day = getattr(entry, "day", None) or getattr(entry, "start", None) or getattr(entry, "until", None)
        rows.append((day or known.as_of, date_entry(entry), name_entry(entry), entry.because))
    for item in known.beginnings:
        day = getattr(item, "start", None) or getattr(item, "since", None) or known.question.history_from
        rows.append((day, str(day), describe_beginning(item), item.because))
    rows.sort(key=lambda row: row[0])
    past = [_entry(scenario, *row[1:]) for row in rows if row[0] <= known.as_of]
    ahead = [_entry(scenario, *row[1:]) for row in rows if row[0] > known.as_of]
    parts = []
    if past:
        parts.append(fold(f"What is known up to {known.as_of}: {len(past)} entries", tag("ol", *past, class_="course")))
    if ahead:
        parts.append(fold(f"What is dated after it: {len(ahead)}", tag("ol", *ahead, class_="course"), open=True))
    return join(parts)


def _entry(scenario: Scenario, when: str, said: str, because: Iterable[str]) -> Html:
    facts = [_fact(scenario, scenario.facts[name]) for name in because if name in scenario.facts]
    what = join([tag("span", prose(when), class_="soft"), " ", said])
    return tag("li", fold(what, items(facts)) if facts else what)


def _fact(scenario: Scenario, fact: Fact) -> Html:
    """Tell a fact with its source; addresses of the web can be followed, and nothing else."""
    source = scenario.sources.get(fact.source)
    cited = f"{source.publisher}, “{source.title}”, {source.date}" if source else fact.source
    others = [scenario.sources[name].publisher for name in fact.also if name in scenario.sources]
    told = [
        f"says {fact.who}" if fact.who else "",
        f"grade: {fact.grade}" if fact.grade else "",
        f"public {fact.written}",
        f"also {', '.join(others)}" if others else "",
        f"day from {fact.day_from}" if fact.day_from else "",
        fact.note or "",
    ]
    where = [link_all(part) for part in (cited, fact.reference) if part]
    return join(
        [
            fact.says,
            " ",
            tag("span", "Source: ", join(where, "; "), ". ", "; ".join(filter(None, told)), ".", class_="source"),
        ]
    )


def link_all(words: str) -> Html:
    """Return a text in which addresses of the web can be followed.

    Examples
    --------
    >>> link_all("see https://example.org/a?b=1&c=2")
    'see <a href="https://example.org/a?b=1&amp;c=2" rel="noopener noreferrer">https://example.org/a?b=1&amp;c=2</a>'
    >>> link_all("javascript:alert(1)")
    'javascript:alert(1)'
    """
    parts: list[object] = []
    end = 0
    for found in LINKED.finditer(words):
        address = found.group().rstrip(".,;:)")
        parts += [words[end : found.start()], tag("a", address, href=address, rel="noopener noreferrer")]
        end = found.start() + len(address)
    return join([*parts, words[end:]])


def write_facts(scenario: Scenario) -> Html:
    """List the facts behind this forecast that were public, by the day they became so."""
    known = scenario.known()
    facts = sorted((scenario.facts[name] for name in known.cited), key=lambda fact: (fact.public, fact.id))
    rows = [tag("li", tag("time", fact.written), " ", _fact(scenario, fact)) for fact in facts]
    return fold(f"All {len(rows)} facts that it rests on", tag("ol", *rows, class_="course"))


# --- beliefs -----------------------------------------------------------------------------------------------------


def write_readings(result: Plain, scenario: Scenario, within: str = "") -> Html | None:
    """Give P under other readings of the same facts, and under reports that may be wrong."""
    parts = []
    if "readings" in result:
        lo, hi = map(decimal, result["readings_range"])
        reasons = {reading.name: getattr(reading, "reason", None) or "" for reading in scenario.readings}
        rows = [
            (name, decimal(item["p_event"]["mean"]), reasons.get(name, "")) for name, item in result["readings"].items()
        ]
        parts.append(tag("p", f"The same facts can be read otherwise; over all readings P is {lo} to {hi}."))
        parts.append(
            table(
                "P by reading",
                ("reading", "P", "reason"),
                [("as coded", decimal(result["p_event"]["mean"]), ""), *rows],
            )
        )
    if "reports" in result:
        rows = [
            (
                item["says"],
                decimal(item["right"]),
                decimal(item["now"]),
                *(("" if item[key] is None else decimal(item[key])) for key in ("p_if_right", "p_if_wrong")),
            )
            for item in result["reports"]
        ]
        heads = ("report", "right, as it came", "right, now", "P if right", "P if wrong")
        parts.append(table("Reports that may be wrong", heads, rows))
    if not parts:
        return None
    return tag(
        "section", tag("h2", "Other readings", id=f"{within}readings"), *parts, aria_labelledby=f"{within}readings"
    )


def write_priors(scenario: Scenario, before: Quantities, after: Quantities) -> Html:
    """Write every prior in words, with its reason, its facts and what was learned."""
    known = scenario.known()
    in_force = dict(known.priors.items())
    parts = []
    for key, prior in scenario.priors.items():
        belief = in_force[key].belief
        said = [tag("li", line) for line in describe_belief(str(key[-1]), belief, scenario)]
        facts = [_fact(scenario, scenario.facts[name]) for name in prior.because if name in scenario.facts]
        late = " (hindsight: none of its facts was public yet)" if format_key(key) in known.hindsight else ""
        inside = [
            tag("ul", *said),
            tag("p", f"Reason: {prior.reason}") if prior.reason else None,
            _learned(str(key[1]), EVENT if key[1:] == ("never",) else str(key[-1]), before, after),
            fold(f"{len(facts)} {'fact' if len(facts) == 1 else 'facts'} behind it", items(facts)) if facts else None,
        ]
        parts.append(fold(f"{format_key(key[1:])}{late}", *inside, class_="prior"))
    return join(parts)


def _learned(group: str, name: str, before: Quantities, after: Quantities) -> Html | None:
    rows = []
    for quantity in QUANTITIES[group]:
        for label, spread in before.get(quantity, {}).items():
            if label == name or label.startswith(f"{name} > "):
                what = f"share {label}" if quantity == "end_share" else quantity.replace("_", " ")
                rows.append((what, _spread(spread), _spread(after[quantity][label]) if after else ""))
    return table(f"What was learned of {group}: {name}", ("", "prior", "posterior"), rows) if rows else None


def _spread(spread: Sequence[float]) -> str:
    lo, median, hi = map(plain_number, spread)
    return f"{median} ({lo} to {hi})"


# --- how it was made ---------------------------------------------------------------------------------------------


def write_making(result: Plain, scenario: Scenario) -> Html:
    """Say how the answer was made, what it leaves out, and how to make it again."""
    limits = [
        "Plans that nobody has made yet are not forecast; the next announcement is.",
        "Who resolves the question, and how, is a rule of the question: a dispute over it is not part of P.",
        "Where the facts are few the priors decide; each is given above with its reason, to be disputed.",
    ]
    constant, prior = say_constant_rate(result, scenario.question.asks), decimal(result["prior_only"])
    compared = f"For comparison: {constant}; from the priors alone {prior}."
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    rows = [
        ("as of", result["as_of"]),
        ("scenario", result["scenario"]),
        ("engine", result["engine"]),
        ("seed", result["diagnostics"].get("seed", "")),
        ("fingerprint of the model", result["fingerprint"]),
        ("sha256 of the scenario", result["scenario_sha256"]),
        ("versions", versions),
    ]
    return tag(
        "section",
        tag("h2", "How it was made, and its limits", id="making"),
        tag("p", compared),
        items(limits),
        tag("h3", "Notes"),
        items([*result.get("notes", ()), *list_footnotes(result)]),
        table("To make it again", ("", "value"), rows),
        aria_labelledby="making",
    )
