"""Posteriors on disk: what comes back is what went in, and what is damaged is passed over aloud."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import xarray

from forecast.errors import OutputError
from forecast.files import LEFTOVER_AGE
from forecast.inference import store
from forecast.inference.netcdf import Entry, Variable, write_netcdf

PRINT = "0123456789abcdef"
OTHER = "fedcba9876543210"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("FORECAST_STORE", str(tmp_path / "store"))
    return tmp_path / "store"


def make(fingerprint=PRINT, scale=1.0, diagnostics="{}"):
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


def test_an_entry_comes_back_as_it_was_saved(folder):
    saved = make()
    path = store.save_entry(PRINT, saved)
    entry, complaints = store.load_entry(PRINT)
    assert (path.parent, complaints, entry.netcdf) == (folder, [], saved.netcdf)
    assert (entry.attrs["fingerprint"], entry.attrs["diagnostics"]) == (PRINT, "{}")
    np.testing.assert_array_equal(entry.read("posterior", "stay"), np.arange(24.0).reshape(2, 4, 3))
    assert entry.read("posterior", "diverging").dtype == np.int8


def test_xarray_reads_the_values_names_labels_and_units():
    entry = make()
    tree = xarray.load_datatree(io.BytesIO(entry.netcdf), engine="h5netcdf")
    stay = tree["posterior"]["stay"]
    assert stay.dims == ("chain", "draw", "stage")
    assert stay.attrs["units"] == "days"
    assert stay.coords["stage"].values.tolist() == ["quiet", "активно", "third"]
    assert tree.attrs["fingerprint"] == PRINT
    np.testing.assert_array_equal(stay.values, entry.read("posterior", "stay"))


def test_values_can_be_filled_in_and_the_entry_stays_as_it_was():
    entry, values = make(), np.linspace(0, 1, 24).reshape(2, 4, 3)
    filled = entry.fill("posterior", {"stay": values})
    tree = xarray.load_datatree(io.BytesIO(filled), engine="h5netcdf")
    np.testing.assert_array_equal(tree["posterior"]["stay"].values, values)
    np.testing.assert_array_equal(tree["posterior"]["chain"].values, [0, 1])
    assert entry.netcdf == make().netcdf


def test_values_that_would_lose_something_are_not_filled_in():
    with pytest.raises(TypeError, match="Cannot cast"):
        make().fill("posterior", {"diverging": np.full((2, 4), 0.5)})
    with pytest.raises(ValueError, match="cannot reshape"):
        make().fill("posterior", {"stay": np.zeros(3)})


def test_an_empty_store_has_nothing_and_says_nothing(folder):
    assert store.load_entry(PRINT) == (None, [])
    assert not folder.exists()


# --- damage ------------------------------------------------------------------------------------------------------


def assert_passed_over(reason):
    """Check that the entry is passed over with one complaint, here and in the list."""
    entry, (complaint,) = store.load_entry(PRINT)
    assert entry is None
    name = re.escape(f"{PRINT}.nc")
    assert re.fullmatch(rf"stored posterior {name} cannot be used \({reason}\); fitting again", complaint), complaint
    (listed,) = store.list_entries()
    assert not listed.sound
    assert re.fullmatch(reason, listed.problem)
    assert (listed.fingerprint, listed.engine, listed.as_of, listed.draws) == (PRINT, None, None, None)


@pytest.mark.usefixtures("folder")
def test_an_entry_cut_short_anywhere_is_passed_over():
    path = store.save_entry(PRINT, make())
    content = path.read_bytes()
    for length in (*range(0, len(content), 10), *range(len(content) - 60, len(content))):
        path.write_bytes(content[:length])
        entry, complaints = store.load_entry(PRINT)
        assert (entry, len(complaints)) == (None, 1), length
    assert_passed_over("its bytes are not those that were written")


@pytest.mark.usefixtures("folder")
def test_an_entry_with_one_bit_turned_anywhere_is_passed_over():
    path = store.save_entry(PRINT, make())
    content = path.read_bytes()
    tail = len(content) - len(make().netcdf)
    for at in (*range(0, len(content), 10), *range(len(content) - tail, len(content))):
        turned = bytearray(content)
        turned[at] ^= 1 << at % 8
        path.write_bytes(turned)
        entry, complaints = store.load_entry(PRINT)
        assert (entry, len(complaints)) == (None, 1), at
    assert_passed_over("its bytes are not those that were written")


@pytest.mark.parametrize("added", [b"\0", b"x" * 1000])
@pytest.mark.usefixtures("folder")
def test_an_entry_that_has_grown_is_passed_over(added):
    path = store.save_entry(PRINT, make())
    path.write_bytes(path.read_bytes() + added)
    assert_passed_over("its bytes are not those that were written")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "Expecting value: .*"),
        (b"no such file", ".*"),
        (b"\x00" * 100, "Expecting value: .*"),
        (b"{}" + bytes([0] * 7 + [2]), "it holds no posterior"),
        (b"[]" + bytes([0] * 7 + [2]), "it holds no posterior"),
        (b"\xff\xff" + bytes([0] * 7 + [2]), ".*"),
    ],
)
def test_garbage_with_a_right_hash_is_passed_over(folder, content, reason):
    folder.mkdir()
    (folder / f"{PRINT}.nc").write_bytes(content + hashlib.sha256(content).digest())
    assert_passed_over(reason)


def test_what_lies_under_the_name_of_another_model_is_passed_over(folder):
    store.save_entry(OTHER, make(OTHER)).rename(folder / f"{PRINT}.nc")
    assert_passed_over("it belongs to another model")


def test_a_folder_of_that_name_is_passed_over_and_left_alone(folder):
    (folder / f"{PRINT}.nc" / "mine").mkdir(parents=True)
    assert_passed_over("Is a directory")
    with pytest.raises(OutputError, match=r"cannot write into .*Is a directory"):
        store.save_entry(PRINT, make())
    assert store.clear_store() == (0, 0)
    assert [path.name for path in folder.rglob("*")] == [f"{PRINT}.nc", "mine"]


def test_a_link_that_leads_nowhere_is_passed_over(folder):
    folder.mkdir()
    (folder / f"{PRINT}.nc").symlink_to(f"{PRINT}.nc")
    assert_passed_over("Too many levels of symbolic links")
    assert store.clear_store()[0] == 1
    assert list(folder.iterdir()) == []


def test_without_permission_there_is_a_message_and_no_traceback(folder):
    store.save_entry(PRINT, make())
    code = f"""
        import os
        from forecast import errors
        from forecast.inference import store
        from forecast.inference.netcdf import Entry
        if os.geteuid() == 0:  # who may read everything
            os.setuid(65534)
        entry, complaints = store.load_entry("{PRINT}")
        assert entry is None
        print(*complaints)
        new = Entry(b"", {{}}, {{}})
        for act in (store.list_entries, store.clear_store, lambda: store.save_entry("{PRINT}", new)):
            try:
                act()
            except errors.OutputError as error:
                print(error)
        """
    folder.chmod(0)
    lines = run_script(code).stdout.splitlines()
    folder.chmod(0o700)
    assert lines[0] == f"stored posterior {PRINT}.nc cannot be used (Permission denied); fitting again"
    assert [line.partition(f" {folder}")[0] for line in lines[1:]] == [
        "cannot read the store",
        "cannot read the store",
        "cannot write into",
    ]
    assert all("Permission denied" in line for line in lines)


@pytest.mark.usefixtures("folder")
def test_a_damaged_entry_is_replaced_by_the_next_fit():
    path = store.save_entry(PRINT, make())
    path.write_bytes(b"damaged")
    store.save_entry(PRINT, make(scale=2.0))
    entry, complaints = store.load_entry(PRINT)
    assert (entry.read("posterior", "stay").max(), complaints) == (46, [])


def test_saving_again_replaces_the_entry_of_the_fingerprint_alone(folder):
    store.save_entry(PRINT, make())
    store.save_entry(OTHER, make(OTHER))
    store.save_entry(PRINT, make(scale=2.0))
    assert sorted(path.name for path in folder.iterdir()) == [f"{PRINT}.nc", f"{OTHER}.nc"]
    assert store.load_entry(PRINT)[0].read("posterior", "stay").max() == 46
    assert store.load_entry(OTHER)[0].read("posterior", "stay").max() == 23


# --- the verbs ---------------------------------------------------------------------------------------------------


def test_the_list_tells_what_each_entry_is(folder):
    diagnostics = json.dumps({"engine": "nuts", "chains": 4, "draws": 500})
    older = store.save_entry(PRINT, make(diagnostics=diagnostics))
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


def test_a_store_that_is_a_file_is_said_to_be_one(folder):
    folder.write_bytes(b"")
    for act in (store.list_entries, store.clear_store):
        with pytest.raises(OutputError, match=r"cannot read the store .*Not a directory; choose another"):
            act()
    entry, (complaint,) = store.load_entry(PRINT)
    assert entry is None
    assert "Not a directory" in complaint


def test_clearing_removes_entries_and_leftovers_and_nothing_else(folder):
    removed = [store.save_entry(PRINT, make()), folder / f"{OTHER}.nc", folder / f"{OTHER}-0123456789abcdef.nc"]
    removed += [folder / f".{OTHER}.nc.0011223344556677.part", folder / f".{PRINT}-0123456789abcdef.nc.4711.part"]
    kept = [folder / ".notes.nc.0011223344556677.part", folder / "notes.nc", folder / f"{PRINT}.txt", folder / ".part"]
    for path in (*removed[1:], *kept):
        path.write_bytes(b"seven b")
        os.utime(path, (1e9, 1e9))
    young = folder / f".{PRINT}.nc.8899aabbccddeeff.part"
    young.write_bytes(b"being written")
    size = sum(path.stat().st_size for path in removed)
    assert store.clear_store() == (5, size)
    assert sorted(folder.iterdir()) == sorted([young, *kept])
    last = young.stat().st_mtime - LEFTOVER_AGE - 1
    os.utime(young, (last, last))
    assert store.clear_store() == (1, len(b"being written"))


# --- several at once ---------------------------------------------------------------------------------------------

WRITE = f"""
    import sys
    from pathlib import Path
    from forecast.inference import store
    from forecast.inference.netcdf import Entry
    turn = 0
    while not Path(sys.argv[2]).exists():
        content = bytes([int(sys.argv[1]), turn % 256]) * 20_000
        store.save_entry("{PRINT}", Entry(content, {{}}, {{"fingerprint": "{PRINT}"}}))
        turn += 1
        if turn == 1:
            print("writing", flush=True)
    """
READ = f"""
    from forecast.inference import store
    import itertools, time
    seen, last = set(), time.monotonic() + 50
    for turn in itertools.count():
        if turn >= 1000 and (len(seen) > 2 or time.monotonic() > last):
            break
        entry, complaints = store.load_entry("{PRINT}")
        assert complaints == [], complaints
        assert entry is not None
        content = bytes(entry.netcdf)
        assert content == content[:2] * 20_000, "part of one write and part of another"
        seen.add(content[:2])
    assert len(seen) > 2, "nobody wrote meanwhile"
    """
CLEAR = """
    from forecast.inference import store
    for _ in range(200):
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


