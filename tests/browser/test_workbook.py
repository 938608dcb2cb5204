"""The Workbook page in a real browser."""

import re
from typing import Any

import pytest
from openpyxl import load_workbook

from optviz.workbook import TABS, Sheet
from tests.support.axe import grave, grave_in_other_scheme
from tests.support.browser import visit
from tests.support.workbooks_made import copy_sheets

pytestmark = pytest.mark.browser

PLOT = "document.querySelector('#workbook-contour .js-plotly-plot')"
FIT = "document.querySelector('#workbook-fit .js-plotly-plot')"
NOW = "#workbook-frame tr.now"
FRAME = "#workbook-frame"


def opened(page, link="/workbook"):
    """The page with its table, its pictures and the panels of the row."""
    visit(page, link)
    return drawn(page)


def drawn(page):
    """The page once all of it is there."""
    page.wait_for_selector(NOW)
    page.wait_for_selector("#workbook-contour .nsewdrag")
    page.wait_for_selector("#workbook-fit .nsewdrag")
    page.wait_for_selector("#workbook-chain mjx-container")
    page.wait_for_selector("#workbook-microscope .microscope")
    return page


def readout(page, text):
    """Wait until the page says which row it shows."""
    page.locator("#workbook-readout", has_text=re.compile(f"^{text}")).wait_for()


def full(page, address):
    """The whole number in a cell of the table, by its address."""
    row, column = int(address[1:]), ord(address[0]) - ord("A")
    cell = page.locator(f"{FRAME} tr:not(.letters)").nth(row - 1).locator("td, th").nth(column + 1)
    return float(cell.get_attribute("data-full"))


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


# -- the sheet -----------------------------------------------------------------------------


def test_every_tab_shows_its_own_numbers(page):
    opened(page)
    for name in TABS:
        page.locator(".chooser").get_by_text(name, exact=True).click()
        page.locator("caption", has_text=re.compile(f"^{re.escape(TABS[name].title)}$")).wait_for()
        cells = Sheet.of(name).cells()
        for address in ("C4", "E18", "H32"):
            assert full(page, address) == cells[address]


def test_tab_is_chosen_by_keyboard(page):
    opened(page)
    page.locator(".chooser input:checked").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile("tab=momentum"))
    readout(page, "Epoch 1, row 4")
    assert page.locator(".chooser input:checked").get_attribute("value") == "momentum"


def test_table_has_the_letters_headings_and_row_numbers_of_the_sheet(page):
    opened(page, "/workbook?tab=adam")
    letters = page.locator(f"{FRAME} .letters th").all_text_contents()
    assert [each[0] for each in letters] == list("ABCDEFGHIJKLM")
    assert letters[9] == "J: average of the gradients, after the step, intercept b"
    heads = page.locator(f"{FRAME} thead tr").last.locator("th[scope=col]").all_text_contents()
    assert heads == ["x", "y", "b", "a", "pred", "de/db", "de/da", "new b", "new a"]
    numbers = page.locator(f"{FRAME} .row-number").all_text_contents()
    assert numbers == [str(place) for place in range(1, 34)]


def test_number_is_short_to_read_and_whole_when_copied(page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened(page)
    cell = page.locator(f"{FRAME} tbody tr").nth(3).locator("td").nth(2)
    whole = repr(Sheet.of("basic").cells()["C7"])
    assert cell.text_content() == f"{float(whole):.6g}"
    assert cell.get_attribute("title") == whole
    page.evaluate(
        "() => { const rows = document.querySelectorAll('#workbook-frame tbody tr');"
        " getSelection().setBaseAndExtent(rows[3], 0, rows[4], rows[4].childNodes.length) }"
    )
    page.keyboard.press("Control+C")
    lines = page.evaluate("() => navigator.clipboard.readText()").split("\n")
    assert [line.split("\t")[2] for line in lines] == [whole, repr(Sheet.of("basic").cells()["C8"])]


def test_head_of_the_table_stays_and_the_page_does_not_scroll_sideways(page):
    page.set_viewport_size({"width": 900, "height": 900})
    opened(page, "/workbook?tab=eve&row=32")
    frame = page.locator(FRAME)
    assert frame.evaluate("it => it.scrollWidth > it.clientWidth && it.scrollTop > 0")
    top = frame.bounding_box()["y"]
    assert abs(page.locator(f"{FRAME} .letters").bounding_box()["y"] - top) < 3
    assert page.evaluate("document.documentElement.scrollWidth") <= 900
    now = page.locator(NOW).bounding_box()
    assert now["y"] + now["height"] <= top + frame.bounding_box()["height"] + 1
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 718, "height": 900})  # between the margins of A4
    assert frame.evaluate("it => it.scrollHeight === it.clientHeight")
    assert page.evaluate("document.documentElement.scrollWidth") <= 720


