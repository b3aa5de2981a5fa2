def check_scenario(scenario: Scenario) -> list[Problem]:
    """Find everything in a scenario that cannot be used, by key path."""
    problems = [*_check_dates(scenario), *_check_priors(scenario), *_check_itineraries(scenario)]
    for index, entry in enumerate(scenario.timeline):
        problems += _check_entry(scenario, ("timeline", index), entry)
    return problems if problems else _check_path(scenario)


def _check_dates(scenario: Scenario) -> Iterator[Problem]:
    first, as_of, window = scenario.question.history_from, scenario.as_of, scenario.window
    if as_of < first:
        yield Problem(("as_of",), f"expected a day on or after history_from, {first}; found {as_of}")
    if window.start <= as_of:
        yield Problem(
            ("window", "from"),
            f"expected a day after as_of, {as_of}, because what is dated up to as_of is history; found {window.start}",
        )
    if window.until < max(window.start, as_of):
        yield Problem(
            ("window", "until"),
            f"expected a day on or after the window's first, {window.start} (as_of is {as_of}); found {window.until}",
        )


def _check_citations(scenario: Scenario, key: KeyPath, because: tuple[str, ...]) -> Iterator[Problem]:
    if not because:
        yield Problem((*key, "because"), "expected at least one fact; found none. Cite the facts that it rests on")
    for index, name in enumerate(because):
        if name not in scenario.facts:
            yield Problem((*key, "because", index), f"unknown fact {name}; {suggest(name, scenario.facts)}")


def _check_interval(key: KeyPath, interval: Interval, *, above: float, below: float = float("inf")) -> Iterator[Problem]:
    bounds = f"two numbers above {above:g}" + (f" and below {below:g}" if below < float("inf") else "")
    if not (above < interval.lo and interval.hi < below):
        yield Problem(key, f"expected {bounds}; found [{interval.lo:g}, {interval.hi:g}]")
    elif not interval.lo < interval.hi:
        yield Problem(
            key, f"expected a 90% interval [lo, hi] with lo below hi; found [{interval.lo:g}, {interval.hi:g}]"
        )


def _check_priors(scenario: Scenario) -> Iterator[Problem]:
    priors, question = scenario.priors, scenario.question
    for stage in question.stages:
        if stage not in priors.stages:
            yield Problem(("priors", "stages"), f"expected a prior for stage {stage}; found none. Give its stay and ends")
    for name in priors.stages:
        if name not in question.stages:
            yield Problem(("priors", "stages", name), f"unknown stage; {suggest(name, question.stages)}")
    yield from _check_ratio_names(scenario)
    for key, prior in priors.items():
        yield from _check_citations(scenario, key, prior.because)
        if not prior.reason.strip():
            yield Problem((*key, "reason"), "expected one line of reasoning; found none")
        yield from _check_belief(key, prior.belief, question)
        if prior.otherwise is not None:
            yield from _check_belief((*key, "otherwise"), prior.otherwise, question)
            if isinstance(prior.belief, StageBelief) and set(prior.otherwise.ends) != set(prior.belief.ends):
                yield Problem((*key, "otherwise", "ends"), f"expected the same ends as above: {', '.join(prior.belief.ends)}")
    if question.resting and priors.seriousness is None:
        yield Problem(("priors", "seriousness"), "expected a factor, because the question has episodes; found none")


def _check_ratio_names(scenario: Scenario) -> Iterator[Problem]:
    question = scenario.question
    attributes = {name for way in question.itineraries for name in way.attributes}
    covariates = {entry.covariate for entry in scenario.timeline if isinstance(entry, CovariateEntry)}
    ratios = set(scenario.priors.hazard_ratios)
    for name in sorted(ratios - attributes - covariates - set(question.places)):
        expected = suggest(name, [*attributes, *covariates, *question.places])
        yield Problem(
            ("priors", "hazard_ratios", name), f"no itinerary has this attribute or place and no entry this covariate; {expected}"
        )
    for name in sorted((attributes & covariates) | (attributes | covariates) & set(question.places)):
        yield Problem(("priors", "hazard_ratios"), f"{name} names two things; an attribute, a covariate and a place need distinct names")
    if question.itineraries and question.itineraries[0].place in ratios:
        name = question.itineraries[0].place
        yield Problem(
            ("priors", "hazard_ratios", name), f"{name} is the reference place, whose ratio is 1; give the ratios of the other places"
        )


def _check_belief(key: KeyPath, belief: object, question: Question) -> Iterator[Problem]:
    if isinstance(belief, StageBelief):
        yield from _check_interval((*key, "stay"), belief.stay, above=0)
        yield from _check_ends((*key, "ends"), belief, question, stage=str(key[2]))
    elif isinstance(belief, RatioBelief):
        yield from _check_interval((*key, "factor"), belief.factor, above=1 if key[1] == "seriousness" else 0)
        if not belief.per > 0:
            yield Problem((*key, "per"), f"expected a number of units above 0; found {belief.per:g}")
    elif isinstance(belief, PlanBelief):
        yield from _check_interval((*key, "kept"), belief.kept, above=0, below=1)
        yield from _check_interval((*key, "meanwhile"), belief.meanwhile, above=0)


def _check_ends(key: KeyPath, belief: StageBelief, question: Question, *, stage: str) -> Iterator[Problem]:
    if not belief.ends:
        yield Problem(key, "expected at least one way in which a stay ends; found none")
    choices = [name for name in (*question.stages, EVENT) if name != stage]
    for name, count in belief.ends.items():
        if name not in choices:
            yield Problem((*key, name), f"unknown end of a stay in {stage}; {suggest(name, choices)}")
        if not count > 0:
            yield Problem((*key, name), f"expected a count above 0; found {count:g}. Leave out an end that cannot be")


