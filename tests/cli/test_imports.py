"""What each verb may load: what a run does not need, it does not import.

`import-linter` reads the code and sees lazy imports too, so it cannot tell when one happens. This does: each verb runs
in a process of its own, which ends by listing those of the watched libraries that it has loaded.
"""

from __future__ import annotations

import pytest
from processes import LABELLED, PREDICTIVE, WATCHED, run_and_list

COMMAND = "from forecast.cli.main import main; code = main(sys.argv[1:]); assert code == 0, code"

# The posterior lies in the store. PyMC and its kind are for a fit alone, xarray for a fit and for `result.posterior`;
# pandas and pyplot are for nobody. SciPy gives the tables of counts, h5py reads the store, h5netcdf adds predictions.
SCIENTIFIC = {"numpy", "numpy.ma", "scipy"}
MAY_LOAD = {
    "import": ("import forecast", (), set()),
    "load": ("import forecast; forecast.load_scenario('scenarios/may.yaml')", (), {"yaml"}),
    "example": (COMMAND, ("example",), set()),
    "schema": (COMMAND, ("schema",), {"yaml"}),
    "facts": (COMMAND, ("facts", "scenarios/may.yaml"), {"yaml"}),
    "priors": (COMMAND, ("priors", "scenarios/may.yaml"), {"yaml", "h5py", *SCIENTIFIC}),
    "run": (
        COMMAND,
        ("run", "scenarios/may.yaml", "--no-plots", "--out", "OUT"),
        {"yaml", "h5py", "h5netcdf", *SCIENTIFIC},
    ),
    "compare": (
        COMMAND,
        ("compare", "scenarios/may.yaml", "scenarios/may-readings.yaml", "--out", "OUT"),
        {"yaml", "h5py", "matplotlib", *SCIENTIFIC},
    ),
    "run with figures": (
        COMMAND,
        ("run", "scenarios/may.yaml", "--out", "OUT"),
        {"yaml", "h5py", "h5netcdf", "matplotlib", *SCIENTIFIC},
    ),
}


@pytest.mark.parametrize(("act", "arguments", "libraries"), MAY_LOAD.values(), ids=MAY_LOAD)
def test_a_verb_loads_what_it_needs_and_no_more(act, arguments, libraries, may, tmp_path):
    folder = tmp_path / "out"
    printed, said, loaded = run_and_list(act, *(str(folder) if name == "OUT" else name for name in arguments))
    assert loaded <= libraries
    assert bool(printed) == bool(arguments)  # a verb has done its work
    if "run" in arguments:
        assert said[0].endswith("from the store")
        assert may.fit.fingerprint in (folder / "forecast.json").read_text()
        assert (folder / "timeline.png").exists() == ("--no-plots" not in arguments)


@pytest.mark.slow
@pytest.mark.usefixtures("may")
def test_draws_with_labels_need_xarray_when_they_are_asked_for():
    """xarray reads `result.posterior`, and nothing before that has loaded it."""
    act = "import forecast; result = forecast.run_scenario(forecast.load_scenario('scenarios/may.yaml'))"
    _, _, before = run_and_list(act)
    _, _, after = run_and_list(f"{act}; result.posterior")
    assert before == {"yaml", "h5py", "numpy"}
    assert {"xarray", "h5netcdf"} <= after
    assert not {"pymc", "pytensor", "nutpie"} & after


@pytest.mark.slow
def test_what_is_watched_is_seen():
    """Without this, a misspelt name in the list would never be found."""
    imports = ", ".join(sorted(WATCHED))
    _, _, loaded = run_and_list(f"import {imports}")
    assert loaded == WATCHED


# As where they are not installed: `import` then finds none.
HIDDEN = f"import sys; sys.modules.update(dict.fromkeys({sorted((PREDICTIVE | LABELLED) - {'h5py', 'h5netcdf'})}))"
ENDING = "from forecast.cli.main import main; code = main(sys.argv[1:]); print(code)"


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ("check", "FILE"),
        ("run", "FILE", "--quick", "--out", "OUT"),
        ("compare", "FILE", "--quick", "--out", "OUT"),
        ("priors", "FILE"),
    ],
    ids=lambda words: words[0],
)
def test_without_pymc_all_that_needs_no_sampler_works(words, tmp_path):
    """The README says so."""
    there = {"FILE": "tests/questions/treaty.yaml", "OUT": str(tmp_path)}
    printed, _, loaded = run_and_list(f"{HIDDEN}; {ENDING}", *(there.get(word, word) for word in words))
    assert printed.splitlines()[-1] == "0"
    assert loaded >= PREDICTIVE  # they were hidden when it ran


@pytest.mark.parametrize(
    ("words", "missing"),
    [
        (("run", "FILE", "--no-plots", "--fresh", "--out", "OUT"), "pymc"),
        (("sensitivity", "FILE", "--quick"), "arviz_stats"),
    ],
    ids=["run", "sensitivity"],
)
def test_without_pymc_it_is_said_what_is_missing(words, missing, tmp_path):
    there = {"FILE": "tests/questions/treaty.yaml", "OUT": str(tmp_path)}
    printed, said, _ = run_and_list(f"{HIDDEN}; {ENDING}", *(there.get(word, word) for word in words))
    assert printed.splitlines()[-1] == "2"
    assert said[-1].startswith(f"{missing} is not installed, and this needs it; install eventcourse with all")
    assert not (tmp_path / "forecast.json").exists()
