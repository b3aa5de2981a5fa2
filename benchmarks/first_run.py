"""The cost of a first run and of a second, whole processes, as ratios to what cannot be avoided.

    python benchmarks/first_run.py [--runs N]

- the first run, figures included, against a bare script that builds the same model and samples it;
- a stored run with figures against importing NumPy and pyplot;
- a stored run without figures against importing NumPy and xarray;
- a quick run without figures, which fits from scratch, against the same.

The first run takes a third as many pairs.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from pairs import HEADER, SCENARIO, read_runs, time_pairs, time_process

XARRAY = ["-c", "import numpy, xarray"]
PYPLOT = ["-c", "import numpy, matplotlib.pyplot"]


def main() -> None:
    """Time the pairs and print the table."""
    runs = read_runs(__doc__, 5)
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "store"
        command = ["-m", "forecast.run", SCENARIO, "--out", str(Path(folder) / "out")]

        def kept() -> dict[str, str]:
            return {"FORECAST_STORE": str(store)}

        def empty() -> dict[str, str]:
            for entry in store.glob("*"):
                entry.unlink()
            return kept()

        bare = ["benchmarks/bare_pymc.py", SCENARIO]
        first = time_pairs(command, bare, runs=max(1, runs // 3), prepare=empty)
        time_process(command, kept())  # fills the store
        figures = time_pairs(command, PYPLOT, runs=runs, prepare=kept)
        plain = time_pairs([*command, "--no-plots"], XARRAY, runs=runs, prepare=kept)
        quick = time_pairs([*command, "--quick", "--no-plots"], XARRAY, runs=runs, prepare=kept)
    print(HEADER)
    print(first.row("first run, figures included, against bare PyMC", at_most=1.3))
    print(figures.row("stored run with six figures, against importing NumPy and pyplot", at_most=4))
    print(plain.row("stored run without figures, against importing NumPy and xarray", at_most=1.3))
    print(quick.row("--quick without figures, against importing NumPy and xarray", at_most=1.3))


if __name__ == "__main__":
    main()
