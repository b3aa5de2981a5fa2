"""How a posterior is drawn: engine, draws, seed, and the versions of what draws it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Report = Callable[[str], None]
Engine = Literal["nuts", "quick"]


def be_silent(line: str) -> None:
    """Report nothing."""


@dataclass(frozen=True)
class Settings:
    """How to sample; `draws` and `tune` are per chain."""

    draws: int = 1000
    tune: int = 1000
    chains: int = 4
    seed: int = 1


@functools.cache
def library_versions() -> dict[str, str]:
    """Return the versions that a posterior depends on, without importing the libraries."""
    from importlib import metadata

    return {name: metadata.version(name) for name in ("pymc", "pytensor", "nutpie", "numpy")}
