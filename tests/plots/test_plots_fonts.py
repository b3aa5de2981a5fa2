"""Letters of other scripts, dollars, and what is said of letters that no font has."""

import io
import logging
from dataclasses import replace

import numpy as np
import pytest
from figures import assert_nothing_is_cut_or_covered, draw, retold, words
from matplotlib.font_manager import fontManager
from matplotlib.text import Text
from PIL import Image
from test_plots_compare import MAY, OTHER

import forecast
from forecast import plots
from forecast.plots import fonts, style

TEXTS = {
    "chinese": "部长访问群岛，旅费不少于五百万",
    "cyrillic": "Министр посещает острова",
    "arabic": "الوزير يزور الجزر",
    "dollars": r"for $5 to $6 million_2, or $\alpha$",
}
FACT = "port-closes"
ISOLATE = "\N{FIRST STRONG ISOLATE}"


@pytest.fixture(scope="module")
def visit():
    return forecast.run_scenario(forecast.load_scenario("tests/questions/visit.yaml"), engine="quick")


def tell(result, text):
    """Return a forecast whose title and one of whose facts is a text."""
    scenario = result.scenario
    told = {**scenario.facts, FACT: replace(scenario.facts[FACT], says=text)}
    return retold(result, replace(scenario, question=replace(scenario.question, title=text), facts=told))


def forget():
    for cached in (
        fonts.choose_fonts, fonts._add_new_fonts, fonts._list_families, fonts._read_letters, style.text_width,
    ):  # fmt: skip
        cached.cache_clear()


@pytest.fixture
def only_dejavu(monkeypatch):
    """A machine on which no font is installed beside those that come with Matplotlib."""
    monkeypatch.setattr(fontManager, "ttflist", [font for font in fontManager.ttflist if "mpl-data" in font.fname])
    monkeypatch.setattr(fonts, "findSystemFonts", list)
    monkeypatch.setattr(fonts, "_told", [])
    forget()
    yield
    forget()


@pytest.mark.slow
@pytest.mark.parametrize("name", plots.FIGURES)
@pytest.mark.parametrize("script", TEXTS)
def test_figures_have_letters_of_any_script(visit, script, name):
    drawn = plots.FIGURES[name](tell(visit, TEXTS[script]))
    Image.open(io.BytesIO(plots.render_axes(drawn))).load()
    axes = np.asarray(drawn).flat
    written = [text.get_text() for text in axes[0].figure.findobj(Text)]
    assert any(text.lstrip(ISOLATE).startswith(TEXTS[script]) for text in written)  # the whole title
    assert_nothing_is_cut_or_covered(*axes)


@pytest.mark.parametrize("script", TEXTS)
def test_facts_are_told_in_their_own_script(visit, script):
    ax = plots.plot_timeline(tell(visit, TEXTS[script]))
    said = "\n".join(text.get_text() for text in ax.texts if text.get_label() != "foot")
    assert said.count(TEXTS[script]) == 2  # title and fact


@pytest.mark.parametrize("script", TEXTS)
def test_comparisons_have_letters_of_any_script(script):
    rows = [replace(row, name=TEXTS[script], places={TEXTS[script]: row.p[0]}) for row in (MAY, OTHER)]
    ax = plots.plot_compare(rows, title=TEXTS[script])
    assert plots.render_axes(ax).startswith(b"\x89PNG")
    assert words(ax).count(TEXTS[script]) >= 4  # title, place and both scenarios
    assert_nothing_is_cut_or_covered(ax)


def test_dollars_are_no_mathematics(visit):
    figure = plots.plot_timeline(tell(visit, TEXTS["dollars"])).figure
    renderer = draw(figure)
    shown = [text for text in figure.findobj(Text) if text.get_text() == TEXTS["dollars"]]
    assert shown
    for text in shown:
        assert not text.get_parse_math()
        with fonts.drawing():
            width = text.get_window_extent(renderer).width
        bold = text.get_fontweight() == "bold"
        expected = style.text_width(TEXTS["dollars"], text.get_fontsize(), bold) * style.DPI / 72
        assert width == pytest.approx(expected, abs=3)  # mathematics would take fewer letters


@pytest.mark.usefixtures("only_dejavu")
def test_letters_that_no_font_has_are_boxes_and_it_is_said_once(visit, caplog):
    for _ in range(2):
        for name in ("timeline", "whether"):
            assert plots.render_figure(name, tell(visit, TEXTS["chinese"])).startswith(b"\x89PNG")
    assert plots.render_axes(plots.plot_compare([MAY], title="问题")).startswith(b"\x89PNG")
    told = [record for record in caplog.records if record.name.startswith("forecast.plots")]
    assert [record.levelno for record in told] == [logging.WARNING]
    assert "boxes are drawn" in told[0].getMessage()


@pytest.mark.usefixtures("only_dejavu")
def test_nothing_is_said_of_letters_that_there_are(visit, caplog):
    for script in ("cyrillic", "arabic", "dollars"):
        plots.render_figure("timeline", tell(visit, TEXTS[script]))
    assert not caplog.records


def test_installed_fonts_stand_in_for_letters_that_ours_lacks(monkeypatch):
    letters = {"DejaVu Sans": "abc", "Noto Sans CJK SC": "字", "Some Serif": "字仮", "Unused": "xyz"}
    monkeypatch.setattr(fonts, "_list_families", lambda: dict.fromkeys(letters, ""))
    monkeypatch.setattr(fonts, "_read_letters", lambda family: np.array([ord(letter) for letter in letters[family]]))
    find = fonts.choose_fonts.__wrapped__
    assert find("abc") == ("DejaVu Sans",)
    assert find("a字") == ("DejaVu Sans", "Noto Sans CJK SC")
    assert find("a仮字\n") == ("DejaVu Sans", "Noto Sans CJK SC", "Some Serif")


# --- measuring and cutting ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize("text", ["Kim has decided to stay.", "AV Te Yo 2025-03-27", "3–5 May, σ > 0 …", "Владивосток"])
def test_a_line_is_as_wide_as_it_was_measured(text, bold):
    figure = style.new_figure(4, 1)
    drawn = figure.text(0.1, 0.5, text, **style.look(text, fontsize=9, fontweight="bold" if bold else "normal"))
    renderer = draw(figure)
    with fonts.drawing():
        width = drawn.get_window_extent(renderer).width * 72 / style.DPI
    assert style.text_width(text, 9, bold) == pytest.approx(width, rel=0.02)


def test_shorten_cuts_at_a_word():
    text = "The Kremlin counted the leader among some twenty heads of state"
    short = style.shorten(text, 120, 6.5)
    assert short.endswith(" …")
    assert text.startswith(short[:-2])
    assert text[len(short) - 2] == " "
    assert style.text_width(short, 6.5) <= 120


@pytest.mark.parametrize(
    "text", ["部长访问群岛" * 20, "12 月" + "部长访问群岛" * 20, "https://example.org/" + "page/" * 40]
)
def test_shorten_cuts_what_has_no_spaces_too(text):
    short = style.shorten(text, 120, 6.5)
    assert short.endswith(" …")
    assert text.startswith(short[:-2])
    assert 100 < style.text_width(short, 6.5) <= 120
