"""What the figures draw: line data, labels and units, not pixels."""

import datetime
import io
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from figures import assert_nothing_is_cut_or_covered, labelled, words
from matplotlib.colors import to_rgb
from PIL import Image

from forecast import plots
from forecast.answer.run import run_scenario
from forecast.document.load import load_scenario
from forecast.plots import bands as plans
from forecast.plots import citations as facts
from forecast.plots import dates, lanes, priors, style, timeline, when, where, whether
from forecast.plots.words import percent_range
from forecast.report.table import explain_interval
from forecast.scenario.entries import PlanEntry
from forecast.scenario.question import EVENT


@pytest.fixture(scope="module")
def drawn(may):
    return plots.plot_timeline(may)


# --- timeline ----------------------------------------------------------------------------------------------------


def test_chances_sum_to_one_on_every_day(may):
    stack = timeline.stack_chances(may)
    np.testing.assert_allclose(stack.shares.sum(axis=0), 1, atol=1e-9)
    assert stack.x[0] == dates.end_of(may.scenario.as_of)
    assert stack.x[-1] == dates.end_of(may.scenario.window.until)
    assert stack.shares.shape == (8, 66)


def test_areas_are_stages_then_places_and_fill_the_canvas(may, drawn):
    names = [*may.scenario.question.stages, *may.scenario.question.places]
    areas = [item for item in drawn.collections if item.get_label() in names]
    assert [area.get_label() for area in areas] == names
    heights = np.concatenate([area.get_paths()[0].vertices[:, 1] for area in areas])
    assert heights.min() == 0
    assert heights.max() == pytest.approx(1)


def test_the_line_above_the_stages_is_one_minus_the_chance_of_the_event(may, drawn):
    line = labelled(drawn.lines, "no event yet")
    np.testing.assert_allclose(line.get_ydata()[1:], 1 - may.cif_any.mean, atol=1e-9)


def test_two_scales_meet_at_as_of(may, drawn):
    cut = dates.end_of(may.scenario.as_of)
    to_axes = drawn.transData + drawn.transAxes.inverted()
    first, last = drawn.get_xlim()
    at = [to_axes.transform((x, 0))[0] for x in (first, cut, last)]
    np.testing.assert_allclose(at, [0, 0.42, 1], atol=1e-9)
    assert (last - cut) / 0.58 < (cut - first) / 0.42 / 20  # days are far wider on the right


def test_history_climbs_to_the_event_lane_at_each_past_event(may, drawn):
    history = lanes.collect_history(may)
    rows = lanes.lay_lanes(may, history)
    x, y = history.trace(rows)
    np.testing.assert_array_equal(labelled(drawn.lines, "stage").get_xdata(), x)
    assert np.all(np.diff(x) >= 0)
    stars = labelled(drawn.collections, "events").get_offsets()
    assert [tuple(star) for star in stars] == [
        tuple(point) for point in zip(x, y, strict=True) if point[1] == rows.centre(EVENT)
    ]
    assert {event.day for event in history.events} == {"2019-04-24", "2023-09-13"}


def test_stays_follow_one_another_up_to_as_of(may):
    history = lanes.collect_history(may)
    for stay, later in zip(history.stays[:-1], history.stays[1:], strict=True):
        assert stay.end == later.start
    assert history.stays[0].start == history.first
    assert history.stays[-1].end == history.cut
    assert history.stays[-1].stage == "preparing"


def test_plans_ahead_are_bands_with_labels(may, drawn):
    bands = plans.plans_ahead(may)
    assert [band.label for band in bands] == ["leak: vladivostok, 3–5 May", "occasion: moscow, 8–10 May"]
    assert [band.end - band.start for band in bands] == [3, 3]
    assert bands[0].start == dates.end_of(datetime.date(2025, 5, 2))
    assert {band.label for band in bands} <= set(words(drawn))


def test_conditions_join_over_as_of(may):
    history = lanes.collect_history(may)
    conditions = history.conditions
    (alliance,) = conditions[lanes.name_condition("alliance")]
    assert alliance == (dates.end_of(datetime.date(2024, 6, 18)), dates.end_of(may.scenario.window.until))
    assert history.labels[lanes.name_condition("multilateral")] == "multilateral: moscow"


