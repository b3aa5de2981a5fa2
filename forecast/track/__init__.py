"""The track record: forecasts written down, what came of them, scoring rules, and the formats of other platforms.

Receives what a forecast says as plain values. Hands on a log that only grows, its scores, and files for others.
Knows no model and no draws.
"""

from forecast.track.answers import resolve_question
from forecast.track.crowds import import_crowd
from forecast.track.entries import Logged, Resolved
from forecast.track.export import PLATFORMS, export_forecasts
from forecast.track.journal import LOG, Log, find_log, read_log
from forecast.track.keep import log_forecast
from forecast.track.metaculus import OPEN, DateRange
from forecast.track.record import LogScores, score_log
from forecast.track.scores import brier, crps_of_day, fit_isotonic, log_score, ranked
from forecast.track.told import Told, describe_forecast
