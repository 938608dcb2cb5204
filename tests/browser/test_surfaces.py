"""The Surfaces page in a real browser."""

import re

import pytest

from tests.support.browser import visit

pytestmark = pytest.mark.browser

PLOT = "document.querySelector('#contour .js-plotly-plot')"
PATHS = f"{PLOT}._fullData.filter(t => t.meta?.run !== undefined && t.mode === 'lines')"
ROWS = "document.querySelectorAll('#results tbody tr').length"


def opened(page, link="/?problem=rosenbrock"):
    """The page with its surface drawn and its results in the table."""
    visit(page, link)
    return drawn(page)


def drawn(page):
    """The page once its surface and its results are there."""
    page.wait_for_selector("#contour .nsewdrag")
    page.wait_for_selector("#results td:not(:empty)")
    page.wait_for_function(f"{PLOT}._fullData && {PATHS}.length > 0")
    return page


def ends(page):
    """The last x of every drawn path."""
    return page.evaluate(f"{PATHS}.map(t => t.x[t.x.length - 1])")


def test_page_draws_four_optimizers_and_their_table(page):
    opened(page)
    assert page.locator("#results tbody tr").count() == 4
    assert len(ends(page)) == 4


def test_click_on_the_surface_sets_the_start(page):
    opened(page)
    box = page.locator("#contour .nsewdrag").bounding_box()
    page.mouse.click(box["x"] + 0.75 * box["width"], box["y"] + 0.5 * box["height"])
    page.wait_for_function(f"Math.abs({PATHS}[0].x[0] - 1) < 0.01")
    assert abs(float(page.input_value("#start-x")) - 1) < 0.01
    assert abs(float(page.input_value("#start-y")) - 1) < 0.02
    page.wait_for_url(re.compile("start="))


def test_scrubber_moves_the_dots_without_asking_the_server(page):
    opened(page)
    page.wait_for_selector("#contour canvas.scrub", state="attached")
    pixels = "document.querySelector('#contour canvas.scrub').toDataURL()"
    at_end, calls = page.evaluate(pixels), []
    page.on("request", lambda r: None if r.url.endswith("/alive") else calls.append(r.url))
    page.locator("#scrub [role=slider]").focus()
    page.keyboard.press("Home")
    page.wait_for_function("document.querySelector('#readout').textContent === 'step 0'")
    page.wait_for_function(f"{pixels} !== {at_end!r}")
    cells = page.locator("#results tbody tr td:nth-child(2)").all_text_contents()
    assert [float(cell) for cell in cells] == pytest.approx([24.2] * 4)
    assert calls == []


def test_pasted_link_restores_the_experiment(page):
    opened(
        page, "/?problem=himmelblau&rule=adam:lr=0.1&rule=adam:lr=0.3,wd=0.01&start=1,-2&steps=80"
    )
    assert page.input_value("#start-x") == "1"
    assert page.input_value("#start-y") == "-2"
    assert page.input_value("#steps") == "80"
    assert page.locator(".optimizer").count() == 2
    labels = page.locator("#results tbody th").all_text_contents()
    assert labels == ["Adam lr=0.1", "Adam lr=0.3 wd=0.01"]
    before = ends(page)
    page.reload()
    drawn(page)
    assert ends(page) == before


def test_typed_formula_is_drawn_and_a_wrong_one_gets_a_sentence(page):
    opened(page)
    page.click("#surface")
    page.get_by_role("option", name="Type a formula").click()
    page.fill("#formula", "x**2 + a*y**2")
    page.wait_for_function("location.search.includes('problem=')")
    page.get_by_label("a", exact=True).wait_for()
    page.fill("#formula", "x + 1/2y")
    page.get_by_text("has two readings").first.wait_for()
    page.fill("#formula", "__import__('os')")
    page.wait_for_selector("#formula-error, .mantine-InputWrapper-error")
    assert page.locator("#contour .nsewdrag").is_visible()


def test_wrong_numbers_get_a_sentence_and_keep_the_picture(page):
    opened(page)
    before = ends(page)
    page.fill("#steps", "-5")
    page.get_by_text("steps must be a whole number from 1 to 20000, got -5").wait_for()
    page.get_by_label("learning rate of optimizer 1").last.fill("fast")
    page.get_by_text('lr must be a number, got "fast"').wait_for()
    assert ends(page) == before


def test_adam_can_race_itself(page):
    opened(page, "/?rule=adam:lr=0.05")
    page.get_by_role("button", name="duplicate optimizer 1").click()
    page.wait_for_function("document.querySelectorAll('.optimizer').length === 2")
    page.get_by_label("learning rate of optimizer 2").last.fill("0.5")
    page.wait_for_function(f"{PATHS}.length === 2 && {PATHS}[0].x.at(-1) !== {PATHS}[1].x.at(-1)")
    first, second = page.evaluate(f"{PATHS}.map(t => t.line.color)")
    assert first != second


