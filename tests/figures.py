"""What several tests ask of a figure: what it shows, and that nothing is cut or covered."""

from __future__ import annotations

from forecast.plots.letters import OutlineRenderer


def words(ax):
    """Return every text of an axes, tick labels included."""
    written = [text.get_text() for text in ax.texts]
    return [*written, *(label.get_text() for label in ax.get_xticklabels()), ax.get_xlabel(), ax.get_ylabel()]


def labelled(artists, label):
    return next(artist for artist in artists if artist.get_label() == label)


def boxes(ax):
    """Return the extent of every text in pixels."""
    renderer = OutlineRenderer(*ax.figure.bbox.size.astype(int), ax.figure.dpi)
    texts = [*ax.texts, *ax.get_xticklabels(), ax.xaxis.label, ax.yaxis.label]
    ax.figure.draw(renderer)
    return [(text.get_text(), text.get_window_extent(renderer)) for text in texts if text.get_text()]


def assert_nothing_is_cut_or_covered(ax):
    found = boxes(ax)
    for text, box in found:
        assert box.x0 >= 0, text
        assert box.y0 >= 0, text
        assert box.x1 <= ax.figure.bbox.width, text
        assert box.y1 <= ax.figure.bbox.height, text
    for index, (text, box) in enumerate(found):
        for other, second in found[:index]:
            overlap = min(box.x1, second.x1) - max(box.x0, second.x0), min(box.y1, second.y1) - max(box.y0, second.y0)
            assert min(overlap) < 1, (text, other)
