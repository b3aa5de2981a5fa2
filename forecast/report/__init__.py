"""Text and HTML for people: a forecast's table, the facts and what they do, the priors in words.

Each module turns objects into strings; only `forecast.run` and `forecast.cli` print them.
"""

from forecast.report.compare import render_comparison, render_comparison_html
from forecast.report.facts import render_facts
from forecast.report.priors import render_priors
from forecast.report.table import render_html, render_table

__all__ = [
    "render_comparison",
    "render_comparison_html",
    "render_facts",
    "render_html",
    "render_priors",
    "render_table",
]
