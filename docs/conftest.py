"""Every block of the tutorial is run, in order, in a folder of its own; what it says is printed is printed.

A block of YAML whose first line names a file is written to it; lines of a shell are run; of a text each line must stand
in the output of the last of them; Python is run as it stands.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser

REST = "..."  # stands for lines that are left out


def _write_file(example: Example) -> str | None:
    first, _, rest = str(example.parsed).partition("\n")
    assert first.startswith("# ") and first.endswith(".yaml"), f"a block of YAML begins with its file: {first}"  # noqa: PT018
    Path(first.removeprefix("# ")).write_text(rest, encoding="utf-8")
    return None


def _run_shell(example: Example) -> str | None:
    done = subprocess.run(["bash", "-ec", str(example.parsed)], capture_output=True, text=True, check=False)
    example.namespace["output"] = done.stdout + done.stderr
    return done.stdout + done.stderr if done.returncode else None


def _find_text(example: Example) -> str | None:
    printed = [line.rstrip() for line in example.namespace["output"].splitlines()]
    missing = [line for line in str(example.parsed).splitlines() if line.rstrip() not in (*printed, REST)]
    return f"not printed: {missing}\nprinted: {example.namespace['output']}" if missing else None


def _enter(namespace: dict[str, Any]) -> None:
    namespace["stack"] = stack = contextlib.ExitStack()
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    before = Path.cwd()
    os.chdir(folder)
    stack.callback(os.chdir, before)


def _leave(namespace: dict[str, Any]) -> None:
    namespace["stack"].close()


pytest_collect_file = Sybil(
    parsers=[
        CodeBlockParser(language="yaml", evaluator=_write_file),
        CodeBlockParser(language="sh", evaluator=_run_shell),
        CodeBlockParser(language="text", evaluator=_find_text),
        PythonCodeBlockParser(),
    ],
    pattern="tutorial.md",
    setup=_enter,
    teardown=_leave,
).pytest()
