"""Sensitivity: which prior matters, and how far P rests on the priors as a whole and on the record.

Each quantity that a prior is about is fixed at either end of its 90% interval, one at a time, and the model refitted by
the quick engine with the same noise; of the ends of a stage, the count of one is moved to where its share has its 5%
and its 95% point.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from forecast.document import Source, load_question
from forecast.errors import FitError
from forecast.explore.design import AnySlot, find_settled_slot
from forecast.explore.evaluate import Evaluator
from forecast.explore.power_scaling import THRESHOLD, PowerScaling, scale_powers
from forecast.explore.several import EnsembleEvaluator, find_any_level
from forecast.explore.workers import need_number
from forecast.inference import Engine, Settings, check_engine
from forecast.model import span_medians
from forecast.report import count_columns, pad
from forecast.scenario import (
    LEAST_COUNT,
    AnyScenario,
    ConditionBelief,
    Ensemble,
    FamilySlot,
    PlanBelief,
    Scenario,
    StageBelief,
    look_up,
    name_ratios,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

DRAWS = 1000  # behind each answer: two answers per quantity, some eighty on the flagship, in a few seconds
TAILS = (0.05, 0.95)
TIMELINES = "timelines"


@dataclass(frozen=True)
class Swing:
    """A quantity that a prior is about, what it was moved to, and P there: None where the quick engine refuses."""

    key: str
    low: float
    high: float
    p_low: float | None
    p_high: float | None
    refused: str = ""

    @property
    def size(self) -> float:
        """How far apart the two P are; 0 where one is missing."""
        return 0.0 if self.p_low is None or self.p_high is None else abs(self.p_high - self.p_low)


@dataclass(frozen=True, repr=False)
class Sensitivity:
    """What matters for P.

    Attributes
    ----------
    p : float
        That of the forecast; the rows share fewer draws, and are put right by it.
    rows : tuple of Swing
        The largest first.
    scaling : PowerScaling or None
        None where something is supposed to be learned, which draws bear out unequally.
    """

    scenario: AnyScenario
    p: float
    rows: tuple[Swing, ...]
    scaling: PowerScaling | None

    def __repr__(self) -> str:
        return f"<Sensitivity of {self.scenario.name}: P {self.p:.3f}, {len(self.rows)} quantities>"

    def __str__(self) -> str:
        width = max(count_columns(swing.key) for swing in self.rows)
        lines = [f"P = {self.p:.3f}; with one quantity at a time known to be at either end of what its prior allows:"]
        lines += [f"  {_line(swing, width)}" for swing in self.rows]
        if self.scaling is not None:
            prior, likelihood = self.scaling.prior, self.scaling.likelihood
            lines += [f"power scaling: prior {prior:.3f}, likelihood {likelihood:.3f} (sensitive from {THRESHOLD})"]
            parts = sorted(self.scaling.by_parameter.items(), key=lambda item: -item[1])
            lines += ["  by prior: " + ", ".join(f"{name} {value:.3f}" for name, value in parts)]
            lines += [f"  {self.scaling.diagnosis}"]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "schema": 1,
            "scenario": self.scenario.name,
            "p": self.p,
            "rows": [asdict(swing) for swing in self.rows],
            "power_scaling": None if self.scaling is None else self.scaling.to_dict(),
        }

    def to_dataframe(self) -> pd.DataFrame:
        """Return a row for each quantity, with its key as index: low, high, P at either, why there is none."""
        import pandas as pd

        frame = pd.DataFrame([asdict(swing) for swing in self.rows]).set_index("key")
        return frame.astype(dict.fromkeys(("low", "high", "p_low", "p_high"), "float64"))

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw a tornado of the quantities that have a P at both ends."""
        from forecast.explore.figures import draw_sensitivity

        found = [row for row in self.rows if row.p_low is not None and row.p_high is not None]
        return draw_sensitivity(self.scenario, found, self.p, ax=ax)


def measure_sensitivity(
    scenario: Source | Ensemble,
    *,
    draws: int = DRAWS,
    seed: int = 1,
    engine: Engine = "nuts",
) -> Sensitivity:
    """Find what matters for P.

    Parameters
    ----------
    scenario : Scenario, path-like, str, file object or mapping
    draws : int
        How many draws each P of a swing is the mean of.
    engine : {"nuts", "quick"}
        Whose posterior the power scaling is computed on: NUTS, from the store where it lies there, or the quick engine.

    Raises
    ------
    FitError
        If a fit fails its gate.

    Examples
    --------
    >>> import forecast
    >>> found = forecast.measure_sensitivity("tests/questions/treaty.yaml", engine="quick")
    >>> found.rows[0].key
    'priors.stages.idle.stay'
    """
    check_engine(engine)
    Settings(draws=draws, seed=seed)  # refuses what makes no sense
    question, slots = settle_quantities(load_question(scenario))
    scaling = None
    evaluator: Any
    level = find_any_level(question, engine, seed)
    if isinstance(question, Ensemble):
        evaluator = EnsembleEvaluator(question, draws=draws, seed=seed, level=level)
    else:
        if question.evidence.says_nothing:
            scaling = scale_powers(question, settings=Settings(seed=seed), engine=engine)
        evaluator = Evaluator(question, draws=draws, seed=seed, level=level)
    p, swings = find_swings(question, slots, evaluator)
    return Sensitivity(question, p, tuple(swings), scaling)


