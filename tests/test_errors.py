"""Messages: where, what was expected, what was found, and the nearest name that would do."""

from __future__ import annotations

import pytest

import forecast
from forecast.errors import (
    FitError,
    ForecastError,
    InputError,
    OutputError,
    Problem,
    escape,
    find_nearest,
    format_key,
    shorten,
    suggest,
)


def test_each_kind_of_error_has_its_exit_code():
    assert {kind: kind.exit_code for kind in (InputError, OutputError, FitError)} == {
        InputError: 2,
        OutputError: 2,
        FitError: 3,
    }
    assert all(issubclass(kind, ForecastError) for kind in (InputError, OutputError, FitError))
    assert forecast.InputError is InputError


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem(("a", 0, "b"), "no"), "a[0].b: no"),
        (Problem((), "no"), "no"),
        (Problem(("a",), "no", "x.yaml", 3, 7), "x.yaml:3:7: a: no"),
        (Problem((), "no", "x.yaml", 3, 7), "x.yaml:3:7: no"),
    ],
)
def test_a_problem_reads_as_compilers_write(problem, text):
    assert str(problem) == text


def test_an_error_keeps_all_problems_a_line_each():
    problems = [Problem(("a",), "one"), Problem(("b",), "two")]
    error = InputError(iter(problems))
    assert error.problems == tuple(problems)
    assert str(error) == "a: one\nb: two"


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ((), ""),
        (("a",), "a"),
        (("a", "b", 2), "a.b[2]"),
        ((0,), "[0]"),
        (("\x1b", "y" * 99), r"\x1b." + "y" * 60 + "..."),
    ],
)
def test_key_paths(key, text):
    assert format_key(key) == text


@pytest.mark.parametrize(
    ("name", "choices", "said"),
    [
        ("quite", ["quiet", "invited"], "did you mean quiet?"),
        ("BY-PLANE", ["days_away", "by_plane"], "did you mean by_plane?"),
        ("xyzzy", ["quiet", "invited"], "choose from: quiet, invited"),
        ("xyzzy", ["quiet", "quiet"], "choose from: quiet"),
        ("xyzzy", [], "none is declared"),
        ("", ["quiet"], "choose from: quiet"),
        ("fact-99x", [f"{letter}-something-else" for letter in "abcdefghijklmnop"], "the nearest of 16 are "),
        ("y" * 10_000, ["quiet"], "choose from: quiet"),
    ],
)
def test_suggestions(name, choices, said):
    assert suggest(name, choices).startswith(said)


def test_nearest_names_come_first():
    assert find_nearest("invted", ["quiet", "invited", "invented"])[0] == "invited"
    assert find_nearest("zzz", ["quiet"]) == []


def test_what_is_shown_is_short_and_safe():
    assert shorten("a" * 61) == "a" * 60 + "..."
    assert shorten("é大") == "é大"
    assert escape("a\x00\n\u202eb") == r"a\x00\n\u202eb"
