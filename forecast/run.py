"""`python -m forecast.run SCENARIO.yaml`, the same as `forecast run`: a fixed address."""

import sys

from forecast.cli.run import main

if __name__ == "__main__":
    sys.exit(main())
