"""Draw the pictures of docs/gallery.md anew: each is what the command above it draws.

python docs/gallery.py
"""

from __future__ import annotations

import re
import shlex
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from forecast.cli.main import main

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "gallery.md"
COLOURS = 128  # of a picture, which makes it a fifth as large
SHOWN = re.compile(r"```sh\nforecast (.+)\n```\n\n!\[.+\]\((gallery/.+\.png)\)")


def read_page() -> dict[str, list[Path]]:
    """Return the pictures of each command, by what follows `forecast`."""
    found: dict[str, list[Path]] = {}
    for command, picture in SHOWN.findall(PAGE.read_text(encoding="utf-8")):
        found.setdefault(command, []).append(PAGE.parent / picture)
    return found


def draw(command: str, pictures: list[Path], folder: Path) -> Iterator[tuple[Path, Path]]:
    """Run a command; yield each of its pictures with the file just drawn.

    Raises
    ------
    RuntimeError
        If the command fails.
    """
    words = shlex.split(command)
    if "--out" in words:
        at = words.index("--out") + 1
        words[at] = str(folder / words[at])
    else:
        words += ["--out", str(folder)]
    if (code := main(words)) != 0:
        message = f"forecast {command} ended with {code}"
        raise RuntimeError(message)
    for picture in pictures:
        yield picture, folder / picture.name


def draw_all() -> int:
    """Replace every picture."""
    for command, pictures in read_page().items():
        with tempfile.TemporaryDirectory() as folder:
            for picture, drawn in draw(command, pictures, Path(folder)):
                picture.parent.mkdir(exist_ok=True)
                Image.open(drawn).quantize(COLOURS).save(picture, optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(draw_all())
