"""Facts in place: a sentence under `because` becomes a fact with an id of its own, and the id takes its place.

A mapping with `says`, `source` and `public` does as well.

``because: The dockers struck ten times before (harbour yearbook 2021-03-01).`` names its source in the brackets at its
end, and there the day on which it became public, if it says so.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from collections.abc import Mapping as Mapped

from forecast.errors import KeyPath, format_key
from forecast.scenario.facts import UNSOURCED, Fact, FactsRead
from forecast.scenario.known import Known
from forecast.scenario.nodes import Mapping, Mark, Node, Scalar, Sequence
from forecast.scenario.reader import NO_DAY, Reader, is_name

BECAUSE = "because"
_SOURCE = re.compile(r"^(?P<says>.*?)\s*\((?P<source>[^()]+)\)\s*\.?$", re.DOTALL)
_PUBLIC = re.compile(r"^(?:(?P<source>.*?\S),?\s+)?(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})$", re.DOTALL)
_ELSEWHERE = ("do", "given", "facts", "sources")  # what is supposed there has facts of its own


def find_sentences(reader: Reader, tree: Mapping, found: FactsRead) -> Mapping:
    """Return a scenario's tree in which ids stand for the sentences under `because`; their facts are in `found`."""
    return _Sentences(reader, tree, found).convert()


def find_unsourced(known: Known, facts: Mapped[str, Fact]) -> list[str]:
    """Return the keys of the priors in force that rest on a note which names no source."""
    bare = {name for name, fact in facts.items() if fact.source == UNSOURCED}
    return [format_key(key) for key, prior in known.priors.items() if not bare.isdisjoint(prior.because)]


class _Sentences:
    def __init__(self, reader: Reader, tree: Mapping, found: FactsRead) -> None:
        self.reader, self.tree, self.found = reader, tree, found
        self.taken = {*found.facts, *_ids(tree.items.get("facts"))}
        self.seen: dict[tuple[str, str, datetime.date], str] = {}  # ids, by what is said, by whom and when
        first = tree.items.get("history_from")
        self.first = NO_DAY if first is None else Reader().date(first, ())

    def convert(self) -> Mapping:
        items = {
            name: node if name in _ELSEWHERE else self._walk(node, (name,)) for name, node in self.tree.items.items()
        }
        return self.tree._replace(items=items)

    def _walk(self, node: Node, key: KeyPath) -> Node:
        if isinstance(node, Sequence):
            return node._replace(items=tuple(self._walk(item, (*key, index)) for index, item in enumerate(node.items)))
        if not isinstance(node, Mapping):
            return node
        items = {name: self._walk(item, (*key, name)) for name, item in node.items.items()}
        keys = dict(node.keys)
        because = items.get(BECAUSE)
        said = [_says(each) for each in _in_place(because)] if because is not None else []
        if because is not None and said:
            items[BECAUSE] = self._name(because, node, (*key, BECAUSE))
            if key[0] == "priors":
                items.setdefault("reason", Scalar(because.mark, " ".join(said), plain=False))
                keys.setdefault("reason", keys[BECAUSE])
        return node._replace(items=items, keys=keys)

    def _name(self, because: Node, holder: Mapping, key: KeyPath) -> Sequence:
        """Return the list of ids that stands for what is under `because`."""
        listed = because.items if isinstance(because, Sequence) else (because,)
        names = [
            Scalar(item.mark, self._fact(item, holder, key), plain=True) if _is_in_place(item) else item
            for item in listed
        ]
        return Sequence(because.mark, tuple(names))

    def _fact(self, said: Node, holder: Mapping, key: KeyPath) -> str:
        """Make a fact of what is said in place and return its id."""
        if isinstance(said, Mapping):
            return self._whole_fact(said, holder, key)
        sentence = said
        assert isinstance(sentence, Scalar)
        text = " ".join(sentence.value.split())
        says, source = text, ""
        if in_brackets := _SOURCE.match(text):
            says, source = in_brackets["says"] + ".", in_brackets["source"]
        dated = _PUBLIC.match(source)
        if dated:
            source = dated["source"] or ""
            public = self.reader.last_day(Scalar(sentence.mark, dated["day"], plain=True), key)
        else:
            public = self._usual_day(holder, key, sentence)
        return self._keep(says, source, public, key, sentence.mark)

    def _whole_fact(self, said: Mapping, holder: Mapping, key: KeyPath) -> str:
        """Make a fact of a mapping and return its id."""
        reader = self.reader
        items = reader.mapping(said, key, needed=("says",), known=("source", "public"))
        says = reader.text(items["says"], (*key, "says")) if "says" in items else ""
        source = reader.text(items["source"], (*key, "source")) if "source" in items else ""
        if "public" in items:
            public = reader.last_day(items["public"], (*key, "public"))
        else:
            public = self._usual_day(holder, key, said)
        return self._keep(says, source, public, key, said.mark)

    def _keep(self, says: str, source: str, public: datetime.date, key: KeyPath, mark: Mark) -> str:
        if (says, source, public) not in self.seen:
            self.seen[says, source, public] = name = self._new_id(key)
            self.found.facts[name] = Fact(id=name, says=says, source=source or UNSOURCED, public=public)
            self.found.named.append((source or UNSOURCED, key, mark))
        return self.seen[says, source, public]

    def _usual_day(self, holder: Mapping, key: KeyPath, said: Node) -> datetime.date:
        """Return when a sentence without a day became public: with the step that it tells of, or before all else."""
        if "plan" in holder.items and holder.complete:  # a text that was cut may have lost it
            message = (
                "expected the day on which the plan was made, at the end of the brackets, as in "
                "(Reuters 2026-11-18), because a plan counts from when it was public; found none"
            )
            self.reader.add(key, said.mark, message)
        elif key[0] == "timeline":
            for name in ("day", "from", "until"):
                if name in holder.items:
                    return Reader().days(holder.items[name], ())[0]
        return self.first

    def _new_id(self, key: KeyPath) -> str:
        parts = [str(part + 1) if isinstance(part, int) else part for part in key]
        base = "-".join(["note", *(parts[2:-1] if len(parts) > 3 and parts[0] == "priors" else parts[:-1])])
        if parts[0] == "priors" and len(parts) == 3:
            base = f"note-{parts[1]}"
        name, number = base, 1
        while name in self.taken:
            number += 1
            name = f"{base}-{number}"
        self.taken.add(name)
        return name


def _is_sentence(node: Node) -> bool:
    """Tell a sentence from an id: it has blanks, as no name does."""
    return isinstance(node, Scalar) and not node.is_null and " " in node.value.strip() and not is_name(node.value)


def _is_in_place(node: Node) -> bool:
    return _is_sentence(node) or isinstance(node, Mapping)


def _in_place(because: Node) -> list[Node]:
    listed = because.items if isinstance(because, Sequence) else (because,)
    return [item for item in listed if _is_in_place(item)]


def _says(said: Node) -> str:
    said = said.items.get("says", said) if isinstance(said, Mapping) else said
    return said.value if isinstance(said, Scalar) else ""


def _ids(facts: Node | None) -> Iterator[str]:
    for fact in facts.items if isinstance(facts, Sequence) else ():
        found = fact.items.get("id") if isinstance(fact, Mapping) else None
        if isinstance(found, Scalar):
            yield found.value
