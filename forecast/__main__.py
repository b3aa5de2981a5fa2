"""The command `forecast`, and `python -m forecast VERB ...`, the same."""

import sys

from forecast.cli.stop import until_stopped


@until_stopped
def main() -> int:
    """Act on the command line."""
    from forecast.cli.main import main as act  # what takes a moment to load can be stopped by then

    return act()


if __name__ == "__main__":
    sys.exit(main())
