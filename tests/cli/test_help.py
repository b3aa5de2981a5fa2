"""Every verb's help has examples, and they work wherever one stands; shells complete the command's words."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from forecast.cli.main import build_parser, main
from forecast.cli.options import VERBS

FITS = (
    "forecast.run ",
    "forecast run ",
    "forecast compare ",
    "forecast sensitivity ",
    "forecast sweep ",
    "forecast replay ",
    "forecast export ",
    "forecast explain ",
    "forecast diff ",
    "forecast signposts ",
)


@pytest.fixture
def shell(own_store, tmp_path):
    """Run a line by the shell in a folder of its own, far from the repository."""
    environment = os.environ | {
        "FORECAST_STORE": str(own_store),
        "HOME": str(tmp_path),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }

    def run(line):
        command = [shutil.which("bash") or "sh", "-c", line]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    return run


def read_help(verb, capsys):
    with pytest.raises(SystemExit) as ended:
        main([verb, "--help"])
    assert ended.value.code == 0
    return capsys.readouterr().out


def list_examples(said):
    """Yield the commands below `examples:`, without what is said beside them."""
    (block,) = re.findall(r"^examples:\n((?:  .*\n)+)", said, re.MULTILINE)
    for line in block.replace("\\\n", "").splitlines():
        yield re.sub(r" {2,}(?=--)", " ", line.strip()).split("   ")[0].strip()


PLAIN = re.compile(r"(?:python -m forecast[.](?=run )|forecast )([^|&;$*<>]+)(?:> (\S+))?")


@pytest.fixture
def follow(shell, capsys, tmp_path, monkeypatch):
    """Run a line: by the command in this process, if no more of a shell is in it than where its words go."""

    def run(line):
        found = PLAIN.fullmatch(line)
        if not found:
            done = shell(line)
            return done.returncode, done.stderr
        monkeypatch.chdir(tmp_path)
        code = main(shlex.split(found[1]))
        printed = capsys.readouterr()
        if found[2]:
            (tmp_path / found[2].replace("~", str(tmp_path))).write_text(printed.out, encoding="utf-8")
        return code, printed.err

    return run


@pytest.mark.slow
@pytest.mark.parametrize("verb", VERBS)
def test_examples_work_outside_the_repository(verb, capsys, follow, tmp_path):
    lines = list(list_examples(read_help(verb, capsys)))
    assert any(verb in line for line in lines)
    (tmp_path / ".zfunc").mkdir()
    for line in lines:
        code, said = follow(line)
        assert code == 0, (line, said)
        if any(fit in line for fit in FITS):  # the others take long
            break


@pytest.mark.slow
@pytest.mark.parametrize("verb", VERBS)
def test_all_examples_work(verb, capsys, shell, tmp_path):
    (tmp_path / ".zfunc").mkdir()
    for line in list_examples(read_help(verb, capsys)):
        done = shell(line)
        assert done.returncode == 0, (line, done.stderr)


@pytest.mark.parametrize("arguments", [["--help"], ["nonsense"], []])
def test_all_verbs_are_listed_and_none_is_loaded(arguments, capsys):
    with pytest.raises(SystemExit):
        main(arguments)
    said = "".join(capsys.readouterr())
    assert ("VERB" if arguments == [] else "sensitivity") in said
    before = set(sys.modules)
    build_parser("")
    assert set(sys.modules) == before


def test_a_list_of_verbs_says_what_each_verbs_own_parser_says():
    lone, whole = build_parser("").format_help(), build_parser().format_help()
    assert lone == whole
    assert next(iter(VERBS)) in lone


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["sen"], "sensitivity"),
        (["run", "--no"], "--no-plots"),
        (["store", "cl"], "clear"),
        (["facts", "--log-level", "war"], "warning"),
        (["facts", "vis"], "visit.yaml"),
        (["import", "vis"], "visit.yaml"),
        (["compare", "--out", "fol"], "folder"),
    ],
)
def test_bash_completes(words, found, shell, tmp_path):
    (tmp_path / "visit.yaml").touch()
    (tmp_path / "folder").mkdir()
    script = f"""
        eval "$(forecast completion bash)"
        COMP_WORDS=(forecast {" ".join(words)}); COMP_CWORD={len(words)}
        $(complete -p forecast | sed 's/.*-F *\\([^ ]*\\).*/\\1/') forecast "${{COMP_WORDS[COMP_CWORD]}}"
        echo "${{COMPREPLY[@]}}"
    """
    done = shell(script)
    assert found in done.stdout.split(), (done.stdout, done.stderr)


@pytest.mark.parametrize(("name", "begins"), [("zsh", "#compdef forecast"), ("tcsh", "#")])
def test_other_shells_have_a_script_too(name, begins, capsys):
    assert main(["completion", name]) == 0
    said = capsys.readouterr().out
    assert said.startswith(begins)
    assert "sensitivity" in said