def _check_itineraries(scenario: Scenario) -> Iterator[Problem]:
    ways = scenario.question.itineraries
    if not ways:
        yield Problem(("itineraries",), "expected at least one itinerary, or places; found none")
    for way in ways:
        key: KeyPath = ("itineraries", way.name)
        if way.because or way.attributes:
            yield from _check_citations(scenario, key, way.because)
        for name, value in way.attributes.items():
            if name not in scenario.priors.hazard_ratios:
                known = suggest(name, scenario.priors.hazard_ratios)
                yield Problem((*key, name), f"attribute without a prior under priors.hazard_ratios; {known}")
            if value < 0:
                yield Problem((*key, name), f"expected a number of 0 or more; found {value:g}")


def _check_entry(scenario: Scenario, key: KeyPath, entry: TimelineEntry) -> Iterator[Problem]:
    yield from _check_citations(scenario, key, entry.because)
    question, priors = scenario.question, scenario.priors
    if isinstance(entry, StageEntry):
        if entry.stage not in question.stages:
            yield Problem((*key, "stage"), f"unknown stage {entry.stage}; {suggest(entry.stage, question.stages)}")
        yield from _check_gate(scenario, (*key, "from"), entry, entry.start)
    elif isinstance(entry, EventEntry):
        names = [way.name for way in question.itineraries]
        if entry.itinerary not in names:
            yield Problem((*key, "event"), f"unknown itinerary {entry.itinerary}; {suggest(entry.itinerary, names)}")
        if scenario.is_known(entry) and not question.history_from < entry.day <= scenario.as_of:
            yield Problem(
                (*key, "day"),
                f"expected a day after history_from and up to as_of ({question.history_from} to {scenario.as_of}); found {entry.day}",
            )
    else:
        names_prior = entry.covariate if isinstance(entry, CovariateEntry) else entry.plan
        group = "hazard_ratios" if isinstance(entry, CovariateEntry) else "plans"
        if names_prior not in getattr(priors, group):
            field_name = "covariate" if isinstance(entry, CovariateEntry) else "plan"
            nearest = suggest(names_prior, getattr(priors, group))
            yield Problem((*key, field_name), f"unknown {field_name} {names_prior}: no prior under priors.{group}; {nearest}")
        yield from _check_span(scenario, key, entry)


def _check_gate(scenario: Scenario, key: KeyPath, entry: TimelineEntry, day: datetime.date) -> Iterator[Problem]:
    if not scenario.is_known(entry):
        return
    if day < scenario.public_day(entry):
        yield Problem(
            key, f"a stage begins on the day it became public, {scenario.public_day(entry)} by its facts; found {day}"
        )
    elif day < scenario.question.history_from:
        yield Problem(key, f"expected a day on or after history_from, {scenario.question.history_from}; found {day}")


def _check_span(scenario: Scenario, key: KeyPath, entry: CovariateEntry | PlanEntry) -> Iterator[Problem]:
    places = scenario.question.places
    for index, place in enumerate(entry.places):
        if place not in places:
            yield Problem((*key, "places", index), f"unknown place {place}; {suggest(place, places)}")
    if entry.start and entry.until and entry.until < entry.start:
        yield Problem((*key, "until"), f"expected a day on or after from, {entry.start}; found {entry.until}")
    if isinstance(entry, PlanEntry):
        return
    if entry.start is None and entry.until is None:
        yield Problem(key, "expected from, until or both; found neither")
    ends = [*scenario.question.stages, EVENT]
    for index, name in enumerate(entry.transitions):
        if name not in ends:
            yield Problem((*key, "transitions", index), f"unknown end {name}; {suggest(name, ends)}")
    if entry.places and any(name != EVENT for name in entry.transitions):
        yield Problem((*key, "places"), "places narrow the event alone; give changes of stage an entry of their own")
    if entry.start is None and not _opens_before(scenario, entry):
        yield Problem((*key, "until"), f"nothing to end: no entry opens {entry.covariate} before {entry.until} and leaves it open")


def _opens_before(scenario: Scenario, closing: CovariateEntry) -> bool:
    if not scenario.is_known(closing) or closing.until is None:
        return True
    return any(
        isinstance(entry, CovariateEntry)
        and entry.covariate == closing.covariate
        and entry.start is not None
        and entry.until is None
        and entry.start <= closing.until
        for entry in scenario.timeline
    )


def _check_path(scenario: Scenario) -> list[Problem]:
    """Walk the known stages and events in time and find moves along no declared transition."""
    question = scenario.question
    stage = question.stages[0]
    problems = []
    for index, entry in scenario.steps():
        target = entry.stage if isinstance(entry, StageEntry) else EVENT
        name = "stage" if isinstance(entry, StageEntry) else "event"
        ends = scenario.priors.stages[stage].belief.ends
        if target == stage:
            problems.append(Problem(("timeline", index, name), f"the timeline is in {stage} already on {step_day(entry)}"))
        elif target not in ends:
            problems.append(
                Problem(
                    ("timeline", index, name),
                    f"moves from {stage} to {target} on {step_day(entry)}, which is no declared transition; "
                    f"the ends of {stage} are {', '.join(ends)}",
                )
            )
        stage = question.stages[0] if target == EVENT else target
    return problems
