"""Many scenarios: side by side, over ranges of any key, and by which prior matters.

Receives scenarios. Hands on tables, and the figures made of them.
Knows nothing of the screen.
"""

from forecast.explore.compare import Compared, Comparison, compare_scenarios
from forecast.explore.dask import connect_dask
from forecast.explore.dated import name_horizon
from forecast.explore.diff import Diff, diff_scenarios
from forecast.explore.evaluate import Evaluator
from forecast.explore.explain import Explanation, explain_scenario
from forecast.explore.page import Page, make_page
from forecast.explore.replays import Replay, replay
from forecast.explore.rows import check_path
from forecast.explore.scoring import Scores
from forecast.explore.sensitivity import Sensitivity, measure_sensitivity
from forecast.explore.signposts import Signposts, find_signposts
from forecast.explore.suggest import Suggestion, suggest_priors
from forecast.explore.sweep import Sweep, sweep_scenario
from forecast.explore.workers import SURROUNDINGS, start_processes
