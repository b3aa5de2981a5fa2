"""Posteriors on disk by fingerprint.

An entry is one file, named after the fingerprint of what it was fitted to and moved into place whole, so any number
of processes may read, fit and save the same one at once: each reads an old entry or a new one, and the last writer's
stays. What is damaged or belongs to another model is reported and fitted again, never believed.
"""

from __future__ import annotations

import datetime
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

from forecast.errors import OutputError
from forecast.files import find_leftovers, write_whole
from forecast.inference.netcdf import Entry

LAYOUT = 6  # of an entry; raise it when what is stored changes, so that older entries are fitted again
_ENTRY_NAME = re.compile(r"[0-9a-f]{16,}(-[0-9a-f]{16})?[.]nc")  # up to layout 3 a hash followed the fingerprint


@dataclass(frozen=True)
class StoredEntry:
    """A file of the store, as `forecast store list` shows it.

    Attributes
    ----------
    size : int
        In bytes.
    modified : datetime.datetime
        In UTC.
    engine, as_of : str or None
        What drew the posterior, and the last day of the history it saw; None where the entry is not sound.
    draws : int or None
        Over all chains.
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


def save_entry(fingerprint: str, entry: Entry) -> Path:
    """Store an entry, replacing an older one of the same fingerprint in one step.

    Raises
    ------
    OutputError
        If the store cannot be written to.
    """
    path = _place(fingerprint)
    write_whole(path, entry.to_bytes())
    return path


def load_entry(fingerprint: str) -> tuple[Entry | None, list[str]]:
    """Look up an entry.

    Returns
    -------
    entry : Entry or None
        None where there is none that can be believed.
    complaints : list of str
        A line on the file that was passed over, and why.
    """
    path = _place(fingerprint)
    try:
        return _read(path, fingerprint), []
    except FileNotFoundError:
        return None, []
    except (OSError, ValueError) as error:
        return None, [f"stored posterior {path.name} cannot be used ({_reason(error)}); fitting again"]


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
    count = size = 0
    for path in [*_files(), *find_leftovers(store_folder(), _ENTRY_NAME)]:
        if path.is_dir():  # nothing that this package has made
            continue
        try:
            bytes_held = path.lstat().st_size
            path.unlink()
        except FileNotFoundError:  # another process was faster
            continue
        except OSError as error:
            message = f"cannot remove {path}: {_reason(error)}; remove it by hand"
            raise OutputError(message) from error
        count, size = count + 1, size + bytes_held
    return count, size


def _place(fingerprint: str) -> Path:
    return store_folder() / f"{fingerprint}.nc"


def _read(path: Path, fingerprint: str) -> Entry:
    """Read an entry and check that it is what its name says; raise OSError or ValueError where it is not."""
    try:
        entry = Entry.from_bytes(path.read_bytes())
    except (KeyError, TypeError) as error:  # the hash is right and the content is no entry
        message = "it holds no posterior"
        raise ValueError(message) from error
    if entry.attrs.get("fingerprint") != fingerprint:
        message = "it belongs to another model"
        raise ValueError(message)
    return entry


def _describe(path: Path) -> StoredEntry | None:
    """Read a file of the store into its line of the list; None where it has gone meanwhile."""
    fingerprint, _, older = path.stem.partition("-")
    attrs, problem = {}, "it was stored by an older version" if older else ""
    try:
        found = path.lstat()
        attrs = {} if older else _read(path, fingerprint).attrs
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        problem = _reason(error)
    diagnostics = json.loads(attrs.get("diagnostics", "{}"))
    chains, draws = diagnostics.get("chains"), diagnostics.get("draws")
    return StoredEntry(
        fingerprint=fingerprint,
        path=path,
        size=found.st_size,
        modified=datetime.datetime.fromtimestamp(found.st_mtime, datetime.UTC),
        engine=diagnostics.get("engine"),
        as_of=attrs.get("as_of"),
        draws=chains * draws if chains and draws else None,
        problem=problem,
    )


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