def settle_quantities(question: Any) -> tuple[Any, list[AnySlot]]:
    """Return a question with every prior that has a quantity believed as it is in force, and where each quantity is."""
    slots = []
    for key in name_quantities(question) if isinstance(question, Scenario) else name_quantities_of_several(question):
        question, slot = find_settled_slot(question, key)
        slots.append(slot)
    return question, slots


def find_swings(question: Any, slots: list[AnySlot], evaluator: Any) -> tuple[float, list[Swing]]:
    """Return P of a question, and P with each quantity at either end, the largest swing first.

    Raises
    ------
    FitError
        If the quick engine has no answer to the question as it is.
    """
    base = need_number(evaluator.answer())
    if base.p is None:
        raise FitError(f"the quick engine cannot answer this scenario, so nothing can be compared: {base.error}")  # noqa: EM102
    swings = []
    for slot in slots:
        low, high = find_ends(question, slot)
        at_low, at_high = (need_number(evaluator.answer([(slot, value)])) for value in (low, high))
        refused = "; ".join(answer.error for answer in (at_low, at_high) if answer.error)
        swings.append(Swing(slot.key, low, high, at_low.p, at_high.p, refused))
    swings.sort(key=lambda swing: (-swing.size, swing.key))
    return base.p, swings


# --- one quantity at a time ----------------------------------------------------------------------------------------


def name_quantities(scenario: Scenario) -> Iterator[str]:
    """Name each quantity that a prior is about, by its key."""
    for key, prior in scenario.priors.items():
        name, belief = ".".join(map(str, key)), prior.belief
        if isinstance(belief, StageBelief):
            yield f"{name}.stay.median" if belief.stay.is_single else f"{name}.stay"
            for part in ("shape", "never"):
                found = getattr(belief, part)
                yield from () if found is None or found.lo == found.hi else (f"{name}.{part}",)
            if len(belief.ends) > 1:
                yield from (f"{name}.ends.{end}" for end in belief.ends)
        elif isinstance(belief, PlanBelief):
            yield from (f"{name}.kept", f"{name}.meanwhile", *([f"{name}.late"] if belief.late else []))
        elif isinstance(belief, ConditionBelief):
            yield from () if belief.is_for_good else (f"{name}.lasts",)
            yield from (f"{name}.returns",) if belief.may_return else ()
        else:
            yield name


def name_quantities_of_several(ensemble: Ensemble) -> Iterator[str]:
    """Name each quantity of a family that is not known, and how much its units and years differ, by its key."""
    for family in ensemble.families:
        unit = next(iter(family.timelines.values()))
        yield from (f"{TIMELINES}.{family.name}.{key}" for key in name_quantities(unit))
    yield from name_ratios(ensemble)


def find_ends(scenario: AnyScenario, slot: AnySlot) -> tuple[float, float]:
    """Return the values of a quantity at the ends of what its prior allows.

    A count n among others that sum to m stands for a share of Beta(n, m); its ends are the counts whose share
    among the others is the 5% and the 95% point of that.
    """
    if isinstance(scenario, Ensemble):
        assert isinstance(slot, FamilySlot)
        if slot.slot is None:
            ratio = slot.look_up(scenario)
            return ratio.lo, ratio.hi
        return find_ends(next(iter(scenario.family(slot.family).timelines.values())), slot.slot)
    found = look_up(scenario, slot.path)
    if slot.way == "fixed":
        return found.lo, found.hi
    if slot.way == "median":  # of single stays: what their median would be if the factor on their hazard were known
        return span_medians(found)
    from scipy.special import betaincinv

    rest = sum(look_up(scenario, slot.path[:-1]).values()) - found
    low, high = (max(LEAST_COUNT, rest * share / (1 - share)) for share in betaincinv(found, rest, TAILS).tolist())
    return low, high


def _line(swing: Swing, width: int) -> str:
    def spell(p: float | None) -> str:
        return "  -  " if p is None else f"{p:.3f}"

    ends = f"{pad(swing.key, width)}  {swing.low:10.4g} {spell(swing.p_low)}  {swing.high:10.4g} {spell(swing.p_high)}"
    return ends + (f"  refused: {swing.refused}" if swing.refused else "")
