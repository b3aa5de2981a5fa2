"""Tables in text and in HTML.

Receives plain values and scenarios. Hands on text; only `forecast.cli` prints it.
Knows no draws.
"""

from forecast.report.colours import FAINT, INK, PLACE_COLOURS, POSTERIOR, PRIOR, SOFT, STAGE_COLOURS
from forecast.report.compare import render_comparison, render_comparison_html
from forecast.report.diff import render_diff
from forecast.report.explain import render_explanation
from forecast.report.facts import describe_entry, list_uses, render_facts
from forecast.report.lines import count_columns, pad, plain_number, with_error, wrap
from forecast.report.log import render_log_scores
from forecast.report.page import render_card, render_page
from forecast.report.priors import Sketch, describe_belief, render_priors
from forecast.report.scores import render_scores
from forecast.report.signposts import render_signposts
from forecast.report.suppositions import describe_suppositions
from forecast.report.table import count_unsourced, explain_interval, render_table
from forecast.report.together import render_ensemble
