"""Write files whole or not at all.

A reader of a result or of a stored posterior sees either the old file or the new one, also after a kill. A batch is
rendered first and moved into place only once every file of it lies complete on the same disk. (Nothing is forced to the
disk itself: after a power cut a file may be empty, which the store notices by its hash.)
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from forecast.errors import InputError, OutputError, Problem, check_type

LEFTOVER_AGE = 600  # seconds since the last change; a write takes a second or two, so nobody is at it any more
_TOKEN_BYTES = 8  # of a temporary name: no two writers share one, be they threads, processes or machines


def read_path(value: str | os.PathLike[str], name: str = "path") -> Path:
    """Return what was given as a path.

    Raises
    ------
    InputError
        If it is none. An empty one, of a variable that is not set, say, would be the folder one stands in.

    Examples
    --------
    >>> read_path("", "folder")
    Traceback (most recent call last):
    forecast.errors.InputError: folder: expected a path; found ''
    """
    check_type(name, value, (str, os.PathLike), "a path")
    path = os.fspath(value)
    if not (isinstance(path, str) and path.strip()) or "\0" in path:
        raise InputError([Problem((name,), f"expected a path; found {path!r}")])
    return Path(path)


def write_whole(path: Path, content: bytes) -> None:
    """Write `content` to `path`, replacing an older file in one step.

    Raises
    ------
    OutputError
        If the folder cannot be made or written to.
    """
    write_batch(path.parent, {path.name: content})


def write_batch(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write several files into `folder`, each whole, moved into place in the order given once all are written out.

    Raises
    ------
    OutputError
        If the folder cannot be made or written to. Nothing is moved before all is written; no file is ever half there.
    """
    staged: dict[str, Path] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            temporary = folder / f".{name}.{os.urandom(_TOKEN_BYTES).hex()}.part"
            staged[name] = temporary
            temporary.write_bytes(content)
        for name, temporary in list(staged.items()):
            temporary.replace(folder / name)
            del staged[name]
    except OSError as error:
        message = f"cannot write into {folder}: {error.strerror or error}; choose another folder with --out"
        raise OutputError(message) from error
    finally:
        for leftover in staged.values():
            with contextlib.suppress(OSError):
                leftover.unlink()


@contextlib.contextmanager
def stage(path: Path) -> Iterator[Path]:
    """Give a temporary path; what is written there takes the place of `path` once the block has ended well.

    For what is too long to be held as bytes.
    """
    temporary = path.with_name(f".{path.name}.{os.urandom(_TOKEN_BYTES).hex()}.part")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def find_leftovers(folder: Path, name: re.Pattern[str]) -> list[Path]:
    """List what killed writes of files of such a name have left in a folder.

    A temporary file that changed within `LEFTOVER_AGE` is not among them: its writer may be at it.
    """
    found = []
    for path in folder.glob(".*.*.part"):
        written_for = path.name.removeprefix(".").removesuffix(".part").rpartition(".")[0]
        with contextlib.suppress(OSError):  # it may have been moved into place meanwhile
            if name.fullmatch(written_for) and time.time() - path.stat().st_mtime > LEFTOVER_AGE:
                found.append(path)
    return sorted(found)
