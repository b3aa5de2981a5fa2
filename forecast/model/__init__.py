"""What is known, as segments, hazards, Poisson rows and one PyMC model.

Receives what is known. Hands on its timeline, the priors of its parameters, the likelihood and the fingerprint.
Knows nothing of how a posterior is drawn.
"""

from forecast.model.asked import Asked, build_asked
from forecast.model.conditions import Conditions, Spans, log_spans
from forecast.model.fingerprint import fingerprint_inputs
from forecast.model.hazards import build_rates, build_rates_ahead, chance_conditions_held, plan_hazard
from forecast.model.histories import count_record, simulate_histories
from forecast.model.indices import Indices, build_indices
from forecast.model.never_rows import NeverRows, log_never
from forecast.model.parameters import Parameters, scaled_by
from forecast.model.poisson import (
    PoissonRows,
    build_poisson_rows,
    find_start,
    log_day_of_events,
    log_unsure_steps,
    row_rates,
)
from forecast.model.pooled import extend_seasons, list_members, parameters_of, pool_timelines
from forecast.model.priors import PRIOR_DRAWS, build_priors, draw_priors
from forecast.model.pymc_model import build_pymc_model
from forecast.model.quantities import Quantity, natural_scale
from forecast.model.segments import OpenWindows, PlannedDays, late_plans, open_windows
from forecast.model.shapes import span_medians
from forecast.model.timeline import Timeline, build_timeline
from forecast.model.unsure import UnsureDays, sum_over_days
from forecast.model.vectors import CurveVector, NormalVector, ParameterPriors
