"""Write files whole or not at all.

A reader of a result or of a stored posterior sees either the old file or the new one. A batch is rendered first and
moved into place only once every file of it lies complete on the same disk.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from forecast.errors import OutputError


def write_whole(path: Path, content: bytes) -> None:
    """Write `content` to `path`, replacing an older file in one step.

    Raises
    ------
    OutputError
        If the folder cannot be made or written to.
    """
    write_batch(path.parent, {path.name: content})


def write_batch(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write several files into `folder`, each whole, in the order given, after all have reached the disk.

    Raises
    ------
    OutputError
        If the folder cannot be made or written to; files that were there before are then untouched.
    """
    staged: dict[str, Path] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            temporary = folder / f".{name}.{os.getpid()}.part"
            staged[name] = temporary
            temporary.write_bytes(content)
        for name in contents:
            staged.pop(name).replace(folder / name)
    except OSError as error:
        message = f"cannot write into {folder}: {error.strerror or error}; choose another folder with --out"
        raise OutputError(message) from error
    finally:
        for leftover in staged.values():
            leftover.unlink(missing_ok=True)
