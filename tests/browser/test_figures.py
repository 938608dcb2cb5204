"""Figures and films as Chromium makes them, and the dialogs that make them, in a real browser."""

import io
import json
import re

import numpy as np
import pypdfium2
import pytest
from PIL import Image

import optviz
from optviz.experiments.surface import Experiment
from optviz.views.export.figure_panels import read_subject
from optviz.views.export.files import render_image
from optviz.views.export.film import prepare, save_film
from optviz.views.export.film_options import FilmOptions
from optviz.views.export.paper import draw_page, save_figure
from tests.support.browser import visit

pytestmark = pytest.mark.browser

RACE = Experiment(
    problem="ravine", rules=("sgd:lr=0.05", "momentum:lr=0.02", "adam:lr=0.2"), steps=40
)
LINK = "/?problem=ravine&steps=40&rule=sgd:lr=0.05&rule=adam:lr=0.2"


# -- files ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """One figure as PDF, SVG, and a gray PNG."""
    folder = tmp_path_factory.mktemp("figures")
    save_figure(RACE, folder / "fig.pdf", width="8.5cm", font=8, step=12, arrows=True)
    save_figure(RACE, folder / "fig.svg", width="17.8cm", font=7)
    save_figure(RACE, folder / "gray.png", width="8.5cm", gray=True, dpi=300, step=12)
    return folder


@pytest.fixture(scope="module")
def document(files):
    """The PDF as another program reads it."""
    with pypdfium2.PdfDocument(files / "fig.pdf") as document:
        yield document


def test_a_pdf_has_one_page_of_the_width_that_was_asked_for(document):
    assert len(document) == 1
    width, _ = document[0].get_size()
    assert width == pytest.approx(8.5 / 2.54 * 72, abs=0.1)


def test_the_letters_of_a_pdf_are_letters_of_the_size_that_was_asked_for(document):
    sizes = {}
    words = document[0].get_textpage()
    raw = pypdfium2.raw
    for place in range(words.count_chars()):
        letter = chr(raw.FPDFText_GetUnicode(words, place))
        matrix = raw.FS_MATRIX()
        raw.FPDFText_GetMatrix(words, place, matrix)
        scale = max(abs(matrix.a), abs(matrix.b))
        size = raw.FPDFText_GetFontSize(words, place) * scale
        if not letter.isspace():
            sizes.setdefault(round(size, 1), []).append(letter)
    most = max(sizes, key=lambda size: len(sizes[size]))
    assert most == pytest.approx(8, abs=0.1)
    assert min(sizes) > 7
    text = words.get_text_range()
    words.close()
    for part in ("Loss", "Ravine, step 12", "SGD lr=0.05", "−gradient"):
        assert part in text


def test_a_pdf_is_made_of_outlines_without_a_picture(document):
    kinds = [each.type for each in document[0].get_objects(max_depth=8)]
    assert kinds.count(pypdfium2.raw.FPDF_PAGEOBJ_PATH) > 50
    large = [
        each
        for each in document[0].get_objects(max_depth=8)
        if each.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE
    ]
    assert not large


def test_a_pdf_says_what_it_shows_and_not_when(document):
    about = document.get_metadata_dict()
    assert about["Title"] == "Optimizers on Ravine"
    assert about["Subject"] == f"?{RACE.to_query()}"
    assert about["Creator"] == f"optviz {optviz.__version__}"
    assert about["CreationDate"] == about["ModDate"] == ""


def test_an_svg_has_its_width_in_centimeters_and_its_letters_as_text(files):
    text = (files / "fig.svg").read_text("utf-8")
    assert re.search(r'^<svg[^>]* width="17\.8000cm" height="[\d.]+cm"', text)
    assert f"?{RACE.to_query()}".replace("&", "&amp;") in text
    sizes = {float(each) for each in re.findall(r"font-size: ([\d.]+)px", text)}
    assert any(each == pytest.approx(7 / 72 * 96, abs=0.01) for each in sizes)
    assert re.search(r"<text[^>]*>(<tspan[^>]*>)?step", text)
    assert "<image" not in text


def test_a_png_has_the_pixels_and_the_dots_per_inch_that_were_asked_for(files):
    with Image.open(files / "gray.png") as picture:
        assert picture.width == pytest.approx(8.5 / 2.54 * 300, abs=1)
        assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        assert picture.text["Source"] == f"?{RACE.to_query()}"  # type: ignore[attr-defined]


def test_a_gray_figure_has_gray_pixels_only(files):
    with Image.open(files / "gray.png") as picture:
        pixels = np.asarray(picture.convert("RGB"), int)
    assert (pixels.max(axis=2) - pixels.min(axis=2)).max() == 0
    assert len(np.unique(pixels)) > 100


