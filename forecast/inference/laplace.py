"""Laplace's method: the posterior's mode and curvature at a few nodes of the frailty's scale σ.

The scale bends the posterior into a funnel, but given σ it is close to a Gaussian (Tierney & Kadane 1986,
doi:10.1080/01621459.1986.10478240). Everything is in prior standard deviations from the prior mean, where the prior is
a standard normal and a parameter that is fixed (sd 0) needs no word. Receives timeline and priors, hands on Gaussians.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.inference.loglinear import Likelihood, build_likelihood
from forecast.inference.stack import Stack
from forecast.model import NormalVector, ParameterPriors, Timeline
from forecast.multistate import Array

NODES = np.linspace(-3.0, 3.0, 5)  # of log σ, in prior standard deviations
NEWTON_STEPS = 50  # five or six are usual
STEP_LEAST = 1e-9  # prior standard deviations; where no longer step climbs, rounding says stop
DECREMENT = 1e-12  # half the squared Newton decrement at which a mode is found: far below any Monte Carlo error

IN_ANY_RANGE = np.errstate(over="ignore", divide="ignore", invalid="ignore")  # what leaves it is found by its result


@dataclass(frozen=True, eq=False)
class Target:
    """The posterior density of x, all parameters but log σ, and of s, log σ; both in prior standard deviations."""

    timeline: Timeline
    likelihood: Likelihood
    stack: Stack
    log_sigma: tuple[float, float]  # mean and sd

    @IN_ANY_RANGE
    def log_density(self, x: Array, s: Array) -> Array:
        """Return the log posterior density, up to a constant.

        Parameters
        ----------
        x : (blocks, parameters, draws)
        s : (blocks, 1)

        Returns
        -------
        (blocks, draws)
            -inf where a rate leaves the range of numbers.
        """
        theta = self.stack.at(x)
        theta[:, self.z] *= self.sigma(s)[..., None]
        value = self.likelihood.log_density(self.likelihood.columns.extend(theta))
        value -= 0.5 * (np.einsum("bpd,bpd->bd", x, x) + s**2)
        return np.where(np.isnan(value), -np.inf, value)

    @IN_ANY_RANGE
    def derivatives(self, x: Array, s: float) -> tuple[float, Array, Array]:
        """Return log density, gradient and Hessian with respect to x at one point, (parameters,)."""
        theta, slope, curve = (each[:, 0] for each in (self.stack.at(x[:, None]), *self.stack.slopes(x[:, None])))
        theta[self.z] *= self.sigma(s)
        slope[self.z] *= self.sigma(s)
        columns = self.likelihood.columns
        value, by_all, hessian = self.likelihood.derivatives(columns.extend(theta[:, None])[:, 0])
        gradient, hessian = columns.pull_back_bend(by_all, hessian, theta, slope)
        hessian += np.diag(by_all[: len(x)] * curve - 1)
        return value - 0.5 * (x @ x + s**2), gradient - x, hessian

    @IN_ANY_RANGE
    def score(self, theta: Array, log_sigma: Array) -> Array:
        """Return the gradient of the log density at draws, with respect to x and, last, to s.

        Parameters
        ----------
        theta : (parameters, draws)
            On the scale of the model.
        log_sigma : (draws,)

        Returns
        -------
        (parameters + 1, draws)
            0 for what is fixed.
        """
        x = self.stack.standardise(theta)
        mean, sd = self.log_sigma
        s = (log_sigma - mean) / sd if sd > 0 else np.zeros_like(log_sigma)
        theta, (slope, _) = theta.copy(), self.stack.slopes(x)
        sigma = np.exp(log_sigma)
        theta[self.z] *= sigma
        slope[self.z] *= sigma
        columns = self.likelihood.columns
        gradient = columns.pull_back(self.likelihood.gradient(columns.extend(theta)), theta)
        by_s = sd * (gradient[self.z] * theta[self.z]).sum(axis=0)
        return np.concatenate([gradient * slope - x, (by_s - s)[None]])

    @property
    def is_free(self) -> Array:
        """Tell which parameters are not fixed, log σ last: (parameters + 1,) of bool."""
        return np.append(self.stack.is_free, self.log_sigma[1] > 0)

    @property
    def z(self) -> slice:
        """Where the episodes' z lie in x."""
        return self.stack.span("z")

    def sigma(self, s: Any) -> Any:
        """Return σ."""
        return np.exp(self.log_sigma[0] + self.log_sigma[1] * s)


