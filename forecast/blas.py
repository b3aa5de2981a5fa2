"""One thread for BLAS, if nobody said otherwise: import it before NumPy.

The matrices here are small, and idle threads that spin cost a run a third of its time. Commands import this first; the
library leaves the choice to whoever imports it.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
