"""A file that adds to the lists of the one below, and facts from files."""

from __future__ import annotations

import pytest

from forecast.answer.overlook import look_over
from forecast.answer.run import run_scenario
from forecast.document.load import load_scenario
from forecast.errors import InputError

# Case `one-more-fact`: three invitations in the record, all led to a visit within three weeks.
BASE = """
title: The envoy comes
question: {event: the envoy arrives, resolves: the gazette reports it, timezone: Europe/Oslo}
history_from: 2023-01-01
as_of: 2025-05-01
window: {until: 2025-06-30}
places: [capital]
stages: [rest, invited]
facts:
  - {id: known, says: Known., source: gazette, public: 2022}
  - {id: inv-a, says: Invited., source: gazette, public: 2023-03-01}
  - {id: came-a, says: Arrived., source: gazette, public: 2023-03-19}
  - {id: inv-b, says: Invited., source: gazette, public: 2023-10-05}
  - {id: came-b, says: Arrived., source: gazette, public: 2023-10-20}
  - {id: inv-c, says: Invited., source: gazette, public: 2024-06-01}
  - {id: came-c, says: Arrived., source: gazette, public: 2024-06-22}
timeline:
  - {from: 2023-03-01, stage: invited, because: [inv-a]}
  - {day: 2023-03-19, event: capital, because: [came-a]}
  - {from: 2023-10-05, stage: invited, because: [inv-b]}
  - {day: 2023-10-20, event: capital, because: [came-b]}
  - {from: 2024-06-01, stage: invited, because: [inv-c]}
  - {day: 2024-06-22, event: capital, because: [came-c]}
priors:
  stages:
    rest: {stay: {mean: [50, 800]}, ends: {invited: 1}, because: [known], reason: r}
    invited: {stay: {mean: [15, 400]}, ends: {event: 3, rest: 4}, because: [known], reason: r}
  seriousness: {factor: [1.0000001, 1.0000002], because: [known], reason: r}
"""
ENTRY = "{from: 2025-05-08, stage: invited, because: [inv-d]}"
FACT = "{id: inv-d, says: Invited again., source: gazette, public: 2025-05-08}"
WEEK = f"""
extends: base.yaml
as_of: 2025-05-10
add:
  facts: [{FACT}]
  timeline: [{ENTRY}]
"""


@pytest.fixture
def base(tmp_path):
    (tmp_path / "base.yaml").write_text(BASE)
    return tmp_path


def load(folder, text):
    (folder / "child.yaml").write_text(text)
    return load_scenario(folder / "child.yaml")


def test_a_week_of_news_is_added_to_the_record(base):
    found = load(base, WEEK)
    assert len(found.timeline) == 7
    assert len(found.facts) == 8
    answer = run_scenario(found, engine="quick")
    assert answer.p_event.mean == pytest.approx(0.48, abs=0.01)  # as the same entries in one file give
    whole = BASE.replace("as_of: 2025-05-01", "as_of: 2025-05-10").replace("timeline:", f"  - {FACT}\ntimeline:")
    whole = load_scenario(whole.replace("priors:", f"  - {ENTRY}\npriors:"), name="child")
    assert whole == found


def test_a_grandchild_adds_to_what_its_parent_added(base):
    load(base, WEEK)
    later = "extends: child.yaml\nas_of: 2025-05-20\nadd:\n  timeline:\n"
    later += "    - {day: 2025-05-19, because: He came (gazette)}\n"
    (base / "later.yaml").write_text(later)
    found = load_scenario(base / "later.yaml")
    assert [getattr(entry, "stage", "event") for entry in found.timeline[-2:]] == ["invited", "event"]
    assert found.facts["note-timeline-8"].says == "He came."


def test_what_is_wrong_with_it_is_told_where_it_stands(base):
    with pytest.raises(InputError) as raised:
        load(base, WEEK.replace("stage: invited", "stage: invitted"))
    (problem,) = raised.value.problems
    assert (problem.file, problem.line) == (str(base / "child.yaml"), 6)
    assert "unknown stage invitted; did you mean invited?" in str(problem)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("extends: base.yaml\nadd: {timelin: []}", "add.timelin: unknown key; did you mean timeline"),
        ("extends: base.yaml\nadd: {timeline: 3}", "add.timeline: expected a list of what is added to timeline"),
        (f"extends: base.yaml\nadd: {{timeline: [{ENTRY}]}}\ntimeline: []", "found it under add and beside it"),
        ("extends: base.yaml\nadd: {places: {capital: 3}}", "expected counts by place in both files"),
        (
            "extends: counts.yaml\nadd: {places: {capital: -2}}",
            "capital: expected a count of more cases, above 0",
        ),
        ("extends: base.yaml\nadd: [3]", "add: expected a mapping"),
    ],
)
def test_what_cannot_be_added(base, text, message):
    (base / "counts.yaml").write_text(BASE.replace("places: [capital]", "places: {capital: 3, coast: 1}"))
    with pytest.raises(InputError, match=message):
        load(base, text)


