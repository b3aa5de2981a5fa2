"""Files of YAML to a scenario, and back to text.

Receives a path or a text. Hands on a scenario, or every problem with its file, line and column.
Knows no arrays and no numbers of a forecast.
"""

from forecast.document.dump import dump_scenario
from forecast.document.ensemble import load_plain
from forecast.document.json_schema import make_json_schema
from forecast.document.load import Source, drop_day, edit_ensemble, load_question, load_scenario
from forecast.document.outcomes import find_outcomes, load_outcomes
from forecast.document.project import find_project
from forecast.document.tables import Table, load_table
