"""Ctrl-C and its like: the command ends at once and leaves nothing half written, whatever library is at work.

An exception would not do: compilers and samplers that call back into Python swallow it. This module loads nothing that
Python has not loaded already, because a command that is still importing must stop as well.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` takes five milliseconds, in which Ctrl-C is a traceback
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_said: list[str] = []  # the last is in force


def until_stopped(act: Callable[[], int]) -> Callable[[], int]:
    """Return what acts until a signal ends it; once it has ended well, Ctrl-C no longer disturbs Python's own end."""

    def act_until_stopped() -> int:
        end_on_signals()
        try:
            return act()
        finally:
            _signal.signal(_signal.SIGINT, _signal.SIG_IGN)

    return act_until_stopped


def end_on_signals() -> None:
    """End with one line and the code 128 + signal, 130 for Ctrl-C; a signal that is ignored, by nohup say, stays so."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(_signal, name, None)  # Windows has no SIGHUP
        if number is not None and _signal.getsignal(number) != _signal.SIG_IGN:
            _signal.signal(number, _end)


def say_when_stopped(line: str) -> None:
    """Say this from now on where the command is stopped."""
    _said.append(line)


def last_line() -> str:
    """Return what is said where the command is stopped."""
    if _said:
        return _said[-1]
    return "stopped; what was written is whole" if _ask_files("has_written") else "stopped; nothing was written"


def _ask_files(name: str, *arguments: Any) -> Any:
    """Call a function of `forecast.files` if that is loaded, all of it."""
    act = getattr(sys.modules.get("forecast.files"), name, None)
    return act(*arguments) if act else None


def _end(number: int, _: Any) -> None:
    def leave() -> None:
        try:
            os.write(2, f"{last_line()}\n".encode())
        finally:  # also where stderr is closed
            os._exit(128 + number)

    if not _ask_files("end_writing", leave):
        leave()
