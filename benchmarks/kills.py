"""kill -9 at random moments of a write: nothing half-written is ever read.

    python benchmarks/kills.py [--seed N]

A process writes one version after another and tells of each once it is done; it is killed at a random moment. What lies
there then must be whole: the last version told of or the one that came after. Another process takes over, and so on.

- a store write: an entry of the size of the flagship's posterior, read back through `forecast.inference.store`;
- a result write: the files of a run, forecast.json last, so that where it is new all others are new.

A sweep is killed in its middle, and each time gone on with. After a kill there must be no table, or all of it, and the
rows that are kept must be the first of those that a sweep has that nobody kills, none missing and none twice.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import multiprocessing
import os
import random
import secrets
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pairs import ROOT

from forecast.files import write_batch
from forecast.inference import store
from forecast.inference.netcdf import Variable, open_netcdf, write_netcdf

FINGERPRINT = "0123456789abcdef" * 2
SIZES = {
    "scenario.yaml": 20_000,
    "posterior.nc": 7_000_000,
    **dict.fromkeys(("timeline.png", "whether.png", "where.png", "when.png", "priors.png"), 200_000),
    "forecast.json": 30_000,
}  # bytes, as of the flagship's results
PROCESSES = multiprocessing.get_context("fork")  # a writer is at its first write in a millisecond
KILLS_MOST = 1000  # of one case, those that missed among them
SOUND = {"old", "new", "some of each"}


@dataclass(frozen=True)
class Case:
    """Something that is written, version by version.

    `kills` is how many writers shall die in mid-write. `write` puts a version into a folder. `read` returns the
    versions of the parts that lie there, in the order in which they are written, None for one that is not whole.
    """

    name: str
    kills: int
    write: Callable[[Path, int], None]
    read: Callable[[Path], list[int | None]]


def render(version: int, size: int) -> bytes:
    """Return bytes that show which version they are of, from the first to the last."""
    return version.to_bytes(8, "big") * (size // 8)


def recognise(content: bytes) -> int | None:
    """Return the version of what `render` gave, or None if it is not all there or not all of one version."""
    version = int.from_bytes(content[:8], "big")
    return version if len(content) in SIZES.values() and content == render(version, len(content)) else None


def write_entry(folder: Path, version: int) -> None:
    """Store an entry in a folder."""
    os.environ["FORECAST_STORE"] = str(folder)
    content = np.frombuffer(render(version, SIZES["posterior.nc"]), np.uint8)
    netcdf = write_netcdf({"posterior": {"content": Variable(("byte",), content)}}, {"fingerprint": FINGERPRINT})
    store.save_entry(FINGERPRINT, netcdf)


def read_entry(folder: Path) -> list[int | None]:
    """Read the entry as a run does; a complaint would mean that something half-written bears its name."""
    os.environ["FORECAST_STORE"] = str(folder)

    def read(netcdf: bytes) -> int | None:
        with open_netcdf(netcdf) as file:
            return recognise(file["posterior"]["content"][...].tobytes())

    return [store.load_entry(FINGERPRINT, read)]


def write_result(folder: Path, version: int) -> None:
    """Write the files of a run."""
    write_batch(folder, {name: render(version, size) for name, size in SIZES.items()})


def read_result(folder: Path) -> list[int | None]:
    """Read the files of a run."""
    return [recognise((folder / name).read_bytes()) for name in SIZES]


CASES = [
    Case("a store write", 20, write_entry, read_entry),
    Case("a result write", 10, write_result, read_result),
]


def write_on(case: Case, folder: Path, first: int, done: Any) -> None:
    """Write one version after another, telling of each that is done, until killed."""
    for version in itertools.count(first):
        case.write(folder, version)
        done.value = version


def kill_one(case: Case, folder: Path, first: int, delay: float) -> int:
    """Start a writer, kill it `delay` seconds after its first version is done, return the last version it told of."""
    done = PROCESSES.Value("q", 0, lock=False)  # a lock would die with its holder
    writer = PROCESSES.Process(target=write_on, args=(case, folder, first, done))
    writer.start()
    while done.value < first:
        time.sleep(0.001)
    time.sleep(delay)
    writer.kill()
    writer.join()
    return int(done.value)


def judge(versions: list[int | None], done: int) -> str:
    """Say what was found after a kill: the old version, the new one, some parts of each; or what is wrong."""
    if None in versions:
        return "half-written"
    if not set(versions) <= {done, done + 1}:
        return "lost"
    if versions[-1] == done + 1 and set(versions) != {done + 1}:
        return "last before others"
    return "old" if set(versions) == {done} else "new" if set(versions) == {done + 1} else "some of each"


def kill_often(case: Case, rng: random.Random) -> tuple[str, bool]:
    """Kill writers until enough died in mid-write; return the table's row, and whether all that was read was sound."""
    found = Counter[str]()
    kills = interrupted = 0
    with tempfile.TemporaryDirectory() as name:
        folder, done = Path(name), 1
        started = time.perf_counter()
        case.write(folder, 0)
        case.write(folder, 1)
        length = (time.perf_counter() - started) / 2
        while interrupted < case.kills and kills < KILLS_MOST:
            done = kill_one(case, folder, done + 2, delay=rng.uniform(0, 4 * length))
            outcome = judge(case.read(folder), done)
            found[outcome] += 1
            kills += 1
            interrupted += outcome == "some of each" or any(folder.glob(".*.part"))
        case.write(folder, done + 2)  # what the killed have left behind is in nobody's way, and cleared
        found["lost"] += set(case.read(folder)) != {done + 2}
        found["left behind"] += any(folder.glob(".*.part"))
    wrong = sum(count for outcome, count in found.items() if outcome not in SOUND)
    seen = ", ".join(f"{count} {outcome}" for outcome, count in sorted(found.items()) if count)
    met = not wrong and interrupted >= case.kills
    row = f"| {case.name} | {interrupted} (of {kills} in all) | {seen} | {wrong} | 0 | {'met' if met else 'NOT MET'} |"
    return row, met


