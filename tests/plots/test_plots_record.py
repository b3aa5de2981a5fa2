"""Where a record begins in the middle of a stage, and where it breaks off, as the timeline figure shows it."""

import numpy as np
from builders import broken_record, day
from figures import assert_nothing_is_cut_or_covered, labelled

from forecast import plots
from forecast.answer.run import run_scenario
from forecast.plots import dates


def test_days_without_record_are_crossed_out_and_the_line_breaks_off_there():
    ax = plots.plot_timeline(run_scenario(broken_record(), engine="quick"))
    crossed = labelled(ax.collections, "unrecorded").get_paths()
    spans = [(path.vertices[:, 0].min(), path.vertices[:, 0].max()) for path in crossed]
    assert spans == [(dates.start_of(day(first)), dates.end_of(day(last))) for first, last in ((31, 50), (81, 90))]
    x, _ = labelled(ax.lines, "stage").get_data()
    assert np.isnan(x).sum() == 2
    for start, end in spans:
        assert not ((x > start) & (x < end)).any()
    shown = {text.get_text() for text in ax.texts}
    assert {"no record", "since 2019-11-22"} <= shown
    assert "history: the stage on each day; crossed: no record" in shown
    assert_nothing_is_cut_or_covered(ax)


def test_a_record_that_begins_with_its_first_stage_has_no_mark(may):
    ax = plots.plot_timeline(may)
    assert "unrecorded" not in [item.get_label() for item in ax.collections]
    assert not any(text.get_text().startswith("since") or text.get_text() == "no record" for text in ax.texts)
