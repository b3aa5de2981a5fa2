"""What a person sees: names in any script, facts told whole, a foot that says what a figure is of, nothing covered."""

import os
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from figures import assert_nothing_is_cut_or_covered, draw, labelled, retold
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.font_manager import fontManager
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text

import forecast
from forecast import explore, plots
from forecast.plots import citations, fonts, measure, style, when, words

VISIT = Path("tests/questions/visit.yaml")
APART = "\N{FIRST STRONG ISOLATE}{}\N{POP DIRECTIONAL ISOLATE}"
NAMES = ("quiet", "invited", "agreed", "event", "north", "south")
SHOWN = {
    "chinese": dict(zip(NAMES, ("平静", "受邀", "已同意", "到访", "北岛", "南岛"), strict=True)),
    "arabic": dict(zip(NAMES, ("هدوء", "مدعو", "متفق عليه", "زيارة", "شمال", "جنوب"), strict=True)),
    "cyrillic": dict(zip(NAMES, ("тихо", "зван", "решено", "визит", "Север", "Юг"), strict=True)),
    "signs": dict(zip(NAMES, ("$x_1$", r"\undefined", "{}", "a_b", "$5", "^{2}"), strict=True)),
}
LONG = "a name that somebody wrote out in full, because nothing says that it should be short: {}"


def read_visit(**parts):
    return yaml.load(VISIT.read_text(encoding="utf-8"), Loader=yaml.BaseLoader) | parts


def ask(**parts):
    scenario = forecast.load_scenario(read_visit(**parts))
    return forecast.run_scenario(scenario, engine="quick", settings=forecast.Settings(draws=250))


def say(visit, **parts):
    """Say a forecast in other words: `test_display_is_kept_and_changes_no_number`."""
    return retold(visit, forecast.load_scenario(read_visit(**parts)))


def texts(drawn):
    """Return every text of the figure that one or several axes are in."""
    return [text.get_text() for text in np.asarray(drawn).flat[0].figure.findobj(Text) if text.get_text()]


@pytest.fixture(scope="module")
def visit():
    return ask()


# --- names -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=SHOWN)
def named(request, visit):
    """A forecast whose names are displayed in a script."""
    return say(visit, display=SHOWN[request.param])


@pytest.mark.parametrize("name", plots.FIGURES)
def test_names_are_displayed_and_nothing_is_cut_or_covered(named, name):
    drawn = plots.FIGURES[name](named)
    assert plots.render_axes(drawn).startswith(b"\x89PNG")
    said = "\n".join(texts(drawn))
    question, display = named.scenario.question, named.scenario.question.display
    shown = {
        "timeline": [*question.stages, "event", *question.places],
        "where": question.places, "when": question.places, "priors": [*question.stages, "south"],
    }.get(name, [])  # fmt: skip
    assert all(display[name] in said for name in shown)
    raw = {*question.stages, *question.places}
    assert not [line for line in said.split("\n") if line.split(" ")[0].rstrip(":") in raw]
    assert_nothing_is_cut_or_covered(*np.asarray(drawn).flat)


def test_names_without_display_have_blanks_for_underscores(visit):
    assert "port closed" in texts(plots.plot_timeline(visit))
    assert "port_closed" not in "\n".join(texts(plots.plot_timeline(visit)))


def test_what_follows_a_name_from_right_to_left_is_set_apart_from_it(visit):
    named = say(visit, display=SHOWN["arabic"])
    said = texts(plots.plot_timeline(named))
    place = APART.format("جنوب")
    assert f"host: {place}, 2–4 Aug" in said  # a date after Arabic letters would be drawn backwards
    assert any(text.startswith(f"{place} ") and text.endswith("%") for text in said)


def test_suppositions_set_apart_what_runs_from_right_to_left(visit, monkeypatch):
    monkeypatch.setattr(words, "describe_suppositions", lambda *_: ["متفق عليه is set on 2024-07-15 (do)"])
    (line,) = words.list_suppositions(visit)
    assert line == f"{APART.format('متفق عليه')} is set on 2024-07-15 (do)"


