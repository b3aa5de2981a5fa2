"""A scenario looked over before anything is fitted: what it assumes, and what a reader would ask about.

Receives a scenario that is sound. Hands on sentences.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forecast.answer.notes import write_notes
from forecast.answer.settled import Settled, settle_question
from forecast.model import build_timeline
from forecast.report import count_unsourced, wrap
from forecast.scenario import (
    Ensemble,
    Known,
    Scenario,
    date_links,
    find_unsourced,
    list_reports,
    possible_courses,
    resolve,
)


@dataclass(frozen=True)
class Look:
    """What there is to say of a scenario without a fit.

    Attributes
    ----------
    facts : int
        Facts that were public on `as_of`.
    last_fact : datetime.date or None
        The day on which the last of them became public.
    assumed : tuple of str
        What the file leaves open, and is taken for granted.
    warnings : tuple of str
        What may not be meant as it stands; the same as the notes below a run's table.
    unsourced : tuple of str
        Keys of the priors that rest on a note without a source.
    settled : Settled or None
        The answer, where the record gives it already.
    """

    scenario: Scenario
    facts: int
    last_fact: datetime.date | None
    assumed: tuple[str, ...]
    warnings: tuple[str, ...]
    unsourced: tuple[str, ...]
    settled: Settled | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "schema": 1,
            "title": self.scenario.question.title,
            "as_of": self.scenario.as_of.isoformat(),
            "problems": [],
            "assumed": list(self.assumed),
            "warnings": list(self.warnings),
            "unsourced": list(self.unsourced),
            "hindsight": list(self.scenario.known().hindsight),
            **({"settled": self.settled.to_dict()["settled"]} if self.settled else {}),
            "facts": self.facts,
            "last_fact": self.last_fact.isoformat() if self.last_fact else None,
        }

    def __str__(self) -> str:
        scenario, window = self.scenario, self.scenario.window
        lines = [
            scenario.question.title,
            f"as of {scenario.as_of}, from {window.began or window.start} to {window.until}; {self._facts()}",
            *_list("assumed, because nothing else is said", self.assumed),
            *_list("to look at", self.warnings),
            "",
        ]
        if late := self.scenario.known().hindsight:
            lines.append(f"hindsight (no fact behind it was public yet): {', '.join(late)}")
        if self.unsourced:
            of = sum(1 for _ in scenario.known().priors.items())
            lines.append(f"{count_unsourced(len(self.unsourced), of)}: {', '.join(self.unsourced)}")
        if self.settled:
            lines += [str(self.settled).split("\n", 3)[-1], ""]
        lines.append("no problem found; nothing was fitted")
        return "\n".join(lines)

    def _facts(self) -> str:
        many = f"{self.facts} {'fact' if self.facts == 1 else 'facts'}"
        if self.last_fact is None:
            return many
        days = (self.scenario.as_of - self.last_fact).days
        ago = "today" if not days else f"{days} {'day' if days == 1 else 'days'} ago"
        return f"{many}, the last of {self.last_fact} ({ago})"


@dataclass(frozen=True)
class EnsembleLook:
    """What a file of several timelines assumes, and what there is to look at.

    Attributes
    ----------
    looks : dict of Look
        By timeline.
    """

    ensemble: Ensemble
    looks: Mapping[str, Look]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "scenario": self.ensemble.name,
            "title": self.ensemble.title,
            "asked": str(self.ensemble.event),
            "timelines": {name: look.to_dict() for name, look in self.looks.items()},
        }

    def __str__(self) -> str:
        ensemble, window = self.ensemble, self.ensemble.window
        families = [f"{family.name} ({len(family.timelines)})" for family in ensemble.families]
        lines = [
            ensemble.title,
            f"as of {ensemble.as_of}, from {window.began or window.start} to {window.until}",
            f"asked: {ensemble.event}",
            *([f"given: {'; '.join(ensemble.supposed)}"] if ensemble.learned else []),
            f"timelines: {', '.join(families)}",
            *(f"{name}: {link}" for name, links in ensemble.links.items() for link in links),
        ]
        for what, name in (("assumed, because nothing else is said", "assumed"), ("to look at", "warnings")):
            said: dict[str, list[str]] = {}
            for timeline, look in self.looks.items():
                for text in getattr(look, name):
                    said.setdefault(text, []).append(timeline)
            lines += _list(what, [f"{_name_some(of, len(self.looks))}: {text}" for text, of in said.items()])
        return "\n".join([*lines, "", "no problem found; nothing was fitted"])


def _name_some(names: Sequence[str], of: int) -> str:
    """Name those of whom something is said: all, a few, or how many."""
    if len(names) == of:
        return "all"
    return ", ".join(names) if len(names) < 4 else f"{len(names)} timelines"


def look_over_ensemble(ensemble: Ensemble) -> EnsembleLook:
    """Say what a file of several timelines assumes and what to look at; nothing is fitted."""
    looks = {}
    for name, each in ensemble.timelines.items():
        begun = [link for link in ensemble.links.get(name, ()) if link.at is not None]  # as if what is heard came now
        looks[name] = look_over(date_links(each, begun, each.as_of) if begun else each)
    return EnsembleLook(ensemble, looks)


def look_over(scenario: Scenario) -> Look:
    """Say what a scenario assumes and what to look at; nothing is fitted.

    Examples
    --------
    >>> from forecast.document import load_scenario
    >>> look_over(load_scenario("tests/questions/launch.yaml")).warnings
    ('1 fact is left out, public after 2026-01-15 (the first on 2026-01-20)',)
    """
    known, settled = scenario.known(), settle_question(scenario)
    public = [fact.public for name, fact in scenario.facts.items() if name in known.public]
    as_told = possible_courses(scenario)[0][1] if list_reports(scenario) else scenario
    return Look(
        scenario,
        facts=len(public),
        last_fact=max(public, default=None),
        assumed=(*scenario.assumed, *_assume_always(known)),
        warnings=() if settled else tuple(write_notes(scenario, build_timeline(resolve(as_told)))),
        settled=settled,
        unsourced=tuple(find_unsourced(known, scenario.facts)),
    )


def _assume_always(known: Known) -> list[str]:
    """Say what any scenario takes for granted that does not say otherwise."""
    question = known.question
    said = []
    if known.begins is None:
        said.append(f"{known.first_stay.stage} was under way on {question.history_from}, the first day of the record")
    if not known.holes:
        said.append(f"nothing but the entries happened from then to {known.as_of}: no day is unrecorded")
    if open_ended := [name for name in question.stages[1:] if name not in question.silent]:
        said.append(
            f"a stage holds until an entry says otherwise, because its end would be announced: {_join(open_ended)}"
        )
    if len(question.places) > 1 and _are_alike(known):
        said.append(
            f"{_join(list(question.places))} are as likely as each other, unless a plan or a covariate says otherwise"
        )
    if ageless := [name for name, prior in known.priors.stages.items() if not prior.belief.ages]:
        said.append(f"stays in {_join(ageless)} do not age: each day is as likely as any to be the last")
    return said


def _are_alike(known: Known) -> bool:
    """Tell whether nothing makes a place likelier than another in ordinary times."""
    question = known.question
    differ = any(way.attributes or way.count is not None for way in question.itineraries)
    return not differ and known.priors.hazard_ratios.keys().isdisjoint(question.places)


def _join(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _list(title: str, sentences: Sequence[str]) -> list[str]:
    lines = [line for sentence in sentences for line in wrap(sentence, "- ", "  ")]
    return ["", f"{title}:", *lines] if lines else []