def test_a_file_that_extends_none_has_nothing_to_add_to():
    with pytest.raises(InputError, match="add: nothing to add to, because this file extends none"):
        load_scenario(BASE + "add: {timeline: []}\n")


def test_places_and_counts_of_past_cases_are_added(base):
    more = load(base, "extends: base.yaml\nadd: {places: [coast]}")
    assert more.question.places == ("capital", "coast")
    (base / "counts.yaml").write_text(BASE.replace("places: [capital]", "places: {capital: 3, coast: 1}"))
    counted = load(base, "extends: counts.yaml\nadd: {places: {coast: 1, isle: 2}}")
    assert {way.name: way.count for way in counted.question.itineraries} == {"capital": 3, "coast": 2, "isle": 2}


def test_a_list_that_replaces_a_longer_one_is_warned_of(base):
    found = load(
        base,
        f"extends: base.yaml\nas_of: 2025-05-10\nfacts: [{FACT}]\ntimeline: [{ENTRY}]".replace(
            f"facts: [{FACT}]", f"add: {{facts: [{FACT}]}}"
        ),
    )
    (note,) = (note for note in look_over(found).warnings if "replaces" in note)
    assert note.startswith("timeline in line 4 replaces the 6 entries below by 1; to keep them, write what is new")
    assert not any("replaces" in note for note in look_over(load(base, WEEK)).warnings)


SEEDS = """
source: {id: gazette, publisher: The Gazette, title: Court circular, date: 2025-05-08}
facts:
  - {id: inv-d, says: Invited again., public: 2025-05-08}
"""


@pytest.mark.parametrize("where", ["news.yaml", "news", "[news.yaml]", "[news, news.yaml]"])
def test_facts_may_be_a_folder_a_file_or_both(base, where):
    (base / "news").mkdir()
    other = "news.yaml" in where and where.startswith("[news,")
    (base / "news" / "one.yaml").write_text(SEEDS if not other else SEEDS.replace("inv-d", "x").replace("gazette", "y"))
    (base / "news.yaml").write_text(SEEDS)
    (base / "base.yaml").write_text(BASE.replace("gazette,", "the court gazette,"))
    found = load(base, f"extends: base.yaml\nas_of: 2025-05-10\nadd: {{sources: {where}, timeline: [{ENTRY}]}}")
    assert found.sources[found.facts["inv-d"].source].publisher == "The Gazette"
    assert found.facts["known"].source == "the court gazette"


STRIKE = """
extends: base.yaml
as_of: 2025-05-10
add:
  timeline: [{covariate: strike, from: 2025-05-09, because: A strike (gazette)}]
"""
PRIORS = """
  priors:
    hazard_ratios: {strike: {factor: [0.1, 0.5], because: Nobody flies (own count)}}
    conditions: {strike: {lasts: {mean: [5, 20]}, returns: never, because: They end soon (own count)}}
"""


def test_news_of_a_new_kind_brings_its_prior_along(base):
    with pytest.raises(InputError, match=r"in a file that extends another, add.priors.hazard_ratios"):
        load(base, STRIKE)
    found = load(base, STRIKE + PRIORS)
    assert set(found.priors.hazard_ratios) == set(found.priors.conditions) == {"strike"}
    assert set(found.priors.stages) == {"rest", "invited"}
    with pytest.raises(InputError, match=r"found rest, which has one. To change it, use assume"):
        load(base, STRIKE + PRIORS + "    stages: {rest: {stay: {mean: 3}}}\n")


@pytest.mark.parametrize("add", ["add:", "add: {timeline: , facts: }"])
def test_what_is_to_be_filled_in_adds_nothing(base, add):
    assert load(base, f"extends: base.yaml\n{add}\n").timeline == load_scenario(base / "base.yaml").timeline
