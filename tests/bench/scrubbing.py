"""How many frames a second the scrubber holds: dragged by hand, and while the run plays.

6 optimizers x 500 steps with surface, loss curves, state curves and table in step. The hand moves
at every frame; what counts is the time between two frames that show different steps, so a frame
that comes without what it should show does not count. The median of a drag is not moved by a
program that takes a core for a moment; a rate that is missed is measured again.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise
from statistics import median
from typing import Any

from .browser import LINK, TRIES
from .served import app, chromium
from .timing import Row

SECONDS = 3.0
LEAST = 50.0
MODULES = """async () => {
  const main = document.querySelector('script[type=module]').src;
  window.race = await import(new URL('pages/surfaces/race.js', main).href);
}"""
READY = """() => race.shown.runs.length === 6
  && ['contour', 'losses', 'curves'].every((id) => document.querySelector(`#${id} canvas.scrub`))"""
COUNT = """([seconds, move]) => new Promise((resolve) => {
  const box = document.querySelector('#scrub').getBoundingClientRect(), seen = [];
  let began = null;
  const frame = (now) => {
    began = began ?? now;
    const at = (now - began) / 1000, back_and_forth = Math.abs((0.6 * at) % 2 - 1);
    seen.push([now, race.shown.at]);
    if (at >= seconds) return resolve(seen);
    const clientX = box.left + (0.05 + 0.9 * back_and_forth) * box.width;
    if (move) document.dispatchEvent(new MouseEvent('mousemove', { clientX, bubbles: true }));
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
})"""
"""The time of each frame of some seconds and its step; with `move`, the mouse moves in each."""


def dragged(page: Any) -> list[list[float]]:
    """The frames while the slider is dragged."""
    box = page.locator("#scrub").bounding_box()
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + box["height"] / 2)
    page.mouse.down()
    found = page.evaluate(COUNT, [SECONDS, True])
    page.mouse.up()
    return found


def played(page: Any) -> list[list[float]]:
    """The frames while the run plays."""
    page.locator("#to-start").click()
    page.locator("#play").click()
    found = page.evaluate(COUNT, [SECONDS, False])
    page.locator("#play").click()
    return found


def rate(frames: list[list[float]]) -> float:
    """The median of frames a second that show another step than the frame before; 0 for none."""
    times = [now for (_, before), (now, step) in pairwise(frames) if step != before]
    return 1000 / median(b - a for a, b in pairwise(times)) if len(times) > 2 else 0.0


def best(measure: Callable[[], list[list[float]]]) -> list[list[float]]:
    """The first of some measurements that holds the rate, else the fastest."""
    tried = []
    for _ in range(TRIES):
        tried.append(measure())
        if rate(tried[-1]) >= LEAST:
            return tried[-1]
    return max(tried, key=rate)


def rows() -> Iterator[Row]:
    with app() as (url, _), chromium() as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.goto(url + LINK)
        page.evaluate(MODULES)
        page.wait_for_function(READY)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        for what, measure in (("dragged", dragged), ("playing", played)):
            frames = best(lambda measure=measure: measure(page))
            found = f"{rate(frames):.1f} frames/s, {len(frames) / SECONDS:.1f} on average"
            name = f"scrubber {what}, 6 optimizers x 500 steps, {SECONDS:g} s: median"
            yield Row(name, found, f"at least {LEAST:g}", rate(frames) >= LEAST)
        yield Row("requests to the server meanwhile", str(len(asked)), "at most 0", not asked)
