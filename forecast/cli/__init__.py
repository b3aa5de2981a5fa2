"""The command: a module for each verb.

Receives arguments. Hands on text on the screen, files and exit codes.
Knows no mathematics.
"""

import os

# Before NumPy is loaded: the matrices here are small, and idle threads that spin cost a run a third of its time.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
