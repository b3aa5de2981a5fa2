"""Ctrl-C and its like end a command at once, with one line, and leave nothing half written."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

BEGIN = """
import os, signal, sys
from forecast.cli.stop import end_on_signals
end_on_signals()
def stop(number=signal.SIGINT):
    try:
        os.kill(os.getpid(), number)
        for _ in range(1000):  # the handler runs between two steps of the interpreter
            pass
    except BaseException:  # as a compiler does that calls back into Python
        pass
"""


def run(code, *arguments, ignore=()):
    def begin():
        for number in ignore:
            signal.signal(number, signal.SIG_IGN)

    words = [sys.executable, "-c", BEGIN + code, *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, check=False, preexec_fn=begin)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("loaded", ["", "import forecast.files", "import forecast.cli.main"])
def test_a_signal_ends_the_command_though_its_exception_would_be_swallowed(name, loaded):
    done = run(f"{loaded}\nstop(signal.{name})\nprint('went on')")
    assert (done.returncode, done.stdout, done.stderr) == (
        128 + getattr(signal, name),
        "",
        "stopped; nothing was written\n",
    )


def test_once_all_is_done_ctrl_c_does_not_disturb_the_end():
    done = run("from forecast.cli.stop import until_stopped\nprint(until_stopped(lambda: 7)(), flush=True)\nstop()")
    assert (done.returncode, done.stdout, done.stderr) == (0, "7\n", "")


def test_a_signal_that_is_ignored_stays_ignored():
    done = run("stop(signal.SIGHUP)\nprint('went on')", ignore=[signal.SIGHUP])
    assert (done.returncode, done.stdout) == (0, "went on\n")


def test_where_stderr_is_closed_the_code_is_the_same():
    done = run("os.close(2)\nstop()")
    assert (done.returncode, done.stderr) == (130, "")


def test_a_batch_that_is_being_moved_is_moved_whole(tmp_path):
    code = """
from pathlib import Path
from forecast import files
move = Path.replace
def replace(self, target):
    stop()
    return move(self, target)
Path.replace = replace
files.write_batch(Path(sys.argv[1]), {name: name.encode() for name in "abc"})
print("went on")
"""
    done = run(code, tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "stopped; what was written is whole\n")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {name: name for name in "abc"}


@pytest.mark.parametrize("writing", ["write_batch(Path(sys.argv[1]), {'a': b'1', 'b': b'2'})", "stage"])
def test_what_is_half_written_is_gone(writing, tmp_path):
    (tmp_path / "a").write_text("old")
    code = """
from pathlib import Path
from forecast import files
write = Path.write_bytes
def write_bytes(self, content):
    write(self, content)
    if ".b." in self.name:
        stop()
Path.write_bytes = write_bytes
"""
    if writing == "stage":
        act = "with files.stage(Path(sys.argv[1]) / 'b') as path:\n    path.write_bytes(b'2')\n"
    else:
        act = f"files.{writing}\n"
    done = run(f"{code}{act}print('went on')", tmp_path)
    assert (done.returncode, done.stdout) == (130, "")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "old"}


def test_processes_of_a_sweep_are_not_reached_by_ctrl_c():
    code = """
from forecast.explore.workers import start_processes
def blocked():
    return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])
if __name__ == "__main__":
    with start_processes(2) as executor:
        print(signal.SIGINT in executor.submit(signal.pthread_sigmask, signal.SIG_BLOCK, []).result(), blocked())
"""
    assert run(code).stdout == "True False\n"
