"""The folder of a project, which no path in a file may leave."""

from __future__ import annotations

from pathlib import Path

from forecast.document.inputs import display
from forecast.errors import escape


def find_project(path: Path) -> Path:
    """Return the nearest folder above a file that holds `seeds/`, or else the file's own folder."""
    try:
        folder = path.resolve().parent
        return next((above for above in (folder, *folder.parents) if (above / "seeds").is_dir()), folder)
    except (OSError, ValueError):  # no path at all, as reading it will tell
        return Path()


def name_project(root: Path) -> str:
    """Name the project's folder with the rule that makes it that."""
    return f"{escape(display(root))} (the nearest folder above that holds a folder seeds, or else the file's own)"
