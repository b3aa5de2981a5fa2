"""What a scenario supposes, in words: what is set and what is learned."""

from __future__ import annotations

from collections.abc import Mapping

from forecast.report.facts import describe_entry
from forecast.report.lines import decimal
from forecast.scenario import Scenario, Setting, Switch


def describe_suppositions(scenario: Scenario, chance: float | None = None) -> list[str]:
    """Say what is set (do) and what is learned (given), a line each.

    Parameters
    ----------
    chance : float, optional
        Probability of what is learned, to be told beside it.

    Examples
    --------
    >>> from forecast.document import load_scenario
    >>> launch = load_scenario("tests/questions/launch.yaml")
    >>> describe_suppositions(launch.given(no_event_until="2026-03-02"), 0.9)
    ['no event by 2026-03-02 (given; its chance was 0.90)']
    """
    done, learned = scenario.interventions, scenario.evidence
    lines = [f"{name} is set on {day} (do)" for name, day in done.stage.items()]
    lines += [f"{name} is {item.value:g}{_since(item)} (do)" for name, item in done.hazard_ratios.items()]
    for name, setting in done.itineraries.items():
        values = ", ".join(f"{label} {value:g}" for label, value in setting.value.items())
        lines.append(f"{name} has {values}{_since(setting)} (do)")
    lines += [f"{name} cannot be taken from {day} on (do)" for name, day in done.remove.items()]
    lines += [f"{line} (do)" for line in _spell_switches(done.conditions)]
    lines += [f"{describe_entry(entry)} (do)" for entry in done.timeline]
    known = [f"{name} is entered on {day}" for name, day in learned.stage.items()]
    known += [
        f"{name} is {'' if reach.happens else 'not '}entered by {reach.by}" for name, reach in learned.reaches.items()
    ]
    known += _spell_switches(learned.conditions)
    known += [f"no event by {learned.no_event_until}"] if learned.no_event_until else []
    known += [f"nothing new by {learned.silence_until}"] if learned.silence_until else []
    if known:
        lines.append(f"{', '.join(known)} (given{'' if chance is None else f'; its chance was {decimal(chance)}'})")
    return lines


def _spell_switches(switches: Mapping[str, Switch]) -> list[str]:
    """Say when conditions end and begin."""
    lines = []
    for name, switch in switches.items():
        lines += [f"{name} ends on {switch.ends}"] if switch.ends else []
        lines += [f"{name} begins on {switch.begins}"] if switch.begins else []
    return lines


def _since(setting: Setting) -> str:
    return "" if setting.start is None else f" from {setting.start} on"
