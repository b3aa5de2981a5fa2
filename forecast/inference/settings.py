"""How a posterior is drawn: engine, draws, seed, and the versions of what draws it."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Literal

Engine = Literal["nuts", "quick"]


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
