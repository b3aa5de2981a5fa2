"""`python -m forecast VERB ...`, the same as the command `forecast`."""

import sys

from forecast.cli.main import main

sys.exit(main())
