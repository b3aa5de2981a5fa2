"""How Sphinx makes the site of these pages: `sphinx-build -W -n docs build/site`.

The pages are Markdown that reads well as it is. What is made here, and never kept, is a page for each public name.
"""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

from pygments.lexers.special import TextLexer

import forecast

project = "forecast"
author = copyright = "The forecast contributors"
version = release = forecast.__version__
html_title = f"forecast {release}"

smartquotes = False  # it would make a dash of the -- before an option
extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc"]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4
suppress_warnings = ["myst.header"]  # tables made from declarations stand below headings of several levels
numpydoc_show_class_members = False  # autodoc lists them
autodoc_typehints = "none"  # numpydoc's sections have them in words
autodoc_member_order = "bysource"
default_role = "code"  # single backquotes, as the docstrings have them
html_theme = "furo"
html_show_sourcelink = False
html_static_path: list[str] = []

PAGE = """{name}
{line}

.. currentmodule:: forecast

{directive}:: {name}
{options}"""
OUT = re.compile(r"\[([^\]]+)\]\(\.\./[^)]*\.md\)")
MEMBERS = "   :members:\n   :inherited-members: Exception, ValueError\n   :undoc-members:\n"


def write_names(app: Any) -> None:
    """Write a page for each name that `import forecast` offers, and their index."""
    folder = Path(app.srcdir) / "api"
    folder.mkdir(exist_ok=True)
    names = sorted(forecast.__all__)
    for name in names:
        found = getattr(forecast, name)
        kind = "module" if inspect.ismodule(found) else "class" if inspect.isclass(found) else "function"
        kind = "exception" if kind == "class" and issubclass(found, Exception) else kind
        shown = f"forecast.{name}" if kind == "module" else name
        options = "" if kind == "function" else MEMBERS
        page = PAGE.format(name=name, line="=" * len(name), directive=f".. auto{kind}", options=options)
        _keep(folder / f"{name}.rst", page.replace(f":: {name}", f":: {shown}"))
    lines = ["Every public name", "=================", "", ".. toctree::", "   :maxdepth: 1", ""]
    _keep(folder / "index.rst", "\n".join([*lines, *(f"   {name}" for name in names), ""]))


def _keep(path: Path, text: str) -> None:
    """Write a page unless it says the same, so that Sphinx need not read it again."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def drop_links_out(_: Any, __: str, source: list[str]) -> None:
    """Leave of a link to a page outside this folder, which the site has not, its text."""
    source[0] = OUT.sub(r"\1", source[0])


def setup(app: Any) -> None:
    """Have the pages written before Sphinx looks for them, and diagrams shown as they are written."""
    app.connect("builder-inited", write_names)
    app.connect("source-read", drop_links_out)
    app.add_lexer("mermaid", TextLexer)
