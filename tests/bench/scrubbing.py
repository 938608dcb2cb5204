"""How smoothly the scrubber moves, dragged by hand or playing, and the paths under a dragged start.

6 optimizers x 500 steps with surface, loss curves, state curves and table in step. The hand moves
at every frame; what counts is the time between two frames that show different steps, so a frame
that comes without what it should show does not count. What can fail is its ratio to the frames of
the same page while it does no more than fill one canvas; the median of some seconds is not moved by
a program that takes a core for a moment. A start is dragged by work, not by frames alone: it may
take a fifth of drawing the surface whole where that is longer than a frame of the screen, in whole
frames, as a screen shows nothing between two of them.
"""

from collections.abc import Iterator
from itertools import pairwise
from math import ceil
from statistics import median
from typing import Any

from .browser import LINK, RESTED, WHOLE, open_page
from .served import app, chromium
from .timing import Row, compare

SECONDS, PAIRS = 1.5, 2
LIMIT = 1.2
"""50 frames a second where the empty page shows 60."""
PART = 0.2
"""Of drawing the surface whole, which takes 16 to 18 ms where 60 frames a second are asked."""
MODULES = """async () => {
  const main = document.querySelector('script[type=module]').src;
  window.race = await import(new URL('pages/surfaces/race.js', main).href);
}"""
START = """() => {
  const div = document.querySelector('#contour .js-plotly-plot'), box = div.getBoundingClientRect();
  const { xaxis, yaxis } = div._fullLayout, [run] = race.shown.runs;
  return [[box.left, xaxis, run.x], [box.top, yaxis, run.y]]
    .map(([from, axis, column]) => from + axis._offset + axis.l2p(column[0]));
}"""
"""The place of the start in the window."""
READY = """() => race.shown.runs.length === 6
  && ['contour', 'losses', 'curves'].every((id) => document.querySelector(`#${id} canvas.scrub`))"""
COUNT = """([seconds, how, start]) => new Promise((resolve) => {
  const box = document.querySelector('#scrub').getBoundingClientRect(), seen = [];
  const canvas = document.createElement('canvas'), pen = canvas.getContext('2d');
  if (how === 'fill') {
    const place = document.querySelector('#contour').getBoundingClientRect();
    Object.assign(canvas, { width: place.width, height: place.height });
    canvas.style = `position: fixed; left: ${place.left}px; top: ${place.top}px`;
    document.body.append(canvas);
  }
  let began = null;
  const frame = (now) => {
    began = began ?? now;
    const at = (now - began) / 1000, back_and_forth = Math.abs((0.6 * at) % 2 - 1);
    const shown = { fill: seen.length, start: race.shown.runs[0].x[0] }[how] ?? race.shown.at;
    seen.push([now, shown]);
    if (at >= seconds) return canvas.remove(), resolve(seen);
    const moved = { clientX: box.left + (0.05 + 0.9 * back_and_forth) * box.width, bubbles: true };
    const over = { clientX: start.x + 200 * back_and_forth, clientY: start.y, bubbles: true };
    if (how === 'start') document.body.dispatchEvent(new PointerEvent('pointermove', over));
    if (how === 'drag') document.dispatchEvent(new MouseEvent('mousemove', moved));
    pen.fillStyle = `hsl(${seen.length % 360} 50% 50%)`;
    pen.fillRect(0, 0, canvas.width, canvas.height);
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
})"""
"""The time of each frame of some seconds and its step: the mouse moves in each to drag, and in each
a canvas is filled to fill, which counts as a step."""


def drag(page: Any) -> float:
    """Drag the slider, and return the milliseconds of a frame."""
    box = page.locator("#scrub").bounding_box()
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + box["height"] / 2)
    page.mouse.down()
    found = page.evaluate(COUNT, [SECONDS, "drag", {}])
    page.mouse.up()
    return measure_frame(found)


def play(page: Any) -> float:
    """Play the run, and return the milliseconds of a frame."""
    page.locator("#to-start").click()
    page.locator("#play").click()
    found = page.evaluate(COUNT, [SECONDS, "play", {}])
    page.locator("#play").click()
    return measure_frame(found)


def drag_start(page: Any) -> float:
    """Drag the start with the runs behind it, and return the milliseconds of a frame."""
    x, y = page.evaluate(START)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 5, y)
    found = page.evaluate(COUNT, [SECONDS, "start", {"x": x, "y": y}])
    page.mouse.up()
    page.wait_for_function(RESTED)
    page.wait_for_load_state("networkidle")
    return measure_frame(found)


def fill(page: Any) -> float:
    """Fill a canvas as large as the surface, and return the milliseconds of a frame."""
    return measure_frame(page.evaluate(COUNT, [SECONDS, "fill", {}]))


def allow(page: Any, least: float) -> float:
    """Return the milliseconds of as many whole frames as hold the least time, one at least."""
    frame = fill(page)
    return frame * max(1, ceil(least / frame))


def measure_whole(browser: Any, url: str) -> float:
    """Return the milliseconds in which plotly draws the surface once again, the least of a few."""
    page = open_page(browser, url)
    found = min(page.evaluate(WHOLE) for _ in range(7))
    page.close()
    return found


def measure_frame(frames: list[list[float]]) -> float:
    """Return the median milliseconds between frames that show other steps; infinite for none."""
    times = [now for (_, before), (now, step) in pairwise(frames) if step != before]
    return median(b - a for a, b in pairwise(times)) if len(times) > 2 else float("inf")


def rows() -> Iterator[Row]:
    """Report the time of a frame, and what the page asked of the server meanwhile."""
    with app() as served, chromium() as browser:
        whole = measure_whole(browser, served.url)
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.goto(served.url + LINK)
        page.evaluate(MODULES)
        page.wait_for_function(READY)
        asked: list[str] = []
        drags: list[float] = []

        def note(request: Any) -> None:
            if "_dash-update-component" in request.url:
                asked.append(request.url)

        def drag_once() -> float:
            drags.append(drag_start(page))
            return drags[-1]

        page.on("request", note)
        for name, move, least in (
            ("the scrubber dragged", lambda: drag(page), 0.0),
            ("the scrubber playing", lambda: play(page), 0.0),
            ("the start dragged, all runs made anew", drag_once, PART * whole),
        ):
            yield compare(
                f"a frame of {name}, 6 optimizers x 500 steps, against one of a filled canvas",
                move,
                lambda least=least: allow(page, least),
                LIMIT,
                pairs=PAIRS,
                unit="ms",
            )
        what, found = "requests to the server meanwhile, one a drag of the start", len(asked)
        yield Row(what, f"{found} in {len(drags)} drags", "as many", found == len(drags))
