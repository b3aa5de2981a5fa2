"""The log only grows: nothing is rewritten, nothing is lost, and what is no log is left alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest
from logs import answer, keep, kinds

from forecast.errors import InputError, OutputError
from forecast.track import find_log, log_forecast, read_log, resolve_question, score_log

WRITER = """
import sys
sys.path.insert(0, "tests")
from logs import keep
from pathlib import Path
who, count, path = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
for number in range(count):
    keep(path, 0.4, name=f"{who}-{number}")
    print(number, flush=True)
"""


@pytest.fixture
def log(tmp_path):
    return tmp_path / "forecasts.jsonl"


def start_writer(who, count, log):
    command = [sys.executable, "-c", WRITER, who, str(count), str(log)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_what_is_written_is_read_back(log):
    told = answer(0.4, places={"north": 0.3, "south": 0.1})
    line = log_forecast(told, log, crowd=0.5, link="abc", note="two\nlines, ü, \u2028 and \udc80")
    (found,) = read_log(log).entries
    assert found == line
    assert found.told.places == {"north": 0.3, "south": 0.1}
    # 0.4 over 121 days: 0.1 is reached on the 31st, 0.25 on the 76th
    assert [str(day) for day in found.told.quantiles.values()] == ["2025-04-01", "2025-05-16", "None", "None", "None"]
    assert json.loads(log.read_text())["p_event"] == told["p_event"]


def test_lines_are_added_and_none_is_changed(log):
    keep(log)
    before = log.read_bytes()
    resolve_question("port", "no", log)
    resolve_question("port", "yes", log, day="2025-05-01")
    keep(log, 0.1, name="other")
    assert log.read_bytes().startswith(before)
    assert kinds(log) == ["Logged", "Resolved", "Resolved", "Logged"]
    assert read_log(log).resolutions["port"].answer == "yes"


@pytest.mark.parametrize("left", ["none", "a byte", "half", "all but a byte", "all but its end", "zeros"])
def test_a_line_that_was_cut_short_loses_nothing_else(left, log, caplog):
    keep(log)
    whole = log.read_bytes()
    keep(log, 0.3, name="other")
    line = log.read_bytes()[len(whole) :]
    cut = {
        "none": 0,
        "a byte": 1,
        "half": len(line) // 2,
        "all but a byte": len(line) - 2,
        "all but its end": len(line) - 1,
    }
    log.write_bytes(whole + (b"\0" * 50 if left == "zeros" else line[: cut[left]]))
    keep(log, 0.2, name="third")
    found = read_log(log)
    expected = ["port", *(["other"] if left == "all but its end" else []), "third"]
    assert list(found.questions) == expected
    is_torn = left in ("a byte", "half", "all but a byte")
    assert found.torn == ((2,) if is_torn else ())
    assert ("was cut short" in caplog.text) == is_torn
    resolve_question("port", "no", log)
    assert f"{1} line cut short" in str(score_log(log)) or not is_torn


def test_what_a_cut_left_is_still_there(log):
    keep(log)
    log.write_bytes(log.read_bytes()[:-40])
    before = log.read_bytes()
    keep(log)
    assert log.read_bytes().startswith(before + b"\n")


def test_writers_at_the_same_time_lose_nothing(log):
    count = 12
    writers = [start_writer(who, count, log) for who in "abc"]
    for writer in writers:
        writer.communicate()
    assert sorted(read_log(log).questions) == sorted(f"{who}-{number}" for who in "abc" for number in range(count))
    assert read_log(log).torn == ()


def test_a_kill_loses_nothing_that_was_told(log):
    with start_writer("a", 10_000, log) as writer:
        told = [writer.stdout.readline() for _ in range(5)]
        time.sleep(0.02)
        writer.kill()
        told += writer.stdout.readlines()
    done = [line.strip() for line in told if line.endswith("\n")]
    keep(log, name="after")
    found = list(read_log(log).questions)
    assert found[: len(done)] == [f"a-{number}" for number in done]
    assert found[-1] == "after"
    assert len(found) - len(done) in (1, 2)  # the last one may have been written and not told


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("title: a question\n", ":1:1: expected a line of a log of forecasts; found title: a question"),
        ('{"schema": 2, "kind": "forecast"}\n', ":1:1: schema: expected 1, as this version writes; found 2"),
        ("[1]\n", ":1:1: expected a line of a log"),
        ("\u00ff\n", ":1:1: expected a line of a log"),
    ],
)
def test_another_file_is_refused_and_not_touched(content, said, log):
    log.write_text(content)
    for act in (lambda: keep(log), lambda: resolve_question("port", "no", log), lambda: score_log(log)):
        with pytest.raises(InputError) as caught:
            act()
        assert f"{log}{said}" in str(caught.value)
    assert log.read_text() == content


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("kind", "guess", "kind: expected forecast, resolution or crowd; found 'guess'"),
        ("written", "today", "written: expected a time such as"),
        ("written", "2025-01-01T00:00:00", "written: expected a time such as"),
        ("as_of", "2025-02-30", "as_of: expected a day, YYYY-MM-DD; found '2025-02-30'"),
        ("name", "", "name: expected a text; found ''"),
        ("p_event", {"mean": 1.2, "eti90": [0, 1]}, "mean: expected a number from 0 to 1; found 1.2"),
        ("p_event", {"mean": True, "eti90": [0, 1]}, "mean: expected a number from 0 to 1; found True"),
        ("p_event", {"mean": 0.2, "eti90": [0]}, "p_event.eti90: expected two numbers; found"),
        ("window", None, "window: expected a mapping; found None"),
        ("window", {"from": "2025-03-02", "until": "2025-03-01"}, "window.until: expected a day after as_of"),
        ("quantiles", {"half": None}, "quantiles: expected days by their probability"),
        ("crowd", -1, "crowd: expected a number from 0 to 1; found -1"),
        ("places", {"north": "much"}, "north: expected a number from 0 to 1; found 'much'"),
    ],
)
def test_a_line_that_was_edited_wrongly_is_told_with_its_key(key, value, said, log):
    keep(log)
    keep(log, name="other")
    first, second = log.read_text().splitlines()
    log.write_text(f"{first}\n{json.dumps(json.loads(second) | {key: value})}\n")
    with pytest.raises(InputError) as caught:
        read_log(log)
    assert f"{log}:2:1: {said}" in str(caught.value)


def test_the_log_of_the_nearest_folder_is_found(tmp_path, monkeypatch):
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    with pytest.raises(InputError, match=r"no forecasts.jsonl in .* begins one, and --log names another place"):
        find_log()
    keep(tmp_path / "forecasts.jsonl")
    assert find_log().samefile(tmp_path / "forecasts.jsonl")
    with pytest.raises(InputError, match="no such log"):
        find_log(below / "mine.jsonl")


def test_what_cannot_be_written_is_told(tmp_path):
    with pytest.raises(InputError, match="cannot read"):
        keep(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises((InputError, OutputError), match="Not a directory"):
        keep(tmp_path / "file" / "log.jsonl")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a disk that is full")  # noqa: PTH110
def test_a_full_disk_is_told(tmp_path):
    full = tmp_path / "full.jsonl"
    full.symlink_to("/dev/full")
    from forecast.files import append_line

    with pytest.raises(OutputError, match="No space left on device; choose another file with --log"):
        append_line(full, b"{}")
