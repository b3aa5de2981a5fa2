"""A scenario as YAML: nothing to extend, facts inlined."""

from __future__ import annotations

import yaml

from forecast.errors import check_type
from forecast.scenario import Scenario, ScenarioRecord, plain_scenario


def dump_scenario(scenario: Scenario) -> str:
    """Write the scenario as its model sees it: nothing to extend, facts inlined, only what was known at `as_of`.

    Facts that were not yet public are left out, save where a prior or an itinerary has no others: then it is hindsight,
    or keeps to its `otherwise`. Loading the text again gives the same fingerprint.

    Examples
    --------
    >>> from forecast.document import load_scenario
    >>> print(dump_scenario(load_scenario("scenarios/may.yaml"))[:9])
    name: may
    """
    check_type("scenario", scenario, ScenarioRecord, "a Scenario, as load_scenario returns it")
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return yaml.dump(plain_scenario(scenario), Dumper=dumper, sort_keys=False, allow_unicode=True, width=110)
