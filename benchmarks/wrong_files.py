"""Files of 5 MB that are all wrong, one of each kind: CPU seconds to the message, and as a multiple of half a file's.

Usage: ``python benchmarks/wrong_files.py [megabytes]``. Prints a line for each kind; exit code 1 where one took
more than five seconds or did not end in an `InputError`.
"""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from forecast import InputError, load_scenario

VISIT = (Path(__file__).parents[1] / "tests" / "questions" / "visit.yaml").read_text(encoding="utf-8")
SECONDS_MOST = 5.0

Lines = Iterator[str]


def _numbered(template: str) -> Callable[[], Lines]:
    return lambda: (template.replace("N", str(number)) for number in itertools.count())


def _listed(template: str) -> tuple[str, Callable[[], Lines]]:
    """Put entries before those of the timeline."""
    return _into("timeline:", f"  - {{{template}}}\n")


def _into(key: str, template: str) -> tuple[str, Callable[[], Lines]]:
    """Put lines below a key of the sound file, before all that it has there."""
    assert f"\n{key}\n" in VISIT, key
    before, after = VISIT.split(f"\n{key}\n", 1)
    return f"{before}\n{key}\n\0{after}", _numbered(template)


BECAUSE = VISIT.replace("because: [off-2021]", "because: [\0 off-2021]")

# A text in which NUL stands for the lines, and the lines.
KINDS: dict[str, tuple[str, Callable[[], Lines]]] = {
    "one long number": (VISIT.replace("stay: {mean: [20, 200]}", "stay: {mean: [\0x, 200]}"), _numbered("1234567890")),
    "one long word": (VISIT.replace("stage: quiet", "stage: \0"), _numbered("aaaaaaaaaa")),
    "one long text after nothing": ("\0: 3", _numbered("aaaaaaaaaa")),
    "unknown keys": (VISIT + "\0", _numbered("keyN: 1\n")),
    "keys almost right": (VISIT + "\0", _numbered("titleN: 1\n")),
    "one key again and again": (VISIT + "\0", lambda: itertools.repeat("title: a\n")),
    "keys that are null": (VISIT + "\0", lambda: itertools.repeat("~: a\n")),
    "merges": (VISIT + "\0", lambda: itertools.repeat("<<: a\n")),
    "unknown facts of one entry": (
        BECAUSE,
        _numbered("offN, "),
    ),
    "the same name in a list": (BECAUSE, lambda: itertools.repeat("off, ")),
    "names that are none": (BECAUSE, lambda: itertools.repeat("1, ")),
    "entries of unknown facts": _listed("from: 2021-05-01, stage: quiet, because: [off-N]"),
    "entries of unknown stages": _listed("from: 2021-05-01, stage: quiet-N, because: [off-2021]"),
    "entries of unknown itineraries": _into(
        "timeline:", "  - {day: 2021-05-01, event: north-N, because: [off-2021]}\n"
    ),
    "entries of unknown conditions": _into(
        "timeline:", "  - {covariate: fest-N, from: 2021-05-01, because: [off-2021]}\n"
    ),
    "entries that end nothing": _into(
        "timeline:", "  - {covariate: festival, until: 2020-01-02, because: [off-2021]}\n"
    ),
    "entries of unknown places": _into(
        "timeline:", "  - {plan: host, from: 2021-05-01, until: 2021-05-02, places: [southN], because: [off-2021]}\n"
    ),
    "entries on a wrong day": _into("timeline:", "  - {from: 2021-05-02, stage: quiet, because: [off-2021]}\n"),
    "entries of an unknown kind": _into("timeline:", "  - {stagN: a}\n"),
    "entries that are lists": _into("timeline:", "  - []\n"),
    "entries that are empty": _into("timeline:", "  - {}\n"),
    "entries with an unknown key": _into("timeline:", "  - {stage: quiet, becauN: [a]}\n"),
    "days that are none": _into("timeline:", "  - {from: N, stage: quiet, because: [off-2021]}\n"),
    "facts without anything": _into("facts:", "  - {id: fact-N}\n"),
    "facts with bad days": _into("facts:", "  - {id: fact-N, says: A., source: gazette, public: N}\n"),
    "facts of unknown sources": _into("facts:", "  - {id: fact-N, says: A., source: gazetteN, public: 2021}\n"),
    "facts of one name": _into("facts:", "  - {id: fact, says: A., source: gazette, public: 2021}\n"),
    "facts as they should be, and unknown ones": (
        _into("facts:", "")[0].replace("because: [off-2021]", "because: [\1 off-2021]"),
        _numbered("  - {id: fact-N, says: A., source: gazette, public: 2021}\n"),
    ),
    "sources of one name": _into("sources:", "  - {id: gaz, publisher: A, title: B, date: 2020-01-01}\n"),
    "stages": (VISIT.replace("stages: [quiet, ", "stages: [quiet, \0"), _numbered("stN, ")),
    "silent stages that are none": (VISIT.replace("silent: [invited]", "silent: [\0 invited]"), _numbered("stN, ")),
    "unused ratios that are none": (VISIT + "\nunused: [\0 a]\n", _numbered("ratioN, ")),
    "stages set that are none": (VISIT + "\ndo: {stage: {\0 a: 2024-08-01}}\n", _numbered("stN: 2024-08-01, ")),
    "ratios set that are none": (
        VISIT + "\ndo: {hazard_ratios: {\0 a: {factor: 1}}}\n",
        _numbered("rN: {factor: 2}, "),
    ),
    "facts supposed for nothing": (
        VISIT + "\ndo: {facts: [\0 {id: a, says: A., public: 2024-08-01}]}\n",
        _numbered("{id: a-N, says: A., public: 2024-08-01}, "),
    ),
    "entries supposed": (
        VISIT + "\ndo: {timeline: [\0]}\n",
        _numbered("{plan: host, from: 2024-08-01, until: 2024-08-02, because: [aN]}, "),
    ),
    "readings": (VISIT + "\nreadings: {\0}\n", _numbered("rN: {reason: A., recode: {bN: quiet}}, ")),
    "readings with priors": (
        VISIT + "\nreadings: {\0}\n",
        _numbered("rN: {reason: A., assume: {stages: {agreed: {stay: {mean: [9, 1]}, reason: A.}}}}, "),
    ),
    "a reading of many facts": (VISIT + "\nreadings: {a: {reason: A., recode: {\0}}}\n", _numbered("bN: quietN, ")),
    "not YAML at its end": ("\0 }{", _numbered("keyN: 1\n")),
    "not YAML at its beginning": ("title: }{\n\0", _numbered("keyN: 1\n")),
    "an open quotation": ("title: '\0", _numbered("key N\n")),
    "an open list": ("title: [\0", _numbered("kN, ")),
    "tabs": ("title: a\n\0", lambda: itertools.repeat("\tkey: 1\n")),
    "deep lists": ("title: \0", lambda: itertools.repeat("[")),
    "deep mappings": ("title: \0", lambda: itertools.repeat("{a: ")),
    "deep entries": ("\0", lambda: itertools.repeat("- ")),
    "anchors": (VISIT + "\0", _numbered("keyN: &aN 1\n")),
    "a long anchor": (VISIT + "key: &\0 1", _numbered("aaaaaaaaaa")),
    "aliases": (VISIT + "key: &a 1\n\0", _numbered("keyN: *a\n")),
    "tags": (VISIT + "\0", _numbered("keyN: !!int 1\n")),
    "documents": (VISIT + "\0", lambda: itertools.repeat("--- a\n")),
    "comments": ("\0", lambda: itertools.repeat("# nothing\n")),
    "empty lines": ("\0", lambda: itertools.repeat("\n")),
    "one question mark after another": ("\0", lambda: itertools.repeat("? ")),
}
KINDS["priors of unknown stages"] = (
    VISIT.replace("priors:\n  stages:\n", "priors:\n  stages:\n\0"),
    _numbered("    sN: {stay: {mean: [1, 2]}, ends: {event: 1}, because: [off-2021], reason: A.}\n"),
)
KINDS["ends that are none"] = (VISIT.replace("ends: {", "ends: {\0", 1), _numbered("endN: 1, "))
KINDS["priors of unknown ratios"] = (
    VISIT.replace("  hazard_ratios:\n", "  hazard_ratios:\n\0"),
    _numbered("    rN: {factor: [1, 2], because: [off-2021], reason: A.}\n"),
)
KINDS["priors that say nothing"] = (
    VISIT.replace("  hazard_ratios:\n", "  hazard_ratios:\n\0"),
    _numbered("    rN: {}\n"),
)
KINDS["attributes without a prior"] = (VISIT.replace("{place: north,", "{place: north, \0", 1), _numbered("aN: 1, "))
KINDS["itineraries"] = (
    VISIT.replace("itineraries:\n", "itineraries:\n\0"),
    _numbered("  wN: {place: pN, aN: 1, because: [bN]}\n"),
)