def test_switching_off_and_removing_take_an_optimizer_out(page):
    opened(page)
    page.get_by_role("switch", name="on").first.focus()
    page.keyboard.press("Space")
    page.wait_for_function("document.querySelectorAll('#results tbody tr').length === 3")
    page.get_by_role("button", name="remove optimizer 4").click()
    page.wait_for_function("document.querySelectorAll('.optimizer').length === 3")
    page.wait_for_function("document.querySelectorAll('#results tbody tr').length === 2")


def test_back_returns_to_the_experiment_before(page):
    opened(page, "/?steps=100")
    page.fill("#steps", "50")
    page.wait_for_url(re.compile("steps=50"))
    page.go_back()
    page.wait_for_function("document.querySelector('#steps').value === '100'")


def test_link_with_mistakes_says_what_was_not_understood(page):
    opened(page, "/?rule=adamm:lr=1&steps=many&color=red&problem=rosenbrok")
    alert = page.get_by_role("alert").inner_text()
    assert 'no rule "adamm"; nearest: adam' in alert
    assert "steps must be a number" in alert
    assert "color" in alert
    assert "rosenbrock" in alert


def test_dark_scheme_reaches_the_figures(page):
    opened(page)
    paper = "getComputedStyle(document.querySelector('#contour .main-svg')).backgroundColor"
    light = page.evaluate(paper)
    page.get_by_role("button", name="switch between light and dark").click()
    page.wait_for_function(f"{paper} !== {light!r}")


def test_other_page_and_back_keeps_the_experiment(page):
    opened(page, "/?steps=60&rule=adam:lr=0.2")
    page.get_by_role("link", name="MovieLens").click()
    page.get_by_role("button", name="Train").wait_for()
    page.get_by_role("link", name="Surfaces").click()
    page.wait_for_selector("#results td:not(:empty)")
    assert page.input_value("#steps") == "60"
    assert page.locator(".optimizer").count() == 1


def test_run_that_diverges_beyond_all_bounds_is_told_and_drawn_without_error(page):
    opened(page, "/?problem=booth&rule=sgd:lr=5&rule=adam:lr=0.05&steps=400")
    page.get_by_text(re.compile("diverged at step")).first.wait_for()
    assert page.evaluate(f"{PATHS}[0].x.some(x => Math.abs(x) > 1e6)")
    page.wait_for_selector("#contour canvas.scrub")


def test_fork_keeps_both_branches_and_goes_on_with_its_own_card(page):
    opened(page, "/?rule=adam:lr=0.05&steps=100&at=40")
    page.get_by_role("button", name="Fork Adam lr=0.05").click()
    page.wait_for_url(re.compile("fork=1@40:adam:lr=0.025"))  # one that leaves the run
    page.get_by_text("Fork of Adam lr=0.05 from step 40").wait_for()
    page.wait_for_function(f"{PATHS}.length === 2 && {PATHS}[0].x.at(-1) !== {PATHS}[1].x.at(-1)")
    page.get_by_label("learning rate of fork 1").last.fill("0.05")
    page.wait_for_function(f"{PATHS}[0].x.at(-1) === {PATHS}[1].x.at(-1)")
    page.get_by_label("learning rate of fork 1").last.fill("0.5")
    page.wait_for_function(f"{PATHS}[0].x.at(-1) !== {PATHS}[1].x.at(-1)")
    page.get_by_role("button", name="Remove Adam lr=0.5 from step 40").click()
    page.wait_for_function(f"{PATHS}.length === 1")


def test_pinned_run_stays_while_its_optimizer_changes(page):
    opened(page, "/?rule=adam:lr=0.05&steps=100")
    page.locator("#pin").click()
    page.wait_for_function(f"{PATHS}.length === 2")
    page.get_by_label("learning rate of optimizer 1").last.fill("0.5")
    page.wait_for_function(f"{PATHS}[0].x.at(-1) !== {PATHS}[1].x.at(-1)")
    labels = page.locator("#results tbody th").all_text_contents()
    assert labels == ["Adam lr=0.5", "pinned: Adam lr=0.05"]
    page.reload()
    drawn(page)
    assert page.locator("#results tbody tr").count() == 2


def test_undo_and_redo_walk_through_the_changes(page):
    opened(page, "/?steps=100")
    page.fill("#steps", "50")
    page.wait_for_url(re.compile("steps=50"))
    page.wait_for_function("!document.querySelector('#undo').disabled")
    page.locator("#undo").click()
    page.wait_for_function("document.querySelector('#steps').value === '100'")
    page.wait_for_function("!document.querySelector('#redo').disabled")
    page.locator("#redo").click()
    page.wait_for_function("document.querySelector('#steps').value === '50'")