@dataclass(frozen=True, eq=False)
class Laplace:
    """Gaussians at the mode given log σ, by node: the proposal.

    Attributes
    ----------
    nodes : (nodes,)
    mode : (nodes, parameters)
    scale : (nodes, parameters, parameters)
        Upper triangular roots of the covariances.
    learnt : (nodes,)
        Log marginal likelihood of log σ, the rest integrated out, up to a constant.
    """

    target: Target
    nodes: Array
    mode: Array
    scale: Array
    learnt: Array


def build_target(timeline: Timeline, priors: ParameterPriors, start: Laplace | None = None) -> Target:
    """Set up the posterior density of a timeline; `start` lends its likelihood where that is the same."""
    scale = priors.get("log_sigma")
    log_sigma = (float(scale.mean[0]), float(scale.sd[0])) if isinstance(scale, NormalVector) else (0.0, 0.0)
    if start is not None and start.target.timeline is timeline:
        likelihood = start.target.likelihood
    else:
        likelihood = build_likelihood(timeline, priors)
    return Target(timeline, likelihood, Stack(priors), log_sigma)


def find_modes(target: Target, start: Laplace | None = None) -> Laplace:
    """Find the mode and the curvature at each node of log σ, from those of a similar posterior if given."""
    nodes = NODES if target.log_sigma[1] > 0 else NODES[[0, -1]]  # the same twice where σ is known or plays no part
    x = np.zeros(len(target.stack))
    modes, scales, learnt = [], [], []
    for index, node in enumerate(nodes):
        if start is not None and start.mode.shape == (len(nodes), len(x)):
            x = start.mode[index]
        x, value, root = _climb(target, x, node)
        modes.append(x)
        scales.append(np.linalg.inv(root).T)
        learnt.append(value - np.log(np.diagonal(root)).sum() + 0.5 * node**2)
    return Laplace(target, nodes, np.array(modes), np.array(scales), np.array(learnt))


def _climb(target: Target, x: Array, s: float) -> tuple[Array, float, Array]:
    """Find a mode by Newton's method; return it, its log density and the Cholesky factor of minus the Hessian.

    Raises
    ------
    numpy.linalg.LinAlgError
        If the curvature is not finite.
    """
    value, gradient, hessian = target.derivatives(x, s)
    if not np.isfinite(value):  # what served a smaller σ may be out of range here; the prior's mode is not
        value, gradient, hessian = target.derivatives(x := np.zeros_like(x), s)
    for _ in range(NEWTON_STEPS):
        root = _factor(-hessian)
        step = np.linalg.solve(root.T, np.linalg.solve(root, gradient))
        gain = 0.5 * gradient @ step
        if gain < DECREMENT:
            break
        while not (found := target.derivatives(x + step, s))[0] > value:
            if not np.abs(step).max() > STEP_LEAST:
                return x, value, root
            step = step / 2
        x, (value, gradient, hessian) = x + step, found
    return x, value, root


def _factor(curvature: Array) -> Array:
    """Return the Cholesky factor of a symmetric matrix, made positive definite where it is not.

    Raises
    ------
    numpy.linalg.LinAlgError
        If it is not finite.
    """
    enough = np.abs(curvature).sum(axis=1).max()  # no eigenvalue lies lower than minus this
    for damping in (0.0, *np.logspace(-4, 0, 9)) if np.isfinite(enough) else ():
        try:
            return np.linalg.cholesky(curvature + damping * enough * np.eye(len(curvature)))
        except np.linalg.LinAlgError:
            continue
    message = "no mode found where the posterior has a finite curvature"
    raise np.linalg.LinAlgError(message)
