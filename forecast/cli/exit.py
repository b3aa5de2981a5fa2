"""How a command ends: with an exit code and a message, never a traceback for what a user did."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable

from forecast.cli.progress import spell_lines, tell, tell_on_stderr
from forecast.cli.stop import last_line
from forecast.errors import ForecastError, InputError, OutputError
from forecast.files import render_json

REMEDY = "install eventcourse with all that it depends on (pip without --no-deps), or try --quick, which needs less"


def end_with_exit_code(command: Callable[[], None], log_level: str = "info", *, as_json: bool = False) -> int:
    """Run a command; turn what it raises on purpose into a message on stderr and an exit code.

    With `as_json`, problems of the input go to stdout too, as JSON, for a program that can mend them.
    """
    for name in ("stdout", "stderr"):  # one that was closed before we began takes nothing, and nothing fails
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - until the process ends
    os.environ.pop("MPLBACKEND", None)  # no figure is shown on a screen; one that Matplotlib does not know would end us
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal that cannot show a letter gets its code instead
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        with tell_on_stderr(log_level):
            command()
        sys.stdout.flush()
    except ForecastError as error:
        tell(f"{error}")
        if as_json and isinstance(error, InputError):
            say(render_json({"schema": 1, "problems": [problem.to_dict() for problem in error.problems]}).rstrip("\n"))
        return error.exit_code
    except ModuleNotFoundError as error:
        if (missing := (error.name or "forecast").partition(".")[0]) == "forecast":
            raise
        tell(f"{missing} is not installed, and this needs it; {REMEDY}")
        return InputError.exit_code
    except BrokenPipeError:  # the reader of our output has gone
        sys.stderr.close()
        return 0
    except OSError as error:
        if error.filename is not None:
            raise
        tell(f"cannot print the answer: {error.strerror} (what goes into files is written)")
        _let_go_of_output()
        return OutputError.exit_code
    except KeyboardInterrupt:  # where nobody has asked for `end_on_signals`
        tell(last_line())
        return 130
    return 0


def say(text: str) -> None:
    """Print a text of lines; what a terminal would act on, as on an escape sequence, is shown as what it is."""
    print(spell_lines(text), flush=True)


def _let_go_of_output() -> None:
    """Send what is left to be printed nowhere, or Python tries again when it ends, and complains."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
