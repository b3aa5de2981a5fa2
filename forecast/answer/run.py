"""A scenario to its answer: its posterior, carried through the days ahead.

Probabilities need no simulation: the headline is the mean over draws of an exact quantity.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from forecast.answer.ahead import answer_whether, carry_ahead, foresee
from forecast.answer.baselines import constant_rate, prior_only
from forecast.answer.ensembles import answer_ensemble, refuse_posterior
from forecast.answer.readings import answer_readings
from forecast.answer.reports import pool_courses
from forecast.answer.result import Result
from forecast.answer.settled import Settled, settle_question
from forecast.answer.summaries import Estimate
from forecast.answer.together import EnsembleResult
from forecast.document import Source, load_question, load_scenario
from forecast.errors import InputError, Problem
from forecast.inference import (
    Engine,
    Posterior,
    Settings,
    check_engine,
    check_posterior,
    draw_quickly,
    find_or_fit,
    read_settings,
    stream,
)
from forecast.model import Timeline, build_priors, build_pymc_model, build_timeline
from forecast.scenario import Ensemble, Scenario, list_reports

COURSE_LEAST = 400  # draws of a course of what reports say, however little it weighs


def build_model(scenario: Source) -> Any:  # PyMC's type is for those who know PyMC
    """Build a scenario's PyMC model, to extend, draw or sample yourself.

    Parameters
    ----------
    scenario : Scenario, path-like, str, file object or mapping
        See `load_scenario`.

    Returns
    -------
    pymc.Model
        With the dims ``stage transition ratio plan episode`` and, for the data, ``step event``.

    Raises
    ------
    InputError
        If the scenario cannot be used.

    Examples
    --------
    >>> import forecast
    >>> model = forecast.build_model("scenarios/may.yaml")  # doctest: +SKIP
    """
    known = load_scenario(scenario).known()
    timeline = build_timeline(known)
    return build_pymc_model(timeline, build_priors(known, timeline))


def draw_posterior(
    scenario: Source, *, engine: Engine = "nuts", settings: Settings | None = None, fresh: bool = False
) -> Posterior:
    """Return a scenario's posterior, from the store or fitted; it passes its gate.

    Parameters are those of `run_scenario`.

    Raises
    ------
    InputError
        If the scenario cannot be used, or there is no such engine.
    FitError
        If the fit fails its gate.

    Examples
    --------
    >>> import forecast
    >>> posterior = forecast.draw_posterior("tests/questions/launch.yaml", engine="quick")
    >>> posterior.engine, posterior.draws["log_stay"].shape
    ('quick', (1, 4000))
    """
    check_engine(engine)
    settings = read_settings(settings)
    known = load_scenario(scenario).known()
    timeline = build_timeline(known)
    priors = build_priors(known, timeline)
    return find_or_fit(timeline, priors, settings, engine=engine, fresh=fresh)


def run_scenario(
    scenario: Source | Ensemble,
    *,
    engine: Engine = "nuts",
    settings: Settings | None = None,
    fresh: bool = False,
    posterior: Posterior | None = None,
    preliminary: Callable[[Estimate], None] | None = None,
) -> Result | Settled | EnsembleResult:
    """Answer a scenario: whether, where and when.

    Parameters
    ----------
    scenario : Scenario, path-like, str, file object or mapping
        A str with a line break is YAML, any other the path of a file; see `load_scenario`.
    engine : {"nuts", "quick"}
        The reference, or importance sampling in a fraction of a second, which hands over to it where it must.
    settings : Settings, optional
        Draws and tuning steps per chain, chains, seed.
    fresh : bool
        Fit again even where a stored posterior would do.
    posterior : Posterior, optional
        One at hand, of the same history and priors, as `draw_posterior` returns it; then nothing is fitted.
    preliminary : callable, optional
        Where NUTS must fit, it is called first with P by the quick engine, which takes a second; not where that
        engine fails its gate.

    Returns
    -------
    Result, Settled or EnsembleResult
        The second where the event came in the window already, which then began before `as_of`; the third where the
        file is about several timelines.

    Raises
    ------
    InputError
        If the scenario cannot be used, or there is no such engine.
    FitError
        If the fit, or that of a reading, fails its gate.

    Examples
    --------
    >>> import forecast
    >>> result = forecast.run_scenario("scenarios/may.yaml")  # doctest: +SKIP
    """
    check_engine(engine)
    found, settings = load_question(scenario), read_settings(settings)
    if isinstance(found, Ensemble):
        refuse_posterior(posterior)
        return answer_ensemble(found, engine=engine, settings=settings, fresh=fresh)
    scenario = found
    if settled := settle_question(scenario):
        return settled
    if list_reports(scenario):
        if posterior is not None or scenario.readings:
            what = "a posterior" if posterior is not None else "readings"
            message = f"expected none beside reports that may be wrong, of which each course has its own; found {what}"
            raise InputError([Problem(("posterior" if posterior is not None else "readings",), message)])

        def answer_course(course: Scenario, weight: float) -> Result:
            few = settings
            # As many draws as it counts; NUTS needs them all for its gate, and so does what is given, to be borne out.
            if engine == "quick" and scenario.evidence.says_nothing:
                few = replace(settings, draws=max(COURSE_LEAST // settings.chains, math.ceil(settings.draws * weight)))
            found = run_scenario(course, engine=engine, settings=few, fresh=fresh)
            assert isinstance(found, Result)  # no report stands within a window that began: the checks refuse it
            return found

        return pool_courses(scenario, answer_course, settings)
    known = scenario.known()
    timeline = build_timeline(known)
    priors = build_priors(known, timeline)
    foresee(timeline, settings.chains * settings.draws)

    def answer_quickly() -> None:
        if preliminary and (drawn := draw_quickly(timeline, priors, settings)):
            preliminary(answer_whether(timeline, drawn))

    if posterior is None:
        posterior = find_or_fit(timeline, priors, settings, engine=engine, fresh=fresh, before_nuts=answer_quickly)
    else:
        check_posterior(posterior, timeline, priors)
    readings = answer_readings(scenario, settings)
    return replace(predict(scenario, timeline, posterior), readings=readings)


def predict(scenario: Scenario, timeline: Timeline, posterior: Posterior) -> Result:
    """Carry every posterior draw through the right-hand segments.

    Raises
    ------
    FitError
        If what the scenario supposes to be learned leaves too few draws that agree with it.
    """
    seed = posterior.diagnostics["seed"]
    ahead = carry_ahead(timeline, posterior.draws, stream(seed, "ahead"), detail="days")
    return Result(
        scenario=scenario,
        timeline=timeline,
        fit=posterior,
        ahead=ahead,
        base_rate=constant_rate(scenario.known()),
        prior_only=prior_only(timeline, posterior.prior, stream(seed, "prior ahead")),
    )