def test_three_dimensions_are_drawn_and_keep_their_camera(page):
    opened(page, "/?steps=60")
    page.locator("#view-3d").get_by_text("3-D").click()
    page.wait_for_url(re.compile("view=3d"))
    high = "document.querySelector('#landscape .js-plotly-plot')"
    scene = f"{high}._fullLayout?.scene"
    page.wait_for_function(f"{scene}?._scene?.glplot !== undefined")
    page.evaluate(f"Plotly.relayout({high}, {{'scene.camera.eye': {{x: 1, y: 1, z: 1}}}})")
    page.wait_for_function(f"Math.abs({scene}?.camera.eye.x - 1) < 1e-9")
    ends_there = (
        f"{high}._fullData.filter(t => t.meta?.run !== undefined).map(t => t.x.at(-1)).join()"
    )
    before = page.evaluate(ends_there)
    page.get_by_label("learning rate of optimizer 4").last.fill("0.2")
    page.wait_for_function(f"{ends_there} !== {before!r}")
    assert page.evaluate(f"{scene}.camera.eye.x") == pytest.approx(1)


def test_zoom_is_kept_while_optimizers_change(page):
    opened(page)
    before = ends(page)
    page.evaluate(f"Plotly.relayout({PLOT}, {{'xaxis.range': [0, 1], 'yaxis.range': [0, 1]}})")
    page.get_by_label("learning rate of optimizer 4").last.fill("0.2")
    page.wait_for_function(f"{PATHS}[3].x.at(-1) !== {before[3]}")
    assert page.evaluate(f"{PLOT}._fullLayout.xaxis.range") == [0, 1]


def test_letter_of_a_formula_becomes_a_slider(page):
    opened(page, "/?problem=x**2%2Ba*y**2&rule=sgd:lr=0.05")
    before = ends(page)
    slider = page.locator("[role=slider][aria-label=a]")
    slider.focus()
    for _ in range(3):
        slider.press("ArrowRight")
    page.wait_for_url(re.compile("parameters=a="))
    page.wait_for_function(f"{PATHS}[0].y.at(-1) !== undefined")
    assert float(page.get_by_label("parameter a").input_value()) > 1
    assert len(ends(page)) == len(before)


def test_dragged_slider_is_one_entry_of_the_history(page):
    opened(page, "/?rule=sgd:lr=0.001&steps=100")
    depth = page.evaluate("history.length")
    thumb = page.locator(".optimizer [role=slider]").first
    box = thumb.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 12, y, steps=4)
    assert page.evaluate("history.length") == depth
    page.mouse.move(x - 20, y, steps=4)
    page.mouse.up()
    page.wait_for_function(f"history.length === {depth + 1}")
    shown = page.get_by_label("learning rate of optimizer 1").last.input_value()
    page.wait_for_url(re.compile(re.escape(f"lr={float(shown):g}")))


def test_new_sample_draws_other_noise(page):
    opened(page, "/?rule=sgd:lr=0.001&noise=20&steps=100")
    before = ends(page)
    page.get_by_role("button", name="New noise").click()
    page.wait_for_function(f"{PATHS}[0].x.at(-1) !== {before[0]}")
    assert page.input_value("#seed") == "1"


def test_what_is_shown_is_in_the_link(page):
    opened(page, "/?steps=60")
    page.locator("#curve").get_by_text("Distance").click()
    page.wait_for_url(re.compile("view=distance"))
    page.get_by_text("Downhill field").click()
    page.wait_for_url(re.compile("view=field,distance"))
    page.get_by_text("Distance to the minimum").wait_for()
    page.reload()
    drawn(page)
    page.get_by_text("Distance to the minimum").wait_for()
    assert page.get_by_label("Downhill field").is_checked()


def test_another_starting_point_draws_every_optimizer_from_there_too(page):
    opened(page, "/?rule=adam:lr=0.05&rule=sgd:lr=0.001&steps=60")
    page.fill("#also", "1.5,2")
    page.wait_for_function(f"{ROWS} === 4")
    assert page.evaluate(f"{PATHS}.map(t => t.x[0])") == [-1.2, 1.5, -1.2, 1.5]
    page.fill("#also", "1.5")
    page.get_by_text("write more starting points as").wait_for()
    assert page.evaluate(ROWS) == 4


def test_no_button_of_a_figure_sends_it_anywhere(page):
    opened(page)
    titles = "[...document.querySelectorAll('.modebar-btn')].map(each => each.dataset.title)"
    assert set(page.evaluate(titles)) == {
        *("Zoom", "Pan", "Zoom in", "Zoom out", "Reset axes"),
    }
