"""What a question is: frozen, typed values, their declared keys, the checks, the verbs and the as-of gate.

Receives nodes or plain values. Hands on a scenario, or every problem with its key.
Knows no files, no YAML and no arrays.
"""

from forecast.scenario.assume import lay_assumptions
from forecast.scenario.beliefs import SCALES, Interval, PlanBelief, Prior, RatioBelief, StageBelief
from forecast.scenario.changes import Change, find_changes
from forecast.scenario.checks import check_scenario
from forecast.scenario.checks.limits import LEAST_COUNT
from forecast.scenario.edits import OFF, ON, Slot, Value, look_up, settle
from forecast.scenario.entries import CovariateEntry, EventEntry, PlanEntry, StageEntry, TimelineEntry, step_day
from forecast.scenario.facts import Fact, Source
from forecast.scenario.keys import find_slot
from forecast.scenario.known import Known, KnownEntry, resolve
from forecast.scenario.nodes import Mapping, Mark, Node, Refused, Scalar, Sequence, describe, locate, make_node, merge
from forecast.scenario.plain import plain_scenario
from forecast.scenario.question import EVENT, Itinerary
from forecast.scenario.read_facts import FactsRead, read_fact, read_source
from forecast.scenario.reader import Reader
from forecast.scenario.readings import known_readings, read_as
from forecast.scenario.record import Reading, ScenarioRecord, Window
from forecast.scenario.scenario import Scenario, make_sound
from forecast.scenario.schema import read_scenario
from forecast.scenario.suppositions import Setting

__all__ = [
    "EVENT",
    "LEAST_COUNT",
    "OFF",
    "ON",
    "SCALES",
    "Change",
    "CovariateEntry",
    "EventEntry",
    "Fact",
    "FactsRead",
    "Interval",
    "Itinerary",
    "Known",
    "KnownEntry",
    "Mapping",
    "Mark",
    "Node",
    "PlanBelief",
    "PlanEntry",
    "Prior",
    "RatioBelief",
    "Reader",
    "Reading",
    "Refused",
    "Scalar",
    "Scenario",
    "ScenarioRecord",
    "Sequence",
    "Setting",
    "Slot",
    "Source",
    "StageBelief",
    "StageEntry",
    "TimelineEntry",
    "Value",
    "Window",
    "check_scenario",
    "describe",
    "find_changes",
    "find_slot",
    "known_readings",
    "lay_assumptions",
    "locate",
    "look_up",
    "make_node",
    "make_sound",
    "merge",
    "plain_scenario",
    "read_as",
    "read_fact",
    "read_scenario",
    "read_source",
    "resolve",
    "settle",
    "step_day",
]
