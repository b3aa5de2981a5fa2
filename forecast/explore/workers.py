"""Rows of a sweep by any executor: in order, and no more of them in work at a time than keep all of its workers busy.

Receives points by the batch, hands on rows by the batch. What a worker needs comes with each batch, as bytes that it
unpacks once, so that threads, processes and machines elsewhere all do. `start_processes` gives the processes that the
command works with: each on one thread, and ending with the one that it works for, however that ends.
"""

from __future__ import annotations

import contextlib
import math
import multiprocessing
import multiprocessing.context
import os
import pickle
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from dataclasses import replace
from typing import Any

from forecast.errors import ForecastError
from forecast.explore.design import AnySlot, Point
from forecast.explore.evaluate import Evaluator, RowAnswer
from forecast.explore.rows import Row
from forecast.explore.several import EnsembleEvaluator
from forecast.scenario import Ensemble

Slots = tuple[AnySlot, ...]
AnyEvaluator = Any  # an Evaluator, or an EnsembleEvaluator
Points = list[tuple[int, Point]]  # each with its number

IN_WORK = 256  # batches: more than an executor has workers, and a few megabytes
SURROUNDINGS = {  # of a process that computes
    "OPENBLAS_NUM_THREADS": "1",  # the matrices are small, and idle threads spin
    "PYTHONWARNINGS": "ignore:resource_tracker",  # which cleans up after a stop, and need not say so
    "MALLOC_MMAP_THRESHOLD_": "67108864",  # glibc keeps what a row frees for the next; fetching it anew
    "MALLOC_TRIM_THRESHOLD_": "268435456",  # from the system would take a third of the time
}


def compute_rows(
    needed: Mapping[str, Any], slots: Slots, batches: Iterable[Points], *, executor: Executor | None = None
) -> Generator[list[Row]]:
    """Yield the rows of each batch of points.

    Parameters
    ----------
    needed : dict
        What an `Evaluator` is made of.
    slots : tuple of Slot
        What the values of a point are put into.
    executor : Executor, optional
        Who computes; without it, this thread.

    Raises
    ------
    ForecastError
        If a worker dies.
    """
    if executor is None:
        evaluator = _make_evaluator(needed)
        yield from (_compute(evaluator, slots, points) for points in batches)
        return
    packed = pickle.dumps((dict(needed), slots))
    kept = "; the rows so far are kept"
    yield from submit_in_order(_compute_there, packed, batches, executor, of="the sweep", kept=kept)


def submit_in_order[Batch, Answer](
    compute: Callable[[bytes, Batch], Answer],
    packed: bytes,
    batches: Iterable[Batch],
    executor: Executor,
    *,
    of: str,
    kept: str = "",
) -> Generator[Answer]:
    """Yield what is computed of each batch, in order; `packed` is what a worker needs besides.

    Raises
    ------
    ForecastError
        If a worker dies; the message says of what work, and what is not lost.
    """
    waiting: deque[Future[Answer]] = deque()
    try:
        for batch in batches:
            waiting.append(executor.submit(compute, packed, batch))
            if len(waiting) > IN_WORK:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenExecutor as error:
        message = f"a process of {of} died, for want of memory perhaps{kept}. Try --jobs 1"
        raise ForecastError(message) from error
    finally:
        for future in waiting:
            future.cancel()


@contextlib.contextmanager
def start_processes(jobs: int) -> Iterator[Executor | None]:
    """Give an executor of so many processes, which start as they are needed; None for one, which is this one.

    A script of your own must guard its start by ``__name__ == "__main__"``.
    """
    if jobs == 1:
        yield None
        return
    for name, value in SURROUNDINGS.items():
        os.environ.setdefault(name, value)
    executor = ProcessPoolExecutor(jobs, mp_context=_Context(), initializer=_begin)
    try:
        yield executor
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


class _Process(multiprocessing.context.SpawnProcess):
    """A process that Ctrl-C does not reach, from its very start: the parent tells when to stop."""

    def start(self) -> None:
        """Start, with the signal held back, which the process inherits."""
        if not hasattr(signal, "pthread_sigmask"):  # Windows
            super().start()
            return
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            super().start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Context(multiprocessing.context.SpawnContext):
    """Processes that begin afresh: a fork would copy locks that other threads hold."""

    Process = _Process


def need_number(answer: RowAnswer) -> RowAnswer:
    """Return an answer as it is or, where any of its numbers is none, one that says so and has no numbers."""
    if all(value is None or math.isfinite(value) for value in (answer.p, *answer.places, answer.mcse)):
        return answer
    error = answer.error or "P is not a number: no draw has any weight"
    return replace(answer, p=None, places=(None,) * len(answer.places), error=error, mcse=None)


# --- where rows are computed ---------------------------------------------------------------------------------------


class _Unpacked(threading.local):
    """What a thread computes rows with, and of what it was unpacked."""

    packed = b""
    work: tuple[AnyEvaluator, Slots]


_here = _Unpacked()


def _begin() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent tells when to stop
    parent = multiprocessing.parent_process()
    assert parent is not None
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: Any) -> None:
    """End with the parent, even if that is killed."""
    parent.join()
    os._exit(1)


def _compute_there(packed: bytes, points: Points) -> list[Row]:
    if _here.packed != packed:
        needed, slots = pickle.loads(packed)
        _here.work, _here.packed = (_make_evaluator(needed), slots), packed
    return _compute(*_here.work, points)


def _make_evaluator(needed: Mapping[str, Any]) -> AnyEvaluator:
    return EnsembleEvaluator(**needed) if isinstance(needed["scenario"], Ensemble) else Evaluator(**needed)


def _compute(evaluator: AnyEvaluator, slots: Slots, points: Points) -> list[Row]:
    return [
        (index, *point, *_cells(evaluator.answer(tuple(zip(slots, point, strict=True))))) for index, point in points
    ]


def _cells(answer: RowAnswer) -> Row:
    answer = need_number(answer)
    return (answer.p, *answer.places, answer.mcse, answer.engine, answer.error.replace("\n", "; "))
