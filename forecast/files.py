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
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from forecast.errors import InputError, OutputError, Problem, check_type

LEFTOVER_AGE = 600  # seconds since the last change; a write takes a second or two, so nobody is at it any more
_TOKEN_BYTES = 8  # of a temporary name: no two writers share one, be they threads, processes or machines

_temporary: set[Path] = set()  # files that this process has not yet moved into place
_moving: list[Path] = []  # folders into which a batch is being moved
_written: set[Path] = set()  # folders into which one was
_afterwards: list[Callable[[], None]] = []  # what waits until they are


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
            staged[name] = _name_temporary(folder / name)
            staged[name].write_bytes(content)
        with _move_all(folder):
            for name, temporary in list(staged.items()):
                temporary.replace(folder / name)
                del staged[name]
    except OSError as error:
        message = f"cannot write into {folder}: {error.strerror or error}; choose another folder with --out"
        raise OutputError(message) from error
    finally:
        for leftover in staged.values():
            _discard(leftover)


@contextlib.contextmanager
def stage(path: Path) -> Iterator[Path]:
    """Give a temporary path; what is written there takes the place of `path` once the block has ended well.

    For what is too long to be held as bytes.
    """
    temporary = _name_temporary(path)
    try:
        yield temporary
        temporary.replace(path)
    finally:
        _discard(temporary)


def has_written() -> bool:
    """Tell whether this process has written a file."""
    return bool(_written)


def end_writing(then: Callable[[], None]) -> bool:
    """Drop what is half written and do what must not leave a batch half moved: now, or once all of it is in place.

    For the handler of a signal, which may come at any moment. Returns True, if at all.
    """

    def end() -> None:
        for path in list(_temporary):
            _discard(path)
        then()

    if _moving:
        _afterwards.append(end)
    else:
        end()
    return True


@contextlib.contextmanager
def _move_all(folder: Path) -> Iterator[None]:
    """Put off what `end_writing` is asked for until the block has ended."""
    _moving.append(folder)
    try:
        yield
    finally:
        _written.add(_moving.pop())
        while _afterwards:
            _afterwards.pop()()


def _name_temporary(path: Path) -> Path:
    temporary = path.with_name(f".{path.name}.{os.urandom(_TOKEN_BYTES).hex()}.part")
    _temporary.add(temporary)
    return temporary


def _discard(temporary: Path) -> None:
    with contextlib.suppress(OSError):
        temporary.unlink(missing_ok=True)
    _temporary.discard(temporary)


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
