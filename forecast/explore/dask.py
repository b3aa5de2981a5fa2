"""The workers of a Dask cluster as an executor. Dask is no dependency: it is imported when it is asked for."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import Executor

from forecast.errors import ForecastError, InputError, Problem

PATIENCE = 10.0  # seconds for a scheduler to answer


@contextlib.contextmanager
def connect_dask(address: str, *, patience: float = PATIENCE) -> Iterator[Executor]:
    """Give the workers of a cluster as an executor.

    What a worker that dies had in work, Dask gives to another one.

    Parameters
    ----------
    address : str
        Of the scheduler, such as ``tcp://10.0.0.5:8786``.
    patience : float
        Seconds for it to answer.

    Raises
    ------
    InputError
        If Dask is not installed, or no scheduler answers.
    ForecastError
        If the cluster is lost, or workers die again and again.
    """
    try:
        import distributed
    except ImportError:
        message = "Dask needs the package distributed, which is not installed; install it (pip install distributed)"
        raise InputError([Problem(("--dask",), f"{message}, or use --jobs")]) from None
    try:
        client = distributed.Client(address, timeout=patience, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        message = f"no Dask scheduler answers at {address} within {patience:g} seconds ({error})"
        remedy = "Give the address that `dask scheduler` prints, such as tcp://10.0.0.5:8786"
        raise InputError([Problem(("--dask",), f"{message}. {remedy}")]) from None
    lost = distributed.KilledWorker, distributed.client.FutureCancelledError, distributed.comm.core.CommClosedError
    with client:
        try:
            yield client.get_executor()
        except lost as error:
            message = f"the Dask cluster at {address} did not finish ({error}); what was written is kept"
            raise ForecastError(message) from error
