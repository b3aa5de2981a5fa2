"""Write files whole or not at all.

A reader of a result or of a stored posterior sees either the old file or the new one. A batch is rendered first and
moved into place only once every file of it lies complete on the same disk.
"""

from __future__ import annotations

import contextlib
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
            temporary = folder / f".{name}.{os.getpid()}.part"
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
