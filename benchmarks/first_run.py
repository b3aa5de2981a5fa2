"""The cost of a first run and of a second, as ratios to what cannot be avoided.

    python benchmarks/first_run.py [--runs N]

- the whole first process, figures included, against a bare script that builds the same model and samples it;
- a second run with figures against `import numpy, matplotlib.pyplot`;
- a second run without figures against `import numpy, xarray`;
- a quick run without figures, which fits from scratch, against the same.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from pairs import time_pairs

SCENARIO = "scenarios/may.yaml"


def main() -> None:
    """Time the pairs and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="pairs to time; the first run takes a third as many")
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        store, out = Path(folder) / "store", Path(folder) / "out"
        command = ["-m", "forecast.run", SCENARIO, "--out", str(out)]

        def empty() -> dict[str, str]:
            for entry in store.glob("*"):
                entry.unlink()
            return {"FORECAST_STORE": str(store)}

        def kept() -> dict[str, str]:
            return {"FORECAST_STORE": str(store)}

        first = time_pairs(command, ["benchmarks/bare_pymc.py", SCENARIO], runs=max(1, runs // 3), prepare=empty)
        time_pairs(command, ["-c", "pass"], runs=1, prepare=kept, warm=False)  # fills the store
        figures = time_pairs(command, ["-c", "import numpy, matplotlib.pyplot"], runs=runs, prepare=kept)
        xarray = ["-c", "import numpy, xarray"]
        plain = time_pairs([*command, "--no-plots"], xarray, runs=runs, prepare=kept)
        quick = time_pairs([*command, "--quick", "--no-plots"], xarray, runs=runs, prepare=kept)
    print("| measure | median wall time | ratio (range) | bar | |")
    print("|---|---|---|---|---|")
    print(first.row("first run, figures included, against bare PyMC", 1.3))
    print(figures.row("second run with figures, against importing NumPy and pyplot", 3))
    print(plain.row("second run without figures, against importing NumPy and xarray", 0.5))
    print(quick.row("--quick without figures, against importing NumPy and xarray", 0.7))


if __name__ == "__main__":
    main()
