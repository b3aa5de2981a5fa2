"""YAML text to nodes: scalars stay texts, each with its line and column; what invites mistakes is refused."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any, NamedTuple

import yaml
from yaml.reader import Reader as Characters

from forecast.errors import PROBLEMS_MOST, InputError, Problem, shorten
from forecast.scenario import Mapping, Mark, Node, Refused, Scalar, Sequence, describe

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C parser is ten times as fast, and not always there
_DEPTH_MOST = 20  # the schema needs six levels; the limit keeps hostile nesting off Python's stack
_NODES_MOST = 200_000  # keys and values; a long question with all its facts has some thousands
_SLOW_MOST = 100_000  # characters that the Python parser reads in a second or so


_LOST_COLON = re.compile(r".:.")  # as in {stay:[1, 2], because:x}


class Document(NamedTuple):
    """A file's tree, and everything in it that scenario files may not use."""

    root: Node
    problems: tuple[Problem, ...]


def parse_nodes(text: str, file: str) -> Document:
    """Parse one YAML document.

    Parameters
    ----------
    text : str
    file : str
        The name to report problems under.

    Raises
    ------
    InputError
        If the text is not YAML, is empty, or is nested too deeply.

    Examples
    --------
    >>> parse_nodes("{on: off, on: 3:20}", "a.yaml").problems[0].message
    'found the key on a second time; it stands in line 1 already'
    """
    if forbidden := Characters.NON_PRINTABLE.search(text):
        line = text.count("\n", 0, forbidden.start()) + 1
        column = forbidden.start() - text.rfind("\n", 0, forbidden.start())
        message = (
            f"expected text; found the character U+{ord(forbidden[0]):04X}, which YAML forbids. Is this a YAML file?"
        )
        raise InputError([Problem((), message, file, line, column)])
    text = unicodedata.normalize("NFC", text)  # a letter and its accent, typed as one or as two, are the same name
    composer = _Composer(text, file, _LOADER)
    try:
        root = composer.compose()
    except yaml.MarkedYAMLError as error:
        if len(text) > _SLOW_MOST:
            raise InputError([*composer.problems, _explain(error, text, file)]) from None
        # Read again by the Python parser: the C one looks ahead, and its limits and words change with its version.
        composer = _Composer(text, file, yaml.SafeLoader)
        try:
            root = composer.compose()
        except yaml.MarkedYAMLError as error:
            raise InputError([*composer.problems, _explain(error, text, file)]) from None
    if isinstance(root, Scalar) and root.is_null:
        raise InputError([Problem((), "expected a mapping of keys; found an empty file", file, 1, 1)])
    return Document(root, tuple(composer.problems))


def _explain(error: yaml.MarkedYAMLError, text: str, file: str) -> Problem:
    """Say where and why a text is not YAML."""
    at = error.problem_mark or error.context_mark
    if at is None:
        return Problem((), f"not readable as YAML: {error.problem}", file, 1, 1)
    lines = text.splitlines()
    message = f"not readable as YAML: {error.problem}"
    if at.line < len(lines) and lines[at.line][at.column : at.column + 1] == "\t":
        message = "not readable as YAML: found a tab; indent with spaces"
    elif "mapping values are not allowed" in str(error.problem):
        message = "not readable as YAML: found a colon too many; quote a text that holds one, put a space after a key's"
    elif "flow" in str(error.context):
        message += ". A text inside {} or [] that holds a comma, a colon, a # or quotes goes into quotes as a whole"
    elif error.context and error.context_mark and error.context_mark.line != at.line:
        message += f" ({error.context} that begins in line {error.context_mark.line + 1})"
    return Problem((), message, file, at.line + 1, at.column + 1)


class _Composer:
    """Builds nodes from the parser's events and collects what is refused."""

    def __init__(self, text: str, file: str, loader: Any) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.depth = self.nodes = 0
        self.next_event: Callable[[], Any] = loader(text).get_event

    def compose(self) -> Node:
        roots: list[Node] = []
        while (event := self.next_event()) is not None:
            if isinstance(event, yaml.DocumentStartEvent):
                if roots:
                    self._refuse(event, "a second document", "keep one document to a file")
                roots.append(self._node(self.next_event()))
        return roots[0] if roots else Scalar(Mark(self.file, 1, 1), "", plain=True)

    def _node(self, event: Any) -> Node:
        start = event.start_mark
        mark = Mark(self.file, start.line + 1, start.column + 1)
        self.nodes += 1
        if self.nodes > _NODES_MOST:
            message = f"expected at most {_NODES_MOST:,} keys and values; found more"
            raise InputError([*self.problems, Problem((), message, *mark)])
        if isinstance(event, yaml.AliasEvent):
            self._refuse(event, f"the alias *{shorten(str(event.anchor))}", "write the value out")
            return Refused(mark)
        if event.anchor is not None:
            self._refuse(event, f"the anchor &{shorten(str(event.anchor))}", "write the value out where it is needed")
        if event.tag is not None:
            remedy = "leave it out; the schema gives each value its type"
            self._refuse(event, f"the tag {shorten(str(event.tag))}", remedy)
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(mark, event.value, not event.style)
        self.depth += 1
        if self.depth > _DEPTH_MOST:
            message = f"expected at most {_DEPTH_MOST} levels of nesting; found more"
            raise InputError([*self.problems, Problem((), message, *mark)])
        node = (
            self._sequence(mark)
            if isinstance(event, yaml.SequenceStartEvent)
            else self._mapping(mark, is_flow=bool(event.flow_style))
        )
        self.depth -= 1
        return node

    def _sequence(self, mark: Mark) -> Sequence:
        items = []
        while not isinstance(event := self.next_event(), yaml.SequenceEndEvent):
            items.append(self._node(event))
        return Sequence(mark, tuple(items))

    def _mapping(self, mark: Mark, *, is_flow: bool) -> Mapping:
        items: dict[str, Node] = {}
        keys: dict[str, Mark] = {}
        complete = True
        while not isinstance(event := self.next_event(), yaml.MappingEndEvent):
            key, value = self._node(event), self._node(self.next_event())
            if isinstance(key, Refused):
                complete = False
            elif not isinstance(key, Scalar) or key.is_null:
                self._refuse(event, f"{describe(key)} as a key", "keys are names")
                complete = False
            elif key.value == "<<":
                self._refuse(event, "a merge (<<)", "use extends, or write the keys out")
                complete = False
            elif _LOST_COLON.search(key.value) and key.plain and isinstance(value, Scalar) and value.is_null:
                self._refuse(event, f"the key {shorten(key.value)} and no value", "put a blank after a key's colon")
                complete = False
            elif is_flow and key.plain and " " in key.value and isinstance(value, Scalar) and value.is_null:
                remedy = "a comma ends a text inside {}, so put the whole text in quotes"
                self._refuse(event, f"{shorten(key.value)} as a key", remedy)
                complete = False
            elif key.value in items:
                remedy = f"it stands in line {keys[key.value].line} already"
                self._refuse(event, f"the key {shorten(key.value)} a second time", remedy)
            else:
                items[key.value], keys[key.value] = value, key.mark
        return Mapping(mark, items, keys, complete)

    def _refuse(self, event: Any, found: str, remedy: str) -> None:
        start = event.start_mark
        self.problems.append(Problem((), f"found {found}; {remedy}", self.file, start.line + 1, start.column + 1))
        if len(self.problems) >= PROBLEMS_MOST:
            raise InputError(self.problems)
