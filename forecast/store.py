"""Labelled arrays as NetCDF, and posteriors on disk by fingerprint.

An entry is one file, named after the fingerprint of what it was fitted to and the hash of its own bytes, moved into
place whole. What does not match its name is reported and fitted again, never believed. Pickle is not used.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from forecast.files import write_whole

Array = np.ndarray
SAMPLE_DIMS = ("chain", "draw")
LAYOUT = 3  # of an entry; raise it when what is stored changes, so that older entries are fitted again
_TAIL_LENGTH = 8  # bytes


@dataclass(frozen=True)
class Variable:
    """An array with named dimensions and attributes such as `units` and `long_name`."""

    dims: tuple[str, ...]
    values: Array
    attrs: Mapping[str, str] = field(default_factory=dict)


Group = dict[str, Variable]  # coordinates are the variables named like their only dimension
Groups = dict[str, Group]


@dataclass(frozen=True)
class Entry:
    """A posterior as NetCDF, with an index of its numeric arrays.

    The index gives offset, dtype and shape of each array (they lie in NetCDF 4 as plain bytes), so that reading draws
    and filling in predictions needs no HDF 5 library: importing one would take longer than the whole forecast.
    """

    netcdf: bytes
    index: dict[str, Any]
    attrs: dict[str, str]

    def read(self, group: str, name: str) -> Array:
        """Return an array, read-only."""
        offset, dtype, shape = self.index[f"{group}/{name}"]
        return np.frombuffer(self.netcdf, dtype, int(np.prod(shape)), offset).reshape(shape)

    def fill(self, group: str, arrays: Mapping[str, Array]) -> bytes:
        """Return the NetCDF with other values in some arrays of a group."""
        content = bytearray(self.netcdf)
        for name, values in arrays.items():
            offset, dtype, shape = self.index[f"{group}/{name}"]
            np.frombuffer(content, dtype, int(np.prod(shape)), offset)[:] = values.reshape(-1)
        return bytes(content)

    def to_bytes(self) -> bytes:
        """Return the entry as a file: the NetCDF, then index and attributes, then their length."""
        tail = json.dumps({"index": self.index, "attrs": self.attrs}).encode()
        return self.netcdf + tail + len(tail).to_bytes(_TAIL_LENGTH, "big")

    @classmethod
    def from_bytes(cls, content: bytes) -> Entry:
        """Read what `to_bytes` wrote.

        Raises
        ------
        ValueError, KeyError, TypeError
            If the bytes are something else.
        """
        length = int.from_bytes(content[-_TAIL_LENGTH:], "big")
        end = len(content) - _TAIL_LENGTH
        tail = json.loads(content[end - length : end])
        return cls(content[: end - length], tail["index"], tail["attrs"])


def make_entry(groups: Mapping[str, Group], attrs: Mapping[str, str]) -> Entry:
    """Write groups of labelled arrays as NetCDF 4, which xarray and ArviZ open as a DataTree, and index them."""
    import h5netcdf
    import h5py

    buffer = io.BytesIO()
    with h5netcdf.File(buffer, "w") as file:
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
    index = {}
    with h5py.File(buffer, "r") as file:
        for name, group in groups.items():
            for label in group:
                data = file[name][label]
                if data.dtype.kind in "iuf" and data.id.get_offset() is not None:
                    index[f"{name}/{label}"] = (data.id.get_offset(), data.dtype.str, data.shape)
    return Entry(buffer.getvalue(), index, dict(attrs))


def store_folder() -> Path:
    """Return the folder of stored posteriors: $FORECAST_STORE, or `forecast` in the user's cache."""
    if chosen := os.environ.get("FORECAST_STORE"):
        return Path(chosen)
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "forecast"


def save_entry(fingerprint: str, entry: Entry) -> Path:
    """Store an entry, replacing older ones of the same fingerprint."""
    content = entry.to_bytes()
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
            entry = Entry.from_bytes(content)
        except (OSError, ValueError, KeyError, TypeError) as error:
            complaints.append(f"stored posterior {path.name} cannot be read ({error}); fitting again")
            continue
        if entry.attrs.get("fingerprint") == fingerprint:
            return entry, complaints
        complaints.append(f"stored posterior {path.name} belongs to another model; fitting again")
    return None, complaints


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
