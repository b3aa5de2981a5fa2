"""Files of YAML into nodes: which files are read at all, and what is said of those that cannot be."""

from __future__ import annotations

import os
from pathlib import Path

from forecast.document.compose import Document, parse_nodes
from forecast.errors import InputError, Problem, escape, find_nearest
from forecast.scenario import Mark

BYTES_MOST = 5_000_000  # hundreds of times a long question with all its facts; more is some other file


def read_nodes(path: Path, asked: Mark | None = None) -> Document:
    """Parse a file.

    Parameters
    ----------
    path : Path
    asked : Mark, optional
        The place that names the file, for the message when it cannot be read.

    Raises
    ------
    InputError
        If it is no readable file of YAML.
    """
    file = display(path)
    at = asked or Mark(file, 1, 1)
    try:
        obstacle = find_obstacle(path)
        content = b"" if obstacle else path.read_bytes()
    except (OSError, ValueError) as error:
        obstacle = getattr(error, "strerror", None) or str(error)
    if obstacle:
        raise InputError([Problem((), f"cannot read {escape(file)}: {obstacle}", at.file, at.line, at.column)])
    try:
        return parse_nodes(content.decode("utf-8-sig"), file)  # -sig: some editors begin a file with a mark
    except UnicodeDecodeError as error:
        message = f"expected UTF-8 text; found other bytes at offset {error.start}. Is this a YAML file?"
        raise InputError([Problem((), message, file, 1, 1)]) from None


def find_obstacle(path: Path) -> str:
    """Say why a file will not be read, or nothing."""
    if not path.is_absolute() and not _has_working_folder():
        return "the folder that the command runs in is gone; go to another"
    if not path.exists():
        names = [other.name for other in path.parent.glob("*.y*ml")] if path.parent.is_dir() else []
        near = find_nearest(path.name, names)
        return "no such file" + (f"; did you mean {escape(display(path.parent / near[0]))}?" if near else "")
    if path.is_dir():
        return "expected a file; found a folder"
    if not path.is_file():
        return "expected a file; found a device or a pipe"
    if path.stat().st_size > BYTES_MOST:
        return f"expected at most {BYTES_MOST // 1_000_000} MB; found {path.stat().st_size / 1e6:.0f} MB"
    return ""


def _has_working_folder() -> bool:
    try:
        Path.cwd()
    except FileNotFoundError:
        return False
    return True


def display(path: Path) -> str:
    """Name a file as short as is still clear from where the command runs, if that is anywhere."""
    try:
        relative = os.path.relpath(path)
    except OSError:  # the working folder is gone
        return str(path)
    return str(path) if relative.startswith("..") else relative
