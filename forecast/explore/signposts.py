"""What to watch: each step that could become public soon, P if it comes and if it does not, and what that is worth.

Receives a scenario, hands on `Signposts`. All is exact for each draw: one walk through the days ahead for each step, on
which it does not come. What is left of the walk without that is the part on which it does. Chances are summed over
draws, with the answer and without, before they are divided; so what P is expected to be is P.
"""

from __future__ import annotations

import datetime
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from forecast.answer import draw_posterior, refuse_posterior
from forecast.document import Source, load_question
from forecast.errors import InputError, Problem
from forecast.explore.watching import Signpost, Watcher, refuse_given, silence_until
from forecast.explore.watching_several import watch_several
from forecast.inference import Engine, Posterior, Settings, check_engine, check_posterior, read_settings
from forecast.model import build_priors, build_timeline
from forecast.report import render_signposts
from forecast.scenario import AnyScenario, Ensemble, Scenario, refuse_reports, refuse_settled

if TYPE_CHECKING:
    import pandas as pd

DAYS = 30


@dataclass(frozen=True, repr=False)
class Signposts:
    """What to watch until a day.

    Attributes
    ----------
    p : float
        P of a yes today.
    until : datetime.date
        The last day on which a step is waited for.
    rows : tuple of Signpost
        The most informative first.
    """

    scenario: AnyScenario
    p: float
    until: datetime.date
    engine: str
    rows: tuple[Signpost, ...]

    def __repr__(self) -> str:
        return f"<Signposts of {self.scenario.name}: P {self.p:.3f}, {len(self.rows)} until {self.until}>"

    def __str__(self) -> str:
        return render_signposts(self.to_dict())

    def find(self, kind: str, name: str = "") -> Signpost | None:
        """Return the row of a step, if there is one."""
        return next((row for row in self.rows if row.kind == kind and name in ("", row.name)), None)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        scenario = self.scenario
        return {
            "schema": 1,
            "scenario": scenario.name,
            "title": scenario.question.title,
            "as_of": scenario.as_of.isoformat(),
            "window": {"from": scenario.window.start.isoformat(), "until": scenario.window.until.isoformat()},
            "until": self.until.isoformat(),
            "p": self.p,
            "engine": self.engine,
            "rows": [asdict(row) for row in self.rows],
        }

    def to_dataframe(self) -> pd.DataFrame:
        """Return a row a step: kind, name, chance, P if it comes and if not, bits, change of the Brier score."""
        import pandas as pd

        return pd.DataFrame([asdict(row) for row in self.rows]).astype({"p_if": "float64", "p_if_not": "float64"})


def find_signposts(
    scenario: Source | Ensemble,
    *,
    days: int = DAYS,
    engine: Engine = "nuts",
    settings: Settings | None = None,
    posterior: Posterior | None = None,
) -> Signposts:
    """Find what to watch in the next days.

    Parameters
    ----------
    scenario : Scenario, Ensemble, path-like, str, file object or mapping
        Of several timelines, what is asked of each may come, and the events of the others.
    days : int
        How many days after `as_of` a step is waited for; up to the window's end, where that is nearer.
    engine, settings
        As in `forecast.run_scenario`.
    posterior : Posterior, optional
        One at hand, as `forecast.draw_posterior` returns it.

    Raises
    ------
    InputError
        If the scenario cannot be used, or asks what cannot be told apart so.
    FitError
        If the fit fails its gate.

    Examples
    --------
    >>> import forecast
    >>> found = forecast.find_signposts("tests/questions/treaty.yaml", engine="quick")
    >>> first = found.rows[0]
    >>> abs(first.expected - found.p) < 1e-9
    True
    """
    found = load_question(scenario)
    if type(days) is not int or days < 1:
        raise InputError([Problem(("days",), f"expected a whole number of days, 1 or more; found {days!r}")])
    settings = read_settings(settings)
    last = min(found.window.until, datetime.date.fromordinal(found.as_of.toordinal() + days))
    if isinstance(found, Ensemble):
        refuse_posterior(posterior)
        check_engine(engine)
        today, rows = watch_several(found, last, engine, settings)
        return Signposts(found, today.p_event.mean, last, today.engine, rows)
    scenario = replace(found, readings=())
    check_watchable(scenario)
    if posterior is None:
        posterior = draw_posterior(scenario, engine=engine, settings=settings)
    else:
        timeline = build_timeline(scenario.known())
        check_posterior(posterior, timeline, build_priors(scenario.known(), timeline))
    return watch(scenario, posterior, last)


def watch(scenario: Scenario, posterior: Posterior, last: datetime.date) -> Signposts:
    """Find what a posterior says of the steps that may come up to a day of the window."""
    watcher = Watcher(silence_until(scenario, last), posterior)
    rows = [row for step in watcher.list_steps() if (row := watcher.tell(step))]
    rows.sort(key=lambda row: -row.information)
    return Signposts(scenario, watcher.p, last, posterior.engine, tuple(rows))


def check_watchable(scenario: Scenario) -> None:
    """Refuse what is not asked of one timeline whose steps may come or not.

    Raises
    ------
    InputError
    """
    refuse_reports(scenario.known())
    refuse_settled(scenario.known())
    refuse_given(is_given=not scenario.evidence.says_nothing)
    asks = scenario.question.asks
    if asks.stage is None and asks.numbers not in (None, (1, None)):
        message = "expected a question about the first event or about a stage; this one counts events"
        raise InputError([Problem(("question", "asks"), f"{message}, which no walk does that leaves steps out")])
