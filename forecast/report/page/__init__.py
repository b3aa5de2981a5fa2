"""A result as one HTML page, to share, and its answer alone as a card."""

from forecast.report.page.document import render_card, render_page
