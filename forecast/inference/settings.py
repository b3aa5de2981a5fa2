"""How a posterior is drawn: engine, draws, seed, and the versions of what draws it."""

from __future__ import annotations

import functools
import numbers
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from forecast.errors import InputError, Problem, check_choice, check_type

Engine = Literal["nuts", "quick"]


ENGINES = get_args(Engine)
DRAWS_MOST = 100_000  # of a chain: the curves of four take a gigabyte
_BOUNDS = {"draws": (1, DRAWS_MOST), "tune": (0, DRAWS_MOST), "chains": (1, 100), "seed": (0, 2**64 - 1)}


@dataclass(frozen=True)
class Settings:
    """How to sample; `draws` and `tune` are per chain.

    Raises
    ------
    InputError
        If one of them is no whole number, or out of bounds.
    """

    draws: int = 1000
    tune: int = 1000
    chains: int = 4
    seed: int = 1

    def __post_init__(self) -> None:
        problems = []
        for name, (least, most) in _BOUNDS.items():
            value = getattr(self, name)
            whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
            if not whole or not least <= int(value) <= most:
                message = f"expected a whole number from {least} to {most}; found {value!r}"
                problems.append(Problem(("settings", name), message))
        if problems:
            raise InputError(problems)


def check_engine(engine: str) -> None:
    """Refuse an engine that there is not.

    Raises
    ------
    InputError
        With the nearest name.
    """
    check_choice("engine", engine, ENGINES, "engine")


def read_settings(settings: Settings | None) -> Settings:
    """Return the settings given, or the usual ones.

    Raises
    ------
    InputError
        If it is something else.
    """
    check_type("settings", settings, (Settings, type(None)), "forecast.Settings(draws=..., seed=...)")
    return settings or Settings()


def stream(seed: int, name: str) -> np.random.Generator:
    """Return the random numbers of one purpose: the same for the same seed and name, independent of all others.

    Examples
    --------
    >>> stream(1, "prior").random() == stream(1, "prior").random()
    True
    >>> stream(1, "prior").random() == stream(1, "futures").random()
    False
    """
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=tuple(name.encode())))


@functools.cache
def library_versions() -> dict[str, str]:
    """Return the versions that a posterior depends on, without importing the libraries; one that is missing has none.

    The quick engine works without PyMC.
    """
    from importlib import metadata

    found = {}
    for name in ("pymc", "pytensor", "nutpie", "numpy"):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found
