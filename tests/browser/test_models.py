"""The Your model page in a real browser: files dropped, compared, looked at, refused, kept."""

import pytest
from playwright.sync_api import expect

from tests.support.axe import grave, grave_in_other_scheme
from tests.support.browser import visit
from tests.support.recorded_runs import make_run, write_slice

pytestmark = pytest.mark.browser


@pytest.fixture
def runs(tmp_path):
    """The files of two recordings, of a slice, and of nothing that can be opened."""
    bad = tmp_path / "bad.optviz"
    bad.write_bytes(b"nonsense" * 99)
    first = make_run("SGD").save(tmp_path / "sgd.optviz")
    second = make_run("Adam", 1).save(tmp_path / "adam.optviz")
    return {"sgd": first, "adam": second, "cut": write_slice(tmp_path / "loss.npz"), "bad": bad}


def drop(page, *files):
    """Choose files, as a person does with the field."""
    page.set_input_files("#model-file", [str(each) for each in files])


def open_empty(page):
    visit(page, "/model")
    page.wait_for_selector("#model-file", state="attached")
    page.wait_for_selector("#model-empty h2")


def list_drawn(page, figure):
    """The names of what a figure draws."""
    return page.evaluate(
        "(id) => document.querySelector(`#${id} .js-plotly-plot`).data.map((each) => each.name)",
        figure,
    )


def test_an_empty_page_says_how_to_record_and_has_no_grave_fault(page):
    open_empty(page)
    assert "optviz.record(model, optimizer" in page.inner_text("#model-empty")
    assert grave(page) == []


def test_dropped_recordings_are_compared_on_one_plane_and_in_the_link(page, runs):
    open_empty(page)
    drop(page, runs["sgd"], runs["adam"])
    expect(page.locator("#model-table tbody tr")).to_have_count(2)
    page.wait_for_selector("#model-paths .nsewdrag")
    assert {"SGD", "Adam"} <= set(list_drawn(page, "model-paths"))
    drop(page, runs["adam"])  # drawn again, figures keep their places
    page.wait_for_selector("#model-moved .nsewdrag")
    for name in ("paths", "logged", "moved"):
        assert page.locator(f"#model-{name}-box").bounding_box()["height"] > 300
    page.wait_for_url("**sgd.optviz**adam.optviz**")
    address = page.url
    open_empty(page)
    visit(page, address)
    page.wait_for_selector("#model-moved .nsewdrag")
    assert {"SGD", "Adam"} <= set(list_drawn(page, "model-logged"))
    assert grave(page) == []
    assert grave_in_other_scheme(page, "light") == []


def test_a_picture_is_shown_with_what_it_hides_and_looked_at_in_depth(page, runs):
    open_empty(page)
    drop(page, runs["cut"])
    page.wait_for_selector("#model-picture .nsewdrag")
    expect(page.locator("#model-picture-words")).to_contain_text("plane")
    expect(page.locator("#model-ends tbody tr")).to_have_count(1)
    page.click("#model-look")
    page.get_by_role("option", name="3-D", exact=True).click()
    page.wait_for_selector("#model-picture .gl-container canvas")


def test_a_file_that_cannot_be_opened_gets_a_sentence_and_what_is_open_stays(page, runs):
    open_empty(page)
    drop(page, runs["sgd"], runs["bad"])
    expect(page.locator("#model-drop-said")).to_contain_text(
        "bad.optviz is neither a recording nor a file of optviz"
    )
    page.wait_for_selector("#model-paths .nsewdrag")
    expect(page.locator("input[type=checkbox]:checked")).to_have_count(1)


def test_a_file_is_left_out_and_taken_back(page, runs):
    open_empty(page)
    drop(page, runs["sgd"], runs["cut"])
    page.wait_for_selector("#model-picture .nsewdrag")
    page.get_by_label("loss.npz").click()
    expect(page.locator("#model-picture-part")).to_be_hidden()
    page.get_by_label("loss.npz").click()
    expect(page.locator("#model-picture-part")).to_be_visible()
