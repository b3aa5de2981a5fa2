"""Posteriors on disk by fingerprint.

An entry is one file, named after the fingerprint of what it was fitted to and moved into place whole, so any number
of processes may read, fit and save the same one at once: each reads an old entry or a new one, and the last writer's
stays. It is NetCDF with the hash of its bytes behind it. What is damaged or belongs to another model is told of and
fitted again, never believed.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import logging
import os
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forecast.errors import OutputError
from forecast.files import clear_leftovers, write_whole
from forecast.inference.netcdf import open_netcdf

logger = logging.getLogger(__name__)

LAYOUT = 10  # of an entry; raise it when what is stored changes, so that older entries are fitted again
ENTRY_MOST = 2_000_000_000  # bytes; a posterior of 400,000 draws on the flagship takes 300 million
_DIGEST_BYTES = hashlib.sha256().digest_size
_ENTRY_NAME = re.compile(r"[0-9a-f]{16,}(-[0-9a-f]{16})?[.]nc")  # up to layout 3 a hash followed the fingerprint


@dataclass(frozen=True)
class StoredEntry:
    """A file of the store, as `forecast store list` shows it.

    Attributes
    ----------
    size, modified : int, datetime.datetime
        In bytes; in UTC.
    engine, as_of, draws : str, str, int, or None
        What drew the posterior, the last day of the history it saw, its draws over all chains; None where the entry is
        not sound.
    problem : str
        Why the entry will not be believed; empty where it is sound.
    """

    fingerprint: str
    path: Path
    size: int
    modified: datetime.datetime
    engine: str | None = None
    as_of: str | None = None
    draws: int | None = None
    problem: str = ""

    @property
    def sound(self) -> bool:
        """Tell whether its bytes are those that were written, for the fingerprint that it is named after."""
        return not self.problem


def store_folder() -> Path:
    """Return the folder of stored posteriors: $FORECAST_STORE, or `forecast` in the user's cache."""
    if chosen := os.environ.get("FORECAST_STORE"):
        return Path(chosen)
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "forecast"


def save_entry(fingerprint: str, netcdf: bytes) -> Path:
    """Store a posterior, replacing an older one of the same fingerprint in one step.

    Raises
    ------
    OutputError
        If the store cannot be written to.
    """
    path = _place(fingerprint)
    write_whole(path, netcdf + hashlib.sha256(netcdf).digest())
    return path


def load_entry[Item](fingerprint: str, read: Callable[[bytes], Item]) -> Item | None:
    """Return what `read` makes of an entry's NetCDF, or None; what cannot be believed or read is logged, with why."""
    path = _place(fingerprint)
    try:
        return _read(path, fingerprint, read)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        logger.warning(f"stored posterior {path.name} cannot be used: {_reason(error)}")
        return None


def list_entries() -> list[StoredEntry]:
    """List what is stored, newest first; every entry is read and its hash checked.

    Raises
    ------
    OutputError
        If the store is there and cannot be read.
    """
    entries = [_describe(path) for path in _files()]
    return sorted((entry for entry in entries if entry), key=lambda entry: (entry.modified, entry.path), reverse=True)


def clear_store() -> tuple[int, int]:
    """Remove every entry, sound or not, and what interrupted writes have left behind.

    Files that are not named as this package names them stay, and so does the write of a process that is at it now.

    Returns
    -------
    count, size : int
        Files removed, and their bytes.

    Raises
    ------
    OutputError
        If the store cannot be read or a file cannot be removed.
    """
    sizes = []
    for path in _files():
        if path.is_dir():  # nothing that this package has made
            continue
        try:
            found = path.lstat().st_size
            path.unlink()
        except FileNotFoundError:  # another process was faster
            continue
        except OSError as error:
            message = f"cannot remove {path}: {_reason(error)}; remove it by hand"
            raise OutputError(message) from error
        sizes.append(found)
    sizes += clear_leftovers(store_folder(), _ENTRY_NAME)
    return len(sizes), sum(sizes)


def _place(fingerprint: str) -> Path:
    return store_folder() / f"{fingerprint}.nc"


def _read[Item](path: Path, fingerprint: str, read: Callable[[bytes], Item]) -> Item:
    """Read an entry once it is known to be what its name says; raise OSError or ValueError where it is not."""
    content = _read_file(path)
    netcdf, digest = content[:-_DIGEST_BYTES], content[-_DIGEST_BYTES:]
    if hashlib.sha256(netcdf).digest() != digest:
        message = "its bytes are not those that were written"
        raise ValueError(message)
    try:
        with open_netcdf(netcdf) as file:
            ours = file.attrs["fingerprint"] == fingerprint
        if ours:
            return read(netcdf)
    except Exception as error:  # a right hash and a wrong inside, of whatever kind
        message = "it holds no posterior"
        raise ValueError(message) from error
    message = "it belongs to another model"
    raise ValueError(message)


def _read_file(path: Path) -> bytes:
    """Read a file that can be an entry; a pipe would be waited for, and what is far too long would fill the memory."""
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        message = "it is no file"
        raise ValueError(message)
    if found.st_size > ENTRY_MOST:
        message = f"it has {found.st_size / 1e9:.0f} GB, more than any posterior"
        raise ValueError(message)
    try:
        return path.read_bytes()
    except MemoryError:
        message = f"it has {found.st_size / 1e9:.1f} GB, more than there is memory for"
        raise ValueError(message) from None


def _describe(path: Path) -> StoredEntry | None:
    """Read a file of the store into its line of the list; None where it has gone meanwhile."""
    fingerprint, _, older = path.stem.partition("-")
    about, problem = {}, "it was stored by an older version" if older else ""
    try:
        found = path.lstat()
        about = {} if older else _read(path, fingerprint, _read_labels)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        problem = _reason(error)
    modified = datetime.datetime.fromtimestamp(found.st_mtime, datetime.UTC)
    return StoredEntry(fingerprint, path, found.st_size, modified, problem=problem, **about)


def _read_labels(netcdf: bytes) -> dict[str, Any]:
    with open_netcdf(netcdf) as file:
        diagnostics = json.loads(file.attrs["diagnostics"])
        as_of, draws = file.attrs["as_of"], diagnostics["chains"] * diagnostics["draws"]
    return {"engine": diagnostics["engine"], "as_of": as_of, "draws": draws}


def _files() -> list[Path]:
    """Return the store's entries by name, damaged ones among them; nothing else that lies in the folder."""
    folder = store_folder()
    try:
        return sorted(path for path in folder.iterdir() if _ENTRY_NAME.fullmatch(path.name))
    except FileNotFoundError:
        return []
    except OSError as error:
        message = f"cannot read the store {folder}: {_reason(error)}; choose another by FORECAST_STORE"
        raise OutputError(message) from error


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
