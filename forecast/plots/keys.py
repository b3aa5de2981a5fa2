"""Keys of a scenario in words, for the axes of figures that vary them."""

from __future__ import annotations

from itertools import zip_longest

from forecast.plots import words
from forecast.plots.areas import shorten_name
from forecast.scenario import AnyScenario, Ensemble

_MEDIAN = "median"
_WORDS = {  # the names of the question's own stand in place of the stars
    "priors.stages.*.stay": "mean stay in *, days",
    "priors.stages.*.ends.*": "ends of * in *, count",
    "priors.hazard_ratios.*": "hazard ratio of *",
    "priors.conditions.*.lasts": "days that * lasts",
    "priors.conditions.*.returns": "days until * is back",
    "priors.plans.*.kept": "chance that * is kept",
    "priors.plans.*.meanwhile": "factor until * is due",
    "priors.plans.*.late": "days that * is late",
    "priors.stages.*.shape": "shape of stays in *",
    "priors.stages.*.never": "share of stays in * without end in the event",
    "priors.never": "share of episodes that never end in the event",
    "priors.seriousness": "seriousness, factor per σ",
    "itineraries.*.*": "* by *",
    "as_of": "as-of date",
    "window.from": "first day of the window",
    "window.until": "last day of the window",
    "facts.*": "fact *",
    "given.no_event_until": "given no event until",
    "given.silence_until": "given silence until",
    "given.conditions.*.ends": "given that the last day of * is",
    "given.conditions.*.begins": "given that the first day of * is",
    "do.conditions.*.ends": "day on which * ends",
    "do.conditions.*.begins": "day on which * begins",
    "given.stage.*": "given that * is entered on",
    "do.stage.*": "day on which * is set",
    "do.hazard_ratios.*": "hazard ratio of * from then on",
}


def describe_key(scenario: AnyScenario, key: str) -> str:
    """Say in words what a key is about, in its units; one that has no words is written as it is.

    Examples
    --------
    >>> import forecast
    >>> visit = forecast.load_scenario("tests/questions/visit.yaml")
    >>> describe_key(visit, "priors.hazard_ratios.port_closed.median")
    'hazard ratio of port closed (median)'
    >>> describe_key(visit, "priors.stages.invited.ends.agreed")
    'ends of invited in agreed, count'
    """
    if isinstance(scenario, Ensemble) and key.startswith("timelines."):
        return _describe_key_of_several(scenario, key)
    bare = key.removesuffix(f".{_MEDIAN}")
    parts = [part for part in bare.split(".") if part != "mean"]
    for pattern, text in _WORDS.items():
        wanted = pattern.split(".")
        if len(wanted) == len(parts) and all(want in ("*", part) for want, part in zip(wanted, parts, strict=True)):
            names = [name for want, name in zip(wanted, parts, strict=True) if want == "*"]
            shown = [shorten_name(words.show(scenario, name), len(names)) for name in names]
            said = "".join(map("".join, zip_longest(text.split("*"), shown, fillvalue="")))
            return said + _unit(scenario, parts) + (f" ({_MEDIAN})" if bare != key else "")
    return words.plain(key)


def _describe_key_of_several(ensemble: Ensemble, key: str) -> str:
    """Say in words what a key of a family is about, and of which family."""
    _, name, *inner = key.split(".")
    family = ensemble.family(name)
    shown = shorten_name(words.plain(family.name), 2)
    if inner[0] == "years":
        return f"{shown}: busy to quiet year"
    if inner[0] == "pace":
        of = [part for part in inner[1:] if part != _MEDIAN]
        return f"{shown}: fast to slow {words.plain(of[0]) if of else 'unit'}"
    return f"{shown}: {describe_key(next(iter(family.timelines.values())), '.'.join(inner))}"


def _unit(scenario: AnyScenario, parts: list[str]) -> str:
    """Say what a hazard ratio is per, where it has a unit."""
    if isinstance(scenario, Ensemble):
        return ""
    prior = scenario.priors.hazard_ratios.get(parts[-1]) if parts[-2:-1] == ["hazard_ratios"] else None
    return f", per {prior.belief.per:g} {words.isolate(prior.belief.unit)}" if prior and prior.belief.unit else ""
