"""Files of several timelines that tests share: eleven parliaments, and a truce that listens to an election."""

from __future__ import annotations

FAMILY = """\
title: Eight of eleven parliaments ratify
as_of: 2024-12-31
history_from: 2024-12-31
window: {days: 365}
facts: [{id: known, says: Known., source: gazette, public: 2024-01-01}]
timelines:
  parliament:
    units: [a, b, c, d, e, f, g, h, i, j, k]
    priors: {stages: {waiting: {stay: {mean: MEAN}, ends: {event: 1}, because: [known], reason: known}}}
question: {event: {at_least: 8, of: parliament}}
"""
LISTENING = """\
title: Two that listen
as_of: 2024-12-31
history_from: 2024-01-01
window: {days: 240}
facts: [{id: known, says: Known., source: gazette, public: 2024-01-01}]
timelines:
  truce:
    once: true
    stages: [war, talks]
    timeline:
      - ENTRY
    priors:
      stages:
        war: {stay: {mean: [90, 90]}, ends: {talks: 1}, because: [known], reason: known}
        talks: {stay: {mean: [100, 100]}, ends: {event: 1}, because: [known], reason: known}
      hazard_ratios: {cabinet: {factor: [3, 3], because: [known], reason: known}}
      seriousness: {factor: [1, 1], because: [known], reason: none}
  election: {priors: {stages: {waiting: {stay: {mean: [120, 120]}, ends: {event: 1}, because: [known], reason: known}}}}
question: {event: EVENT}
"""
BEGINS = "{covariate: cabinet, from: election, until: 2029-12-31, because: [known]}"
ENDS = "{covariate: cabinet, from: 2024-01-01, until: election, because: [known]}"
ENTERS = "{stage: talks, from: election, because: [known]}"
BOTH = f"{BEGINS}\n      - {ENTERS}"


def family(mean="[400, 400]", pace=""):
    text = FAMILY.replace("MEAN", mean)
    return text.replace("    priors:", f"    pace: {pace}\n    priors:") if pace else text


def write_links(entry, event="truce", days=240):
    text = LISTENING.replace("ENTRY", entry).replace("EVENT", event).replace("days: 240", f"days: {days}")
    return text if "cabinet" in entry else text.replace("      hazard_ratios", "      # hazard_ratios")
