"""What a package brings with it says the same everywhere."""

from __future__ import annotations

import tomllib
from pathlib import Path

import yaml

import forecast

ROOT = Path(__file__).parents[1]


def test_the_citation_is_that_of_this_version():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (cited["version"], cited["license"]) == (forecast.__version__, project["license"])
    assert {"cff-version", "message", "title", "authors"} <= set(cited)


def test_the_package_says_that_it_is_typed():
    assert (ROOT / "forecast" / "py.typed").read_bytes() == b""
