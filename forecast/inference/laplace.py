"""Laplace's method: the posterior's mode and curvature at a few points of scales, as of the frailty's, σ.

A scale bends the posterior into a funnel, but given it the posterior is close to a Gaussian (Tierney & Kadane 1986,
doi:10.1080/01621459.1986.10478240). Everything is in prior standard deviations from the prior mean, where the prior is
a standard normal and a parameter that is fixed (sd 0) needs no word. Receives timeline and priors, hands on Gaussians.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.inference.likelihood import Likelihood
from forecast.inference.loglinear import build_likelihood
from forecast.inference.scales import FIRST, Central, Grid, Layout
from forecast.inference.stack import NOWHERE, Stack
from forecast.model import NormalVector, ParameterPriors, Timeline, scaled_by
from forecast.multistate import Array

NODES = np.linspace(-3.0, 3.0, 5)  # of the logarithm of a scale, in prior standard deviations
SCALES_OF_GRID = 2  # with more, a grid of five by five by ... takes too long
ROUNDS = 8  # of a design that moves to the mode; two or three are usual
NEWTON_STEPS = 50  # five or six are usual
STEP_LEAST = 1e-9  # prior standard deviations; where no longer step climbs, rounding says stop
DECREMENT = 1e-12  # half the squared Newton decrement at which a mode is found: far below any Monte Carlo error

IN_ANY_RANGE = np.errstate(over="ignore", divide="ignore", invalid="ignore")  # what leaves it is found by its result


@dataclass(frozen=True)
class Scale:
    """A scale of some standard normals: its prior, and where in x these are; nowhere if it plays no part."""

    name: str
    mean: float
    sd: float
    span: slice

    def at(self, s: Any) -> Any:
        """Return the scale at standard normals."""
        return np.exp(self.mean + self.sd * s)

    def standardise(self, log_scale: Array) -> Array:
        """Return the standard normals that its logarithms stand for; 0 where it is known."""
        return (log_scale - self.mean) / self.sd if self.sd > 0 else np.zeros_like(log_scale)


@dataclass(frozen=True, eq=False)
class Target:
    """The posterior density of x, all parameters but log scales, and of s, these; in prior standard deviations."""

    timeline: Timeline
    likelihood: Likelihood
    stack: Stack
    scales: tuple[Scale, ...]

    @IN_ANY_RANGE
    def log_density(self, x: Array, s: Array) -> Array:
        """Return the log posterior density, up to a constant.

        Parameters
        ----------
        x : (blocks, parameters, draws)
        s : (blocks, scales)

        Returns
        -------
        (blocks, draws)
            -inf where a rate leaves the range of numbers.
        """
        theta = self.stack.at(x)
        for scale, one in zip(self.scales, s.T, strict=True):
            theta[:, scale.span] *= scale.at(one)[:, None, None]
        value = self.likelihood.log_density(self.likelihood.columns.extend(theta))
        value -= 0.5 * (np.einsum("bpd,bpd->bd", x, x) + (s**2).sum(axis=1, keepdims=True))
        return np.where(np.isnan(value), -np.inf, value)

    @IN_ANY_RANGE
    def derivatives(self, x: Array, s: Array | float) -> tuple[float, Array, Array]:
        """Return log density, gradient and Hessian with respect to x at one point, (parameters,) and (scales,)."""
        s = np.atleast_1d(s)
        theta, slope, curve = (each[:, 0] for each in (self.stack.at(x[:, None]), *self.stack.slopes(x[:, None])))
        for scale, one in zip(self.scales, s, strict=True):
            theta[scale.span] *= scale.at(one)
            slope[scale.span] *= scale.at(one)
        columns = self.likelihood.columns
        value, by_all, hessian = self.likelihood.derivatives(columns.extend(theta[:, None])[:, 0])
        gradient, hessian = columns.pull_back_bend(by_all, hessian, theta, slope)
        hessian += np.diag(by_all[: len(x)] * curve - 1)
        return value - 0.5 * (x @ x + s @ s), gradient - x, hessian

    @IN_ANY_RANGE
    def score(self, theta: Array, log_scales: Array) -> Array:
        """Return the gradient of the log density at draws, with respect to x and, last, to s.

        Parameters
        ----------
        theta : (parameters, draws)
            On the scale of the model.
        log_scales : (scales, draws)

        Returns
        -------
        (parameters + scales, draws)
            0 for what is fixed.
        """
        x = self.stack.standardise(theta)
        theta, (slope, _) = theta.copy(), self.stack.slopes(x)
        log_scales = np.atleast_2d(log_scales)
        for scale, log_scale in zip(self.scales, log_scales, strict=True):
            theta[scale.span] *= np.exp(log_scale)
            slope[scale.span] *= np.exp(log_scale)
        columns = self.likelihood.columns
        gradient = columns.pull_back(self.likelihood.gradient(columns.extend(theta)), theta)
        by_s = [
            scale.sd * (gradient[scale.span] * theta[scale.span]).sum(axis=0) - scale.standardise(log_scale)
            for scale, log_scale in zip(self.scales, log_scales, strict=True)
        ]
        return np.concatenate([gradient * slope - x, by_s])

    def spread(self, s: Array) -> Array:
        """Return by what scales multiply the parameters of x, over their means: (points, parameters)."""
        found = np.ones((len(s), len(self.stack)))
        for scale, one in zip(self.scales, s.T, strict=True):
            found[:, scale.span] = np.exp(scale.sd * one)[:, None]
        return found

    @property
    def is_free(self) -> Array:
        """Tell which parameters are not fixed, scales last: (parameters + scales,) of bool."""
        return np.append(self.stack.is_free, [scale.sd > 0 for scale in self.scales])


@dataclass(frozen=True, eq=False)
class Laplace:
    """Gaussians at the mode given the logarithms of scales, by point: the proposal.

    Attributes
    ----------
    layout : Grid or Central
        Of the points at which the scales are looked at.
    mode : (points, parameters)
    scale : (points, parameters, parameters)
        Upper triangular roots of the covariances.
    learnt : (points,)
        Log marginal likelihood of the scales, the rest integrated out, up to a constant.
    """

    target: Target
    layout: Layout
    mode: Array
    scale: Array
    learnt: Array

    def interpolate(self, s: Array) -> tuple[Array, Array]:
        """Return modes, (blocks, parameters), and roots of covariances at scales, (blocks, scales).

        In a design what is scaled is interpolated, because the record tells of that: of the pace and not of u. Beyond
        its points nothing is known of either; there u is taken to be the less certain.
        """
        if isinstance(self.layout, Grid):
            return self.layout.interpolate(self.mode, self.scale, s)
        near, there = self.layout.clip(s), self.target.spread(self.layout.points)
        mode, root = self.layout.interpolate(self.mode * there, self.scale * there[..., None], near)
        here, edge = self.target.spread(s), self.target.spread(near)
        return mode / here, root / np.minimum(here, edge)[..., None]


def build_target(timeline: Timeline, priors: ParameterPriors, start: Laplace | None = None) -> Target:
    """Set up the posterior density of a timeline; `start` lends its likelihood where that is the same."""
    if start is not None and start.target.timeline is timeline:
        likelihood = start.target.likelihood
    else:
        likelihood = build_likelihood(timeline, priors)
    stack = Stack(priors)
    return Target(timeline, likelihood, stack, _list_scales(priors, stack))


def _list_scales(priors: ParameterPriors, stack: Stack) -> tuple[Scale, ...]:
    """List the scales; one that plays no part where there is none."""
    found = []
    for name, vector in priors.items():
        if (of := scaled_by(name)) and isinstance(vector, NormalVector):
            found.append(Scale(name, float(vector.mean[0]), float(vector.sd[0]), stack.span(of)))
    return tuple(found) or (Scale("", 0.0, 0.0, NOWHERE),)


def find_modes(target: Target, start: Laplace | None = None) -> Laplace:
    """Find the mode and the curvature at each point of the scales' layout, from those of a similar posterior if given.

    A design of many scales moves to where the mode is.
    """
    if sum(scale.sd > 0 for scale in target.scales) <= SCALES_OF_GRID:
        nodes = tuple(NODES if scale.sd > 0 else NODES[[0, -1]] for scale in target.scales)  # known: the same twice
        return _visit(target, Grid(nodes), start)
    scales = len(target.scales)
    layout = Central(np.zeros(scales), FIRST * np.eye(scales))
    if start is not None and isinstance(start.layout, Central) and len(start.layout.centre) == scales:
        layout = start.layout
    found = _visit(target, layout, start)
    for _ in range(ROUNDS - 1):
        if (better := layout.improve(found.learnt)) is None:
            break
        layout = better
        found = _visit(target, layout, found)
    return found


def _visit(target: Target, layout: Layout, start: Laplace | None) -> Laplace:
    """Find the mode and the curvature at each point of a layout."""
    points, x = layout.points, np.zeros(len(target.stack))
    modes, scales, learnt = [], [], []
    for index, point in enumerate(points):
        if start is not None and start.mode.shape == (len(points), len(x)):
            x = start.mode[index]
        x, value, root = _climb(target, x, point)
        modes.append(x)
        scales.append(np.linalg.inv(root).T)
        learnt.append(value - np.log(np.diagonal(root)).sum() + 0.5 * point @ point)
    return Laplace(target, layout, np.array(modes), np.array(scales), np.array(learnt))


def _climb(target: Target, x: Array, s: Array) -> tuple[Array, float, Array]:
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
