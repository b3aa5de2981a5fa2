"""Letters and pixels: measured and drawn as Matplotlib does, only sooner."""

import io

import numpy as np
import pytest
from matplotlib import rc_context
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties
from PIL import Image

from forecast.plots import letters, png, style

TEXTS = ["Kim has decided to stay in Pyongyang.", "AV Te Yo 2025-03-27", "3–5 May, σ > 0 …", "Владивосток, a café", "l"]


def draw(renderer_class, *texts):
    """Return the darkness of each pixel, (height, width), of texts in a column."""
    figure = style.new_figure(4, 2)
    for row, (text, weight, turn) in enumerate(texts):
        figure.text(0.05, 0.1 + 0.2 * row, text, family=letters.FONT, fontsize=9, fontweight=weight, rotation=turn)
    renderer = renderer_class(*figure.bbox.size.astype(int), figure.dpi)
    with rc_context({"text.hinting": "no_hinting"}):
        figure.draw(renderer)
    return 255.0 - np.asarray(renderer.buffer_rgba())[..., :3].mean(axis=-1)


@pytest.mark.parametrize("weight", ["normal", "bold"])
@pytest.mark.parametrize("text", TEXTS)
def test_a_line_measures_what_matplotlib_measures(text, weight):
    prop = FontProperties(family=letters.FONT, size=9, weight=weight)
    with rc_context({"text.hinting": "no_hinting"}):
        ours, theirs = (
            kind(100, 100, 160).get_text_width_height_descent(text, prop, False)
            for kind in (letters.OutlineRenderer, RendererAgg)
        )
    np.testing.assert_allclose(ours, theirs, atol=0.1 * len(text) ** 0.5 + 1)  # theirs are in whole pixels
    assert letters.text_width(text, 9, weight == "bold") * 160 / 72 == pytest.approx(ours[0])


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize(("weight", "turn"), [("normal", 0), ("bold", 0), ("normal", 90)])
def test_a_line_is_drawn_where_and_as_matplotlib_draws_it(text, weight, turn):
    ours, theirs = (draw(kind, (text, weight, turn)) for kind in (letters.OutlineRenderer, RendererAgg))
    assert ours.sum() == pytest.approx(theirs.sum(), rel=0.02)
    assert np.abs(ours - theirs).sum() < 0.15 * theirs.sum()
    rows, columns = np.indices(ours.shape)
    for axis in (rows, columns):
        assert np.average(axis, weights=ours) == pytest.approx(np.average(axis, weights=theirs), abs=0.5)


@pytest.mark.parametrize("text", ["سلام", "e\N{COMBINING ACUTE ACCENT}", "$x^2$"])
def test_what_needs_shaping_is_left_to_matplotlib(text):
    ours, theirs = (draw(kind, (text, "normal", 0)) for kind in (letters.OutlineRenderer, RendererAgg))
    assert theirs.sum() > 0
    np.testing.assert_array_equal(ours, theirs)


def test_pixels_come_back_from_the_png(tmp_path):
    pixels = np.random.default_rng(1).integers(0, 256, (7, 11, 3), dtype=np.uint8)
    image = Image.open(io.BytesIO(png.encode_png(pixels, 160)))
    image.load()
    np.testing.assert_array_equal(np.asarray(image), pixels)
    assert image.info["dpi"] == pytest.approx((160, 160), abs=0.02)
    (tmp_path / "figure.png").write_bytes(png.encode_png(pixels, 160))
    with Image.open(tmp_path / "figure.png") as stored:
        stored.verify()  # checks the sums of all chunks
