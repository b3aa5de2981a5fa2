"""Write files whole or not at all, with numbers that are numbers, and tell whose a picture is.

A reader of a result or of a stored posterior sees either the old file or the new one, also after a kill. A batch is
rendered first and moved into place only once every file of it lies complete on the same disk; what killed writes of
the same files have left is then cleared. (Nothing is forced to the disk itself: after a power cut a file may be empty,
which the store notices by its hash.)
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import math
import os
import re
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from forecast.errors import FitError, InputError, KeyPath, OutputError, Problem, check_type, format_key

try:
    import fcntl
except ImportError:  # where there are no such locks
    fcntl = None  # type: ignore[assignment]

LEFTOVER_AGE = 600  # seconds since the last change; a write takes a second or two, so nobody is at it any more
FIGURE_FORMATS = ("png", "svg", "pdf")
_TOKEN_BYTES = 8  # of a temporary name: no two writers share one, be they threads, processes or machines
_PNG_END = b"\x00\x00\x00\x00IEND\xaeB`\x82"

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


def render_json(plain: Any) -> str:
    """Return plain values as the contents of a JSON file, each number among them a number.

    Raises
    ------
    FitError
        If one is none; it names the first.
    """
    try:
        return json.dumps(plain, indent=1, allow_nan=False) + "\n"
    except ValueError:
        key = format_key(next(_find_no_numbers(plain, ())))
        message = f"{key} has come out as no number, so nothing is written; look for priors that allow nearly anything"
        raise FitError(message) from None


def _find_no_numbers(plain: Any, key: KeyPath) -> Iterator[KeyPath]:
    if isinstance(plain, float) and not math.isfinite(plain):
        yield key
    if isinstance(plain, Mapping | list | tuple):
        for name, item in plain.items() if isinstance(plain, Mapping) else enumerate(plain):
            yield from _find_no_numbers(item, (*key, name))


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
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as stack:
            staged = [(folder / name, stack.enter_context(_claim(folder / name))) for name in contents]
            for (_, temporary), content in zip(staged, contents.values(), strict=True):
                temporary.write_bytes(content)
            with _move_all(folder):
                for path, temporary in staged:
                    temporary.replace(path)
    except OSError as error:
        message = f"cannot write into {folder}: {error.strerror or error}; choose another folder with --out"
        raise OutputError(message) from error
    clear_leftovers(folder, re.compile("|".join(map(re.escape, contents))))


@contextlib.contextmanager
def stage(path: Path) -> Iterator[Path]:
    """Give a temporary path; what is written there takes the place of `path` once the block has ended well.

    For what is too long to be held as bytes.
    """
    with _claim(path) as temporary:
        yield temporary
        temporary.replace(path)
    clear_leftovers(path.parent, re.compile(re.escape(path.name)))


def append_line(path: Path, line: bytes) -> None:
    """Add a line to the end of a file that only grows: in one write, and below what a killed write has left.

    Writers wait for each other; where there are no locks, the system still puts each write at the end.

    Raises
    ------
    OutputError
        If it cannot be written; what was there stays.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666), "r+b", buffering=0) as file:  # noqa: PTH123
            _lock(file)
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - 1, 0))
            content = (b"\n" if size and file.read(1) != b"\n" else b"") + line + b"\n"
            _written.add(path.parent)
            if file.write(content) != len(content):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(file.fileno())
    except OSError as error:
        message = f"cannot write {path}: {error.strerror or error}; choose another file with --log"
        raise OutputError(message) from error


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


def _discard(temporary: Path) -> None:
    with contextlib.suppress(OSError):
        temporary.unlink(missing_ok=True)
    _temporary.discard(temporary)


def clear_leftovers(folder: Path, name: re.Pattern[str]) -> list[int]:
    """Remove what killed writes of files of such a name have left in a folder, and nothing that a writer is at.

    Returns
    -------
    list of int
        The bytes of each.
    """
    sizes = []
    for path in folder.glob(".*.*.part"):
        written_for = path.name.removeprefix(".").removesuffix(".part").rpartition(".")[0]
        if name.fullmatch(written_for):
            with contextlib.suppress(OSError):  # it was moved into place meanwhile, or is not ours to remove
                sizes += _remove_abandoned(path)
    return sizes


@contextlib.contextmanager
def _claim(path: Path) -> Iterator[Path]:
    """Make a temporary file beside `path`, locked while the block lasts, and gone after it unless it was moved."""
    while True:
        temporary = path.with_name(f".{path.name}.{os.urandom(_TOKEN_BYTES).hex()}.part")
        _temporary.add(temporary)
        try:
            with temporary.open("xb") as file:
                _lock(file)
                if os.fstat(file.fileno()).st_nlink == 0:  # taken for a leftover, in the moment before it was locked
                    continue
                yield temporary
                return
        finally:
            _discard(temporary)


def _lock(file: BinaryIO) -> None:
    if fcntl:
        with contextlib.suppress(OSError):  # a disk that knows no locks
            fcntl.flock(file, fcntl.LOCK_EX)


def _remove_abandoned(path: Path) -> list[int]:
    """Remove a temporary file whose writer's lock is gone; without locks, one that has not changed for long."""
    if not path.is_file():
        return []
    with path.open("rb") as file:
        found = os.fstat(file.fileno())
        try:
            if not fcntl:
                raise OSError
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # held until it is gone: a writer that waits begins anew
        except BlockingIOError:
            return []
        except OSError:
            if time.time() - found.st_mtime < LEFTOVER_AGE:
                return []
        path.unlink()
        return [found.st_size]


# --- whose a picture is --------------------------------------------------------------------------------------------


def sign_figure(figure: bytes, owner: str) -> bytes:
    """Return a PNG, SVG or PDF that says whose it is, in a piece of text that viewers pass over."""
    begun = next(start for start in _sign(owner) if figure.startswith(start))
    return figure.removesuffix(_PNG_END) + _sign(owner)[begun]


def is_signed(path: Path, owner: str) -> bool:
    """Tell whether a file is a figure that was signed for this owner."""
    signatures = tuple(_sign(owner).values())
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            file.seek(-max(map(len, signatures)), os.SEEK_END)  # no figure is as short
            return file.read().endswith(signatures)
    except OSError:
        return False


def check_signed(path: Path, owner: str) -> None:
    """Refuse, by an `OutputError`, to replace a figure that was not signed for this owner."""
    if os.path.lexists(path) and not is_signed(path, owner):
        message = f"cannot write {path}: what lies there was not made for the same, and would be lost"
        raise OutputError(f"{message}; choose another --out, or move it away")  # noqa: EM102


def _sign(owner: str) -> dict[bytes, bytes]:
    """Return by a file's beginning its end: a comment, or a PNG's text chunk: length, keyword, digest, check sum."""
    digest = hashlib.sha256(owner.encode()).hexdigest().encode()
    body = b"tEXt" + b"forecast\x00" + digest
    chunk = (len(body) - 4).to_bytes(4) + body + zlib.crc32(body).to_bytes(4)
    svg, pdf = b"<!-- forecast %b -->\n" % digest, b"%%forecast %b\n" % digest
    return {b"\x89PNG": chunk + _PNG_END, b"<?xml": svg, b"%PDF": pdf}
