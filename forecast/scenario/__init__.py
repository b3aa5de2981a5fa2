"""What a question is: frozen, typed values, their declared keys, the checks, the verbs and the as-of gate.

Receives nodes or plain values. Hands on a scenario, or every problem with its key.
Knows no files, no YAML and no arrays.
"""

from forecast.scenario.additions import ADD, lay_additions, warn_of_passed, warn_of_replaced
from forecast.scenario.asks import ANY, FIRST, LATER, NEVER, YES, Asks, Bin
from forecast.scenario.assume import lay_assumptions
from forecast.scenario.beliefs import (
    PRIORS,
    Assumed,
    ConditionBelief,
    Interval,
    NeverBelief,
    NewPriors,
    PlanBelief,
    Prior,
    RatioBelief,
    StageBelief,
)
from forecast.scenario.changes import Change, find_changes
from forecast.scenario.checks import check_scenario
from forecast.scenario.checks.courses import of_course, possible_courses
from forecast.scenario.defaults import ANYWHERE
from forecast.scenario.edits import OFF, ON, Slot, Value, look_up, settle
from forecast.scenario.ensemble import AnyScenario, Ensemble, Family
from forecast.scenario.ensemble_readings import list_reading_misfits, list_readings, read_all_as
from forecast.scenario.entries import (
    CovariateEntry,
    Entries,
    EventEntry,
    OneOf,
    PlanEntry,
    StageEntry,
    TimelineEntry,
    earliest_day,
    step_day,
)
from forecast.scenario.event_reader import read_event
from forecast.scenario.events import (
    Event,
    First,
    InOrder,
    Part,
    Some,
    Total,
    list_numbered,
    list_parts,
    list_totals,
)
from forecast.scenario.facts import FACT, FACT_OF_FILE, SOURCE, ById, Fact, FactsRead, Source, read_fact, read_source
from forecast.scenario.families import check_family
from forecast.scenario.fields import NEEDED, Key, Listed, Named, Record, Roster
from forecast.scenario.forms import A_STAY, is_stay
from forecast.scenario.holes import Begun, Hole
from forecast.scenario.keys import find_slot
from forecast.scenario.kinds import BECAUSE, DAY, NAME, TEXT, Leaf
from forecast.scenario.known import Known, KnownEntry, public_day, resolve
from forecast.scenario.laws import Chance, Counted, Law, Past, Split
from forecast.scenario.limits import DAYS_A_YEAR, LEAST_COUNT, LONGEST_STAY, SHORTEST_STAY
from forecast.scenario.links import Link, date_covariate, date_links, list_link_misfits
from forecast.scenario.nodes import Mapping, Mark, Node, Refused, Scalar, Sequence, describe, locate, make_node, merge
from forecast.scenario.omissions import Omission, hide_fact, leave_out_sources, list_sources
from forecast.scenario.outcomes import OUTCOMES, Outcome, Outcomes, check_outcomes
from forecast.scenario.places import FamilySlot, FileSlot, Place, find_place, name_ratios
from forecast.scenario.plain import ORDER, plain_scenario
from forecast.scenario.plans import find_end_of_force, find_plans
from forecast.scenario.predictive import predict_single
from forecast.scenario.question import EVENT, Itinerary, Question
from forecast.scenario.reader import Z95, Reader, problem_at
from forecast.scenario.readings import read_as
from forecast.scenario.record import Reading, ScenarioRecord, Window
from forecast.scenario.reports import Report, list_reports, refuse_reports
from forecast.scenario.scales import FAST_TO_SLOW, SCALES
from forecast.scenario.scenario import Scenario, make_sound
from forecast.scenario.schema import ADDED, EXTENDS, SCENARIO, read_scenario
from forecast.scenario.sentences import find_unsourced
from forecast.scenario.settled import find_seen, find_settled, refuse_settled
from forecast.scenario.spells import Spell, find_end, is_open
from forecast.scenario.starts import (
    can_be_waited_for,
    find_day,
    find_facts,
    find_loop,
    hang_together,
    list_days,
    list_misfits,
    list_needed,
    list_order_misfits,
)
from forecast.scenario.stays import Stay
from forecast.scenario.suppositions import STEP, STEPS_BY, Evidence, Interventions, Reach, Setting, Switch
