"""Every block of the tutorial is run, in order, in a folder of its own; what it says is printed is printed.

A block of YAML whose first line names a file is written to it; lines of a shell are run; of a text each line must stand
in the output of the last of them; Python is run as it stands.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sybil import Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser

PAGE = Path(__file__).parents[1] / "docs" / "tutorial.md"
REST = "..."  # stands for lines that are left out


def write_file(example):
    first, _, rest = example.parsed.partition("\n")
    assert first.startswith("# "), f"line {example.line}: a block of YAML begins with its file"
    Path(first.removeprefix("# ")).write_text(rest, encoding="utf-8")


def run_shell(example):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = os.environ | {"PATH": path, "FORECAST_STORE": str(Path.cwd() / "store")}
    done = subprocess.run(["bash", "-ec", example.parsed], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"line {example.line}: {done.stderr}"
    example.namespace["output"] = done.stdout + done.stderr


def find_text(example):
    printed = [line.rstrip() for line in example.namespace["output"].splitlines()]
    missing = [line for line in example.parsed.splitlines() if line.rstrip() not in (*printed, REST)]
    assert not missing, f"line {example.line}: not printed: {missing}\n{example.namespace['output']}"


def parse(text, folder):
    page = folder / "page.md"
    page.write_text(text, encoding="utf-8")
    parsers = {"yaml": write_file, "sh": run_shell, "text": find_text}
    blocks = [CodeBlockParser(language=name, evaluator=act) for name, act in parsers.items()]
    return list(Sybil(parsers=[*blocks, PythonCodeBlockParser()]).parse(page).examples())


@pytest.mark.slow
def test_every_block_of_the_tutorial_runs_and_prints_what_it_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = PAGE.read_text(encoding="utf-8")
    examples = parse(text, tmp_path)
    assert len(examples) == text.count("\n```\n") > 15  # none is passed over
    for example in examples:
        example.evaluate()


def test_a_block_that_prints_something_else_is_found(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shell, text = parse("```sh\necho one\n```\n\n```text\ntwo\n```\n", tmp_path)
    shell.evaluate()
    try:
        text.evaluate()
    except AssertionError as error:
        assert "not printed: ['two']" in str(error)  # noqa: PT017 - whichever wrapper of Sybil's raises it
    else:
        raise AssertionError