def test_a_condition_that_may_end_fades():
    scenario = load_scenario("tests/questions/visit.yaml").at(as_of="2021-06-30", window="2022-06-30")
    result = run_scenario(scenario, engine="quick")
    history = lanes.collect_history(result)
    name = lanes.name_condition("port_closed")
    (bar,) = history.conditions[name]
    assert bar[1] == history.cut
    chance = history.fading[name]
    assert len(chance) == 365
    assert (np.diff(chance) < 0).all()
    axes = plots.plot_timeline(result)
    main = np.asarray(axes, object).flat[0]
    bars = [item for item in main.collections if item.get_alpha() is not None and item.get_hatch()]
    shades = [item.get_alpha() for item in bars]
    assert len(shades) == lanes.SHADES
    assert shades == sorted(shades, reverse=True)
    assert f"{chance[-1]:.0%}" in [text.get_text() for text in main.texts]


def test_every_number_has_its_fact_and_every_step_its_number(may, drawn):
    rows = lanes.lay_lanes(may, lanes.collect_history(may))
    numbered = facts.number_facts(facts.collect_citations(may, rows))
    assert len(numbered.facts) <= facts.MOST
    assert [day for _, day in numbered.facts] == sorted(day for _, day in numbered.facts)
    cited = {fact for fact, _ in numbered.facts}
    assert {entry.because[0] for _, entry, _ in may.scenario.known().steps} <= cited
    assert all(may.scenario.facts[fact].public <= may.scenario.as_of for fact in cited)
    assert len(labelled(drawn.collections, "facts").get_offsets()) == len(numbered.marks)
    legend = "\n".join(words(drawn))
    assert all(str(day) in legend for _, day in numbered.facts)


def test_with_too_many_facts_those_of_conditions_go_first(may):
    rows = lanes.lay_lanes(may, lanes.collect_history(may))
    citations = facts.collect_citations(may, rows)
    steps = {item.fact for item in citations if item.rank == 0}
    few = facts.number_facts(citations, most=len(steps))
    assert {fact for fact, _ in few.facts} == steps
    assert few.left_out == len({item.fact for item in citations} - steps)


def test_timeline_says_what_it_shows(drawn):
    text = words(drawn)
    assert "Kim Jong Un visits Russia" in text
    assert any(item.startswith("as of 2025-03-27: ") and "90% of draws" in item for item in text)
    assert any("4,000 draws" in item for item in text)
    assert "as of 2025-03-27" in text


def test_timeline_without_any_step_or_plan(may):
    covariates = {entry.covariate for entry in may.scenario.known().covariates}
    bare = replace(may.scenario, timeline=(), unused=tuple(covariates))
    from forecast.answer.run import predict
    from forecast.model.timeline import build_timeline

    few = {name: values[:, :50] for name, values in may.fit.draws.items()}
    fit = replace(may.fit, draws=few, chains=1)
    ax = plots.plot_timeline(predict(bare, build_timeline(bare.known()), fit))
    rows = [text.get_text() for text in ax.texts if text.get_label() == "row"]
    assert rows == [*may.scenario.question.stages, EVENT]


# --- whether -----------------------------------------------------------------------------------------------------


def test_dots_are_quantiles_in_columns(may):
    quantiles = np.quantile(may.p_draws, (np.arange(100) + 0.5) / 100)
    dots = whether.stack_dots(quantiles, 1.0, 0.5)
    assert np.all(np.abs(dots.x - quantiles) <= dots.width / 2 + 1e-12)
    assert abs(dots.x.mean() - may.p_event.mean) < dots.width
    assert dots.y.max() * dots.width <= 0.5 + 1e-9
    assert len(set(zip(dots.x, dots.y, strict=True))) == 100


def test_whether_marks_mean_interval_and_comparisons(may):
    ax = plots.plot_whether(may)
    others = labelled(ax.lines, "for comparison").get_xdata()
    np.testing.assert_allclose(others, [may.prior_only, may.base_rate])
    text = words(ax)
    assert percent_range(may.p_event.eti90) in text
    assert explain_interval(may.scenario, may.p_event.mean, may.p_event.eti90) in text
    assert "probability" in ax.get_xlabel()


# --- where -------------------------------------------------------------------------------------------------------


