"""Words that the figures share: names, probabilities, and what a forecast says in a line."""

from __future__ import annotations

from forecast.plots.given import Given
from forecast.report import describe_suppositions


def spell(name: str) -> str:
    """Write a name of the scenario for readers.

    Examples
    --------
    >>> spell("in_rain")
    'in rain'
    """
    return name.replace("_", " ")


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
    return f"by {window.until}" if window.start == result.days[0] else f"from {window.start} to {window.until}"


def describe_answer(result: Given) -> str:
    """Write the headline: ``as of 2025-03-27: 43% by 2025-05-31 (90% of draws: 14 to 80%)``."""
    answer, bounds = percent(result.p_event.mean), percent_range(result.p_event.eti90)
    dated = f"as of {result.scenario.as_of}{name_verbs(result)}"
    return f"{dated}: {answer} {describe_window(result)} (90% of draws: {bounds})"


def list_suppositions(result: Given) -> list[str]:
    """Say what is supposed, a line each; none where nothing is."""
    return describe_suppositions(result.scenario, result.given_chance)


def name_verbs(result: Given) -> str:
    """Name the verbs of what is supposed, as in ``, supposing (do and given)``; nothing where nothing is."""
    lines = list_suppositions(result)
    verbs = [verb for verb in ("do", "given") if any(f"({verb}" in line for line in lines)]
    return f", supposing ({' and '.join(verbs)})" if verbs else ""


def describe_origin(result: Given) -> str:
    """Write the source line."""
    engine = {"nuts": "NUTS", "quick": "quick engine"}.get(result.engine, result.engine)
    fitted = f" ({engine})" if engine else ""
    return f"forecast: exact curves, {result.p_draws.size:,} draws{fitted}, as of {result.scenario.as_of}"