# -- the buttons ---------------------------------------------------------------------------


def test_step_and_back_move_the_row_and_all_that_shows_it(page):
    opened(page)
    before = page.evaluate(f"{FIT}._fullData.find(t => t.name === 'this sample').x[0]")
    assert before == 14
    press(page, "Step")
    readout(page, "Epoch 1, row 5: sample 2 of 29")
    page.wait_for_url(re.compile("row=5"))
    page.wait_for_function(f"{FIT}._fullData.find(t => t.name === 'this sample').x[0] === 86")
    assert page.locator(f"{NOW} .row-number").text_content() == "5"
    assert page.locator(NOW).get_attribute("aria-current") == "true"
    assert "(-209.274)\\cdot 86" not in page.locator("#workbook-chain").inner_text()
    page.locator("#workbook-chain", has_text="−17997.6").wait_for()
    press(page, "Back")
    readout(page, "Epoch 1, row 4")


def test_epochs_and_reset_are_the_tab_s_buttons(page):
    opened(page, "/workbook?tab=momentum")
    press(page, "One epoch")
    readout(page, "Epoch 2, row 4")
    assert full(page, "C1") == Sheet.of("momentum").epochs(1).b
    press(page, "Five epochs")
    readout(page, "Epoch 7, row 4")
    assert full(page, "J3") == Sheet.of("momentum").epochs(6).cells()["J3"]
    assert page.input_value("#workbook-b") == repr(Sheet.of("momentum").epochs(6).b)
    page.wait_for_url(re.compile("epochs=6"))
    press(page, "Reset")
    readout(page, "Epoch 1, row 4")
    assert full(page, "C1") == 1


def test_step_after_the_last_row_begins_the_next_epoch_and_back_returns(page):
    opened(page, "/workbook?tab=adam&row=32")
    press(page, "Step")
    readout(page, "Epoch 2, row 4")
    press(page, "Back")
    readout(page, "Epoch 1, row 32")


def test_fast_clicks_all_count_and_in_their_order(page):
    opened(page)
    for _ in range(6):
        page.locator("#workbook-step").click(no_wait_after=True)
    readout(page, "Epoch 1, row 10")
    page.evaluate(
        "for (const name of ['five', 'reset', 'epoch', 'step', 'step'])"
        " document.getElementById('workbook-' + name).click()"
    )
    readout(page, "Epoch 2, row 6")


def test_playing_steps_by_itself_and_stops(page):
    opened(page)
    press(page, "Play")
    readout(page, r"Epoch \d+, row ([7-9]|\d\d)")  # it does not stay in one row to be looked at
    press(page, "Pause")
    page.get_by_role("button", name="Play", exact=True).wait_for()
    page.wait_for_url(re.compile("row="))


def test_keys_step_and_run_epochs(page):
    opened(page)
    page.keyboard.press("ArrowRight")
    readout(page, "Epoch 1, row 5")
    page.keyboard.press("ArrowLeft")
    readout(page, "Epoch 1, row 4")
    page.keyboard.press("e")
    readout(page, "Epoch 2, row 4")


def test_arrow_keys_and_clicks_choose_a_row_in_the_table(page):
    opened(page)
    page.focus(FRAME)
    for key, row in (("ArrowDown", 5), ("End", 32), ("ArrowUp", 31), ("Home", 4)):
        page.keyboard.press(key)
        readout(page, f"Epoch 1, row {row}:")
    page.locator(f"{FRAME} tbody tr").nth(6).locator("td").first.click()
    readout(page, "Epoch 1, row 10")


