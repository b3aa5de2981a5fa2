"""Statements run in a process of their own, and which libraries they load there."""

from __future__ import annotations

import subprocess
import sys

PREDICTIVE = {"pymc", "pytensor", "nutpie", "numba", "arviz", "arviz_base", "arviz_plots", "arviz_stats"}
LABELLED = {"xarray", "pandas", "h5netcdf", "h5py"}
WATCHED = {"numpy", "numpy.ma", "scipy", "yaml", "matplotlib", "matplotlib.pyplot", *PREDICTIVE, *LABELLED}
LISTING = "import sys; {act}; print(*sorted(set({watched}) & set(sys.modules)), file=sys.stderr)"


def run_and_list(act, *arguments):
    """Run a statement; return what it prints, what it says on stderr, and the watched libraries that it has loaded."""
    code = LISTING.format(act=act, watched=sorted(WATCHED))
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    *said, loaded = done.stderr.splitlines()
    return done.stdout, said, set(loaded.split())
