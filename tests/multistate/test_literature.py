"""Panel data from the literature: likelihoods that others have published, by the curves of this kernel.

Jackson (2011, doi:10.18637/jss.v038.i08) is the R package msm; Kalbfleisch & Lawless (1985,
doi:10.1080/01621459.1985.10478195) is the method.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import OptimizeResult, minimize

import forecast
from forecast.model.hazards import end_shares
from forecast.multistate import Array, Rates, forecast_curves


def occupancies(step: Array, event: Array, longest: int) -> Array:
    """Return P(t) without the event, a day at a time from day 0: (stage at first, days, stage)."""
    stages = len(event)
    ones = np.ones((1, 1, 1))
    rates = Rates(
        step=step[..., None],
        event=event[:, None],
        stage_factor=np.ones((1, stages, 1)),
        weight=ones,
        meanwhile=ones[0],
        plan=0 * ones,
        sigma=np.zeros(1),
    )
    nothing, days = (np.zeros(1), np.zeros(1)), np.array([longest])
    after = [forecast_curves(rates, days, start, nothing).occupancy[..., 0] for start in range(stages)]
    return np.concatenate([np.eye(stages)[:, None], after], axis=1)


def fit_rates(loss: Callable[[Array], float], guess: Sequence[float]) -> OptimizeResult:
    """Find the rates of least loss, on the scale of their logarithms."""
    options = {"finite_diff_rel_step": 1e-4, "gtol": 1e-4}
    fit = minimize(lambda log: loss(np.exp(log)), np.log(guess), method="BFGS", jac="3-point", options=options)
    assert fit.success, fit.message
    return fit


# --- heart transplants: four states, of which the last is death on a day that is known -----------------------------

YEAR = 365
STEPS = [(0, 1), (1, 0), (1, 2), (2, 1)]  # between states 1, 2 and 3; each of them may end in death, state 4
PUBLISHED = {"-2 log L": 3968.797893, "P": 0.5052207}  # where msm's optimiser stops unless it is told otherwise
# From msm 1.7 itself: the rates a year where it stops so, and the optimum with reltol = 1e-14.
STOPPED = [0.12787032945025, 0.22511912698742, 0.34261129367510, 0.13062234799785]
STOPPED_DEATHS = [0.042500424178899, 0.040210228982128, 0.306475123199711]
OPTIMUM = {"-2 log L": 3968.797881, "P": 0.505199}


class HeartTransplants:
    """The panel of 622 patients and its likelihood."""

    def __init__(self) -> None:
        """Read how often each step was seen: from, to, days between, count."""
        rows = np.loadtxt(Path(__file__).parent / "cav.csv", delimiter=",", skiprows=2, dtype=int)
        self.before, self.after, self.days, self.count = (rows - [1, 1, 0, 0]).T
        assert self.count.sum() == 2846 - 622

    def states(self, rates: Sequence[float], longest: int) -> tuple[Array, Array]:
        """Return P(t) among the living, and the rates of death, a year; `rates` are those of STEPS and of death."""
        step = np.zeros((3, 3))
        step[tuple(zip(*STEPS, strict=True))] = rates[:4]
        deaths = np.asarray(rates[4:])
        return occupancies(step / YEAR, deaths / YEAR, longest), deaths

    def deviance(self, rates: Sequence[float]) -> float:
        """Return -2 log L: a living patient is seen in a state; of a death the day is known, and not from where."""
        alive, deaths = self.states(rates, self.days.max())
        density = alive @ deaths  # (state at first, days)
        chance = np.concatenate([alive, density[..., None]], axis=2)[self.before, self.days, self.after]
        return float(-2 * self.count @ np.log(chance))

    def dead(self, rates: Sequence[float], years: int) -> float:
        """Return the chance that somebody in state 1 is dead after so many years."""
        alive, _ = self.states(rates, years * YEAR)
        return float(1 - alive[0, -1].sum())


def test_heart_transplants_have_the_published_likelihood():
    """At msm's own estimates, all of the published digits."""
    panel, rates = HeartTransplants(), STOPPED + STOPPED_DEATHS
    assert panel.deviance(rates) == pytest.approx(PUBLISHED["-2 log L"], abs=5e-7)
    assert panel.dead(rates, 10) == pytest.approx(PUBLISHED["P"], abs=5e-8)


