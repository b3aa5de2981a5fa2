"""How a command begins: import it before anything else.

The library leaves these choices to whoever imports it.
"""

import gc
import os

# The matrices here are small, and idle threads that spin cost a run a third of its time.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Modules and facts are made once and stay; looking through them for garbage again and again costs a run a twentieth.
gc.set_threshold(100_000, *gc.get_threshold()[1:])
