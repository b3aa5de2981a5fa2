"""The whole page: one file that needs nothing else, in which no text of a scenario can do anything.

Its own style and script are the only ones that a browser runs: the page names them by their hashes (Content Security
Policy), and may fetch nothing.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

from forecast.report.colours import (
    DARK,
    DARK_PLACES,
    DARK_STAGES,
    LIGHT,
    PLACE_COLOURS,
    STAGE_COLOURS,
    mix_ramp,
)
from forecast.report.page.charts import draw_ahead, draw_course, draw_when, draw_where, draw_whether
from forecast.report.page.html import Html, items, join, prose, tag
from forecast.report.page.sections import (
    write_choices,
    write_facts,
    write_headline,
    write_making,
    write_priors,
    write_question,
    write_readings,
    write_supposed,
    write_timeline,
)
from forecast.report.page.why import write_watch, write_why
from forecast.report.table import explain_interval, list_footnotes
from forecast.scenario import Scenario

Plain = Mapping[str, Any]


def render_page(result: Plain, scenario: Scenario, more: Plain, mark: str = "") -> str:
    """Write a result as one HTML file.

    Parameters
    ----------
    result : dict
        What stands in `forecast.json`: `Result.to_dict()`.
    scenario : Scenario
        That it answers.
    more : dict
        What else is shown: ``stays`` and ``events`` up to the as-of date, ``plans`` ahead, quantities ``before`` and
        ``after``, and where there are any ``why``, ``watch`` and ``whatif``; see `forecast.explore.make_page`.
    mark : str
        By what the file can be told to be of this scenario: a text of letters and digits.
    """
    sections = [
        _answer(result, scenario),
        write_question(result, scenario),
        _whatif(more.get("whatif")),
        _timeline(result, scenario, more),
        write_readings(result, scenario),
        write_why(more["why"]) if "why" in more else None,
        write_watch(more["watch"]) if "watch" in more else None,
        tag(
            "section",
            tag("h2", "What is believed beforehand", id="priors"),
            tag("p", "Each prior in words, with its reason; every interval is 90%."),
            write_priors(scenario, more["before"], more["after"]),
            write_facts(scenario),
            aria_labelledby="priors",
        ),
        write_making(result, scenario),
    ]
    title = scenario.question.title
    body = [
        tag("a", "To the answer", href="#answer", class_="skip"),
        tag("header", tag("h1", title), tag("p", prose(_dates(result)), class_="sub")),
        tag("main", *(part for part in sections if part)),
        tag(
            "footer",
            tag(
                "p",
                "Made with forecast. Everything on this page is in this file; it asks for nothing from the network.",
            ),
        ),
    ]
    return _document(title, body, len(scenario.question.stages), mark, more.get("whatif"))


def render_card(result: Plain, scenario: Scenario) -> str:
    """Write the answer alone, as what a notebook shows: the page's figures, and nothing that moves.

    Its style reaches nothing else on the page that it stands on.
    """
    within = f"f{result['fingerprint'][:8]}-{result['scenario_sha256'][:8]}-"
    style = f".forecast-card{{{read_asset('page.css')}}}{colour_rules(len(scenario.question.stages), '.forecast-card')}"
    card = tag(
        "div",
        tag("p", tag("strong", scenario.question.title), " ", tag("span", prose(_dates(result)), class_="sub")),
        write_supposed(result, scenario),
        _show_answer(result, scenario, within),
        write_readings(result, scenario, within),
        items(list_footnotes(result), class_="sub"),
        class_="page",
    )
    return tag("div", tag("style", Html(style)), card, class_="forecast-card")


def _dates(result: Plain) -> str:
    return f"As of {result['as_of']}, from {result['window']['from']} to {result['window']['until']}"


def _show_answer(result: Plain, scenario: Scenario, within: str = "") -> Html:
    p, question = result["p_event"], scenario.question
    said = explain_interval(scenario, p["mean"], p["eti90"], reports="reports" in result)
    figures = [draw_whether(result, said, within), draw_where(result, question, within)]
    parts = [write_headline(result, scenario), *figures, draw_when(result, question, within), write_choices(result)]
    return join(part for part in parts if part is not None)


def _answer(result: Plain, scenario: Scenario) -> Html:
    head = tag("h2", "The answer", id="answer")
    return tag("section", head, _show_answer(result, scenario), aria_labelledby="answer")


def _whatif(data: Plain | None) -> Html | None:
    """Make room for what a reader may ask; the script fills it."""
    if data is None:
        return None
    parts: list[Html] = []
    if "without" in data:
        parts.append(tag("p", f"This page cannot answer what if here: {data['without']}. Write a file, and run it."))
    else:
        said = (
            f"Move anything: the model answers at once, on your own machine, from {data['count']:,} of its draws. "
            "P may differ in the third digit from the one above, which is of all draws."
        )
        parts += [tag("p", said), tag("div", id="whatif", class_="whatif", hidden=True)]
        parts.append(tag("noscript", tag("p", "This part needs JavaScript.")))
    return tag("section", tag("h2", "What if", id="what-if"), *parts, aria_labelledby="what-if")


def _timeline(result: Plain, scenario: Scenario, more: Plain) -> Html:
    return tag(
        "section",
        tag("h2", "The timeline", id="timeline"),
        draw_course(more["stays"], more["events"], scenario),
        draw_ahead(result, more["plans"], scenario),
        tag("p", "Each entry opens to the facts that it rests on, with their sources."),
        write_timeline(scenario),
        aria_labelledby="timeline",
    )


def _document(title: str, body: Sequence[Html], stages: int, mark: str, whatif: Plain | None) -> str:
    style = colour_rules(stages) + read_asset("page.css")
    scripts, data = [], []
    if whatif is not None and "without" not in whatif:
        scripts = [Html(read_asset("kernel.js") + read_asset("page.js"))]
        data = [tag("script", write_json(whatif), type="application/json", id="whatif-data")]
    policy = "; ".join(
        [
            "default-src 'none'",
            f"style-src {_hash(style)}",
            f"script-src {' '.join(map(_hash, scripts)) or chr(39) + 'none' + chr(39)}",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
    head = [
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="generator", content=f"forecast {mark}".strip()),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", title),
        tag("style", Html(style)),
    ]
    whole = tag(
        "html",
        tag("head", *head),
        tag("body", *body, *data, *(tag("script", script) for script in scripts), class_="page"),
        lang="en",
    )
    return f"<!DOCTYPE html>\n{whole}\n"


def write_json(plain: Any) -> Html:
    r"""Write plain values so that they can stand in a script element: nothing in them can end it.

    Examples
    --------
    >>> write_json({"title": "</script><!--"})
    '{"title":"\\u003c/script\\u003e\\u003c!--"}'
    """
    written = json.dumps(plain, separators=(",", ":"), allow_nan=False)
    for letter in "<>&":
        written = written.replace(letter, f"\\u{ord(letter):04x}")
    return Html(written)


def _hash(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def read_asset(name: str) -> str:
    """Return a file that goes into the page as it is."""
    return resources.files("forecast.report.page").joinpath(name).read_text(encoding="utf-8")


def colour_rules(stages: int, within: str = ":root") -> str:
    """Return the colours as CSS: variables for light and dark, and a class for each place and stage."""
    light = _variables(LIGHT, mix_ramp(STAGE_COLOURS, stages), PLACE_COLOURS)
    dark = _variables(DARK, mix_ramp(DARK_STAGES, stages), DARK_PLACES)
    classes = [f".p{index}{{fill:var(--p{index})}}" for index in range(len(PLACE_COLOURS))]
    classes += [f".s{index}{{fill:var(--s{index})}}" for index in range(stages)]
    return f"{within}{{{light}}}@media screen and (prefers-color-scheme:dark){{{within}{{{dark}}}}}{''.join(classes)}\n"


def _variables(colours: Mapping[str, str], stages: Sequence[str], places: Sequence[str]) -> str:
    named = {
        **colours,
        **{f"s{i}": colour for i, colour in enumerate(stages)},
        **{f"p{i}": c for i, c in enumerate(places)},
    }
    return "".join(f"--{name}:{colour};" for name, colour in named.items())
