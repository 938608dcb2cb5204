"""The Content-Security-Policy in a real browser."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.browser import open_page

pytestmark = pytest.mark.browser


def test_browser_runs_no_script_that_the_page_did_not_bring(browser, app_url):
    tab = open_page(browser)
    tab.goto(app_url)
    refused = tab.evaluate(
        """() => new Promise((done) => {
            document.addEventListener("securitypolicyviolation", done);
            const script = document.createElement("script");
            script.textContent = "window.stolen = 1";
            document.body.appendChild(script);
        }).then((event) => [event.violatedDirective, window.stolen])"""
    )
    tab.close()
    assert refused == ["script-src-elem", None]


@pytest.fixture(scope="module")
def visited(browser) -> Iterator[Any]:
    """A browser that was here before, with a small window."""
    context = browser.new_context(viewport={"width": 800, "height": 600})
    yield context
    context.close()


@pytest.mark.parametrize("link", ["/", "/?view=3d", "/movielens"])
def test_pages_with_their_pictures_and_formulas_keep_the_policy(visited, app_url, link):
    tab = open_page(visited)
    tab.add_init_script(
        """window.refused = [];
        document.addEventListener("securitypolicyviolation", (event) => {
            window.refused.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
        });"""
    )
    tab.goto(app_url + link)
    tab.wait_for_selector(".js-plotly-plot svg.main-svg", state="attached")
    tab.wait_for_load_state("networkidle")
    taken = tab.evaluate(
        """async () => {
            const plots = [...document.querySelectorAll(".js-plotly-plot")];
            const plot = plots.find((each) => each._fullLayout);
            const png = await window.Plotly.toImage(plot, { format: "png" });
            const svg = await window.Plotly.toImage(plot, { format: "svg" });
            return [png.slice(0, 15), svg.slice(0, 14), window.refused];
        }"""
    )
    tab.close()
    assert taken == ["data:image/png;", "data:image/svg", []]
