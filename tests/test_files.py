"""Files appear whole or not at all."""

from __future__ import annotations

import errno
import json
import math
import os
import re
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree

import matplotlib.image
import numpy as np
import PIL.Image
import pytest

from forecast.errors import FitError, OutputError
from forecast.files import (
    LEFTOVER_AGE,
    check_signed,
    clear_leftovers,
    is_signed,
    render_json,
    sign_figure,
    stage,
    write_batch,
    write_whole,
)


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
    left = [".a.nc.0123.part", ".a.nc.4567.part"]
    kept = [".b.0123.part", ".part", ".a.nc.part", "a.nc", "a.nc.0123.part", ".a.nc.89ab.part"]
    for name in (*left, *kept[:-1]):
        (tmp_path / name).write_bytes(b"seven b")
    os.mkfifo(tmp_path / kept[-1])
    with stage(tmp_path / "c.nc") as written:
        assert clear_leftovers(tmp_path, re.compile(r"[a-c][.]nc")) == [7, 7]
        assert names(tmp_path) == sorted([*kept, written.name])
        written.write_bytes(b"whole")
    assert (tmp_path / "c.nc").read_bytes() == b"whole"
    assert clear_leftovers(tmp_path / "nowhere", re.compile("")) == []


def test_where_a_disk_knows_no_locks_a_leftover_has_long_not_changed(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    left = tmp_path / ".a.0123.part"
    left.write_bytes(b"")
    write_whole(tmp_path / "a", b"new")
    assert names(tmp_path) == [left.name, "a"]
    long_ago = left.stat().st_mtime - LEFTOVER_AGE - 1
    os.utime(left, (long_ago, long_ago))
    write_whole(tmp_path / "a", b"newer")
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize("again", ["batch", "stage"])
def test_what_a_killed_write_leaves_is_cleared_by_the_next_good_one(tmp_path, again):
    """The names that are written are the names that are looked for; what others write meanwhile stays."""
    code = (
        "import os, sys, pathlib; from forecast.files import write_whole; pathlib.Path.replace = lambda *_: os._exit(9)"
    )
    code += "; write_whole(pathlib.Path(sys.argv[1]), b'new')"
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "a.nc")], check=False)
    assert done.returncode == 9
    (left,) = tmp_path.iterdir()
    assert left.name.endswith(".part")
    with stage(tmp_path / "b.nc") as written:
        written.write_bytes(b"other")
        if again == "batch":
            write_batch(tmp_path, {"a.nc": b"new", "b.nc": b"new"})
        else:
            with stage(tmp_path / "a.nc") as mine:
                mine.write_bytes(b"new")
        assert names(tmp_path) == sorted({written.name, "a.nc", *(["b.nc"] if again == "batch" else [])})
    assert (tmp_path / "a.nc").read_bytes() == b"new"
    assert (tmp_path / "b.nc").read_bytes() == b"other"


def test_many_processes_write_the_same_files_and_none_takes_anothers_for_a_leftover(tmp_path):
    code = (
        "import sys, pathlib; from forecast.files import write_batch\n"
        "for _ in range(200): write_batch(pathlib.Path(sys.argv[1]), {'a': sys.argv[2].encode() * 9999, 'b': b'x'})"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    writers = [subprocess.Popen([*command, letter], stderr=subprocess.PIPE, text=True) for letter in "xyz"]
    assert [writer.communicate()[1] for writer in writers] == [""] * 3
    content = (tmp_path / "a").read_bytes()
    assert content == content[:1] * 9999
    assert names(tmp_path) == ["a", "b"]


# --- whose a picture is ------------------------------------------------------------------------------------------


def test_a_picture_that_is_signed_is_the_same_picture_and_says_whose_it_is(tmp_path):
    pixels = np.random.default_rng(1).random((3, 5, 4)).astype(np.float32)
    plain, signed = tmp_path / "plain.png", tmp_path / "signed.png"
    matplotlib.image.imsave(plain, pixels)
    signed.write_bytes(sign_figure(plain.read_bytes(), "me"))
    np.testing.assert_array_equal(matplotlib.image.imread(plain), matplotlib.image.imread(signed))
    with PIL.Image.open(signed) as picture:
        picture.load()
        assert "forecast" in picture.info
    assert is_signed(signed, "me")
    assert not is_signed(signed, "you")
    assert not is_signed(plain, "me")
    check_signed(signed, "me")
    check_signed(tmp_path / "nothing.png", "me")


@pytest.mark.parametrize("format", ["svg", "pdf"])
def test_a_vector_figure_is_signed_at_its_end(tmp_path, format):
    figure = matplotlib.figure.Figure(figsize=(1, 1))
    path = tmp_path / f"a.{format}"
    figure.savefig(path)
    plain = path.read_bytes()
    assert not is_signed(path, "me")
    signed = sign_figure(plain, "me")
    assert signed.startswith(plain)
    path.write_bytes(signed)
    assert is_signed(path, "me")
    assert not is_signed(path, "you")
    if format == "svg":
        ElementTree.fromstring(signed)  # still XML: nothing but comments may follow its end
    else:
        assert b"%%EOF" in signed[-1024:]  # where readers look for it


@pytest.mark.parametrize("kind", ["text", "nothing", "folder", "pipe", "dangling"])
def test_what_is_not_our_picture_is_not_replaced(tmp_path, kind):
    path = tmp_path / "a.png"
    {
        "text": lambda: path.write_text("mine"),
        "nothing": path.touch,
        "folder": path.mkdir,
        "pipe": lambda: os.mkfifo(path),
        "dangling": lambda: path.symlink_to("nowhere"),
    }[kind]()
    with pytest.raises(OutputError, match=r"cannot write .*a\.png: what lies there was not made for the same"):
        check_signed(path, "me")


# --- numbers -----------------------------------------------------------------------------------------------------


def test_plain_values_are_written_as_json():
    plain = {"p": 0.5, "days": [1, None, "nan"], "stages": {"quiet": [0.25]}}
    assert json.loads(render_json(plain)) == plain


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, np.float64("nan")])
def test_what_is_no_number_is_refused_with_its_place(value):
    with pytest.raises(FitError, match=r"^when\.cif\[1\]\.mean has come out as no number, so nothing is written"):
        render_json({"p": 0.5, "when": {"cif": [{"mean": 0.1}, {"mean": value}]}})