def test_undo_and_redo_walk_through_the_changes(page):
    opened(page)
    press(page, "Five epochs")
    page.wait_for_url(re.compile("epochs=5"))
    page.wait_for_function("!document.querySelector('#undo').disabled")
    press(page, "Undo")
    readout(page, "Epoch 1, row 4")
    page.wait_for_function("!document.querySelector('#redo').disabled")
    press(page, "Redo")
    readout(page, "Epoch 6, row 4")
    page.focus(FRAME)
    page.keyboard.press("u")
    readout(page, "Epoch 1, row 4")
    page.wait_for_selector(f"{FRAME}:focus")


# -- settings, samples and links -----------------------------------------------------------


def test_edited_setting_changes_the_rows_and_wrong_ones_get_a_sentence(page):
    opened(page, "/workbook?tab=adam")
    page.fill("#workbook-lr", "0.5")
    page.wait_for_url(re.compile("lr=0.5"))
    wanted = Sheet.of("adam").with_values(lr=0.5).cells()["C32"]
    page.wait_for_function(f"document.querySelector('{FRAME}').innerHTML.includes('{wanted!r}')")
    page.fill("#workbook-lr", "fast")
    page.get_by_text('lr must be a number, got "fast"').wait_for()
    assert full(page, "C32") == wanted
    page.fill("#workbook-b", "20")
    page.wait_for_url(re.compile("b=20"))
    page.wait_for_function(f"{PLOT}._fullData.find(t => t.name === 'this row').x[0] === 20")


def test_samples_are_edited_and_restored(page):
    opened(page)
    page.fill("#workbook-samples", "1 5\n2 7.5\n4 11")
    page.keyboard.press("Tab")
    readout(page, "Epoch 1, row 4: sample 1 of 3")
    page.wait_for_url(re.compile("samples=1,5;2,7.5;4,11"))
    page.wait_for_function(f"{FIT}._fullData.find(t => t.name === 'samples').x.length === 3")
    page.fill("#workbook-samples", "1 5\n2")
    page.keyboard.press("Tab")
    page.get_by_text("line 2 of the samples: write x and y, such as 14 58").wait_for()
    press(page, "Restore the sheet's own")
    readout(page, "Epoch 1, row 4: sample 1 of 29")
    assert page.input_value("#workbook-samples").startswith("14 58\n86 202\n")


def test_link_restores_all_after_a_reload_and_by_back_and_forward(page):
    link = "/workbook?tab=adam&lr=0.5&samples=1,5;2,7.5;4,11&epochs=3&row=5"
    opened(page, link)
    readout(page, "Epoch 4, row 5: sample 2 of 3")
    before = full(page, "C5")
    page.reload()
    drawn(page)
    assert full(page, "C5") == before
    press(page, "One epoch")
    page.wait_for_url(re.compile("epochs=4"))
    page.go_back()
    readout(page, "Epoch 4, row 5")
    page.go_forward()
    readout(page, "Epoch 5, row 4")


def test_other_page_and_back_keeps_the_tab(page):
    opened(page, "/workbook?tab=adam&epochs=2")
    page.get_by_role("link", name="Surfaces").click()
    page.wait_for_selector("#results td:not(:empty)")
    page.get_by_role("link", name="Workbook").click()
    readout(page, "Epoch 3, row 4")
    page.wait_for_selector("#workbook-contour .nsewdrag")


def test_link_with_mistakes_says_what_was_not_understood(page):
    opened(page, "/workbook?tab=adamm&lr=fast&color=red&row=99")
    alert = page.get_by_role("alert").first.inner_text()
    for part in ('no tab "adamm"; nearest: adam', "lr must be a number", "color", "row must be"):
        assert part in alert


def test_errors_of_the_file_are_listed_and_switched_on(page):
    opened(page, "/workbook?tab=adam_ann")
    assert "J5" in page.locator("#workbook-slips").inner_text()
    page.get_by_label("as shipped").focus()
    page.keyboard.press("Space")
    page.wait_for_url(re.compile("shipped=yes"))
    wanted = Sheet.of("adam_ann", as_shipped=True).cells()["J5"]
    page.wait_for_function(f"document.querySelector('{FRAME}').innerHTML.includes('{wanted!r}')")
    assert full(page, "J5") == wanted