@pytest.mark.parametrize("name", plots.FIGURES)
def test_long_names_are_cut_and_cover_nothing(visit, name):
    names = ["quiet", "invited", "agreed", "north", "south", "host", "gossip", "festival", "port_closed", "by_air"]
    long = say(visit, display={name: f"{name}, {LONG}" for name in names}, title=LONG * 2)
    drawn = plots.FIGURES[name](long)
    assert_nothing_is_cut_or_covered(*np.asarray(drawn).flat)
    if name == "priors":
        ends = [text.get_text() for text in drawn[1].texts if text.get_label() == "row"]
        assert len(set(ends)) == len(ends)  # of two names in a row both are told


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("red \x1b[31m", r"red \x1b[31m"),
        ("turned \u202eback", r"turned \u202eback"),
        ("$\\undefined$ {x} \\alpha_1^2", "$\\undefined$ {x} \\alpha_1^2"),
    ],
)
def test_what_would_act_on_the_drawing_is_shown_as_it_is(visit, title, shown):
    scenario = replace(visit.scenario, question=replace(visit.scenario.question, title=title))
    for figure in plots.FIGURES.values():
        said = texts(figure(retold(visit, scenario)))
        assert any(text.startswith(shown) for text in said)
        assert all(letter.isprintable() for text in said for letter in text if letter != "\n")
    assert plots.render_figure("whether", retold(visit, scenario))


def test_a_compared_file_may_have_any_name(visit):
    odd = replace(visit.scenario, name="$undefined$_{1}")
    ax = explore.compare_scenarios([odd], engine="quick").plot()
    assert plots.render_axes(ax)
    assert "$undefined$_{1}" in texts(ax)


# --- display: what is wrong with it ------------------------------------------------------------------------------


def test_display_is_checked():
    wrong = {"norht": "N", "south": "north", "quiet": ""}
    with pytest.raises(forecast.InputError) as caught:
        forecast.load_scenario(read_visit(display=wrong))
    said = str(caught.value)
    assert "display.norht: nothing has the name norht; did you mean north?" in said
    assert "display.south: expected a text that no other of the places has; found 'north'" in said
    assert "display.quiet: expected a text" in said


def test_display_is_kept_and_changes_no_number(visit, tmp_path):
    named = ask(display=SHOWN["chinese"])
    assert named.p_event == visit.p_event
    assert named.fit.fingerprint == visit.fit.fingerprint
    named.write(tmp_path, figures=False)
    assert forecast.load_scenario(tmp_path / "scenario.yaml").question.display == SHOWN["chinese"]


def test_display_of_a_file_is_laid_over_that_of_the_file_below(tmp_path):
    (tmp_path / "seeds").mkdir()
    below = read_visit(display={"north": "Nord", "south": "Süd"})
    (tmp_path / "below.yaml").write_text(yaml.safe_dump(below, allow_unicode=True), encoding="utf-8")
    (tmp_path / "above.yaml").write_text("extends: below.yaml\ndisplay: {south: Midi, north: null}\n", encoding="utf-8")
    assert forecast.load_scenario(tmp_path / "above.yaml").question.display == {"south": "Midi"}


# --- the foot ----------------------------------------------------------------------------------------------------


def foot(drawn):
    return "\n".join(texts(drawn)[-12:]) + "\n".join(
        text.get_text() for ax in np.asarray(drawn).flat for text in ax.texts if text.get_label() == "foot"
    )


def make_figures(result):
    """Make one of every kind of figure."""
    scenario = result.scenario
    yield from (figure(result) for figure in plots.FIGURES.values())
    vary = {"priors.plans.host.kept": "0.2,0.4", "priors.seriousness": "1.2,2", "facts.gossip-2024": "on,off"}
    for count in (1, 2, 3):
        yield explore.sweep_scenario(scenario, dict([*vary.items()][-count:]), draws=20, engine="quick").plot()
    yield explore.measure_sensitivity(scenario, draws=20, engine="quick").plot()
    scenarios, few = [scenario, scenario.given(no_event_until="2024-07-10")], forecast.Settings(draws=250)
    yield explore.compare_scenarios(scenarios, engine="quick", settings=few).plot()


@pytest.mark.slow
def test_every_figure_says_of_what_it_is(visit):
    drawn = list(make_figures(visit))
    assert len(drawn) == 12
    for figure in drawn:
        said = foot(figure)
        assert "The minister visits the islands: steps ashore" in said
        assert "as of 2024-06-30 · window 2024-07-01 to 2024-12-31" in said
        assert "the quick engine" in said
        assert_nothing_is_cut_or_covered(*np.asarray(figure).flat)