def test_where_lists_places_itineraries_and_no_event_in_order(may):
    rows = where.list_rows(may)
    assert [row.name for row in rows if not row.is_part] == [*may.scenario.question.places, where.NO_EVENT]
    assert [row.name for row in rows if row.is_part] == [way.name for way in may.scenario.question.itineraries]
    assert sum(row.mean for row in rows if not row.is_part) == pytest.approx(1)
    ax = plots.plot_where(may)
    assert [bar.get_width() for bar in ax.patches] == [row.mean for row in rows]


# --- when --------------------------------------------------------------------------------------------------------


def test_when_draws_cumulative_and_daily_incidence(may):
    upper, lower, _ = plots.plot_when(may)
    line = labelled(upper.lines, "anywhere")
    np.testing.assert_allclose(line.get_ydata(), np.r_[0, may.cif_any.mean], atol=1e-9)
    assert line.get_ydata()[-1] == pytest.approx(may.p_event.mean)
    stairs = [patch for patch in lower.patches if patch.get_label() in may.scenario.question.places]
    np.testing.assert_allclose(stairs[-1].get_data().values, may.incidence.sum(axis=0))
    assert "probability by that day" in upper.get_ylabel()
    assert any(text.startswith("shortest 80% window: ") for text in words(lower))


def test_when_shades_the_shortest_window(may):
    start, until = may.window(0.8)
    curves = when.collect_curves(may)
    assert curves.shortest == (dates.end_of(start) - 1, dates.end_of(until))


def test_when_draws_equally_likely_futures_as_dots(may):
    """Half of the dots that come do so by the median day of the event, give or take one; as many come as P says."""
    strip = plots.plot_when(may)[2]
    come, none = (len(labelled(strip.collections, label).get_offsets()) for label in ("dots", "none"))
    assert come + none == when.DOTS
    assert come == pytest.approx(may.p_event.mean * when.DOTS, abs=0.5)
    days = when.collect_curves(may).dots
    median = np.argmax(may.cif_any.mean >= may.p_event.mean / 2)  # of the event's day, if it comes
    assert abs(int((days <= dates.end_of(may.days[median])).sum()) - come / 2) <= 1
    assert any(f"{come} have the event" in text for text in words(strip))
    assert f"{none} have none" in words(strip)


def test_what_comes_before_the_window_is_no_dot():
    cif = np.array([0.3, 0.3, 0.45, 0.7])
    days = when.quantile_days(cif, np.arange(5.0), opens=2.0)
    np.testing.assert_array_equal(days, [2.5] * 3 + [3.5] * 5)  # 0.15 and 0.25 of twenty


def test_when_takes_an_axes(may):
    ax = style.new_figure(6, 4).add_axes((0.1, 0.2, 0.7, 0.5))
    assert plots.plot_when(may, ax=ax) is ax


# --- priors ------------------------------------------------------------------------------------------------------


def test_priors_draw_each_quantity_on_the_scale_it_was_given(may):
    panels = priors.collect_panels(may)
    names = ["stay", "end_share", "hazard_ratio", "kept", "meanwhile", "lasts", "seriousness"]
    assert [panel.name for panel in panels] == names
    axes = plots.plot_priors(may)
    assert [ax.get_xscale() for ax in axes] == ["log", "linear", "log", "linear", "log", "log", "log"]
    stay = panels[0]
    np.testing.assert_allclose(stay.posterior[2], np.median(np.exp(may.fit.draws["log_stay"]), axis=1))
    medians = labelled(axes[0].collections, "median").get_offsets()
    np.testing.assert_allclose(medians[:, 0], [*stay.prior[2], *stay.posterior[2]])


def test_prior_stands_above_posterior(may):
    ax = plots.plot_priors(may)[0]
    y = labelled(ax.collections, "median").get_offsets()[:, 1]
    low, high = ax.get_ylim()
    assert low > high
    half = len(y) // 2
    assert np.all(y[:half] < y[half:])


def test_hindsight_has_an_asterisk(may, monkeypatch):
    late = replace(may.scenario.known(), hindsight=("priors.stages.announced", "priors.plans.leak"))
    monkeypatch.setattr(type(may.scenario), "known", lambda _: late)
    starred = {
        panel.name: [label for label in panel.labels if label.endswith(" *")] for panel in priors.collect_panels(may)
    }
    assert starred["stay"] == ["announced *"]
    assert starred["end_share"] == ["announced > event *", "announced > quiet *"]
    assert starred["kept"] == ["leak *"]
    assert starred["seriousness"] == []


