"""The site in a real browser, from a server and from a disk: quiet, whole, and for everybody."""

import contextlib
import subprocess
import sys

import pytest

from optviz.site import build_site
from tests.support.axe import grave, grave_in_other_scheme

pytestmark = pytest.mark.browser
ONLY = (
    *("surfaces/ravine", "rules/adam", "lessons/noise", "schedules/l2"),
    *("examples/13_microscope", "api/optviz.landscapes", "names", "project"),
)
PAGES = (
    *("index", "surfaces/index", "surfaces/ravine", "rules/adam", "lessons/noise"),
    *("examples/13_microscope", "api/optviz.landscapes", "names/index", "project/modules"),
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of a small site."""
    return build_site(tmp_path_factory.mktemp("made") / "site", ONLY)


@contextlib.contextmanager
def serve(site):
    """Serve a site by Python's own file server, and give its address."""
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1"]
    server = subprocess.Popen(
        command, cwd=site, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert server.stdout is not None
        line = server.stdout.readline()
        yield f"http://127.0.0.1:{line.split('port ')[1].split()[0]}"
    finally:
        server.terminate()
        server.wait(timeout=30)
        assert server.stdout is not None
        server.stdout.close()


def open_watched(browser, **options):
    """Return a page, and the list that fills with all that it should not do or say."""
    page = browser.new_context(**options).new_page()
    found = []
    page.on("console", lambda each: found.append(each.text))
    page.on("pageerror", lambda each: found.append(str(each)))
    page.on("requestfailed", lambda each: found.append(each.url))
    return page, found


def test_pages_work_from_a_server_and_from_a_disk(browser, site):
    with serve(site) as address:
        for root in (address, site.as_uri()):
            page, found = open_watched(browser, viewport={"width": 1280, "height": 900})
            asked = []
            page.on("request", lambda each, asked=asked: asked.append(each.url))
            for name in PAGES:
                page.goto(f"{root}/{name}.html")
                assert page.locator("h1").count() == 1
                # A picture that is on its way when one leaves would count as one that fails.
                page.wait_for_load_state("networkidle")
            page.goto(f"{root}/surfaces/ravine.html")
            page.wait_for_selector("#live .optviz-live canvas")
            assert page.locator("#live img").count() == 0
            rows = page.locator("#live table").inner_text()
            page.locator("#live .optimizer input[type=range]").first.press("ArrowRight")
            page.wait_for_function(
                "(rows) => document.querySelector('#live table').innerText !== rows", arg=rows
            )
            page.goto(f"{root}/examples/13_microscope.html")
            page.wait_for_selector("#figure .main-svg")
            outside = [each for each in asked if not each.startswith((root, "data:"))]
            assert (found, outside) == ([], [])
            page.context.close()


def test_without_javascript_a_still_picture_and_its_table_are_there(browser, site):
    page, _ = open_watched(browser, java_script_enabled=False)
    page.goto(f"{site.as_uri()}/surfaces/ravine.html")
    assert page.locator("#live img").is_visible()
    assert "Adam" in page.locator("#live table").inner_text()
    page.context.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_grave_nor_wider_than_the_window(browser, site, width):
    page, found = open_watched(
        browser, viewport={"width": width, "height": 900}, color_scheme="light"
    )
    for name in PAGES:
        page.goto(f"{site.as_uri()}/{name}.html")
        page.wait_for_load_state()
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide, name
        assert grave(page, preload=False) == [], name
        if width == 1280:
            assert grave_in_other_scheme(page, "light") == [], name
    assert found == []
    page.context.close()