def test_processes_that_write_and_read_at_once_do_not_harm_each_other(folder, tmp_path):
    """Readers never find nothing, nor a mixture, nor cause for complaint; what stays is one sound entry."""
    with two_writers(tmp_path / "stop"):
        for reader in [start_script(READ), start_script(READ)]:
            finish(reader)
    (entry,) = store.list_entries()
    assert entry.sound
    assert list(folder.iterdir()) == [entry.path]


def test_clearing_does_not_disturb_a_writer(folder, tmp_path):
    with two_writers(tmp_path / "stop"):
        run_script(CLEAR)
    assert all(entry.sound for entry in store.list_entries())
    assert {path.name for path in folder.iterdir()} <= {f"{PRINT}.nc"}


def test_threads_that_save_at_once_do_not_harm_each_other(folder):
    entries = [Entry(bytes([number]) * 50_000, {}, {"fingerprint": PRINT}) for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda entry: store.save_entry(PRINT, entry), entries * 10))
    (path,) = folder.iterdir()
    assert store.load_entry(PRINT)[1] == []
    assert path.name == f"{PRINT}.nc"


def test_the_folder_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("FORECAST_STORE", str(tmp_path / "mine"))
    assert store.store_folder() == tmp_path / "mine"
    monkeypatch.delenv("FORECAST_STORE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert store.store_folder() == tmp_path / "cache" / "forecast"