def test_a_painted_frame_is_what_plotly_draws():
    options = FilmOptions(width=700, title=False)
    subject = read_subject(RACE)
    painter, _ = prepare(subject, options)
    ours = np.asarray(painter.paint(RACE.steps), int)
    height = ours.shape[0]
    figure, _ = draw_page(subject, options.to_figure(height))
    figure["layout"] |= {"width": 700, "height": height}
    png = render_image(figure, "png", 700, height)
    with Image.open(io.BytesIO(png)) as picture:
        theirs = np.asarray(picture.convert("RGB"), int)
    apart = np.abs(ours - theirs).max(axis=2)
    words = slice(0, 30)  # the step is told there
    apart[words] = 0
    assert (apart > 64).mean() < 0.004
    lines = np.abs(theirs - np.asarray(painter.still, int)).max(axis=2) > 64
    lines[words] = False
    assert lines.mean() > 0.01
    assert (apart[lines] > 96).mean() < 0.1


def test_a_film_has_the_picture_behind_its_runs(tmp_path):
    film = save_film(RACE, tmp_path / "run.gif", seconds=0.4, fps=5, hold=0, width=400)
    with Image.open(film.path) as read:
        colors = read.convert("RGB").getcolors(100_000)
    assert colors
    assert len(colors) > 40


# -- the dialogs ---------------------------------------------------------------------------------


def find(page):
    """Return the open dialog."""
    return page.locator("dialog.export")


def open_dialog(page, item, width, height):
    page.set_viewport_size({"width": width, "height": height})
    visit(page, LINK)
    page.wait_for_selector("#results td:not(:empty)")
    page.click("#take > summary")
    page.click(f"#take-{item}")
    page.wait_for_selector(".export-preview .main-svg")
    page.wait_for_selector(".export-stage:not(.waiting)")


@pytest.mark.parametrize(("width", "height"), [(1440, 1000), (390, 844)])
def test_the_dialog_and_its_preview_fit_the_window(page, width, height):
    open_dialog(page, "figure", width, height)
    box = find(page).bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    inner = find(page).evaluate("(each) => [each.scrollWidth, each.clientWidth]")
    assert inner[0] <= inner[1]


def test_a_figure_is_chosen_previewed_and_saved(page, tmp_path):
    open_dialog(page, "figure", 1440, 1000)
    find(page).get_by_label("grays for print").check()
    find(page).get_by_label("Format").select_option("svg")
    page.wait_for_function(
        "document.querySelector('.export-preview').data?.[0].colorscale?.[1][1] === '#ececec'"
    )
    with page.expect_download() as coming:
        find(page).get_by_role("button", name="Make the figure").click()
    assert coming.value.suggested_filename == "optviz-ravine-figure.svg"
    coming.value.save_as(tmp_path / "fig.svg")
    assert ' width="8.5000cm"' in (tmp_path / "fig.svg").read_text("utf-8")
    page.locator(".export-said", has_text="is in your downloads").wait_for()
    find(page).get_by_role("button", name="Close").click()
    page.wait_for_selector("dialog.export", state="detached")


def test_choices_are_kept_for_the_next_figure(page):
    open_dialog(page, "figure", 1440, 1000)
    find(page).get_by_role("combobox", name="Width").select_option("17.8cm")
    find(page).get_by_label("Memory").check()
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog.export", state="detached")
    page.click("#take > summary")
    page.click("#take-figure")
    page.wait_for_selector(".export-preview .main-svg")
    assert find(page).get_by_role("combobox", name="Width").input_value() == "17.8cm"
    assert find(page).get_by_label("Memory").is_checked()


def test_what_cannot_be_drawn_is_a_sentence_and_no_figure(page):
    open_dialog(page, "figure", 1440, 1000)
    find(page).get_by_role("combobox", name="Width").select_option("own")
    find(page).get_by_role("textbox", name="Own width (cm, in, px)").fill("3 miles")
    page.locator(".export-said.wrong", has_text="width must be a number and its unit").wait_for()
    assert find(page).get_by_role("button", name="Make the figure").is_disabled()


def test_a_film_is_canceled_and_leaves_no_file(page, app_cache):
    open_dialog(page, "film", 1440, 1000)
    find(page).get_by_label("Seconds").fill("60")
    find(page).get_by_role("button", name="Make the film").click()
    find(page).get_by_role("button", name="Cancel").click()
    page.locator(".export-said", has_text="Canceled: nothing was kept").wait_for()
    assert not list((app_cache / "films").glob("*/*"))
    assert find(page).get_by_role("button", name="Make the film").is_enabled()


def test_the_dialog_is_clean_for_axe(page):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    open_dialog(page, "figure", 390, 844)
    found = axe.run(page, context="dialog.export").response["violations"]
    assert not [each["id"] for each in found], json.dumps(found)[:2000]
