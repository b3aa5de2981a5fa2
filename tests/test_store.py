"""Posteriors on disk: what comes back is what went in, and what is damaged is passed over aloud."""

from __future__ import annotations

import hashlib
import io

import numpy as np
import pytest
import xarray

from forecast import store

PRINT = "0123456789abcdef"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("FORECAST_STORE", str(tmp_path / "store"))
    return tmp_path / "store"


def make(fingerprint=PRINT, scale=1.0):
    values = scale * np.arange(24.0).reshape(2, 4, 3)
    labels = np.array(["quiet", "активно", "third"], dtype=object)
    group = {
        "chain": store.Variable(("chain",), np.arange(2)),
        "stage": store.Variable(("stage",), labels),
        "stay": store.Variable(("chain", "draw", "stage"), values, {"units": "days"}),
        "diverging": store.Variable(("chain", "draw"), np.zeros((2, 4), np.int8)),
    }
    return store.make_entry({"posterior": group}, {"fingerprint": fingerprint, "diagnostics": "{}"})


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


def test_an_empty_store_has_nothing_and_says_nothing(folder):
    assert store.load_entry(PRINT) == (None, [])
    assert not folder.exists()


@pytest.mark.parametrize("damage", ["cut short", "a bit turned", "emptied", "garbage"])
@pytest.mark.usefixtures("folder")
def test_a_damaged_entry_is_passed_over_with_a_complaint(damage):
    path = store.save_entry(PRINT, make())
    content = path.read_bytes()
    turned = bytearray(content)
    turned[len(turned) // 2] ^= 1
    after = {"cut short": content[:-100], "a bit turned": bytes(turned), "emptied": b"", "garbage": b"no such file"}
    path.write_bytes(after[damage])
    entry, complaints = store.load_entry(PRINT)
    assert entry is None
    assert complaints == [f"stored posterior {path.name} is damaged; fitting again"]


@pytest.mark.parametrize("content", [b"", b"no such file", b"\x00" * 100, b"[]" + bytes([0] * 7 + [2])])
def test_garbage_under_its_own_hash_cannot_be_read(folder, content):
    folder.mkdir()
    path = folder / f"{PRINT}-{hashlib.sha256(content).hexdigest()[:16]}.nc"
    path.write_bytes(content)
    entry, (complaint,) = store.load_entry(PRINT)
    assert entry is None
    assert complaint.startswith(f"stored posterior {path.name} cannot be read (")


def test_an_entry_of_another_model_is_passed_over(folder):
    store.save_entry(PRINT, make(fingerprint="another"))
    entry, (complaint,) = store.load_entry(PRINT)
    assert entry is None
    assert complaint.endswith("belongs to another model; fitting again")
    assert len(list(folder.iterdir())) == 1


def test_a_good_entry_beside_a_damaged_one_is_found(folder):
    store.save_entry(PRINT, make())
    (folder / f"{PRINT}-0000000000000000.nc").write_bytes(b"damaged")
    entry, complaints = store.load_entry(PRINT)
    assert entry is not None
    assert len(complaints) == 1


def test_saving_again_replaces_older_entries_of_the_fingerprint_alone(folder):
    store.save_entry(PRINT, make())
    store.save_entry("fedcba9876543210", make(fingerprint="fedcba9876543210"))
    path = store.save_entry(PRINT, make(scale=2.0))
    assert sorted(found.name for found in folder.iterdir() if found.name.startswith(PRINT)) == [path.name]
    assert len(list(folder.iterdir())) == 2
    entry, _ = store.load_entry(PRINT)
    assert entry.read("posterior", "stay").max() == 46


def test_the_folder_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("FORECAST_STORE", str(tmp_path / "mine"))
    assert store.store_folder() == tmp_path / "mine"
    monkeypatch.delenv("FORECAST_STORE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert store.store_folder() == tmp_path / "cache" / "forecast"
