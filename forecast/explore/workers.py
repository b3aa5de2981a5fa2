"""Rows of a sweep in several processes: in order, and no more of them in work at a time than keep all busy.

Receives points by the batch, hands on rows by the batch. A process that computes works on one thread, and ends with the
one that it works for, however that ends.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Generator, Iterable, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from forecast.errors import ForecastError
from forecast.explore.design import Point
from forecast.explore.evaluate import Evaluator, RowAnswer
from forecast.scenario import Slot

Row = tuple[Any, ...]
Slots = tuple[Slot, ...]
Points = list[tuple[int, Point]]  # each with its number

AHEAD = 2  # batches in work for each process, so that none waits for another
SURROUNDINGS = {  # of a process that computes
    "OPENBLAS_NUM_THREADS": "1",  # the matrices are small, and idle threads spin
    "MALLOC_MMAP_THRESHOLD_": "67108864",  # glibc keeps what a row frees for the next; fetching it anew
    "MALLOC_TRIM_THRESHOLD_": "268435456",  # from the system would take a third of the time
}


def compute_rows(
    needed: Mapping[str, Any], slots: Slots, batches: Iterable[Points], *, jobs: int
) -> Generator[list[Row]]:
    """Yield the rows of each batch of points.

    Parameters
    ----------
    needed : dict
        What an `Evaluator` is made of.
    slots : tuple of Slot
        What the values of a point are put into.
    jobs : int
        Processes; with 1, this one.

    Raises
    ------
    ForecastError
        If a process dies.
    """
    if jobs == 1:
        evaluator = Evaluator(**needed)
        yield from (_compute(evaluator, slots, points) for points in batches)
        return
    for name, value in SURROUNDINGS.items():
        os.environ.setdefault(name, value)
    context = multiprocessing.get_context("spawn")  # a fork would copy locks that other threads hold
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin, initargs=(needed, slots)) as pool:
        waiting: deque[Future[list[Row]]] = deque()
        try:
            for points in batches:
                waiting.append(pool.submit(_compute_there, points))
                if len(waiting) > AHEAD * jobs:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool as error:
            message = "a process of the sweep died, for want of memory perhaps; the rows so far are kept. Try --jobs 1"
            raise ForecastError(message) from error
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


# --- in the processes ----------------------------------------------------------------------------------------------

_here: tuple[Evaluator, Slots] | None = None  # of a process that computes rows


def _begin(needed: Mapping[str, Any], slots: Slots) -> None:
    global _here
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent tells when to stop
    parent = multiprocessing.parent_process()
    assert parent is not None
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    _here = Evaluator(**needed), slots


def _end_with(parent: Any) -> None:
    """End with the parent, even if that is killed."""
    parent.join()
    os._exit(1)


def _compute_there(points: Points) -> list[Row]:
    assert _here is not None
    return _compute(*_here, points)


def _compute(evaluator: Evaluator, slots: Slots, points: Points) -> list[Row]:
    return [
        (index, *point, *_cells(evaluator.answer(tuple(zip(slots, point, strict=True))))) for index, point in points
    ]


def _cells(answer: RowAnswer) -> Row:
    return (answer.p, *answer.places, answer.engine, answer.error.replace("\n", "; "))
