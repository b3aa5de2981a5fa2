"""An independent simulator of stays that age, in continuous time; it shares no code with the library.

Each path has a stage, the time at which it was entered, and what is left of a unit exponential: it leaves the stage
once the hazard since then has used that up. The time is found by bisection on the cumulative hazard.
"""

import numpy as np


def simulate(
    rates, clocks, bounds, paths, rng, *, start=0, age=0.0, plan=None, put=None, factor=None, switch=None, env=0
):
    """Simulate paths of one episode after another.

    Parameters
    ----------
    rates : (stages, stages + 1)
        Rate per day from stage to stage; the last column is the event.
    clocks : dict of int to callable
        Cumulative baseline hazard by age; that of the others is the age.
    bounds : sequence of float
        Times at which the stages are noted.
    plan : (spans,), optional
        Hazard of a plan between one bound and the next, outside the resting stage, until an episode ends.
    put : dict of int to int, optional
        Stage that is set at the bound of a number.
    factor : (environments,), optional
        Factor on the event's rate in each environment.
    switch : (environments, environments), optional
        Rates from one environment to another.

    Returns
    -------
    dict
        `event`: time of the event, infinite where there is none; `stage`, `entered` and `env`: (bounds, paths) at each
        bound, stage -1 after the event; `changed`: time of the first change of stage, `env_changed` that of the
        environment.
    """
    stages = len(rates)
    stage, entered = np.full(paths, start), np.full(paths, -float(age))
    left, this = rng.exponential(size=paths), np.ones(paths, bool)
    where = np.full(paths, env)
    event, changed, turned = np.full((3, paths), np.inf)
    table = np.stack([np.array(rates, float)] * (len(factor) if factor is not None else 1))
    if factor is not None:
        table[:, :, -1] *= np.array(factor)[:, None]
    total = table.sum(axis=2)
    notes = {"stage": [], "entered": [], "env": []}

    def cumulative(which, ages):
        found = ages.astype(float).copy()
        for number, clock in clocks.items():
            some = which == number
            found[some] = clock(np.maximum(ages[some], 0.0))
        return found

    begin = 0.0
    for span, end in enumerate(bounds):
        now = np.full(paths, begin)
        live = np.flatnonzero(np.isinf(event))
        while live.size:
            here, environment = stage[live], where[live]
            turn = np.full(live.size, np.inf)
            if switch is not None:
                turn = now[live] + rng.exponential(size=live.size) / np.maximum(switch.sum(axis=1)[environment], 1e-300)
            until = np.minimum(end, turn)
            rate = total[environment, here]
            extra = np.where(this[live] & ((here > 0) | (stages == 1)), 0.0 if plan is None else plan[span], 0.0)
            origin = cumulative(here, now[live] - entered[live])

            def used(times, here=here, live=live, rate=rate, extra=extra, origin=origin, now=now):
                return rate * (cumulative(here, times - entered[live]) - origin) + extra * (times - now[live])

            whole = used(until)
            leaves = whole > left[live]
            stay = live[~leaves]
            left[stay] -= whole[~leaves]
            now[stay] = until[~leaves]
            turning = stay[turn[~leaves] < end]
            if turning.size:
                chances = switch[where[turning]] / switch[where[turning]].sum(axis=1, keepdims=True)
                where[turning] = (rng.random(turning.size)[:, None] > np.cumsum(chances, axis=1)).sum(axis=1)
                turned[turning] = np.minimum(turned[turning], now[turning])
            gone = live[leaves]
            low, high = now[gone].copy(), until[leaves].copy()
            picked = (here[leaves], gone, rate[leaves], extra[leaves], origin[leaves])
            for _ in range(34):
                middle = (low + high) / 2
                above = used(middle, *picked) > left[gone]
                high, low = np.where(above, middle, high), np.where(above, low, middle)
            step = 1e-6 * np.maximum(high - now[gone], 1e-9)
            grown = (
                cumulative(picked[0], high - entered[gone]) - cumulative(picked[0], high - step - entered[gone])
            ) / step
            ordinary = rate[leaves] * grown
            planned = rng.random(gone.size) * (ordinary + picked[3]) < picked[3]
            shares = np.cumsum(table[where[gone], picked[0]], axis=1) / np.maximum(rate[leaves], 1e-300)[:, None]
            target = (rng.random(gone.size)[:, None] >= shares).sum(axis=1)
            target = np.where(planned, stages, np.minimum(target, stages))
            happened = target == stages
            event[gone[happened]] = high[happened]
            changed[gone] = np.minimum(changed[gone], high)
            stage[gone] = np.where(happened, -1, target)
            entered[gone], now[gone] = high, high
            left[gone] = rng.exponential(size=gone.size)
            this[gone[target == 0]] = False
            live = np.flatnonzero(np.isinf(event) & (now < end))
        if put is not None and span in put:
            some = np.isinf(event) & (stage != put[span])
            changed[some] = np.minimum(changed[some], end)
            stage[some], entered[some] = put[span], end
            left[some] = rng.exponential(size=some.sum())
        for name, values in zip(notes, (stage, entered, where), strict=True):
            notes[name].append(values.copy())
        begin = end
    return {"event": event, "changed": changed, "env_changed": turned} | {k: np.array(v) for k, v in notes.items()}
