"""`python -m forecast.run SCENARIO.yaml`, the same as `forecast run`: a fixed address."""

from __future__ import annotations

import sys

from forecast.cli.stop import until_stopped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and run."""
    from forecast.cli.run import main as run  # what takes a moment to load can be stopped by then

    return run(arguments)


if __name__ == "__main__":
    sys.exit(until_stopped(main)())