@pytest.mark.slow
def test_heart_transplants_are_fitted_to_the_published_optimum():
    """From the manual's first guess. The likelihood is so flat that msm stops 2e-5 of P away from its top."""
    panel, guess = HeartTransplants(), [0.25, 0.166, 0.166, 0.25, 0.25, 0.166, 0.25]
    fit = fit_rates(panel.deviance, guess)
    assert fit.fun == pytest.approx(OPTIMUM["-2 log L"], abs=1e-6)
    assert OPTIMUM["-2 log L"] < PUBLISHED["-2 log L"] < fit.fun + 2e-5
    assert panel.dead(np.exp(fit.x), 10) == pytest.approx(OPTIMUM["P"], abs=1e-5)
    assert panel.dead(np.exp(fit.x), 10) == pytest.approx(PUBLISHED["P"], abs=5e-5)


FOLLOWED, PATIENTS = 15 * YEAR, 200


def follow_patients(rng: np.random.Generator) -> dict[str, list[tuple[int, str]]]:
    """Simulate patients from the published intensities, each step seen on its day, for 15 years: day and state."""
    rates = np.zeros((3, 4))
    rates[tuple(zip(*STEPS, strict=True))] = STOPPED[:4]
    rates[:, 3] = STOPPED_DEATHS
    found: dict[str, list[tuple[int, str]]] = {}
    while len(found) < PATIENTS:
        state, at, steps = 0, 0.0, []
        while state < 3 and (at := at + rng.exponential(YEAR / rates[state].sum())) < FOLLOWED - 1:
            state = int(rng.choice(4, p=rates[state] / rates[state].sum()))
            steps.append((math.floor(at) + 1, ["well", "mild", "severe", "died"][state]))
        if len({day for day, _ in steps}) == len(steps):  # two steps on one day have an order that nobody sees
            found[f"p{len(found)}"] = steps
    return found


@pytest.mark.slow
def test_a_family_of_patients_has_the_published_intensities():
    """200 patients simulated from msm's estimates: each of the seven lies in its interval, and all of them together.

    The panel itself cannot be asked: it has the state on the day of a visit, and not when it was entered.
    """
    start = datetime.date(2000, 1, 1)

    def said(unit: str, day: int, state: str) -> dict[str, str]:
        date = (start + datetime.timedelta(days=day)).isoformat()
        step = {"day": date, "event": state} if state == "died" else {"from": date, "stage": state}
        return {"unit": unit, **step, "because": "It was seen (a ward)"}

    def stay(**ends: int) -> dict[str, object]:
        return {"stay": {"mean": [100, 20000]}, "ends": ends, "because": "Vague (a view)", "reason": "vague"}

    patients = follow_patients(np.random.default_rng(7))
    family = {
        "units": list(patients),
        "once": True,
        "stages": ["well", "mild", "severe"],
        "places": ["died"],
        "timeline": [said(unit, day, state) for unit, steps in patients.items() for day, state in steps],
        "priors": {
            "stages": {
                "well": stay(mild=1, event=1),
                "mild": stay(well=1, severe=1, event=1),
                "severe": stay(mild=1, event=1),
            },
            "seriousness": {"factor": [1, 1], "because": "None here (a view)", "reason": "All are alike."},
        },
    }
    today = (start + datetime.timedelta(days=FOLLOWED)).isoformat()
    question = {
        "title": "Somebody dies",
        "as_of": today,
        "history_from": start.isoformat(),
        "window": {"days": 10},
        "timelines": {"ward": family},
        "question": {"event": {"at_least": 1, "of": "ward"}},
    }
    result = forecast.run_scenario(question, engine="quick")
    posterior = result.posteriors["ward"]
    structure, draws = posterior.timeline.structure, posterior.draws
    rates = YEAR * end_shares(draws, structure) * np.exp(-draws["log_stay"])[[i for i, _ in structure.transitions]]
    published = dict(zip([*STEPS, (0, -1), (1, -1), (2, -1)], STOPPED + STOPPED_DEATHS, strict=True))
    right = np.array([published[step] for step in structure.transitions])
    lo, hi = np.quantile(rates, [0.01, 0.99], axis=1)
    assert ((lo < right) & (right < hi)).all()
    assert (hi / lo < 4).all()  # an interval that holds anything would say nothing
    apart = (np.log(right) - np.log(rates).mean(axis=1)) / np.log(rates).std(axis=1)
    assert (apart**2).sum() < 18.5  # 0.99 of chi-squared with seven degrees


