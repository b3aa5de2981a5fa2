"""A posterior carried through the days ahead: whether, where and when.

Receives a scenario. Hands on a result, and its files.
Knows no other scenario beside it.
"""

from forecast.answer.ahead import Ahead, answer_whether, carry_ahead, chance_to_enter
from forecast.answer.baselines import constant_rate, count_places, laplace_rule, prior_only, rise_of_constant
from forecast.answer.ensembles import answer_ensemble, refuse_posterior, run_ensemble
from forecast.answer.export import render_json, render_result, write_result
from forecast.answer.implied import PriorSummary, spread_all, summarise_priors
from forecast.answer.outcome import tell_outcome
from forecast.answer.overlook import Look, look_over, look_over_ensemble
from forecast.answer.owner import check_owner, mark_page, name_owner, read_run, render_scenario
from forecast.answer.readings import ReadingAnswer, range_over
from forecast.answer.result import Result
from forecast.answer.run import build_model, draw_posterior, run_scenario
from forecast.answer.settled import Settled, write_settled
from forecast.answer.summaries import Band, Estimate, estimate, linearise, stays_below
from forecast.answer.together import EnsembleResult
from forecast.answer.whatif import plain_whatif
