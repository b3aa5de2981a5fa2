"""Mutated scenario files, many: each must end in an answer or a message, soon, and in little memory.

    python benchmarks/mutations.py [files] [first seed]

The shipped scenarios and the questions of the tests are mutated byte by byte and node by node. Each is shown by
`forecast facts`; what loads is written out and read again and, one in `ANSWERED`, shown by `forecast priors`, answered
by the quick engine with few draws, and swept. All of it runs in forked workers with an alarm and a limit of memory.
Prints how the files ended, and for each that failed its seed and why; ``--show SEED`` prints the file itself.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import io
import multiprocessing
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
SECONDS_MOST = 10  # of the processor, because others may want it too; six times that by the clock, for what only waits
BYTES_MOST = 1_000_000_000  # of a worker's memory, all it takes without a file among them
ANSWERED = 4  # of the files that load, one in so many is answered, too
DRAWS = 50

SCALARS: tuple[Any, ...] = (
    None, "", " ", 0, -1, 1, 2, 0.5, 1e-9, 1e9, 1e12, 1e308, 1e-308, float("nan"), float("inf"), 10**30, True, False,
    "event", "none", "null", "~", "off", "0x10", "1_000", "1:30", "1e", "-", "--", ".", "..", "../..", "/etc/passwd",
    "/dev/zero", "9999-12-31", "0001-01-01", "2025-02-30", "2025-13-01", "2025", "2025-03", "2024-02-29", "莫斯科",
    "القاهرة", "Нью-Йорк", "e\u0301", "\u202eabc", "\x1b[31m", "a\u00a0b", "\U0001f600", "$x_1$", "{a}", "%s", "\\n",
    "a: b", "- a", "#", "&a", "*a", "!!python/object:os.system", "<<", "x" * 101, "x" * 5000, "9" * 5000,
    "1." + "0" * 5000, [], {}, [[]], [None], [1], [1, 1], [2, 1], [1, 2, 3], ["event"], [220, 220], [1e-3, 1e8],
    [1e-6, 1e6], {"": 1},
    {"a": {}}, {"event": 1}, {"from": "2025-01-01"},
)  # fmt: skip
BYTES = (
    *(bytes([code]) for code in b"\0\xff\xfe\t\r\n :-[]{},'\"#&*!|>%@`?09e"), b"\xef\xbb\xbf", b"\xe2\x80\xae",
    b"\xc2\xa0", b"---\n", b"...\n", b"[" * 50, b"{a: " * 50, b"- " * 50,
)  # fmt: skip


# --- mutation ------------------------------------------------------------------------------------------------------


def read_sources() -> dict[str, bytes]:
    """Return the files that are mutated, by their path below the project."""
    folders = ("scenarios", "tests/questions")
    paths = [path for folder in folders for path in sorted((ROOT / folder).glob("*.yaml"))]
    return {str(path.relative_to(ROOT)): path.read_bytes() for path in paths}


def mutate(seed: int, sources: dict[str, bytes]) -> tuple[str, bytes, str]:
    """Return the name of a file, it mutated, and how."""
    rng = random.Random(seed)
    name = rng.choice(sorted(sources))
    times = rng.choice((1, 1, 1, 1, 1, 2, 5))
    if rng.random() < 0.35:
        return name, _mutate_bytes(rng, sources[name], times), "bytes"
    tree = yaml.safe_load(sources[name])
    for _ in range(times):
        tree = _mutate_tree(rng, tree)
    flow = rng.choice((None, None, True))
    text = yaml.safe_dump(
        tree, allow_unicode=True, sort_keys=False, default_flow_style=flow, width=rng.choice((80, 10**6))
    )
    return name, text.encode("utf-8", "surrogatepass"), "nodes"


def _mutate_bytes(rng: random.Random, content: bytes, times: int) -> bytes:
    for _ in range(times):
        at, length = rng.randrange(len(content) + 1), rng.choice((1, 1, 3, 30, 300))
        there = rng.randrange(len(content) + 1)
        way = rng.randrange(6)
        piece = content[at : at + length]
        if way == 0:
            content = content[:at] + content[at + length :]
        elif way == 1:
            content = content[:at] + rng.choice(BYTES) + content[at:]
        elif way == 2:
            content = content[:at] + rng.choice(BYTES) + content[at + 1 :]
        elif way == 3:
            content = content[:there] + piece + content[there:]
        elif way == 4:
            content = content[:at] + piece * rng.choice((2, 10, 1000)) + content[at:]
        else:
            content = content[:at]
        content = content or b"\n"
    return content


def _mutate_tree(rng: random.Random, tree: Any) -> Any:
    """Delete, double, swap, rename or replace a node."""
    tree = copy.deepcopy(tree)
    places = list(_places(tree))
    if not places:
        return rng.choice(SCALARS)
    holder, at = rng.choice(places)
    other, there = rng.choice(places)
    way = rng.randrange(10)
    if way > 7:  # a number, because those that are changed a little may still be read
        numbers = [place for place in places if isinstance(place[0][place[1]], int | float)]
        holder, at = rng.choice(numbers or places)
        way = 5
    if way == 0:
        del holder[at]
    elif way == 1 and isinstance(holder, list):
        holder[at:at] = [copy.deepcopy(holder[at])] * rng.choice((1, 1, 2, 50))
    elif way == 2:
        holder[at], other[there] = copy.deepcopy(other[there]), copy.deepcopy(holder[at])
    elif way == 3:
        holder[at] = copy.deepcopy(other[there])
    elif way == 4 and isinstance(holder, dict):
        key = rng.choice([there if isinstance(there, str) else "x", *map(str, rng.sample(SCALARS, 2)), f"{at}x"])
        holder[key] = holder.pop(at)
    elif way == 5 and isinstance(holder[at], int | float):
        holder[at] = holder[at] * rng.choice((-1, 0, 10, 1e3, 1e-3, 1e9))
    elif way == 6 and isinstance(holder[at], list):
        rng.shuffle(holder[at])
    else:
        holder[at] = copy.deepcopy(rng.choice(SCALARS))
    return tree


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for at, child in list(items):
        yield node, at
        yield from _places(child)


# --- one file ------------------------------------------------------------------------------------------------------


def try_file(folder: Path, name: str, content: bytes, seed: int) -> str:
    """Do with a file what the commands do; say how it ended."""
    import forecast
    from forecast.cli.main import main
    from forecast.errors import ForecastError
    from forecast.explore import sweep_scenario

    path = folder / name
    path.write_bytes(content)
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = main(["facts", str(path)])
        if code:
            assert code == 2, f"exit code {code}"
            assert said.getvalue().strip(), "no message"
            assert len(said.getvalue()) < 100_000, "a message of more than 100 kB"
            _check_escaped(said.getvalue())
            return "refused"
        scenario = forecast.load_scenario(path)
        again = forecast.load_scenario(forecast.dump_scenario(scenario), name=scenario.name)
        assert forecast.dump_scenario(again) == forecast.dump_scenario(scenario), (
            "another scenario once written and read"
        )
        if seed % ANSWERED:
            _check_escaped(said.getvalue())
            return "loaded"
        assert main(["priors", str(path)]) == 0, "priors"
        _check_escaped(said.getvalue())
        try:
            result = _answer(scenario)
            assert 0 <= result["p_event"]["mean"] <= 1, "P is no probability"
            key = f"priors.stages.{scenario.question.stages[0]}.stay"
            rows = list(sweep_scenario(scenario, {key: "20,200"}, draws=20, engine="quick"))
            assert len(rows) == 2, "not two rows"
        except ForecastError:
            return "not answered"
    return "answered"


def _answer(scenario: Any) -> Any:
    """Answer by the quick engine alone: where it refuses, NUTS would step in, for a minute."""
    from unittest import mock

    import forecast
    from forecast.errors import FitError
    from forecast.inference import Settings

    def refuse(*_args: Any, **_settings: Any) -> None:
        message = "the quick engine fails its gate"
        raise FitError(message)

    with mock.patch("forecast.inference.draw.fit", refuse):
        result = forecast.run_scenario(scenario, engine="quick", settings=Settings(draws=DRAWS))
    return result.to_dict()


def _check_escaped(text: str) -> None:
    odd = {letter for letter in text if not letter.isprintable() and letter != "\n"}
    assert not odd, f"not escaped: {odd}"


# --- many ----------------------------------------------------------------------------------------------------------


def work(jobs: Any, answers: Any) -> None:
    """Try files by their seeds, in a process of its own; only files that go wrong are told one by one."""
    folder = Path(tempfile.mkdtemp())
    os.environ["FORECAST_STORE"] = str(folder / "store")
    for part in ("scenarios", "seeds", "tests/questions"):
        shutil.copytree(ROOT / part, folder / part)
    resource.setrlimit(resource.RLIMIT_DATA, (BYTES_MOST, BYTES_MOST))
    for number in (signal.SIGALRM, signal.SIGPROF):
        signal.signal(number, _too_long)
    os.chdir(folder)
    sources = read_sources()
    while (seed := jobs.get()) is not None:
        name, content, way = mutate(seed, sources)
        began = time.process_time()
        signal.alarm(6 * SECONDS_MOST)
        signal.setitimer(signal.ITIMER_PROF, SECONDS_MOST)
        try:
            ended, trace = try_file(folder, name, content, seed), ""
        except BaseException as error:  # whatever it is, it is what is looked for
            ended, trace = f"FAILED: {type(error).__name__}", traceback.format_exc()
        signal.alarm(0)
        signal.setitimer(signal.ITIMER_PROF, 0)
        (folder / name).write_bytes(sources[name])
        answers.put((seed, name, way, ended, trace, time.process_time() - began))
    shutil.rmtree(folder)
    answers.put(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


class TooLongError(BaseException):
    """Nothing on the way takes it for something of its own."""


def _too_long(*_: Any) -> None:
    raise TooLongError


def run(seeds: Iterable[int], workers: int = 2) -> list[str]:
    """Try a file for each seed; return the failures."""
    context = multiprocessing.get_context("fork")
    jobs, answers = context.Queue(), context.Queue()
    began = time.monotonic()
    for seed in seeds:
        jobs.put(seed)
    started = [context.Process(target=work, args=(jobs, answers), daemon=True) for _ in range(workers)]
    for process in started:
        jobs.put(None)
        process.start()
    ended: Counter[tuple[str, str]] = Counter()
    failures, slowest, memory, running = [], (0.0, 0), 0, workers
    while running:
        try:
            answer = answers.get(timeout=SECONDS_MOST * 12)
        except Exception:  # a worker that is gone, or does not heed its alarm
            failures.append("a worker died or hangs")
            break
        if isinstance(answer, int):
            memory, running = max(memory, answer), running - 1
            continue
        number, name, way, how, trace, seconds = answer
        ended[way, how] += 1
        slowest = max(slowest, (seconds, number))
        if trace:
            failures.append(f"{number} {name} ({way}): {how}\n{trace}")
            print(failures[-1], flush=True)
    for (way, how), count in sorted(ended.items()):
        print(f"{way:<8}{how:<40}{count:>8,}")
    print(f"{sum(ended.values()):,} files in {time.monotonic() - began:.0f} s; the slowest took {slowest[0]:.1f} s "
          f"({slowest[1]}); at most {memory / 1024:.0f} MB")  # fmt: skip
    return failures


def main() -> int:
    """Try as many files as asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=int, nargs="?", default=20_000)
    parser.add_argument("first", type=int, nargs="?", default=10_000_000, help="the first file's seed")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--show", type=int, metavar="SEED", help="print the file of a seed")
    options = parser.parse_args()
    if options.show is not None:
        sys.stdout.buffer.write(mutate(options.show, read_sources())[1])
        return 0
    return 1 if run(range(options.first, options.first + options.files), options.workers) else 0


if __name__ == "__main__":
    raise SystemExit(main())
