"""What a file need not say: what it is then taken to say, as nodes, and in words.

Receives the merged tree of a scenario. Hands on the tree with nothing left open, and what was assumed.
"""

from __future__ import annotations

from forecast.scenario.nodes import Mapping, Node, Scalar, Sequence, make_node
from forecast.scenario.question import EVENT

ANYWHERE = "anywhere"
UTC = "UTC"
ALIKE = "Nothing is said of how episodes differ (no statement in the file)."
_HAPPENS = "what the title says"
_KINDS = {"event", "stage", "covariate", "plan"}


def fill_in(tree: Mapping) -> tuple[Mapping, tuple[str, ...]]:
    """Return a scenario's tree with what it leaves open filled in, and a sentence for each thing assumed."""
    filling = _Filling(tree)
    filling.fill_question()
    filling.fill_rest()
    filling.fill_events()
    filling.fill_priors()
    return Mapping(tree.mark, filling.items, filling.keys, tree.complete), tuple(filling.assumed)


class _Filling:
    def __init__(self, tree: Mapping) -> None:
        self.mark = tree.mark
        self.items, self.keys = dict(tree.items), dict(tree.keys)
        self.assumed: list[str] = []

    def _put(self, name: str, node: Node, assumed: str) -> None:
        self.items[name], self.keys[name] = node, self.mark
        self.assumed.append(assumed)

    def fill_question(self) -> None:
        """Say what happens, by what that is told and in which time zone."""
        title, said = self.items.get("title"), self.items.get("question")
        if not isinstance(title, Scalar) or not (said is None or isinstance(said, Mapping)):
            return
        items, keys = (dict(said.items), dict(said.keys)) if said else ({}, {})
        usual = {
            "event": (title.value, f"the event is {_HAPPENS}: {' '.join(title.value.split())}"),
            "resolves": (f"as {_HAPPENS}", f"nothing is said of how the question resolves; {_HAPPENS} is taken"),
            "timezone": (UTC, f"days are those of {UTC}"),
        }
        for name, (value, assumed) in usual.items():
            if name not in items:
                items[name], keys[name] = Scalar(title.mark, value, plain=False), title.mark
                self.assumed.append(assumed)
        mark = said.mark if said else title.mark
        self.items["question"] = Mapping(mark, items, keys, said.complete if said else True)
        self.keys.setdefault("question", mark)

    def fill_rest(self) -> None:
        """Say that there are no places, no entries, and no stages but those of the priors."""
        if not {"places", "itineraries"} & set(self.items) and not self._names_ways():
            text = f"one place, {ANYWHERE}: nothing is asked of where it happens"
            self._put("places", Sequence(self.mark, (Scalar(self.mark, ANYWHERE, plain=True),)), text)
        if "timeline" not in self.items:
            text = "the timeline is empty: no step is on record"
            self._put("timeline", Sequence(self.mark, ()), text)
        stages = self._stages()
        if "stages" not in self.items and stages:
            names = tuple(Scalar(stages.keys[name], name, plain=True) for name in stages.items)
            text = f"the stages are those of the priors, in their order: {', '.join(stages.items)}"
            if len(names) == 1:
                text = f"there is one stage, {names[0].value}"
            self._put("stages", Sequence(stages.mark, names), text)

    def fill_events(self) -> None:
        """Say of entries with a day alone that the event came at the only place."""
        timeline, places = self.items.get("timeline"), self.items.get("places", self.items.get("itineraries"))
        if not isinstance(timeline, Sequence) or not isinstance(places, Sequence | Mapping) or len(places.items) != 1:
            return
        (place,) = places.items
        where = place.value if isinstance(place, Scalar) else place
        if not isinstance(where, str):
            return
        entries = [
            entry._replace(
                items={**entry.items, "event": Scalar(entry.mark, where, plain=True)},
                keys={**entry.keys, "event": entry.mark},
            )
            if isinstance(entry, Mapping) and "day" in entry.items and not _KINDS & entry.items.keys()
            else entry
            for entry in timeline.items
        ]
        if entries != list(timeline.items):
            self.items["timeline"] = Sequence(timeline.mark, tuple(entries))
            self.assumed.append(f"entries with a day alone are of the event, {where}")

    def fill_priors(self) -> None:
        """Say how the stays of a single stage end, and that episodes are alike."""
        priors, stages, listed = self.items.get("priors"), self._stages(), self.items.get("stages")
        if not isinstance(priors, Mapping) or stages is None or not isinstance(listed, Sequence):
            return
        items, keys = dict(priors.items), dict(priors.keys)
        if len(listed.items) == 1 and len(stages.items) == 1:
            (name, prior), *_ = stages.items.items()
            if isinstance(prior, Mapping) and "ends" not in prior.items:
                ended = {**prior.items, "ends": make_node({EVENT: 1}, prior.mark)}
                inner = Mapping(prior.mark, ended, {**prior.keys, "ends": prior.mark}, prior.complete)
                items["stages"] = Mapping(stages.mark, {name: inner}, stages.keys, stages.complete)
                self.assumed.append(f"every stay in {name} ends in the event")
        elif len(listed.items) > 1 and "seriousness" not in items:
            alike = {"factor": [1, 1], "because": ALIKE, "reason": "They are taken to be alike."}
            items["seriousness"], keys["seriousness"] = make_node(alike, priors.mark), priors.mark
            text = "episodes are alike; if some are more serious than others, give priors.seriousness, such as"
            self.assumed.append(f"{text} factor: [1.2, 3]")
        self.items["priors"] = Mapping(priors.mark, items, keys, priors.complete)

    def _names_ways(self) -> bool:
        """Tell whether an event on record happened at some place that has a name."""
        timeline = self.items.get("timeline")
        entries = timeline.items if isinstance(timeline, Sequence) else ()
        events = [entry.items.get("event") for entry in entries if isinstance(entry, Mapping)]
        return any(isinstance(event, Scalar) and event.value != ANYWHERE for event in events)

    def _stages(self) -> Mapping | None:
        """Return the priors of stages, if there are any."""
        priors = self.items.get("priors")
        stages = priors.items.get("stages") if isinstance(priors, Mapping) else None
        return stages if isinstance(stages, Mapping) and stages.items else None
