"""How smoothly the scrubber moves: dragged by hand, and while the run plays.

6 optimizers x 500 steps with surface, loss curves, state curves and table in step. The hand moves
at every frame; what counts is the time between two frames that show different steps, so a frame
that comes without what it should show does not count. What can fail is its ratio to the frames of
the same page while it does no more than fill one canvas; the median of some seconds is not moved by
a program that takes a core for a moment.
"""

from collections.abc import Iterator
from itertools import pairwise
from statistics import median
from typing import Any

from .browser import LINK
from .served import app, chromium
from .timing import Row, compare

SECONDS, PAIRS = 1.5, 2
LIMIT = 1.2
"""50 frames a second where the empty page shows 60."""
MODULES = """async () => {
  const main = document.querySelector('script[type=module]').src;
  window.race = await import(new URL('pages/surfaces/race.js', main).href);
}"""
READY = """() => race.shown.runs.length === 6
  && ['contour', 'losses', 'curves'].every((id) => document.querySelector(`#${id} canvas.scrub`))"""
COUNT = """([seconds, how]) => new Promise((resolve) => {
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
    seen.push([now, how === 'fill' ? seen.length : race.shown.at]);
    if (at >= seconds) return canvas.remove(), resolve(seen);
    const moved = { clientX: box.left + (0.05 + 0.9 * back_and_forth) * box.width, bubbles: true };
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
    found = page.evaluate(COUNT, [SECONDS, "drag"])
    page.mouse.up()
    return measure_frame(found)


def play(page: Any) -> float:
    """Play the run, and return the milliseconds of a frame."""
    page.locator("#to-start").click()
    page.locator("#play").click()
    found = page.evaluate(COUNT, [SECONDS, "play"])
    page.locator("#play").click()
    return measure_frame(found)


def fill(page: Any) -> float:
    """Fill a canvas as large as the surface, and return the milliseconds of a frame."""
    return measure_frame(page.evaluate(COUNT, [SECONDS, "fill"]))


def measure_frame(frames: list[list[float]]) -> float:
    """Return the median milliseconds between frames that show other steps; infinite for none."""
    times = [now for (_, before), (now, step) in pairwise(frames) if step != before]
    return median(b - a for a, b in pairwise(times)) if len(times) > 2 else float("inf")


def rows() -> Iterator[Row]:
    """Report the time of a frame, and what the page asked of the server meanwhile."""
    with app() as served, chromium() as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.goto(served.url + LINK)
        page.evaluate(MODULES)
        page.wait_for_function(READY)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        for name, move in (("dragged", drag), ("playing", play)):
            what = f"a frame of the scrubber {name}, 6 optimizers x 500 steps"
            yield compare(
                f"{what}, against a frame of one filled canvas",
                lambda move=move: move(page),
                lambda: fill(page),
                LIMIT,
                pairs=PAIRS,
                unit="ms",
            )
        yield Row("requests to the server meanwhile", str(len(asked)), "at most 0", not asked)
