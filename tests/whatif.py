"""Settings of the what-if page at random, and what this program says of the files that the page writes of them."""

from __future__ import annotations

import base64

import numpy as np

import forecast
from forecast.answer.ahead import carry_ahead
from forecast.inference.pareto import smooth_weights
from forecast.model import build_priors, build_timeline


def decode(packed, kind):
    return np.frombuffer(base64.b64decode(packed["data"]), f"<{kind}").reshape(packed["shape"]).astype(float)


class Rest:
    """Gives the frailties of later episodes that the page has, in place of random ones."""

    def __init__(self, z):
        self.z = z

    def standard_normal(self, size):
        assert size == self.z.shape
        return self.z


def draw_setting(data, rng, *, assumes=True):
    """Set some of the controls at random, such that the page would not refuse it."""

    def some(names, chance=0.35):
        return [name for name in names if rng.random() < chance]

    until = int(rng.integers(1, data["horizon"] + 1))
    days = iter(rng.permutation(np.arange(1, until + 1)).tolist())
    put_stages = [name for index, name in enumerate(data["stages"]) if data["put_rest"] or index]
    put = dict(zip(some(put_stages, 0.2), days, strict=False)) if data["rests"] else {}
    others = [name for index, name in enumerate(data["stages"]) if index != data["stage"]]
    entered = dict(zip(some(others, 0.12), days, strict=False)) if data["rests"] else {}
    gone = some(data["itineraries"], 0.2)

    def day():
        return int(rng.integers(1, until + 1))

    assume = []
    for item in data["priors"] if assumes else ():
        if rng.random() < 0.15:
            lo, hi = item["lo"], item["hi"]
            shift = float(np.exp(rng.normal(0, 0.2)))
            lo, hi = (lo * shift, hi * shift) if not item["logit"] else (lo * 0.9, hi * (1 - 0.3 * (1 - hi)))
            assume.append(item | {"was": [item["lo"], item["hi"]], "lo": round(lo, 4), "hi": round(hi, 4)})
    return {
        "until": until,
        "put": put,
        "entered": entered,
        "remove": {name: day() for name in gone[: len(data["itineraries"]) - 1]},
        "ends": {name: day() for name in some(data["conditions"])},
        "ratios": {
            name: {"factor": round(float(np.exp(rng.normal(0, 0.7))), 3), "from": day()}
            for name in some(data["ratios"], 0.2)
        },
        "no_event": day() if rng.random() < 0.25 else None,
        "silence": day() if rng.random() < 0.2 else None,
        "assume": assume,
    }


def answer_file(text, folder, data):
    """Return P of a file, from the draws of the page, and Pareto's k of the weights that its assumptions give them."""
    path = folder / "asked.yaml"
    path.write_text(text, encoding="utf-8")
    scenario = forecast.load_scenario(path)
    base = forecast.load_scenario(folder / f"{data['name']}.yaml")
    timeline = build_timeline(scenario.known())
    theta = {name: decode(packed, "f4") for name, packed in data["draws"].items()}
    this, later = decode(data["z"], "f4")
    if timeline.episode >= 0:
        theta["z"] = np.zeros((len(timeline.episodes), len(this)))
        theta["z"][timeline.episode] = this
    log_weights = log_density(scenario, theta) - log_density(base, theta)
    weights, shape = smooth_weights(log_weights)
    ahead = carry_ahead(timeline, theta, Rest(later), agreement=0, this=this)
    p = float(ahead.total @ weights / (ahead.weight @ weights)) if ahead.weight.any() else None
    return p, shape, scenario


def log_density(scenario, theta):
    """Return the log density of normal priors at draws, up to what changes with neither."""
    known = scenario.known()
    total = 0.0
    for name, vector in build_priors(known, build_timeline(known)).items():
        if name in ("log_ratio", "log_stay", "kept_logit", "log_meanwhile") and hasattr(vector, "sd"):
            some = vector.sd > 0
            away = (theta[name][some] - vector.mean[some, None]) / vector.sd[some, None]
            total = total - (away**2 / 2 + np.log(vector.sd[some, None])).sum(axis=0)
    return total + np.zeros(theta["log_stay"].shape[1])