# --- what they share ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", plots.FIGURES)
def test_render_gives_a_png_of_the_figures_own_size(may, name):
    figure = np.asarray(plots.FIGURES[name](may)).flat[0].figure
    image = Image.open(io.BytesIO(plots.render_figure(name, may)))
    assert image.format == "PNG"
    assert image.size == tuple(figure.bbox.size.astype(int))
    assert image.info["dpi"] == pytest.approx((figure.dpi, figure.dpi), abs=0.02)  # the format counts per metre


@pytest.mark.parametrize(
    ("format", "start", "size"),
    [("svg", b"<?xml", 'width="{:g}pt" height="{:g}pt"'), ("pdf", b"%PDF", "[ 0 0 {:g} {:g} ]")],
)
def test_a_vector_figure_has_the_same_size_and_each_time_the_same_bytes(may, format, start, size):
    ax = plots.FIGURES["where"](may)
    drawn = plots.render_axes(ax, format)
    assert drawn.startswith(start)
    assert size.format(*(72 * ax.figure.get_size_inches())) in drawn.decode("latin-1")
    assert plots.render_figure("where", may, format) == drawn


def test_render_names_the_formats_it_has(may):
    with pytest.raises(ValueError, match="unknown format of a figure jpg; did you mean png"):
        plots.render_figure("where", may, "jpg")


@pytest.mark.parametrize("name", plots.FIGURES)
def test_no_text_is_cut_or_covered(may, name):
    axes = np.asarray(plots.FIGURES[name](may)).flat
    assert_nothing_is_cut_or_covered(*axes)


def test_render_names_the_figures_it_has(may):
    with pytest.raises(ValueError, match="unknown figure why; choose from: timeline, whether, where, when, decay"):
        plots.render_figure("why", may)


def test_figures_need_neither_pymc_nor_pyplot():
    code = (
        "import sys, forecast.plots; heavy = {'pymc', 'pytensor', 'arviz', 'pandas', 'xarray', 'matplotlib.pyplot'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_colours_differ_in_lightness():
    stages = [np.dot(to_rgb(colour), (0.299, 0.587, 0.114)) for colour in style.stage_colours("abcde").values()]
    assert np.all(np.diff(stages) < -0.08)


def test_spread_keeps_order_gap_and_bounds():
    placed = style.spread([0.5, 0.5, 0.52, 0.1], 0.2, (0.0, 1.0))
    ordered = sorted(placed)
    assert np.all(np.diff(ordered) >= 0.2 - 1e-12)
    assert ordered[0] >= 0
    assert ordered[-1] <= 1
    assert placed[3] == min(placed)


def test_labels_of_plans_never_overlap():
    ax = style.new_figure(8, 4).add_axes((0.1, 0.1, 0.6, 0.6))
    ax.set_xlim(0, 100)
    bands = [plans.PlanBand(x, x + 3, f"plan {x}: somewhere or other") for x in (10, 14, 18, 60, 97)]
    arranged = plans.arrange_labels(ax, bands)
    for label in arranged:
        for other in arranged:
            if label is not other and label.row == other.row:
                first, second = sorted((label, other), key=lambda item: item.left)
                assert first.left + style.text_width(first.text, style.TINY) < second.left


def test_a_plan_that_is_void_has_no_band(may):
    entries = [entry for entry in may.scenario.timeline if isinstance(entry, PlanEntry)]
    assert len(plans.plans_ahead(may)) < len(entries)


def test_dots_count_draws_by_their_weight(may):
    half = may.p_draws.size // 2
    draws, weight = np.repeat([0.1, 0.9], half), np.repeat([3.0, 1.0], half)
    curves = replace(may.ahead.curves, landed=weight[:, None, None])
    weighted = replace(may, ahead=replace(may.ahead, joint=(draws * weight)[None], weight=weight, curves=curves))
    points = labelled(plots.plot_whether(weighted).collections, "quantiles").get_offsets()
    assert len(points) == 100
    assert (points[:, 0] < 0.5).sum() == pytest.approx(75, abs=1)