# --- two states, in which everything has a closed form -------------------------------------------------------------

OUT, BACK = 0.03, 0.05  # rates a day out of state 0 and back to it
MIXED = np.array([[0, 0, 1, 9], [0, 0, 7, 4], [0, 1, 7, 6], [0, 1, 31, 5], [1, 0, 2, 2], [1, 0, 31, 8], [1, 1, 7, 3]])
WEEKLY = np.array([[0, 0, 7, 41], [0, 1, 7, 9], [1, 0, 7, 12], [1, 1, 7, 18]])  # from, to, days between, count


def two_states_by_hand(out: float, back: float, days: Array) -> Array:
    """Return P(t) as it stands in textbooks: (from, days, to)."""
    gone = -np.expm1(-(out + back) * days) / (out + back)
    return np.array([np.stack([1 - out * gone, out * gone], axis=1), np.stack([back * gone, 1 - back * gone], axis=1)])


def two_states(out: float, back: float, longest: int) -> Array:
    return occupancies(np.array([[0, out], [back, 0]]), np.zeros(2), longest)


def log_likelihood(panel: Array, chances: Array) -> float:
    before, after, days, count = panel.T
    return float(count @ np.log(chances[before, days, after]))


def test_two_states_have_the_textbook_chances_and_likelihood():
    found, exact = two_states(OUT, BACK, 31), two_states_by_hand(OUT, BACK, np.arange(32))
    np.testing.assert_allclose(found, exact, rtol=0, atol=1e-12)
    by_hand = sum(
        count * np.log((BACK if before else OUT) * (1 - np.exp(-0.08 * days)) / 0.08)
        if before != after
        else count * np.log(1 - (BACK if before else OUT) * (1 - np.exp(-0.08 * days)) / 0.08)
        for before, after, days, count in MIXED
    )
    assert log_likelihood(MIXED, found) == pytest.approx(by_hand, rel=1e-12)


def test_a_panel_of_equal_intervals_is_fitted_by_the_logarithm_of_its_shares():
    """P(7 days) is what was seen, p01 = 9/50, p10 = 12/30: exp(-7 (a + b)) = 1 - p01 - p10, and a : b = p01 : p10."""
    p01, p10 = 9 / 50, 12 / 30
    both = -np.log(1 - p01 - p10) / 7
    exact = both * np.array([p01, p10]) / (p01 + p10)
    fit = fit_rates(lambda rates: -log_likelihood(WEEKLY, two_states(*rates, 7)), [0.1, 0.1])
    np.testing.assert_allclose(np.exp(fit.x), exact, rtol=1e-5)
    most = 41 * np.log(1 - p01) + 9 * np.log(p01) + 12 * np.log(p10) + 18 * np.log(1 - p10)
    assert -fit.fun == pytest.approx(most, abs=1e-9)


def test_a_mixed_panel_is_fitted_as_by_hand():
    fits = [
        fit_rates(lambda rates, chances=chances: -log_likelihood(MIXED, chances(*rates)), [0.1, 0.1])
        for chances in (
            lambda out, back: two_states(out, back, 31),
            lambda out, back: two_states_by_hand(out, back, np.arange(32)),
        )
    ]
    np.testing.assert_allclose(fits[0].x, fits[1].x, atol=1e-5)
