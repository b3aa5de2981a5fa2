"""The numbers' kernel of a multi-state model: rates, generators, their exponentials, walks, curves and paths.

Receives rates per day as arrays. Hands on occupancy, incidence and simulated paths, draw by draw.
Knows no dates, no names, no priors and no YAML.
"""

from forecast.multistate.ahead import (
    chance_of_environments,
    count_chances,
    event_chances,
    forecast_curves,
)
from forecast.multistate.aims import Aim
from forecast.multistate.clocks import Clock, Weibull
from forecast.multistate.curves import Curves
from forecast.multistate.generators import build_generators
from forecast.multistate.joined import join_curves, weigh_curves
from forecast.multistate.paths import Jumps, simulate_jumps
from forecast.multistate.questions import Goal, Reached
from forecast.multistate.rates import Array, Rates, Start, directions
from forecast.multistate.silence import Quiet, chance_unchanged
from forecast.multistate.states import StateSpace, later_frailties
from forecast.multistate.supposed import Supposed
from forecast.multistate.switching import Switching
from forecast.multistate.together import come_after, come_first, come_in_order, count_together, draw_days
