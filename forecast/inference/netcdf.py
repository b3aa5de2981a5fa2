"""Labelled arrays as NetCDF 4 in memory, which xarray and ArviZ open as a DataTree.

Receives groups of arrays with named dimensions, hands on bytes, and the arrays again.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from forecast.multistate import Array


@dataclass(frozen=True, eq=False)
class Variable:
    """An array with named dimensions and attributes such as `units` and `long_name`."""

    dims: tuple[str, ...]
    values: Array
    attrs: Mapping[str, str] = field(default_factory=dict)


Group = dict[str, Variable]  # coordinates are the variables named like their only dimension
Groups = dict[str, Group]


def write_netcdf(groups: Mapping[str, Group], attrs: Mapping[str, str] | None = None, *, onto: bytes = b"") -> bytes:
    """Write groups of labelled arrays; texts are arrays of `object`.

    Parameters
    ----------
    onto : bytes
        NetCDF that the groups are added to, or that they join; nothing of it is laid out again.
    """
    import h5netcdf
    import h5py

    buffer = io.BytesIO(onto)
    with h5netcdf.File(buffer, "a" if onto else "w") as file:
        file.attrs.update(attrs or {})
        for name, group in groups.items():
            node = file[name] if name in file.groups else file.create_group(name)
            for variable in group.values():
                for dim, size in zip(variable.dims, variable.values.shape, strict=True):
                    if dim not in node.dimensions:
                        node.dimensions[dim] = size
            for label, variable in group.items():
                dtype = h5py.string_dtype() if variable.values.dtype == object else variable.values.dtype
                made = node.create_variable(label, variable.dims, dtype, data=variable.values)
                made.attrs.update(variable.attrs)
    return buffer.getvalue()


def open_netcdf(source: bytes | Path) -> Any:
    """Return NetCDF, or a file of it, as an open `h5py.File`, to be closed by `with`.

    ``file["posterior"]["log_stay"][...]`` is an array.

    NetCDF 4 is HDF 5. h5netcdf has the same words for it, and takes eight times as long to read a posterior.

    Raises
    ------
    OSError
        If it is no HDF 5.
    """
    import h5py

    return h5py.File(io.BytesIO(source) if isinstance(source, bytes) else source, "r")
