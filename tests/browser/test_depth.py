"""Equal scales and the camera of the landscape, by what is drawn."""

import re

import pytest

from tests.support.browser import visit

pytestmark = pytest.mark.browser

PLOT = "document.querySelector('#contour .js-plotly-plot')"
HIGH = "document.querySelector('#landscape .js-plotly-plot')"
DRAWN = "document.querySelector('#stage') && !document.querySelector('#stage').matches('.waiting')"
EYE = f"{HIGH}._fullLayout.scene._scene.getCamera().eye"
ANGLES = """() => {
    const div = document.querySelector('#contour .js-plotly-plot'), full = div._fullLayout;
    const toPixel = (x, y) => [
        full.xaxis._offset + full.xaxis.l2p(x), full.yaxis._offset + full.yaxis.l2p(y)];
    const box = div.getBoundingClientRect(), lines = [];
    for (const path of div.querySelectorAll('.contourlevel path')) {
        const place = path.getScreenCTM(), whole = path.getTotalLength();
        const at = (length) => {
            const point = path.getPointAtLength(length).matrixTransform(place);
            return [point.x - box.left, point.y - box.top];
        };
        for (let length = 4; length < whole - 4; length += 3) {
            lines.push([at(length), at(length - 3), at(length + 3)]);
        }
    }
    const arrows = div._fullData.find(({ name }) => name === 'downhill (direction only)');
    const angles = [];
    for (let i = 0; i + 1 < arrows.x.length; i += 3) {
        const [tail, tip] = [0, 1].map((k) => toPixel(arrows.x[i + k], arrows.y[i + k]));
        const middle = [0, 1].map((k) => (tail[k] + tip[k]) / 2);
        const far = ([[x, y]]) => Math.hypot(x - middle[0], y - middle[1]);
        const near = lines.reduce((best, line) => (far(line) < far(best) ? line : best));
        if (far(near) > 3) continue;
        const [, from, to] = near, [ax, ay] = [tip[0] - tail[0], tip[1] - tail[1]];
        const [bx, by] = [to[0] - from[0], to[1] - from[1]];
        const cosine = (ax * bx + ay * by) / Math.hypot(ax, ay) / Math.hypot(bx, by);
        angles.push((Math.acos(Math.min(Math.abs(cosine), 1)) * 180) / Math.PI);
    }
    return angles.sort((a, b) => a - b);
}"""
"""Degrees in the picture between arrows downhill and the contour beside each, the least first."""


def opened(page, link):
    visit(page, link)
    page.wait_for_function(DRAWN)
    page.wait_for_load_state("networkidle")


def test_downhill_is_perpendicular_to_the_contours_where_scales_are_equal(page):
    opened(page, "/?problem=ravine&view=field&steps=20")
    page.wait_for_function(f"{PLOT}?.querySelector('.contourlevel path')")
    equal = page.evaluate(ANGLES)
    assert len(equal) > 20
    assert equal[len(equal) // 10] > 84  # an arrow begins and ends at other places than its contour
    page.locator("#scales").get_by_text("Fill").click()
    page.wait_for_url(re.compile("stretched"))
    page.wait_for_function(f"!{PLOT}._fullLayout.yaxis.scaleanchor")
    page.wait_for_load_state("networkidle")
    stretched = page.evaluate(ANGLES)
    assert stretched[len(stretched) // 10] < 75


def test_a_turned_camera_stays_through_every_change_of_its_surface(page):
    opened(page, "/?steps=40&view=3d")
    page.wait_for_function(f"{HIGH}?._fullLayout?.scene?._scene?.glplot !== undefined")
    page.evaluate(f"Plotly.relayout({HIGH}, {{'scene.camera.eye': {{x: 1, y: 1, z: 1.5}}}})")
    page.wait_for_function(f"Math.abs({EYE}.x - 1) < 1e-6")
    draws = "window.drawnTimes"
    page.evaluate(f"{draws} = 0; {HIGH}.on('plotly_afterplot', () => {{ {draws} += 1; }})")

    def keeps(what, act):
        before = page.evaluate(draws)
        act()
        page.wait_for_function(f"{draws} > {before}")
        page.wait_for_load_state("networkidle")
        eye = page.evaluate(EYE)
        assert [round(eye[axis], 3) for axis in "xyz"] == [1, 1, 1.5], what

    rate = page.get_by_label("learning rate of optimizer 4", exact=True).last
    keeps("lr", lambda: rate.fill("0.2"))
    keeps("parameter", lambda: page.get_by_label("parameter steepness").last.fill("50"))
    keeps("add", lambda: page.get_by_role("button", name="Add optimizer").click())
    dark = "document.documentElement.setAttribute('data-mantine-color-scheme', 'dark')"
    keeps("theme", lambda: page.evaluate(dark))
    page.evaluate("document.documentElement.setAttribute('data-mantine-color-scheme', 'light')")
    turn_and_undo(page)


def turn_and_undo(page):
    """Turn the landscape and undo at once, which makes the page anew: it is turned there too."""
    turn = f"Plotly.relayout({HIGH}, {{'scene.camera.eye': {{x: 1, y: 1.25, z: 1.5}}}})"
    cards = page.locator("#surfaces-cards .optimizer")
    before = cards.count()
    page.evaluate(f"{turn}.then(() => document.querySelector('#undo').click())")
    page.wait_for_function(
        "(count) => document.querySelectorAll('#surfaces-cards .optimizer').length === count",
        arg=before - 1,
    )
    page.wait_for_function(f"{HIGH}?._fullLayout?.scene?._scene?.glplot !== undefined")
    page.wait_for_function(f"Math.abs({EYE}.y - 1.25) < 1e-3 && Math.abs({EYE}.x - 1) < 1e-3")
