"""The Surfaces page in a real browser."""

import re

import pytest

pytestmark = pytest.mark.browser

PATHS = "document.querySelector('#contour .js-plotly-plot')._fullData.filter(t => t.meta)"


def opened(page, link="/"):
    """The page with its surface drawn and its results in the table."""
    page.goto(link)
    page.wait_for_selector("#contour .nsewdrag")
    page.wait_for_selector("#results td:not(:empty)")
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
    pixels = "document.querySelector('#contour canvas.scrub').toDataURL()"
    at_end, calls = page.evaluate(pixels), []
    page.on("request", lambda request: calls.append(request.url))
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
    opened(page, page.url)
    assert ends(page) == before


def test_typed_formula_is_drawn_and_a_wrong_one_gets_a_sentence(page):
    opened(page)
    page.click("#surface")
    page.get_by_role("option", name="Type a formula").click()
    page.fill("#formula", "x**2 + a*y**2")
    page.wait_for_function("location.search.includes('problem=')")
    page.get_by_label("a", exact=True).wait_for()
    page.fill("#formula", "2x + y")
    page.get_by_text("2*x").first.wait_for()
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
    dashes = page.evaluate(f"{PATHS}.map(t => [t.line.color, t.line.dash])")
    assert dashes[0][0] == dashes[1][0]
    assert dashes[0][1] != dashes[1][1]


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
