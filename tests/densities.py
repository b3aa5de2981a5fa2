"""What the library's densities are held against: SciPy's distributions of priors, and one engine against the other."""

from __future__ import annotations

import numpy as np
from scipy import stats

from forecast.inference.laplace import build_target
from forecast.model import build_pymc_model, scaled_by


def distribution(vector, label=slice(None)):
    """Return the distribution of a vector of parameters, (labels, 1), or of one of them."""
    if hasattr(vector, "counts"):
        return stats.loggamma(vector.counts[:, None][label])
    return stats.norm(vector.mean[:, None][label], vector.sd[:, None][label])


def standard(vector, values):
    """Return the standard normals at the same quantiles, (labels, draws); 0 for what is fixed."""
    if hasattr(vector, "counts"):
        found = distribution(vector)
        return np.where(values < found.median(), stats.norm.ppf(found.cdf(values)), stats.norm.isf(found.sf(values)))
    return (values - vector.mean[:, None]) / np.where(vector.sd > 0, vector.sd, 1.0)[:, None]


def assert_one_density(timeline, priors, draws=3):
    """Hold the quick engine's density against that of the PyMC model, at draws from the prior."""
    log_p = build_pymc_model(timeline, priors).compile_logp(mode="FAST_COMPILE")
    rng = np.random.default_rng(1)
    x = {name: rng.standard_normal((len(vector.labels), draws)) for name, vector in priors.items()}
    theta = {name: vector.at(x[name]) for name, vector in priors.items()}
    prior = sum(vector.log_density(theta[name]) for name, vector in priors.items())
    by_pymc = [float(log_p({name: values[:, draw] for name, values in theta.items()})) for draw in range(draws)]
    scales = [x.pop(name) for name in priors if scaled_by(name)] or [np.zeros((1, draws))]
    s = np.concatenate(scales).T
    stacked = np.concatenate(list(x.values())).T[:, :, None]
    quick = build_target(timeline, priors).log_density(stacked, s)[:, 0]
    quick += 0.5 * (stacked[..., 0] ** 2).sum(axis=1) + 0.5 * (s**2).sum(
        axis=1
    )  # less the standard normals' own density
    np.testing.assert_allclose(np.diff(quick), np.diff(by_pymc - prior), rtol=1e-9)
    return stacked, theta, by_pymc - prior


def assert_right_derivatives(target, x, s):
    """Hold the quick engine's gradient and Hessian at a point against differences, and its score likewise."""
    _, gradient, hessian = target.derivatives(x, s)
    for row in range(len(x)):
        step = np.zeros(len(x))
        step[row] = 1e-5
        up, down = (target.derivatives(x + side * step, s) for side in (1, -1))
        np.testing.assert_allclose(gradient[row], (up[0] - down[0]) / 2e-5, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(hessian[row], (up[1] - down[1]) / 2e-5, rtol=1e-4, atol=1e-5)
    every = np.broadcast_to(s, len(target.scales))
    scales = np.array([[scale.mean + one * scale.sd] for scale, one in zip(target.scales, every, strict=True)])
    theta, free = target.stack.at(x[:, None]), target.is_free[: len(x)]  # what is known has no slope in x
    found = target.score(theta, scales)[: len(x), 0]
    np.testing.assert_allclose(found[free], gradient[free], rtol=1e-9, atol=1e-9)
