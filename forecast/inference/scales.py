"""Where the posterior is looked at along the logarithms of scales, and what is made of it in between.

One or two scales are laid out as a grid. A grid of more grows as a power, so three or more are a central composite
design around their mode, as INLA has them (Rue, Martino & Chopin 2009, doi:10.1111/j.1467-9868.2008.00700.x). Receives
log densities at the points of a layout, hands on draws of the scales with their density, and Gaussians at any of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from forecast.multistate import Array

CELLS, CELLS_OF_TWO = 400, 80  # of the marginal density of a scale, or along each of two
REACH = 5.0  # how far it goes, in prior standard deviations; beyond lie 6e-7 of the prior
CORNERS_OF_ALL = 4  # scales up to which each corner of the cube is a point; with more, half of them tell as much
RADIUS = 1.5  # standard deviations from the mode, for each scale; 1.1 in INLA, which does not weigh the tails
TAIL = 6.0  # degrees of freedom of the proposal, whose tails must be the heavier ones
FAR = 10.0  # standard deviations at which it ends
NARROW, WIDE = 0.1, 1.5  # standard deviations, of those that the design was laid out by: further off it is wrong
FIRST = 0.3  # prior standard deviations that the first design's axes are long
NEAR = 0.5  # standard deviations from the mode at which a design's centre is near enough
LONGEST, WIDEST = 1.0, 1.2  # prior standard deviations that a design moves by at most, and that its axes have at most


@dataclass(frozen=True, eq=False)
class Grid:
    """A grid of nodes in standard normals, the last scale the fastest.

    Attributes
    ----------
    nodes : tuple of (nodes of the scale,)
    """

    nodes: tuple[Array, ...]

    @property
    def points(self) -> Array:
        """Return the nodes: (points, scales)."""
        return np.array(list(product(*self.nodes)))

    def draw(self, learnt: Array, count: int, rng: np.random.Generator) -> tuple[Array, Array]:
        """Draw scales, one from each of `count` equal parts of their marginal density; return its log too.

        Parameters
        ----------
        learnt : (points,)
            Log marginal likelihood of the scales, up to a constant.

        Returns
        -------
        s : (count, scales)
        log_density : (count,)
        """
        scales = len(self.nodes)
        edges = np.linspace(-REACH, REACH, (CELLS if scales == 1 else CELLS_OF_TWO) + 1)
        middle, width = (edges[1:] + edges[:-1]) / 2, edges[1] - edges[0]
        points = np.stack(np.meshgrid(*[middle] * scales, indexing="ij"), axis=-1).reshape(-1, scales)
        log_mass = sum(share * learnt[at] for at, share in self._list_corners(points)) - 0.5 * (points**2).sum(axis=1)
        cell, within, log_mass = _draw_cells(log_mass, count, rng)
        offset = np.empty((count, scales))
        offset[:, -1] = within  # along the last scale the cells lie next to each other
        offset[:, :-1] = rng.random((count, scales - 1))
        return points[cell] + width * (offset - 0.5), log_mass[cell] - scales * np.log(width)

    def interpolate(self, mode: Array, scale: Array, s: Array) -> tuple[Array, Array]:
        """Return modes and roots of covariances at scales, (blocks, scales), from those at the points."""
        found, root = np.zeros((len(s), mode.shape[1])), np.zeros((len(s), *scale.shape[1:]))
        for at, share in self._list_corners(s):
            root += share[:, None, None] * scale[at]
            found += share[:, None] * mode[at]
        return found, root

    def _list_corners(self, s: Array) -> Iterator[tuple[Array, Array]]:
        """Yield the nodes that are next to scales, (points, scales), and their shares of an interpolation."""
        at, share = np.zeros((2, *s.shape))
        for column, nodes in enumerate(self.nodes):
            at[:, column] = np.clip(np.searchsorted(nodes, s[:, column]) - 1, 0, len(nodes) - 2)
            low = nodes[at[:, column].astype(int)]
            share[:, column] = np.clip((s[:, column] - low) / (nodes[1] - nodes[0]), 0, 1)
        sizes = [len(nodes) for nodes in self.nodes]
        for corner in product((0, 1), repeat=len(sizes)):
            index = np.ravel_multi_index(tuple((at + corner).astype(int).T), sizes)
            yield index, np.where(corner, share, 1 - share).prod(axis=1)


@dataclass(frozen=True, eq=False)
class Central:
    """A central composite design: a centre, two points on each axis and the corners of a cube, all equally far.

    Attributes
    ----------
    centre : (scales,)
        In standard normals.
    axes : (scales, scales)
        A column for each axis, a standard deviation long.
    """

    centre: Array
    axes: Array

    @property
    def steps(self) -> Array:
        """Return the points in standard deviations along the axes: (points, scales)."""
        scales = len(self.centre)
        corners = np.array(list(product((-1.0, 1.0), repeat=scales)))
        if scales > CORNERS_OF_ALL:
            corners = corners[corners.prod(axis=1) > 0]
        stars = np.sqrt(scales) * np.concatenate([np.eye(scales), -np.eye(scales)])
        return RADIUS * np.concatenate([np.zeros((1, scales)), stars, corners])

    @property
    def points(self) -> Array:
        """Return the points in standard normals: (points, scales)."""
        return self.centre + self.steps @ self.axes.T

    def improve(self, learnt: Array) -> Central | None:
        """Return a design around the mode of the quadratic through the points; None where this one is near enough."""
        scales = len(self.centre)
        found = np.linalg.lstsq(_expand(self.steps), learnt - 0.5 * (self.points**2).sum(axis=1))[0]
        slope, bend = found[1 : scales + 1], np.diag(2 * found[scales + 1 : 2 * scales + 1])
        for (one, other), value in zip(combinations(range(scales), 2), found[2 * scales + 1 :], strict=True):
            bend[one, other] = bend[other, one] = value
        curved, vectors = np.linalg.eigh(-bend)
        axes = self.axes @ vectors
        curved = np.maximum(curved, (axes**2).sum(axis=0) / WIDEST**2)
        step = (vectors.T @ slope) / curved
        if np.linalg.norm(step) < NEAR and (curved > 1 / WIDE**2).all() and (curved < WIDE**2).all():
            return None
        move = axes @ step
        move *= min(1.0, LONGEST / max(np.linalg.norm(move), LONGEST))
        return Central(self.centre + move, axes / np.sqrt(curved))

    def draw(self, learnt: Array, count: int, rng: np.random.Generator) -> tuple[Array, Array]:
        """Draw scales along the axes, each with its spread on either side; see `Grid.draw`.

        A Latin hypercube: along each axis one from each of `count` equal parts.
        """
        scales = len(self.centre)
        height = learnt - 0.5 * (self.points**2).sum(axis=1)
        drop = np.maximum(height[0] - height[1 : 2 * scales + 1], 1e-9).reshape(2, scales)
        spread = np.clip(RADIUS * np.sqrt(scales / (2 * drop)), NARROW, WIDE)  # above and below
        edges = np.linspace(-FAR, FAR, CELLS + 1)
        middle, width = (edges[1:] + edges[:-1]) / 2, edges[1] - edges[0]
        step, log_density = np.empty((count, scales)), np.zeros(count)
        for axis, (above, below) in enumerate(spread.T):
            away = middle / np.where(middle > 0, above, below)
            cell, within, log_mass = _draw_cells(-0.5 * (TAIL + 1) * np.log1p(away**2 / TAIL), count, rng)
            mixed = rng.permutation(count)
            step[:, axis] = (middle[cell] + width * (within - 0.5))[mixed]
            log_density += (log_mass[cell] - np.log(width))[mixed]
        log_density -= np.log(abs(np.linalg.det(self.axes)))
        return self.centre + step @ self.axes.T, log_density

    def interpolate(self, mode: Array, scale: Array, s: Array) -> tuple[Array, Array]:
        """Return modes and roots of covariances at scales from quadratics through the points; see `Grid.interpolate`.

        Of a root, each column over its diagonal, and the diagonal's logarithm.
        """
        shares = _expand(self._find_steps(s)) @ np.linalg.pinv(_expand(self.steps))  # (blocks, points)
        diagonal = np.diagonal(scale, axis1=1, axis2=2)
        root = np.tensordot(shares, scale / diagonal[:, None, :], axes=1)
        return shares @ mode, root * np.exp(shares @ np.log(diagonal))[:, None, :]

    def clip(self, s: Array) -> Array:
        """Return scales, (blocks, scales), those beyond the points drawn in: a quadratic knows nothing of them."""
        step = self._find_steps(s)
        far = np.linalg.norm(step, axis=1, keepdims=True) / (RADIUS * np.sqrt(len(self.centre)))
        return self.centre + (step / np.maximum(far, 1.0)) @ self.axes.T

    def _find_steps(self, s: Array) -> Array:
        """Return scales in standard deviations along the axes."""
        return np.linalg.solve(self.axes, (s - self.centre).T).T


Layout = Grid | Central


def _expand(step: Array) -> Array:
    """Return the terms of a quadratic: 1, each, its square, and the product of each two."""
    pairs = [step[:, one] * step[:, other] for one, other in combinations(range(step.shape[1]), 2)]
    return np.column_stack([np.ones(len(step)), step, step**2, *pairs])


def _draw_cells(log_mass: Array, count: int, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Draw cells, one from each of `count` equal parts of their mass, and places within; return the log of shares."""
    mass = np.exp(log_mass - log_mass.max())
    below = np.concatenate([[0.0], np.cumsum(mass)])
    place = np.interp((np.arange(count) + rng.random(count)) / count, below / below[-1], np.arange(len(below)))
    cell = np.minimum(place.astype(int), len(mass) - 1)
    return cell, place - cell, log_mass - np.logaddexp.reduce(log_mass)