@pytest.mark.slow
def test_what_is_supposed_is_told_whole(visit):
    supposing = visit.scenario.given(no_event_until="2024-07-10").do(stage={"agreed": "2024-07-05"})
    result = forecast.run_scenario(supposing, engine="quick", settings=forecast.Settings(draws=250))
    for figure in plots.FIGURES.values():
        drawn = figure(result)
        assert "agreed is set on 2024-07-05 (do); no event by 2024-07-10 (given" in foot(drawn)
        assert_nothing_is_cut_or_covered(*np.asarray(drawn).flat)


@pytest.mark.parametrize("key", ["as_of", "window.until"])
def test_a_date_that_is_varied_is_not_told_as_that_of_all(visit, key):
    days = {"as_of": "2024-07-01,2024-07-05", "window.until": "2024-09-30,2024-10-31"}[key]
    scenario = visit.scenario.at(window=("2024-07-10", "2024-12-31"))
    said = "\n".join(texts(explore.sweep_scenario(scenario, {key: days}, draws=20, engine="quick").plot()))
    assert {"as_of": "as-of date varied", "window.until": "window varied"}[key] in said
    assert {"as_of": "as of 2024-06-30", "window.until": "probability by"}[key] not in said


# --- the timeline ------------------------------------------------------------------------------------------------


def busy():
    """A question with several events within days."""
    parts = read_visit()
    parts["priors"]["stages"]["quiet"]["ends"]["event"] = "1"
    days = ["2023-06-01", "2023-06-04", "2023-06-09", "2023-08-01", "2024-03-01"]
    parts["facts"] += [
        {"id": f"event-{at}", "says": f"It took place on {day}.", "source": "gazette", "public": day}
        for at, day in enumerate(days)
    ]
    parts["timeline"] += [
        {"day": day, "event": "north-by-sea", "because": [f"event-{at}"]} for at, day in enumerate(days)
    ]
    return parts


@pytest.mark.parametrize("parts", [{}, busy()], ids=["visit", "busy"])
def test_no_circle_covers_a_star(parts):
    ax = plots.plot_timeline(ask(**parts))
    draw(ax.figure)
    stars, circles = labelled(ax.collections, "events"), labelled(ax.collections, "facts")
    at_stars, at_circles = (item.get_offset_transform().transform(item.get_offsets()) for item in (stars, circles))
    apart = np.linalg.norm(at_stars[:, None] - at_circles[None], axis=2) * 72 / ax.figure.dpi
    reach = np.sqrt(stars.get_sizes()[0]) / 2 + np.sqrt(circles.get_sizes()[0]) / 2
    assert apart.min() >= 0.98 * reach
    assert_nothing_is_cut_or_covered(ax)


def test_numbered_facts_are_told_whole_and_the_others_counted(may):
    ax = plots.plot_timeline(may)
    said = " ".join("\n".join(texts(ax)).split())
    numbered = citations.number_facts(citations.collect_citations(may, lay(may)))
    assert len(numbered.facts) == citations.MOST
    for fact, _ in numbered.facts:
        assert " ".join(may.scenario.facts[fact].says.split()) in said
    assert f"20 of {20 + numbered.left_out} facts: first those of steps, then of plans" in said


def lay(result):
    from forecast.plots.lanes import collect_history, lay_lanes

    return lay_lanes(result, collect_history(result))


def test_a_fact_is_cut_only_after_its_last_line(visit):
    fact = visit.scenario.facts["invited-2024"]
    told = {**visit.scenario.facts, fact.id: replace(fact, says="And so it goes on. " * 100)}
    result = replace(visit, scenario=replace(visit.scenario, facts=told))
    legend = citations.lay_legend(result, citations.number_facts(citations.collect_citations(result, lay(result))), 650)
    (lines,) = [lines for column in legend.columns for *_, lines in column if lines[0].startswith("And so")]
    assert len(lines) == 5
    assert lines[-1].endswith(" …")
    assert_nothing_is_cut_or_covered(plots.plot_timeline(result))


