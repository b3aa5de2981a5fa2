"""Labelled arrays as NetCDF, and the bytes of a stored posterior.

An entry is NetCDF 4 with an index of its arrays behind it and a hash of all of it at the end, so that bytes that are
not what was written are noticed and never believed. Pickle is not used.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from forecast.multistate import Array

SAMPLE_DIMS = ("chain", "draw")
_LENGTH_BYTES = 8  # the length of index and attributes
_DIGEST_BYTES = hashlib.sha256().digest_size


@dataclass(frozen=True, eq=False)
class Variable:
    """An array with named dimensions and attributes such as `units` and `long_name`."""

    dims: tuple[str, ...]
    values: Array
    attrs: Mapping[str, str] = field(default_factory=dict)


Group = dict[str, Variable]  # coordinates are the variables named like their only dimension
Groups = dict[str, Group]


@dataclass(frozen=True, eq=False)
class Entry:
    """A posterior as NetCDF, with an index of its numeric arrays.

    The index gives offset, dtype and shape of each array (they lie in NetCDF 4 as plain bytes), so that reading draws
    and filling in predictions needs no HDF 5 library: importing one would take longer than the whole forecast.
    """

    netcdf: bytes | memoryview
    index: dict[str, Any]
    attrs: dict[str, str]

    def read(self, group: str, name: str) -> Array:
        """Return an array, read-only."""
        offset, dtype, shape = self.index[f"{group}/{name}"]
        return np.frombuffer(self.netcdf, dtype, int(np.prod(shape)), offset).reshape(shape)

    def fill(self, group: str, arrays: Mapping[str, Array]) -> bytes:
        """Return the NetCDF with other values in some arrays of a group, which is copied once."""
        netcdf, end = memoryview(self.netcdf), 0
        pieces: list[bytes | memoryview] = []
        for (offset, dtype, shape), name in sorted((self.index[f"{group}/{name}"], name) for name in arrays):
            filling = arrays[name].reshape(shape).astype(dtype, casting="same_kind").tobytes()
            pieces += [netcdf[end:offset], filling]
            end = offset + len(filling)
        return b"".join([*pieces, netcdf[end:]])

    def to_bytes(self) -> bytes:
        """Return the entry as a file: the NetCDF, index and attributes, their length, the hash of all that."""
        tail = json.dumps({"index": self.index, "attrs": self.attrs}).encode()
        content = b"".join([self.netcdf, tail, len(tail).to_bytes(_LENGTH_BYTES, "big")])
        return content + hashlib.sha256(content).digest()

    @classmethod
    def from_bytes(cls, content: bytes) -> Entry:
        """Read what `to_bytes` wrote; the NetCDF stays where it lies in `content`.

        Raises
        ------
        ValueError, KeyError, TypeError
            If the bytes are something else.
        """
        whole = memoryview(content)
        hashed, digest = whole[:-_DIGEST_BYTES], whole[-_DIGEST_BYTES:]
        if hashlib.sha256(hashed).digest() != digest:
            message = "its bytes are not those that were written"
            raise ValueError(message)
        end = len(hashed) - _LENGTH_BYTES
        start = end - int.from_bytes(hashed[end:], "big")
        tail = json.loads(bytes(hashed[start:end]))
        return cls(hashed[:start], tail["index"], tail["attrs"])


def write_netcdf(groups: Mapping[str, Group], attrs: Mapping[str, str]) -> Entry:
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
