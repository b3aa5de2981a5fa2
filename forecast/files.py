"""Write files whole or not at all.

A reader of a result or of a stored posterior sees either the old file or the new one. A batch is rendered first and
moved into place only once every file of it lies complete on the same disk.
"""

from __future__ import annotations

import os
import tempfile
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
    staged: dict[str, str] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            handle, staged[name] = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.chmod(staged[name], 0o666 & ~_umask())
        for name in contents:
            os.replace(staged.pop(name), folder / name)
    except OSError as error:
        raise OutputError(
            f"cannot write into {folder}: {error.strerror or error}; choose another folder with --out"
        ) from error
    finally:
        for leftover in staged.values():
            Path(leftover).unlink(missing_ok=True)


def _umask() -> int:
    """Read the process's file mode mask (reading it needs setting it)."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
