"""Large files and long chains: time grows with the file and no faster, and messages stay short.

Nothing is timed here: what once grew with the square took minutes at these sizes. `benchmarks/wrong_files.py` measures.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from forecast.document.load import load_scenario
from forecast.errors import PROBLEMS_MOST, PROBLEMS_SHOWN, InputError

ROOT = Path(__file__).parents[2]
VISIT = (ROOT / "tests" / "questions" / "visit.yaml").read_text(encoding="utf-8")
READINGS = "".join(f"  r{n}: {{reason: A., recode: {{map: none}}}}\n" for n in range(51))


def load_benchmark(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "benchmarks" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def refuse(text) -> InputError:
    with pytest.raises(InputError) as caught:
        load_scenario(text)
    return caught.value


def edit(old, new):
    assert old in VISIT
    return VISIT.replace(old, new, 1)


@pytest.mark.parametrize("digits", [20_000, 1_000_000])
@pytest.mark.parametrize("end", ["x", ".e", "e"])
def test_a_long_number_that_is_none(digits, end):
    error = refuse(edit("stay: {mean: [20, 200]}", f"stay: {{mean: [{'1' * digits}{end}, 200]}}"))
    assert "expected a number; found '1" in str(error)
    assert len(str(error)) < 300


@pytest.mark.parametrize("count", [600, 3_000])
def test_unknown_facts_among_many(count):
    more = "".join(f"  - {{id: fact-{n}, says: A., source: gazette, public: 2021}}\n" for n in range(count))
    cited = ", ".join(f"facts-{n}" for n in range(count))
    text = VISIT.replace("because: [off-2021]", f"because: [off-2021, {cited}]") + more
    error = refuse(text)
    lines = str(error).splitlines()
    assert len(error.problems) == count
    assert len(lines) == PROBLEMS_SHOWN + 1
    assert lines[0].endswith("unknown fact facts-0; did you mean fact-0?")
    assert lines[-1] == f"and {count - PROBLEMS_SHOWN:,} more"


def test_the_first_problems_of_a_file_are_shown_and_the_others_counted():
    wrong = "".join(f"  - {{day: soon-{n}, event: north-by-sea, because: [off-2021]}}\n" for n in range(12_000))
    error = refuse(edit("timeline:\n", f"timeline:\n{wrong}"))
    assert len(error.problems) == 12_000
    assert "found 'soon-49'" in str(error)
    assert "found 'soon-50'" not in str(error)
    assert str(error).endswith("and 11,950 more")


def test_a_list_of_many_names():
    names = ", ".join(f"n{number}" for number in range(100_000))
    error = refuse(edit("because: [off-2021]", f"because: [{names}, n7]"))
    assert len(error.problems) == PROBLEMS_MOST
    assert str(error).endswith("and 19,950 more, and whatever follows")


def test_one_key_again_and_again():
    error = refuse(VISIT + "title: a\n" * 300_000)
    assert "found the key title a second time" in str(error)
    assert len(str(error)) < 10_000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("".join(f"key-{n}: 1\n" for n in range(80_000)) + "- {", "not readable as YAML"),
        ("title: '" + "no end\n" * 500_000, "not readable as YAML"),
        ("[" * 1_000_000, "levels of nesting|nesting depth"),
        ("- " * 1_000_000, "levels of nesting"),
        (f"title: &{'a' * 1_000_000} b", "the anchor &aaa"),
        ("a: &a b\n" + "".join(f"k{n}: *a\n" for n in range(100_000)), "the alias [*]a"),
        ("".join(f"k{n}: 1\n" for n in range(200_000)), "at most 200,000 keys and values"),
    ],
)
def test_large_files_that_are_nothing(text, message):
    error = refuse(f"{text}\n")
    error.args[0].encode()
    with pytest.raises(InputError, match=message):
        raise error
    assert len(str(error)) < 10_000


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "stages: [quiet",
            f"stages: [{', '.join(f's{n}' for n in range(200))}, quiet",
            "at most 100 stages; found 203",
        ),
        (
            "timeline:\n",
            f"readings:\n{READINGS}timeline:\n",
            "readings: expected at most 50; found 51",
        ),
    ],
)
def test_bounds_of_what_multiplies(old, new, message):
    (problem,) = refuse(edit(old, new)).problems
    assert message in str(problem)


def test_a_chain_of_files_has_an_end(tmp_path):
    (tmp_path / "f0.yaml").write_text(VISIT, encoding="utf-8")
    for number in range(1, 1_501):
        (tmp_path / f"f{number}.yaml").write_text(f"extends: f{number - 1}.yaml\n", encoding="utf-8")
    assert load_scenario(tmp_path / "f49.yaml").question.stages == ("quiet", "invited", "agreed")
    for last in ("f50.yaml", "f1500.yaml"):
        with pytest.raises(InputError, match="expected at most 50 files, each extending the next; found more"):
            load_scenario(tmp_path / last)


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(load_benchmark("wrong_files").KINDS))
def test_files_of_five_megabytes_that_are_all_wrong(kind):
    error = refuse(load_benchmark("wrong_files").write(kind, 4_900_000) + "\n")
    assert len(str(error)) < 20_000


@pytest.mark.slow
def test_mutated_files_end_in_an_answer_or_a_message():
    """See `benchmarks/mutations.py`, which tries 20,000 of them. It forks, and so wants a process without threads."""
    command = [sys.executable, str(ROOT / "benchmarks" / "mutations.py"), "300", "0"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