@given(text=st.text(st.sampled_from("a bc, DÉ字ا."), max_size=200), width=st.floats(20, 300), most=st.integers(1, 6))
def test_folded_lines_fit_and_lose_nothing_before_the_cut(text, width, most):
    lines = measure.fold(text, width, style.TINY, most)
    assert len(lines) <= most
    whole = "".join(text.split())
    told = "".join("".join(lines).split())
    assert told == whole or (lines[-1].endswith("…") and whole.startswith(told.rstrip("…").rstrip(",;:.")))
    for line in lines:
        assert measure.text_width(line, style.TINY) <= 1.02 * width + measure.text_width("字 …", style.TINY)


# --- the other figures -------------------------------------------------------------------------------------------


def test_dots_are_told_from_data(visit):
    assert any("The dots are no observations" in text for text in texts(plots.plot_whether(visit)))


@pytest.mark.slow
def test_bars_of_a_long_window_can_be_seen(visit):
    settings = forecast.Settings(draws=250)
    result = forecast.run_scenario(visit.scenario.at(window="2028-12-31"), engine="quick", settings=settings)
    _, lower, _ = plots.plot_when(result)
    top = lower.patches[-1].get_data()
    widths = np.diff(top.edges) / np.diff(lower.get_xlim()) * style.width_in_points(lower)
    assert widths[:-1].min() >= 1
    assert "in 7 days" in lower.get_ylabel()
    np.testing.assert_allclose(top.values.sum(), result.incidence.sum())
    falls = result.falls_below("no_event")
    assert any(text.endswith(f" {falls.year}") for text in texts(plots.plot_decay(result)))


@pytest.mark.parametrize(("days", "width", "bar"), [(30, 400, 1), (400, 400, 1), (401, 400, 7), (7300, 380, 28)])
def test_a_bar_stands_for_more_days_where_they_are_too_thin(days, width, bar):
    assert when.choose_bar(days, width) == bar


def test_a_window_that_opens_later_is_marked_and_what_comes_before_it_told():
    result = forecast.run_scenario("tests/questions/launch.yaml", engine="quick")
    upper, lower, _ = plots.plot_when(result)
    opens = (result.scenario.window.start - result.scenario.as_of).days - 1
    before = result.cif_any.mean[opens - 1]
    for ax in (upper, lower):
        assert labelled(ax.lines, "opens").get_xdata()[0] == style_day(result.scenario.window.start)
    assert any(f"the window opens, {words.percent(before)} comes before it" in text for text in texts(upper))
    assert result.cif_any.mean[-1] - before == pytest.approx(result.p_event.mean)


def style_day(day):
    from forecast.plots.dates import start_of

    return start_of(day)


def test_no_two_of_sixteen_places_have_one_colour():
    assert len(set(style.place_colours([f"place-{at}" for at in range(16)]).values())) == 16


def test_a_font_that_was_installed_since_is_found(monkeypatch):
    ours = [font for font in fontManager.ttflist if font.name == fonts.FONT]
    stix = next(font.fname for font in fontManager.ttflist if font.name == "STIXGeneral" and font.weight == 400)
    letter = min(set(FT2Font(stix).get_charmap()) - set(FT2Font(ours[0].fname).get_charmap()) - set(range(0x2000)))
    monkeypatch.setattr(fontManager, "ttflist", list(ours))
    monkeypatch.setattr(fonts, "findSystemFonts", lambda: [stix])
    monkeypatch.setattr(fonts, "_told", [])
    cached = (fonts.choose_fonts, fonts._add_new_fonts, fonts._list_families, fonts._read_letters)
    for each in cached:
        each.cache_clear()
    try:
        assert "STIXGeneral" in fonts.choose_fonts(chr(letter))
        assert not fonts._told
    finally:
        for each in cached:
            each.cache_clear()


@pytest.mark.slow
@pytest.mark.parametrize("by", ["command", pytest.param("python", marks=pytest.mark.slow)])
@pytest.mark.parametrize("backend", ["nonsense", pytest.param("module://nowhere", marks=pytest.mark.slow)])
def test_a_backend_that_there_is_not_ends_nothing(backend, by, tmp_path):
    environment = {**os.environ, "MPLBACKEND": backend}
    code = """
        import forecast
        result = forecast.run_scenario("tests/questions/launch.yaml", engine="quick")
        print(type(result.plot()).__name__)
    """
    command = ["-m", "forecast", "run", "tests/questions/launch.yaml", "--quick", "--out", str(tmp_path)]
    arguments = {"python": ["-c", textwrap.dedent(code)], "command": command}[by]
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    assert (tmp_path / "timeline.png").exists() == (by == "command")