def write(kind: str, size: int) -> str:
    """Return a file of a kind, of some `size` characters."""
    text, lines = KINDS[kind]
    assert "\0" in text, kind
    room, found = size - len(text), []
    for line in lines():
        if (room := room - len(line)) < 0:
            break
        found.append(line)
    text = text.replace("\0", "".join(found))
    return text.replace("\1", "".join(f"off{number}, " for number in range(len(found))))


def time_error(text: str) -> tuple[float, str]:
    """Return the seconds until the message, and its last line."""
    began = time.process_time()
    try:
        load_scenario(text + "\n")
    except InputError as error:
        return time.process_time() - began, str(error).splitlines()[-1]
    return time.process_time() - began, "no InputError"


def main(size: int) -> int:
    """Time each kind; return how many fail."""
    failed = 0
    for kind in KINDS:
        half, (seconds, last) = time_error(write(kind, size // 2))[0], time_error(write(kind, size))
        bad = seconds > SECONDS_MOST or last == "no InputError"
        failed += bad
        print(f"{'!' if bad else ' '} {kind:<42}{seconds:6.2f} s  x{seconds / half:4.1f}  {last[:70]}", flush=True)
    return failed


if __name__ == "__main__":
    raise SystemExit(main(int(float(sys.argv[1] if len(sys.argv) > 1 else 4.9) * 1e6)) > 0)
