"""Posteriors on disk: what comes back is what went in, and what is damaged is passed over aloud."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import io
import json
import os
import socket
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor

import h5netcdf
import numpy as np
import pytest
import xarray

from forecast.errors import OutputError
from forecast.files import stage
from forecast.inference import store
from forecast.inference.netcdf import Variable, open_netcdf, write_netcdf

PRINT = "0123456789abcdef"
OTHER = "fedcba9876543210"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("FORECAST_STORE", str(tmp_path / "store"))
    return tmp_path / "store"


DIAGNOSTICS = json.dumps({"engine": "nuts", "chains": 4, "draws": 500})


def make(fingerprint=PRINT, scale=1.0, diagnostics=DIAGNOSTICS):
    values = scale * np.arange(24.0).reshape(2, 4, 3)
    labels = np.array(["quiet", "активно", "third"], dtype=object)
    group = {
        "chain": Variable(("chain",), np.arange(2)),
        "stage": Variable(("stage",), labels),
        "stay": Variable(("chain", "draw", "stage"), values, {"units": "days"}),
        "diverging": Variable(("chain", "draw"), np.zeros((2, 4), np.int8)),
    }
    attrs = {"fingerprint": fingerprint, "diagnostics": diagnostics, "as_of": "2025-03-27"}
    return write_netcdf({"posterior": group}, attrs)


def open_tree(netcdf):
    return xarray.load_datatree(io.BytesIO(netcdf), engine="h5netcdf")


def load(fingerprint=PRINT):
    """Return what the store makes of an entry: its tree, or None."""
    return store.load_entry(fingerprint, open_tree)


def test_an_entry_comes_back_as_it_was_saved(folder, caplog):
    path = store.save_entry(PRINT, make())
    tree = load()
    assert (path.parent, caplog.messages) == (folder, [])
    assert store.load_entry(PRINT, bytes) == path.read_bytes()[:-32]
    assert (tree.attrs["fingerprint"], tree.attrs["diagnostics"]) == (PRINT, DIAGNOSTICS)
    np.testing.assert_array_equal(tree["posterior"]["stay"], np.arange(24.0).reshape(2, 4, 3))
    assert tree["posterior"]["diverging"].dtype == np.int8


def test_xarray_and_h5netcdf_read_the_values_names_labels_and_units():
    netcdf = make()
    stay = open_tree(netcdf)["posterior"]["stay"]
    assert stay.dims == ("chain", "draw", "stage")
    assert stay.attrs["units"] == "days"
    assert stay.coords["stage"].values.tolist() == ["quiet", "активно", "third"]
    with h5netcdf.File(io.BytesIO(netcdf), "r") as file, open_netcdf(netcdf) as ours:
        assert file["posterior"]["stay"].dimensions == ("chain", "draw", "stage")
        assert file.attrs["as_of"] == ours.attrs["as_of"] == "2025-03-27"
        for each in (file, ours):
            np.testing.assert_array_equal(each["posterior"]["stay"][...], stay.values)


def test_groups_can_be_added_and_the_rest_stays_as_it_was():
    netcdf, more = make(), {"day": Variable(("draw",), np.arange(3.0), {"units": "days"})}
    before, after = open_tree(netcdf), open_tree(write_netcdf({"predictions": more}, onto=netcdf))
    assert (set(before.children), set(after.children)) == ({"posterior"}, {"posterior", "predictions"})
    xarray.testing.assert_identical(before["posterior"].dataset, after["posterior"].dataset)
    assert after.attrs == before.attrs
    assert after["predictions"]["day"].attrs["units"] == "days"


def test_an_empty_store_has_nothing_and_says_nothing(folder, caplog):
    assert load() is None
    assert caplog.messages == []
    assert not folder.exists()


# --- damage ------------------------------------------------------------------------------------------------------


@pytest.fixture
def passed_over(folder, caplog):  # noqa: ARG001
    """Check that the entry is passed over with one complaint, here and in the list."""

    def check(reason):
        caplog.clear()
        assert load() is None
        assert caplog.messages == [f"stored posterior {PRINT}.nc cannot be used: {reason}"]
        (listed,) = store.list_entries()
        assert not listed.sound
        assert listed.problem == reason
        assert (listed.fingerprint, listed.engine, listed.as_of, listed.draws) == (PRINT, None, None, None)

    return check


def test_an_entry_cut_short_anywhere_is_passed_over(passed_over, caplog):
    path = store.save_entry(PRINT, make())
    content = path.read_bytes()
    for length in (*range(0, len(content), 10), *range(len(content) - 60, len(content))):
        path.write_bytes(content[:length])
        caplog.clear()
        assert load() is None, length
        assert len(caplog.messages) == 1, length
    passed_over("its bytes are not those that were written")


def test_an_entry_with_one_bit_turned_anywhere_is_passed_over(passed_over, caplog):
    path = store.save_entry(PRINT, make())
    content = path.read_bytes()
    for at in (*range(0, len(content), 10), *range(len(content) - 60, len(content))):
        turned = bytearray(content)
        turned[at] ^= 1 << at % 8
        path.write_bytes(turned)
        caplog.clear()
        assert load() is None, at
        assert len(caplog.messages) == 1, at
    passed_over("its bytes are not those that were written")


@pytest.mark.parametrize("added", [b"\0", b"x" * 1000])
def test_an_entry_that_has_grown_is_passed_over(passed_over, added):
    path = store.save_entry(PRINT, make())
    path.write_bytes(path.read_bytes() + added)
    passed_over("its bytes are not those that were written")


def nothing_said():
    return write_netcdf({"posterior": {"draw": Variable(("draw",), np.arange(3))}})


@pytest.mark.parametrize(
    "content",
    [b"", b"no such file", b"\0" * 100, b"\x89HDF\r\n\x1a\n" + b"\0" * 100, make()[:-200], nothing_said()],
    ids=["nothing", "text", "zeros", "the beginning of HDF 5", "a part of HDF 5", "NetCDF of something else"],
)
def test_garbage_with_a_right_hash_is_passed_over(folder, passed_over, content):
    folder.mkdir()
    (folder / f"{PRINT}.nc").write_bytes(content + hashlib.sha256(content).digest())
    passed_over("it holds no posterior")


@pytest.mark.parametrize("diagnostics", ["", "{", "[]", "{}", '{"engine": "nuts", "chains": 4}'])
def test_an_entry_that_does_not_say_what_it_is_is_listed_as_not_sound(folder, diagnostics):
    store.save_entry(PRINT, make(diagnostics=diagnostics))
    (listed,) = store.list_entries()
    assert listed.path.parent == folder
    assert listed.problem == "it holds no posterior"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("error", [KeyError("stay"), AttributeError("stay"), RuntimeError("HDF 5"), MemoryError()])
def test_what_cannot_be_read_is_passed_over_whatever_is_wrong(caplog, error):
    def read(_):
        raise error

    store.save_entry(PRINT, make())
    assert store.load_entry(PRINT, read) is None
    assert caplog.messages == [f"stored posterior {PRINT}.nc cannot be used: it holds no posterior"]


def test_what_lies_under_the_name_of_another_model_is_passed_over(folder, passed_over):
    store.save_entry(OTHER, make(OTHER)).rename(folder / f"{PRINT}.nc")
    passed_over("it belongs to another model")


def test_a_folder_of_that_name_is_passed_over_and_left_alone(folder, passed_over):
    (folder / f"{PRINT}.nc" / "mine").mkdir(parents=True)
    passed_over("it is no file")
    with pytest.raises(OutputError, match=r"cannot write into .*Is a directory"):
        store.save_entry(PRINT, make())
    assert store.clear_store() == (0, 0)
    assert [path.name for path in folder.rglob("*")] == [f"{PRINT}.nc", "mine"]


@pytest.mark.parametrize("kind", ["pipe", "socket", "device"])
def test_what_is_no_file_is_passed_over_and_not_waited_for(folder, passed_over, kind):
    folder.mkdir()
    path = folder / f"{PRINT}.nc"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        with contextlib.chdir(folder), socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    passed_over("it is no file")
    store.save_entry(PRINT, make())
    assert load() is not None
    assert not path.is_symlink()


def test_an_entry_of_thirty_gigabytes_is_not_read(folder, passed_over):
    folder.mkdir()
    path = folder / f"{PRINT}.nc"
    with path.open("wb") as file:
        file.truncate(30_000_000_000)  # it takes no room on the disk
    passed_over("it has 30 GB, more than any posterior")
    assert store.clear_store() == (1, 30_000_000_000)


def test_an_entry_for_which_there_is_no_memory_is_passed_over(folder, passed_over, monkeypatch):
    store.save_entry(PRINT, make())

    def fail(_):
        raise MemoryError

    monkeypatch.setattr("pathlib.Path.read_bytes", fail)
    passed_over("it has 0.0 GB, more than there is memory for")
    assert folder.exists()


def test_a_link_to_an_entry_is_an_entry(folder):
    path = store.save_entry(PRINT, make())
    path.rename(folder / "moved.nc")
    path.symlink_to("moved.nc")
    assert load() is not None


def test_a_link_that_leads_nowhere_is_passed_over(folder, passed_over):
    folder.mkdir()
    (folder / f"{PRINT}.nc").symlink_to(f"{PRINT}.nc")
    passed_over("Too many levels of symbolic links")
    assert store.clear_store()[0] == 1
    assert list(folder.iterdir()) == []


def test_without_permission_there_is_a_message_and_no_traceback(folder):
    store.save_entry(PRINT, make())
    code = f"""
        import logging, os, sys
        from forecast import errors
        from forecast.inference import store
        logging.basicConfig(stream=sys.stdout, format="%(message)s")
        if os.geteuid() == 0:  # who may read everything
            os.setuid(65534)
        assert store.load_entry("{PRINT}", bytes) is None
        for act in (store.list_entries, store.clear_store, lambda: store.save_entry("{PRINT}", b"")):
            try:
                act()
            except errors.OutputError as error:
                print(error)
        """
    folder.chmod(0)
    lines = run_script(code).stdout.splitlines()
    folder.chmod(0o700)
    assert lines[0] == f"stored posterior {PRINT}.nc cannot be used: Permission denied"
    assert [line.partition(f" {folder}")[0] for line in lines[1:]] == [
        "cannot read the store",
        "cannot read the store",
        "cannot write into",
    ]
    assert all("Permission denied" in line for line in lines)


@pytest.mark.usefixtures("folder")
def test_a_damaged_entry_is_replaced_by_the_next_fit(caplog):
    path = store.save_entry(PRINT, make())
    path.write_bytes(b"damaged")
    store.save_entry(PRINT, make(scale=2.0))
    assert load()["posterior"]["stay"].max() == 46
    assert caplog.messages == []


def test_saving_again_replaces_the_entry_of_the_fingerprint_alone(folder):
    store.save_entry(PRINT, make())
    store.save_entry(OTHER, make(OTHER))
    store.save_entry(PRINT, make(scale=2.0))
    assert sorted(path.name for path in folder.iterdir()) == [f"{PRINT}.nc", f"{OTHER}.nc"]
    assert load(PRINT)["posterior"]["stay"].max() == 46
    assert load(OTHER)["posterior"]["stay"].max() == 23


# --- the verbs ---------------------------------------------------------------------------------------------------


def test_the_list_tells_what_each_entry_is(folder):
    older = store.save_entry(PRINT, make())
    os.utime(older, (1e9, 1e9))
    (folder / f"{OTHER}.nc").write_bytes(b"damaged")
    (folder / f"{OTHER}-0123456789abcdef.nc").write_bytes(b"of old")
    os.utime(folder / f"{OTHER}-0123456789abcdef.nc", (1.1e9, 1.1e9))
    (folder / "notes.nc").write_bytes(b"mine")
    new, old, sound = store.list_entries()
    assert sound == store.StoredEntry(
        fingerprint=PRINT,
        path=older,
        size=older.stat().st_size,
        modified=datetime.datetime(2001, 9, 9, 1, 46, 40, tzinfo=datetime.UTC),
        engine="nuts",
        as_of="2025-03-27",
        draws=2000,
    )
    assert (sound.sound, new.sound, old.sound) == (True, False, False)
    assert (new.fingerprint, new.size, new.problem) == (OTHER, 7, "its bytes are not those that were written")
    assert (old.fingerprint, old.problem) == (OTHER, "it was stored by an older version")


def test_a_store_that_is_not_there_is_empty(folder):
    assert (store.list_entries(), store.clear_store()) == ([], (0, 0))
    assert not folder.exists()


def test_a_store_that_is_a_file_is_said_to_be_one(folder, caplog):
    folder.write_bytes(b"")
    for act in (store.list_entries, store.clear_store):
        with pytest.raises(OutputError, match=r"cannot read the store .*Not a directory; choose another"):
            act()
    assert load() is None
    (complaint,) = caplog.messages
    assert "Not a directory" in complaint


def test_clearing_removes_entries_and_leftovers_and_nothing_else(folder):
    removed = [store.save_entry(PRINT, make()), folder / f"{OTHER}.nc", folder / f"{OTHER}-0123456789abcdef.nc"]
    removed += [folder / f".{OTHER}.nc.0011223344556677.part", folder / f".{PRINT}-0123456789abcdef.nc.4711.part"]
    kept = [folder / ".notes.nc.0011223344556677.part", folder / "notes.nc", folder / f"{PRINT}.txt", folder / ".part"]
    for path in (*removed[1:], *kept):
        path.write_bytes(b"seven b")
        os.utime(path, (1e9, 1e9))
    size = sum(path.stat().st_size for path in removed)
    with stage(folder / f"{PRINT}.nc") as young:
        young.write_bytes(b"being written")
        assert store.clear_store() == (5, size)
        assert sorted(folder.iterdir()) == sorted([young, *kept])
    assert store.clear_store() == (1, len(b"being written"))


# --- several at once ---------------------------------------------------------------------------------------------

WRITE = f"""
    import json, sys
    from pathlib import Path
    import numpy as np
    from forecast.inference import store
    from forecast.inference.netcdf import Variable, write_netcdf
    attrs = {{"fingerprint": "{PRINT}", "as_of": "2025-03-27", "diagnostics": {DIAGNOSTICS!r}}}
    turn = 0
    while not Path(sys.argv[2]).exists():
        content = np.tile(np.uint8([int(sys.argv[1]), turn % 256]), 20_000)
        store.save_entry("{PRINT}", write_netcdf({{"written": {{"content": Variable(("byte",), content)}}}}, attrs))
        turn += 1
        if turn == 1:
            print("writing", flush=True)
    """
READ = f"""
    import itertools, time
    from forecast.inference import store
    from forecast.inference.netcdf import open_netcdf

    def read(netcdf):
        with open_netcdf(netcdf) as file:
            return file["written"]["content"][...].tobytes()

    seen, last = set(), time.monotonic() + 50
    for turn in itertools.count():
        if turn >= 300 and (len(seen) > 2 or time.monotonic() > last):
            break
        content = store.load_entry("{PRINT}", read)
        assert content is not None, "nothing, or nothing to be believed"
        assert content == content[:2] * 20_000, "part of one write and part of another"
        seen.add(content[:2])
    assert len(seen) > 2, "nobody wrote meanwhile"
    """
CLEAR = """
    from forecast.inference import store
    for _ in range(60):
        store.clear_store()
        store.list_entries()
    """


@contextlib.contextmanager
def two_writers(stop):
    """Keep two processes writing the same entry until the end of the block."""
    writers = [start_script(WRITE, number, stop) for number in (1, 2)]
    assert [writer.stdout.readline() for writer in writers] == ["writing\n"] * 2
    try:
        yield
    finally:
        stop.touch()
        for writer in writers:
            finish(writer)


def start_script(code, *arguments):
    command = [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def run_script(code, *arguments):
    return finish(start_script(code, *arguments))


def finish(process):
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return subprocess.CompletedProcess(process.args, 0, out, err)


@pytest.mark.slow
def test_processes_that_write_and_read_at_once_do_not_harm_each_other(folder, tmp_path):
    """Readers never find nothing, nor a mixture, nor cause for complaint; what stays is one sound entry."""
    with two_writers(tmp_path / "stop"):
        for reader in [start_script(READ), start_script(READ)]:
            finish(reader)
    (entry,) = store.list_entries()
    assert entry.sound
    assert list(folder.iterdir()) == [entry.path]


@pytest.mark.slow
def test_clearing_does_not_disturb_a_writer(folder, tmp_path):
    with two_writers(tmp_path / "stop"):
        run_script(CLEAR)
    assert all(entry.sound for entry in store.list_entries())
    assert {path.name for path in folder.iterdir()} <= {f"{PRINT}.nc"}


def test_threads_that_save_at_once_do_not_harm_each_other(folder, caplog):
    entries = [make(scale=float(number)) for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda entry: store.save_entry(PRINT, entry), entries * 10))
    (path,) = folder.iterdir()
    assert load() is not None
    assert caplog.messages == []
    assert path.name == f"{PRINT}.nc"


def test_the_folder_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("FORECAST_STORE", str(tmp_path / "mine"))
    assert store.store_folder() == tmp_path / "mine"
    monkeypatch.delenv("FORECAST_STORE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert store.store_folder() == tmp_path / "cache" / "forecast"
