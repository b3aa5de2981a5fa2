"""Files appear whole or not at all."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from forecast.errors import OutputError
from forecast.files import LEFTOVER_AGE, find_leftovers, write_batch, write_whole


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_batch_is_written_with_its_folder(tmp_path):
    folder = tmp_path / "new" / "deeper"
    write_batch(folder, {"a.json": b"one", "b.png": b"\x00two"})
    assert names(folder) == ["a.json", "b.png"]
    assert (folder / "b.png").read_bytes() == b"\x00two"


def test_a_batch_replaces_older_files_and_leaves_others(tmp_path):
    (tmp_path / "a").write_bytes(b"a long older content")
    (tmp_path / "other").write_bytes(b"other")
    write_whole(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"new"
    assert names(tmp_path) == ["a", "other"]


@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_files_have_the_mode_that_the_user_asked_for(tmp_path, mask):
    before = os.umask(mask)
    try:
        write_whole(tmp_path / "a", b"x")
        assert os.umask(mask) == mask
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o666 & ~mask


@pytest.mark.parametrize(
    ("name", "reason"), [("b" * 300, "File name too long"), ("missing/b", "No such file"), ("taken", "Is a directory")]
)
def test_a_batch_that_fails_leaves_older_files_and_no_others(tmp_path, name, reason):
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "taken").mkdir()
    with pytest.raises(OutputError, match=rf"cannot write into .*: {reason}.*; choose another folder with --out"):
        write_batch(tmp_path, {name: b"new", "a": b"new"})
    assert (tmp_path / "a").read_bytes() == b"old"
    assert names(tmp_path) == ["a", "taken"]


def test_nothing_moves_before_all_of_it_is_written(tmp_path):
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(OutputError, match="File name too long"):
        write_batch(tmp_path, {"a": b"new", "b" * 300: b"new"})
    assert (tmp_path / "a").read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


def test_content_that_is_no_bytes_leaves_nothing_behind(tmp_path):
    with pytest.raises(TypeError, match="bytes-like"):
        write_batch(tmp_path, {"a": b"new", "b": "text"})
    assert names(tmp_path) == []


def test_a_folder_that_is_a_file_is_an_output_error(tmp_path):
    (tmp_path / "taken").write_bytes(b"")
    with pytest.raises(OutputError, match=r"cannot write into .*taken.*--out") as caught:
        write_whole(tmp_path / "taken" / "a", b"x")
    assert caught.value.exit_code > 0


def test_threads_that_write_one_file_at_once_do_not_share_a_temporary_one(tmp_path):
    start = threading.Barrier(8)

    def write(number):
        start.wait()
        for _ in range(20):
            write_batch(tmp_path, {"a": bytes([number]) * 100_000, "b": b"x"})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    content = (tmp_path / "a").read_bytes()
    assert content == content[:1] * 100_000
    assert names(tmp_path) == ["a", "b"]


def test_leftovers_are_temporary_files_that_nobody_is_writing(tmp_path):
    for name in (".a.nc.0123.part", ".a.nc.4567.part", ".b.0123.part", ".part", ".a.nc.part", "a.nc", "a.nc.0123.part"):
        (tmp_path / name).write_bytes(b"")
        os.utime(tmp_path / name, (1e9, 1e9))
    (tmp_path / ".c.nc.0123.part").write_bytes(b"")
    anything = re.compile(r"[a-c][.]nc")
    assert [path.name for path in find_leftovers(tmp_path, anything)] == [".a.nc.0123.part", ".a.nc.4567.part"]
    long_ago = (tmp_path / ".c.nc.0123.part").stat().st_mtime - LEFTOVER_AGE - 1
    os.utime(tmp_path / ".c.nc.0123.part", (long_ago, long_ago))
    assert len(find_leftovers(tmp_path, anything)) == 3
    assert find_leftovers(tmp_path / "nowhere", anything) == []


def test_what_a_killed_write_leaves_is_found(tmp_path):
    """The names that are written are the names that are looked for."""
    code = (
        "import os, sys, pathlib; from forecast.files import write_whole; pathlib.Path.replace = lambda *_: os._exit(9)"
    )
    code += "; write_whole(pathlib.Path(sys.argv[1]), b'new')"
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "a.nc")], check=False)
    assert done.returncode == 9
    (left,) = tmp_path.iterdir()
    os.utime(left, (1e9, 1e9))
    assert find_leftovers(tmp_path, re.compile("a.nc")) == [left]
