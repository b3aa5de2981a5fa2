"""Labelled arrays as NetCDF, and posteriors on disk by fingerprint.

An entry is one file, named after the fingerprint of what it was fitted to and the hash of its own bytes, moved into
place whole. What does not match its name is reported and fitted again, never believed. Reading needs h5netcdf alone:
importing xarray would take longer than the rest of a stored forecast.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from forecast.files import write_whole

Array = np.ndarray
SAMPLE_DIMS = ("chain", "draw")
LAYOUT = 1  # of an entry; raise it when what is stored changes, so that older entries are fitted again


@dataclass(frozen=True)
class Variable:
    """An array with named dimensions and attributes such as `units` and `long_name`."""

    dims: tuple[str, ...]
    values: Array
    attrs: Mapping[str, str] = field(default_factory=dict)


Group = dict[str, Variable]  # coordinates are the variables named like their only dimension
Groups = dict[str, Group]


def encode_groups(groups: Mapping[str, Group], attrs: Mapping[str, str]) -> bytes:
    """Write groups of labelled arrays as NetCDF 4, which xarray and ArviZ open as a DataTree."""
    return add_groups(b"", groups, attrs)


def add_groups(content: bytes, groups: Mapping[str, Group], attrs: Mapping[str, str]) -> bytes:
    """Return NetCDF `content` with further groups; empty content starts a new file."""
    import h5netcdf
    import h5py

    buffer = io.BytesIO(content)
    with h5netcdf.File(buffer, "a" if content else "w") as file:
        file.attrs.update(attrs)
        for name, group in groups.items():
            node = file.create_group(name)
            for variable in group.values():
                for dim, size in zip(variable.dims, variable.values.shape, strict=True):
                    if dim not in node.dimensions:
                        node.dimensions[dim] = size
            for label, variable in group.items():
                is_text = variable.values.dtype.kind in "UO"
                dtype = h5py.string_dtype() if is_text else variable.values.dtype
                made = node.create_variable(label, variable.dims, dtype)
                made[...] = variable.values.astype(object) if is_text else variable.values
                made.attrs.update(variable.attrs)
    return buffer.getvalue()


def decode_arrays(content: bytes) -> tuple[dict[str, dict[str, Array]], dict[str, str]]:
    """Read the numeric arrays and the attributes of what `encode_groups` wrote.

    NetCDF 4 is HDF 5, and without the labels h5py reads it in a third of h5netcdf's time.

    Raises
    ------
    OSError, ValueError, KeyError
        If the bytes are no such file.
    """
    import h5py

    with h5py.File(io.BytesIO(content), "r") as file:
        arrays = {
            name: {label: item[...] for label, item in node.items() if item.dtype.kind in "if" and "_nc" not in label}
            for name, node in file.items()
            if isinstance(node, h5py.Group)
        }
        return arrays, {name: str(value) for name, value in file.attrs.items() if not name.startswith("_")}


def store_folder() -> Path:
    """Return the folder of stored posteriors: $FORECAST_STORE, or `forecast` in the user's cache."""
    if chosen := os.environ.get("FORECAST_STORE"):
        return Path(chosen)
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "forecast"


@dataclass(frozen=True)
class Entry:
    """A stored posterior: the file's bytes, and what is in it."""

    content: bytes
    arrays: dict[str, dict[str, Array]]
    attrs: dict[str, str]


def save_entry(fingerprint: str, content: bytes) -> Path:
    """Store an entry, replacing older ones of the same fingerprint."""
    folder = store_folder()
    path = folder / f"{fingerprint}-{_digest(content)}.nc"
    write_whole(path, content)
    for other in folder.glob(f"{fingerprint}-*.nc"):
        if other != path:
            other.unlink(missing_ok=True)
    return path


def load_entry(fingerprint: str) -> tuple[Entry | None, list[str]]:
    """Look up an entry.

    Returns
    -------
    entry : Entry or None
        None where there is none that can be believed.
    complaints : list of str
        A line for each file that was passed over, and why.
    """
    complaints = []
    for path in sorted(store_folder().glob(f"{fingerprint}-*.nc")):
        try:
            content = path.read_bytes()
            if path.stem != f"{fingerprint}-{_digest(content)}":
                complaints.append(f"stored posterior {path.name} is damaged; fitting again")
                continue
            arrays, attrs = decode_arrays(content)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            complaints.append(f"stored posterior {path.name} cannot be read ({error}); fitting again")
            continue
        if attrs.get("fingerprint") == fingerprint:
            return Entry(content, arrays, attrs), complaints
        complaints.append(f"stored posterior {path.name} belongs to another model; fitting again")
    return None, complaints


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
