"""Colours that must be told apart are far apart for every eye.

Dichromats are simulated by the matrices of Machado, Oliveira & Fernandes (2009, doi:10.1109/TVCG.2009.113) at severity
1, on linear RGB. A distance is Euclidean in CIELAB (D65); some 2 can just be seen side by side, and 10 at a glance.
"""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from forecast.plots import style
from forecast.report.colours import DARK_PLACES, PLACE_COLOURS

VISION = {
    "trichromat": np.eye(3),
    "protanope": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranope": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanope": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]]
)
GLANCE = 10.0


def to_linear(colour):
    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def to_lab(colour, vision):
    xyz = TO_XYZ @ np.clip(VISION[vision] @ to_linear(colour), 0, 1) / (TO_XYZ @ np.ones(3))
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def distance(one, other, vision):
    return float(np.linalg.norm(to_lab(one, vision) - to_lab(other, vision)))


def contrast(one, other):
    """Return the ratio of relative luminances of WCAG 2."""
    dark, light = sorted(TO_XYZ[1] @ to_linear(colour) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def test_the_simulation_is_of_eyes_that_confuse_red_and_green():
    assert distance("#c00000", "#408000", "trichromat") > 2 * distance("#c00000", "#408000", "deuteranope")
    for vision in VISION:
        np.testing.assert_allclose(to_lab("#808080", vision), to_lab("#808080", "trichromat"), atol=0.3)
    np.testing.assert_allclose(to_lab("#ffffff", "trichromat"), [100, 0, 0], atol=0.05)
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("colours", [PLACE_COLOURS, DARK_PLACES], ids=["light", "dark"])
def test_places_are_told_apart(vision, colours):
    near = {pair: found for pair in combinations(colours, 2) if (found := distance(*pair, vision)) < GLANCE}
    assert near == {}


@pytest.mark.parametrize("vision", VISION)
def test_neighbouring_stages_are_told_apart_and_grow_darker(vision):
    colours = [*style.stage_colours("abcdef").values()]
    assert min(distance(*pair, vision) for pair in pairwise(colours)) > GLANCE
    lightness = [to_lab(colour, vision)[0] for colour in colours]
    assert lightness == sorted(lightness, reverse=True)


@pytest.mark.parametrize("vision", VISION)
def test_prior_and_posterior_are_told_apart(vision):
    assert distance(style.PRIOR, style.POSTERIOR, vision) > 2 * GLANCE


@pytest.mark.parametrize("colour", [style.INK, style.SOFT])
def test_texts_can_be_read(colour):
    assert contrast(colour, "#ffffff") >= 4.5  # WCAG 2, level AA
