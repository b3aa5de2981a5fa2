"""The pages hang together as plain files: links lead somewhere, and each picture of the gallery has its command."""

from __future__ import annotations

import argparse
import re
import shlex
import sys
from pathlib import Path

import pytest

from forecast.cli.main import build_parser

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [*ROOT.glob("*.md"), *DOCS.glob("*.md"), *DOCS.glob("decisions/*.md"), *ROOT.glob("seeds/*.md")]
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)

sys.path.insert(0, str(DOCS))
import gallery  # noqa: E402


def anchors(page):
    """Return what the headings of a page are called in a link, as GitHub and the site call them."""
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", re.sub(r"`", "", text)).strip().lower().replace(" ", "-") for text in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    astray = []
    for target in LINK.findall(FENCED.sub("", page.read_text(encoding="utf-8"))):
        path, _, anchor = target.partition("#")
        if ":" in path:  # elsewhere in the world
            continue
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (anchor and anchor not in anchors(there)):
            astray.append(target)
    assert astray == []


def test_a_link_that_leads_nowhere_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# One thing, `two`\n\n[a](#one-thing-two) [b](none.md)\n```\n# no heading\n```\n")
    assert anchors(page) == {"one-thing-two"}
    with pytest.raises(AssertionError, match=r"none\.md"):
        test_links_lead_somewhere(page)


def test_every_page_is_in_the_contents_of_the_site():
    listed = re.findall(r"^[\w/-]+$", (DOCS / "index.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert {page.stem for page in DOCS.glob("*.md")} - {"index"} <= set(listed)


def test_every_picture_of_the_gallery_has_its_command_above_it():
    page = gallery.PAGE.read_text(encoding="utf-8")
    shown = [picture for pictures in gallery.read_page().values() for picture in pictures]
    assert len(shown) == len(re.findall(r"!\[", page))
    assert sorted(shown) == sorted((DOCS / "gallery").glob("*.png"))


@pytest.mark.parametrize("command", gallery.read_page())
def test_the_commands_of_the_gallery_are_well_formed(command):
    words = shlex.split(command)
    options = build_parser(words[0]).parse_args(words)
    assert isinstance(options, argparse.Namespace)
    assert options.quick


@pytest.mark.slow
@pytest.mark.parametrize(("command", "pictures"), gallery.read_page().items())
def test_the_commands_of_the_gallery_draw_its_pictures(command, pictures, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    for picture, drawn in gallery.draw(command, pictures, tmp_path):
        assert drawn.stat().st_size > 10_000, picture
    capsys.readouterr()
