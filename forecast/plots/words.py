"""Words that the figures share: names, probabilities, and what a forecast says in a line.

Texts that people wrote are shown as they are: nothing in them is an instruction to whatever draws them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from forecast.errors import escape
from forecast.plots.given import Given
from forecast.report import describe_suppositions
from forecast.scenario import AnyScenario, Asks, Scenario

ENGINES = {"nuts": "NUTS", "quick": "the quick engine"}
_JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"  # letters of many scripts hang on them
_FROM_RIGHT = "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]"  # Hebrew, Arabic and their like
_RUN = re.compile(f"{_FROM_RIGHT}+(?:[ _-]+{_FROM_RIGHT}+)*")
_APART = "\N{FIRST STRONG ISOLATE}{}\N{POP DIRECTIONAL ISOLATE}"


def plain(text: str) -> str:
    r"""Write what would act on the drawing, and not be seen, as what it is.

    Examples
    --------
    >>> plain("red: \x1b[31m")
    'red: \\x1b[31m'
    """
    if text.isprintable():
        return text
    return "".join(letter if letter in _JOINERS else escape(letter) for letter in text)


def isolate(text: str) -> str:
    """Write a name or title that stands within a line of ours, so that one that runs from right to left turns no other.

    Without that, a date after an Arabic name is drawn backwards.
    """
    text = plain(text)
    return _APART.format(text) if re.search(_FROM_RIGHT, text) else text


def show(scenario: AnyScenario, name: str) -> str:
    """Write a name of a stage, a place, an itinerary or a prior for readers, as `display` has it."""
    return plain(scenario.question.show(name))


def join_shown(scenario: Scenario, names: Sequence[str]) -> str:
    """Write a few names in a row."""
    return ", ".join(isolate(scenario.question.show(name)) for name in names)


def percent(share: float) -> str:
    """Write a probability so that neither 0 nor 1 is claimed by rounding.

    Examples
    --------
    >>> [percent(share) for share in (0.43, 0.004, 0.0001, 0.9999, 0.0, 1.0)]
    ['43%', '0.4%', '<0.1%', '>99.9%', '0%', '100%']
    """
    if share <= 0 or share >= 1:
        return f"{share:.0%}"
    if share < 0.0005:
        return "<0.1%"
    if share > 0.9995:
        return ">99.9%"
    return f"{share:.1%}" if share < 0.00995 or share > 0.99 else f"{share:.0%}"


def tick_percent(share: float, _: float = 0) -> str:
    """Write a tick of an axis of probabilities.

    Examples
    --------
    >>> [tick_percent(share) for share in (0.0, 0.3, 0.00125)]
    ['0%', '30%', '0.125%']
    """
    return f"{100 * share:.4g}%"


def percent_range(bounds: tuple[float, float]) -> str:
    """Write an interval of probabilities: ``14 to 80%``."""
    lo, hi = (percent(bound) for bound in bounds)
    return f"{lo.removesuffix('%')} to {hi}"


def describe_window(result: Given) -> str:
    """Write the window: ``by 2025-05-31``, or both ends where it does not begin on the morrow."""
    window = result.scenario.window
    if result.scenario.question.asks.in_force:
        return f"on {window.until}"
    return f"by {window.until}" if window.start == result.days[0] else f"from {window.start} to {window.until}"


def describe_answer(result: Given) -> str:
    """Write the headline: ``as of 2025-03-27: 43% by 2025-05-31 (90% of draws: 14 to 80%)``."""
    answer, bounds = percent(result.p_event.mean), percent_range(result.p_event.eti90)
    dated = f"as of {result.scenario.as_of}{name_verbs(result)}"
    return f"{dated}: {answer} {describe_window(result)} (90% of draws: {bounds})"


def list_suppositions(result: Given) -> list[str]:
    """Say what is supposed, a line each; none where nothing is."""
    lines = describe_suppositions(result.scenario, result.given_chance)
    return [_RUN.sub(lambda run: _APART.format(run[0]), plain(line)) for line in lines]


def name_verbs(result: Given) -> str:
    """Name the verbs of what is supposed, as in ``, supposing (do and given)``; nothing where nothing is."""
    lines = list_suppositions(result)
    verbs = [verb for verb in ("do", "given") if any(f"({verb}" in line for line in lines)]
    return f", supposing ({' and '.join(verbs)})" if verbs else ""


def describe_question(scenario: AnyScenario) -> str:
    """Write the question: the title, and what the event is."""
    question = scenario.question
    is_same = question.event == question.title
    said = isolate(question.title) if is_same else f"{isolate(question.title)}: {isolate(question.event)}"
    return said if question.asks == Asks() else f"{said}; asked: {isolate(str(question.asks))}"


def describe_foot(result: Given) -> list[str]:
    """Write what every figure of a forecast says at its foot: the question; dates, engine and suppositions."""
    scenario, window = result.scenario, result.scenario.window
    engine = ENGINES.get(result.engine, result.engine)
    parts = [f"as of {scenario.as_of}", f"window {window.start} to {window.until}", f"{result.p_draws.size:,} draws"]
    parts[-1] += f" of {engine}" if engine else ""
    supposed = list_suppositions(result)
    return [
        describe_question(scenario),
        " · ".join(parts),
        *([f"supposing {'; '.join(supposed)}"] if supposed else []),
        *result.own_notes,
    ]
