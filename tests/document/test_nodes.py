"""YAML into nodes: scalars stay text, positions are kept, and both of PyYAML's parsers say the same."""

from __future__ import annotations

import re

import pytest
import yaml

from forecast.document import compose
from forecast.document.compose import parse_nodes
from forecast.errors import InputError
from forecast.scenario.nodes import Mapping, Mark, Scalar, Sequence, describe, locate, merge


@pytest.fixture(params=["C", "Python"], autouse=True)
def loader(request, monkeypatch):
    """Parse with libyaml and, as on machines that lack it, without."""
    if request.param == "C" and not yaml.__with_libyaml__:
        pytest.skip("this PyYAML has no libyaml")
    monkeypatch.setattr(compose, "_LOADER", yaml.CSafeLoader if request.param == "C" else yaml.SafeLoader)


def plain(node):
    """Return a tree as plain Python values."""
    if isinstance(node, Mapping):
        return {name: plain(item) for name, item in node.items.items()}
    return [plain(item) for item in node.items] if isinstance(node, Sequence) else node.value


def read(text):
    document = parse_nodes(text, "x.yaml")
    assert document.problems == ()
    return document.root


def test_scalars_stay_text():
    texts = ("off", "2005", "3:20", "~", "2025-02-30", "1e3", "0x10", "yes", "1_000", ".inf")
    assert plain(read(f"[{', '.join(texts)}]")) == list(texts)
    assert plain(read("{on: 1, 2005: 2, 'no': 3}")) == {"on": "1", "2005": "2", "no": "3"}


@pytest.mark.parametrize(
    ("text", "null"),
    [("a: ~", True), ("a: null", True), ("a:", True), ("a: '~'", False), ("a: ''", False), ("a: 0", False)],
)
def test_nothing_is_what_is_written_without_quotes(text, null):
    assert read(text).items["a"].is_null == null


def test_positions_count_from_one_and_keys_have_their_own():
    root = read("a: 1\nb:\n  - x\n  - {c: deep}\n")
    assert root.mark == Mark("x.yaml", 1, 1)
    assert root.keys["b"] == Mark("x.yaml", 2, 1)
    assert locate(root, ("a",)) == Mark("x.yaml", 1, 4)
    assert locate(root, ("a",), on_key=True) == Mark("x.yaml", 1, 1)
    assert locate(root, ("b",)) == Mark("x.yaml", 2, 1)
    assert locate(root, ("b", 1, "c")) == Mark("x.yaml", 4, 9)
    assert locate(root, ("b", 1, "d", "e")) == Mark("x.yaml", 4, 5)  # the deepest part that is there
    assert locate(root, ("b", 7)) == Mark("x.yaml", 2, 1)
    assert locate(root, ()) == Mark("x.yaml", 1, 1)


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        ("a: 1\na: 2", "found the key a a second time; it stands in line 1 already", 2, 1),
        ("a: &x 1", "found the anchor &x; write the value out where it is needed", 1, 4),
        ("a: *x", r"found the alias \*x; write the value out", 1, 4),
        ("a: !!int 1", "found the tag tag:yaml.org,2002:int; leave it out", 1, 4),
        ("a: !mine {b: 1}", "found the tag !mine", 1, 4),
        ("<<: {a: 1}", r"found a merge \(<<\); use extends, or write the keys out", 1, 1),
        ("{[a]: 1}", "found a list as a key; keys are names", 1, 2),
        ("? {a: 1}\n: 2", "found a mapping as a key", 1, 3),
        ("~: 1", "found nothing as a key", 1, 1),
        ("a: 1\n---\nb: 2", "found a second document; keep one document to a file", 2, 1),
    ],
)
def test_what_is_refused(text, message, line, column):
    (problem,) = parse_nodes(text, "x.yaml").problems
    assert re.match(message, problem.message), problem.message
    assert (problem.file, problem.line, problem.column) == ("x.yaml", line, column)


def test_all_that_is_refused_is_found_at_once():
    problems = parse_nodes("a: &x 1\nb: *x\na: 2\n<<: *x\nc: !t 1", "x.yaml").problems
    assert sorted(problem.line for problem in problems) == [1, 2, 3, 4, 4, 5]


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        ("", "expected a mapping of keys; found an empty file", 1, 1),
        ("---\n", "found an empty file", 1, 1),
        ("null", "found an empty file", 1, 1),
        ("a: [1", "not readable as YAML: expected ',' or '[]]', but got '<stream end>'", 1, 6),
        ("a: 1\n\tb: 2", "not readable as YAML: found a tab; indent with spaces", 2, 1),
        ("a: b: c", "not readable as YAML: found a colon too many; quote a text", 1, 5),
        ("ok: 1\na: x\x00", r"found the character U\+0000, which YAML forbids. Is this a YAML file", 2, 5),
        ("[" * 10_000, "expected at most 20 levels of nesting; found more", 1, 21),
        ("{a: " * 10_000, "expected at most 20 levels of nesting", 1, 81),
        ("- " * 3_000, "expected at most 20 levels of nesting", 1, 41),
    ],
)
def test_what_cannot_be_read(text, message, line, column):
    with pytest.raises(InputError, match=message) as raised:
        parse_nodes(text, "x.yaml")
    (problem,) = raised.value.problems
    assert (problem.line, problem.column) == (line, column)


def test_children_merge_into_their_parents():
    parent = read("a: {b: 1, c: 2}\nd: [1, 2]\ne: 1")
    child = parse_nodes("a: {b: 3, c: ~}\nd: [3]\nf: 4\ne: null\ng: null", "child.yaml").root
    merged = merge(parent, child)
    assert plain(merged) == {"a": {"b": "3"}, "d": ["3"], "f": "4"}
    assert list(merged.items) == list(merged.keys) == ["a", "d", "f"]
    assert locate(merged, ("a", "b")).file == "child.yaml"


def test_a_merge_leaves_both_parts_as_they_were():
    parent, child = read("a: {b: 1}"), read("a: {b: 2, c: 3}")
    merge(parent, child)
    assert plain(parent) == {"a": {"b": "1"}}
    assert plain(child) == {"a": {"b": "2", "c": "3"}}


def test_descriptions_are_short_and_safe_to_print():
    mark = Mark("x.yaml", 1, 1)
    assert describe(Scalar(mark, "", plain=True)) == "nothing"
    assert describe(Scalar(mark, "", plain=False)) == "''"
    assert describe(Scalar(mark, "y" * 1000, plain=True)) == "'" + "y" * 60 + "...'"
    assert describe(Scalar(mark, "\x1b[31m", plain=False)) == r"'\x1b[31m'"
    assert describe(Sequence(mark, ())) == "a list"
    assert describe(Mapping(mark, {}, {})) == "a mapping"
