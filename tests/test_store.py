"""Posteriors on disk: what comes back is what went in, and what is damaged is passed over aloud."""

from __future__ import annotations

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


def encode(fingerprint=PRINT, scale=1.0):
    values = scale * np.arange(24.0).reshape(2, 4, 3)
    labels = np.array(["quiet", "активно", "third"], dtype=object)
    group = {
        "chain": store.Variable(("chain",), np.arange(2)),
        "stage": store.Variable(("stage",), labels),
        "stay": store.Variable(("chain", "draw", "stage"), values, {"units": "days"}),
        "diverging": store.Variable(("chain", "draw"), np.zeros((2, 4), np.int8)),
    }
    return store.encode_groups({"posterior": group}, {"fingerprint": fingerprint, "diagnostics": "{}"})


def test_an_entry_comes_back_as_it_was_saved(folder):
    content = encode()
    path = store.save_entry(PRINT, content)
    entry, complaints = store.load_entry(PRINT)
    assert (path.parent, complaints, entry.content) == (folder, [], content)
    assert (entry.attrs["fingerprint"], entry.attrs["diagnostics"]) == (PRINT, "{}")
    np.testing.assert_array_equal(entry.arrays["posterior"]["stay"], np.arange(24.0).reshape(2, 4, 3))
    assert entry.arrays["posterior"]["diverging"].dtype.kind == "i"


def test_xarray_reads_names_labels_and_units():
    tree = xarray.load_datatree(io.BytesIO(encode()), engine="h5netcdf")
    stay = tree["posterior"]["stay"]
    assert stay.dims == ("chain", "draw", "stage")
    assert stay.attrs["units"] == "days"
    assert stay.coords["stage"].values.tolist() == ["quiet", "активно", "third"]
    assert tree.attrs["fingerprint"] == PRINT


def test_groups_can_be_added():
    more = {"predictions": {"p": store.Variable(("chain",), np.array([0.25, 0.5]))}}
    arrays, attrs = store.decode_arrays(store.add_groups(encode(), more, {"scenario": "test"}))
    assert set(arrays) == {"posterior", "predictions"}
    assert arrays["predictions"]["p"].tolist() == [0.25, 0.5]
    assert (attrs["fingerprint"], attrs["scenario"]) == (PRINT, "test")


def test_an_empty_store_has_nothing_and_says_nothing(folder):
    assert store.load_entry(PRINT) == (None, [])
    assert not folder.exists()


@pytest.mark.parametrize("damage", ["cut short", "a bit turned", "emptied", "garbage"])
def test_a_damaged_entry_is_passed_over_with_a_complaint(folder, damage):
    path = store.save_entry(PRINT, encode())
    content = path.read_bytes()
    turned = bytearray(content)
    turned[len(turned) // 2] ^= 1
    after = {"cut short": content[:-100], "a bit turned": bytes(turned), "emptied": b"", "garbage": b"no such file"}
    path.write_bytes(after[damage])
    entry, complaints = store.load_entry(PRINT)
    assert entry is None
    assert complaints == [f"stored posterior {path.name} is damaged; fitting again"]


def test_garbage_under_its_own_hash_cannot_be_read(folder):
    path = store.save_entry(PRINT, b"not a NetCDF file")
    entry, (complaint,) = store.load_entry(PRINT)
    assert entry is None
    assert complaint.startswith(f"stored posterior {path.name} cannot be read (")
    assert path.parent == folder


def test_an_entry_of_another_model_is_passed_over(folder):
    store.save_entry(PRINT, encode(fingerprint="another"))
    entry, (complaint,) = store.load_entry(PRINT)
    assert entry is None
    assert complaint.endswith("belongs to another model; fitting again")
    assert len(list(folder.iterdir())) == 1


def test_a_good_entry_beside_a_damaged_one_is_found(folder):
    store.save_entry(PRINT, encode())
    (folder / f"{PRINT}-0000000000000000.nc").write_bytes(b"damaged")
    entry, complaints = store.load_entry(PRINT)
    assert entry is not None
    assert len(complaints) == 1


def test_saving_again_replaces_older_entries_of_the_fingerprint_alone(folder):
    store.save_entry(PRINT, encode())
    store.save_entry("fedcba9876543210", encode(fingerprint="fedcba9876543210"))
    path = store.save_entry(PRINT, encode(scale=2.0))
    assert sorted(found.name for found in folder.iterdir() if found.name.startswith(PRINT)) == [path.name]
    assert len(list(folder.iterdir())) == 2
    entry, _ = store.load_entry(PRINT)
    assert entry.arrays["posterior"]["stay"].max() == 46


def test_the_folder_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("FORECAST_STORE", str(tmp_path / "mine"))
    assert store.store_folder() == tmp_path / "mine"
    monkeypatch.delenv("FORECAST_STORE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert store.store_folder() == tmp_path / "cache" / "forecast"
