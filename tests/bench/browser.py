"""How fast the Surfaces page is in a real browser: its start, its first paint, and a redraw.

A redraw is one step of a slider of a page at rest, from the key press until the paths of 6
optimizers x 500 steps, the loss curves and the averages are all drawn and a frame has been shown;
the server is asked after that. Milliseconds are told beside what is asked of a quiet machine; what
can fail is their ratio to the time in which plotly draws the surface alone once again.
"""

from collections.abc import Iterator
from itertools import cycle
from statistics import median
from typing import Any

from .served import app, chromium
from .timing import Row, compare, tell

LINK = "/?rule=sgd:lr=0.001&rule=momentum:lr=0.001&rule=nesterov:lr=0.001&rule=rmsprop:lr=0.01"
LINK += "&rule=adam:lr=0.05&rule=adagrad:lr=0.5&steps=500"
CHANGES = 20
LIMIT = 0.35

READY = "() => document.querySelectorAll('#results tbody tr').length === 6"
PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0].startTime"
MODULES = """async () => {
  const main = document.querySelector('script[type=module]').src;
  for (const name of ['race', 'live']) {
    window[name] = await import(new URL(`pages/surfaces/${name}.js`, main).href);
  }
}"""
CHANGE = """async (key) => {
  const thumb = document.querySelector('[role=slider][aria-label="learning rate of optimizer 5"]');
  const end = () => race.shown.runs[4].x.at(-1), before = end();
  const painted = () => document.querySelectorAll('canvas.layer:not([hidden])').length;
  thumb.focus();
  const began = performance.now();
  return await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('nothing was drawn in 5 s')), 5000);
    document.addEventListener('optviz:painted', function listen() {
      if (end() === before || painted() < 3) return;
      document.removeEventListener('optviz:painted', listen);
      clearTimeout(late);
      requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began), 0));
    });
    for (const type of ['keydown', 'keyup']) {
      thumb.dispatchEvent(new KeyboardEvent(type, { key, bubbles: true, cancelable: true }));
    }
  });
}"""
RESTED = "() => !document.querySelector('canvas.layer:not([hidden])')"
"""The server's answer is drawn in place of what the browser painted."""

WHOLE = """async () => {
  const div = document.querySelector('#contour .js-plotly-plot');
  const data = div.data.map((trace) => ({ ...trace })), began = performance.now();
  await Plotly.react(div, data, div.layout);
  return await new Promise((resolve) => requestAnimationFrame(
    () => setTimeout(() => resolve(performance.now() - began), 0)));
}"""


def open_page(browser: Any, url: str) -> Any:
    """Open a page with the six optimizers drawn."""
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.goto(url + LINK)
    page.wait_for_function(READY)
    page.wait_for_selector("#contour .nsewdrag")
    page.evaluate(MODULES)
    page.wait_for_function("() => live.isReady()")
    page.wait_for_load_state("networkidle")
    return page


def measure_paint(browser: Any, url: str) -> float:
    """Return the seconds until a browser with an empty cache shows something."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(url)
    page.wait_for_selector("#contour .nsewdrag")
    seconds = page.evaluate(PAINT) / 1000
    context.close()
    return seconds


def read_sizes(page: Any) -> tuple[int, int]:
    """Return the bytes that one change sends and gets, as they travel."""
    with page.expect_response(lambda each: "_dash-update" in each.url) as waiting:
        page.evaluate(CHANGE, "ArrowRight")
    sizes = waiting.value.request.sizes()
    return sizes["requestBodySize"], sizes["responseBodySize"]


def rows() -> Iterator[Row]:
    """Report the page's start, its first paint and its redraws."""
    with app() as served, chromium() as browser:
        yield tell("from the command to the first answer", served.seconds, 3, "s")
        yield tell("first paint of the page", measure_paint(browser, served.url), 1.5, "s")
        page, keys = open_page(browser, served.url), cycle(["ArrowRight", "ArrowLeft"])
        times: list[float] = []

        def redraw() -> float:
            page.wait_for_function(RESTED)
            page.wait_for_timeout(200)
            times.append(page.evaluate(CHANGE, next(keys)))
            return times[-1]

        def draw_whole() -> float:
            page.wait_for_function(RESTED)
            page.wait_for_timeout(200)
            return page.evaluate(WHOLE)

        for _ in range(2):
            redraw()
        times.clear()
        what = "a slider change redraws 6 optimizers x 500 steps"
        against = compare(
            f"{what}: the fastest, against drawing the surface whole",
            redraw,
            draw_whole,
            LIMIT,
            pairs=CHANGES,
            unit="ms",
        )
        tail = sorted(times)[round(0.95 * (len(times) - 1))]
        yield tell(f"{what}, {len(times)} times: median", median(times), 50, "ms")
        yield tell(f"{what}, {len(times)} times: 95th percentile", tail, 90, "ms")
        yield against
        asked, answered = read_sizes(page)
        yield Row("one change sends and gets", f"{asked / 1e3:.0f} and {answered / 1e3:.0f} kB")
