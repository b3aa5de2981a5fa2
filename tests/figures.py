"""What several tests ask of a figure: what it shows, and that nothing is cut or covered."""

from __future__ import annotations

from dataclasses import replace

from matplotlib.backends.backend_agg import FigureCanvasAgg

from forecast.plots.fonts import drawing


def retold(result, scenario):
    """Return a forecast in the words of a scenario that changes no number; what was counted is not counted again."""
    told = replace(result, scenario=scenario)
    vars(told)["how_many"] = result.how_many
    return told


def words(ax):
    """Return every text of an axes, tick labels included."""
    written = [text.get_text() for text in ax.texts]
    return [*written, *(label.get_text() for label in ax.get_xticklabels()), ax.get_xlabel(), ax.get_ylabel()]


def labelled(artists, label):
    return next(artist for artist in artists if artist.get_label() == label)


def draw(figure):
    """Draw a figure as it is drawn into a file, and return what drew it."""
    canvas = FigureCanvasAgg(figure)
    with drawing():
        canvas.draw()
    return canvas.get_renderer()


def boxes(*axes):
    """Return the extent of every text in pixels; of a tick's, if it has one in the axes."""
    renderer = draw(axes[0].figure)
    found = []
    for ax in axes:
        texts = [*ax.texts, *_ticks(ax.xaxis), *_ticks(ax.yaxis), ax.xaxis.label, ax.yaxis.label]
        with drawing():
            found += [(text.get_text(), text.get_window_extent(renderer)) for text in texts if text.get_text()]
    return found


def _ticks(axis):
    if not axis.get_visible():
        return []
    low, high = sorted(axis.get_view_interval())
    return [
        tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high and tick.label1.get_visible()
    ]


def assert_nothing_is_cut_or_covered(*axes):
    found, page = boxes(*axes), axes[0].figure.bbox
    for text, box in found:
        assert box.x0 >= 0, text
        assert box.y0 >= 0, text
        assert box.x1 <= page.width, text
        assert box.y1 <= page.height, text
    for index, (text, box) in enumerate(found):
        for other, second in found[:index]:
            overlap = min(box.x1, second.x1) - max(box.x0, second.x0), min(box.y1, second.y1) - max(box.y0, second.y0)
            assert min(overlap) < 1, (text, other)