def test_diverging_epoch_is_told_and_keeps_the_sheet(page):
    opened(page, "/workbook?lr=1")
    press(page, "One epoch")
    readout(page, "Epoch 2, row 4")
    press(page, "One epoch")
    page.get_by_text(re.compile("diverged at step")).first.wait_for()
    readout(page, "Epoch 2, row 4")


# -- files ---------------------------------------------------------------------------------


def choose(page, name, data):
    """Choose a file to check."""
    kind = "application/octet-stream"
    page.set_input_files("#workbook-copy", {"name": name, "mimeType": kind, "buffer": data})


def test_downloaded_tab_opens_and_has_the_numbers_shown(page, tmp_path):
    opened(page, "/workbook?tab=adam&epochs=2")
    with page.expect_download() as coming:
        page.get_by_role("link", name="Download this tab").click()
    assert coming.value.suggested_filename == "optviz-workbook-adam.xlsx"
    coming.value.save_as(tmp_path / "adam.xlsx")
    sheet: Any = load_workbook(tmp_path / "adam.xlsx", data_only=True)["adam"]
    for address in ("C4", "H17", "M32"):
        assert sheet[address].value == pytest.approx(full(page, address), rel=1e-15)


def test_own_copy_is_checked_and_its_error_is_found(page):
    opened(page)
    slipped = Sheet.of("adam_ann", as_shipped=True)
    choose(page, "mine.xlsm", copy_sheets(Sheet.of("adam"), slipped))
    page.get_by_role("heading", name="Check of mine.xlsm").wait_for()
    rows = page.locator("#workbook-checked tbody tr").all_inner_texts()
    assert rows[0].split("\t")[0] == "adam"
    assert rows[0].endswith("all agree")
    assert "known error" in rows[1]
    assert page.evaluate("document.activeElement.textContent") == "Check of mine.xlsm"


def test_of_two_files_the_last_is_told_and_a_page_that_was_left_is_told_of_none(page):
    opened(page)
    held = []
    page.route("**/workbook/check*", lambda route: held.append(route))
    for name in ("first.xlsx", "last.xlsx"):
        choose(page, name, copy_sheets(Sheet.of("adam")))
        page.get_by_text(f"Checking {name}").wait_for()
    for route in reversed(held):
        with page.expect_response("**/workbook/check*"):
            route.continue_()
        page.get_by_role("heading", name="Check of last.xlsx").wait_for()
    choose(page, "left.xlsx", b"hello")
    page.get_by_text("Checking left.xlsx").wait_for()
    page.get_by_role("link", name="Surfaces").click()
    page.wait_for_selector("#results td:not(:empty)")
    with page.expect_response("**/workbook/check*"):
        held[-1].continue_()


def test_file_that_is_no_workbook_gets_a_sentence(page):
    opened(page)
    choose(page, "notes.txt", b"hello")
    page.locator("#workbook-upload-said", has_text="is not an .xlsx or .xlsm file").wait_for()


def test_file_that_is_too_large_is_not_sent(page, tmp_path):
    opened(page)
    (tmp_path / "large.xlsx").write_bytes(b" " * (10 * 1024 * 1024 + 1))
    sent = []
    page.on("request", lambda request: sent.append(request.url))
    page.set_input_files("#workbook-copy", tmp_path / "large.xlsx")
    page.get_by_text("large.xlsx is too large: at most 10 MB.").wait_for()
    assert not [url for url in sent if "check" in url]


# -- for everybody -------------------------------------------------------------------------


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 900)])
def test_nothing_bars_anybody(page, width, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    opened(page, "/workbook?tab=adam_ann&epochs=2&row=9")
    choose(page, "mine.xlsx", copy_sheets(Sheet.of("adam")))
    page.get_by_role("heading", name="Check of mine.xlsx").wait_for()
    assert grave(page) == []
    assert grave_in_other_scheme(page, scheme) == []