SWEEP_KILLS = 120
SWEEP = ["-m", "forecast", "sweep", "tests/questions/treaty.yaml", "--quick", "--no-plots", "--jobs", "2"]
SWEEP += ["--vary", "window.until=2026-03-10:2027-03-09:300", "--vary", "do.stage.idle=2026-03-03:2026-03-09:7"]


def kill_sweeps(rng: random.Random) -> tuple[str, bool]:
    """Kill sweeps in their middle and go on with each; return the table's row, and whether all ended as they should."""
    with tempfile.TemporaryDirectory() as name:
        first = Path(name) / "whole.csv"
        run_sweep(first)
        whole, rows = first.read_bytes(), read_rows(first)
        kills = at_all = wrong = files = rolled_back = 0
        while kills < SWEEP_KILLS and at_all < KILLS_MOST:
            path = Path(name) / f"{files}.csv"
            files += 1
            while kills < SWEEP_KILLS and not path.exists():
                kill_sweep(path, delay=rng.uniform(0, 0.2))
                at_all += 1
                rolled_back += log(path) > 0
                kept = read_rows(path)
                wrong += kept != rows[: len(kept)] or (path.exists() and path.read_bytes() != whole)
                kills += bool(kept) and not path.exists()
            run_sweep(path)
            wrong += path.read_bytes() != whole or read_rows(path) != rows
    met = not wrong and kills >= SWEEP_KILLS
    seen = f"{files} files of {len(rows)} rows gone on with, {rolled_back} with a log that was not yet in the file"
    return f"| a sweep | {kills} (of {at_all} in all) | {seen} | {wrong} | 0 | {'met' if met else 'NOT MET'} |", met


def run_sweep(path: Path) -> None:
    """Run a sweep to its end."""
    subprocess.run([sys.executable, *SWEEP, "--out", str(path)], cwd=ROOT, check=True, capture_output=True)


def kill_sweep(path: Path, delay: float) -> None:
    """Start a sweep, or go on with it, and kill it `delay` seconds after its first new rows, if it still runs."""
    quiet = subprocess.DEVNULL
    process = subprocess.Popen([sys.executable, *SWEEP, "--out", str(path)], cwd=ROOT, stdout=quiet, stderr=quiet)
    before = log(path)  # of those who were killed; it is gone as soon as the file is opened
    while process.poll() is None and log(path) in (before, 0):
        time.sleep(0.001)
    time.sleep(delay)
    process.kill()
    process.wait()


def log(path: Path) -> int:
    """Return the bytes of the log that SQLite writes rows to before they come into its file."""
    file = path.with_name(f"{path.name}.sqlite-wal")
    return file.stat().st_size if file.exists() else 0


def read_rows(path: Path) -> list[tuple[int, str]]:
    """Read the rows that are kept."""
    file = path.with_name(f"{path.name}.sqlite")
    if not file.exists():
        return []
    with contextlib.closing(sqlite3.connect(file)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'rows'").fetchone():
            return []
        return connection.execute("SELECT number, cells FROM rows ORDER BY number").fetchall()


def main() -> None:
    """Kill, look, print the table; exit code 1 if anything unsound was read."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32), help="of the moments (default: another)")
    seed = parser.parse_args().seed
    print(f"seed {seed}\n")
    print("| kill -9 during | killed in mid-write | then read | unsound | bar | |\n|---|---|---|---|---|---|")
    rng, all_met = random.Random(seed), True
    for case in CASES:
        row, met = kill_often(case, rng)
        print(row, flush=True)
        all_met &= met
    row, met = kill_sweeps(rng)
    print(row)
    all_met &= met
    sys.exit(0 if all_met else 1)


if __name__ == "__main__":
    main()
