"""How fast the live page is: its size, its opening on a slow processor, and a change of a number.

All is compared, within one run, with the offline page that plotly draws: its opening, and drawing
its surface and paths once again.
"""

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from optviz import Experiment, live_page
from optviz.views import scrubbable

from .served import chromium
from .timing import Row, compare, gate, tell

RULES = ("sgd:lr=0.001", "momentum:lr=0.001", "nesterov:lr=0.001")
RULES += ("rmsprop:lr=0.01", "adam:lr=0.05", "adagrad:lr=0.5")
RACE = Experiment(rules=RULES, steps=500)
SLOWER = 6
CHANGES = 40
LIMIT = 0.35
VIEW = {"width": 1440, "height": 1600}

SEEN = """(isDrawn) => new Promise((resolve) => {
  const tell = () => resolve(performance.now());
  const look = () => requestAnimationFrame(isDrawn() ? tell : look);
  look();
})"""
"""Waits for the frame after the pictures are there, by frames: the page's policy allows no eval."""
LIVE = "() => document.querySelector('main').live?.read().race"
PLOTLY = "() => document.querySelector('#losses canvas.scrub')"

CHANGE = """async (share) => {
  const slider = document.querySelector('[aria-label="learning rate of optimizer 5"]');
  const [low, high] = [slider.min, slider.max].map(Number), began = performance.now();
  slider.value = low + share * (high - low);
  slider.dispatchEvent(new Event('input', { bubbles: true }));
  return await new Promise((resolve) => requestAnimationFrame(
    () => setTimeout(() => resolve(performance.now() - began), 0)));
}"""
FRAMES = """async () => {
  const slider = document.querySelector('[aria-label="learning rate of optimizer 5"]');
  const [low, high] = [slider.min, slider.max].map(Number), began = performance.now();
  let frames = 0;
  for (; performance.now() - began < 3000; frames++) {
    slider.value = low + (0.5 + 0.2 * Math.sin(frames / 9)) * (high - low);
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    await new Promise(requestAnimationFrame);
  }
  return frames / 3;
}"""
WHOLE = """async () => {
  const div = document.querySelector('#contour');
  const data = div.data.map((trace) => ({ ...trace })), began = performance.now();
  await Plotly.react(div, data, div.layout);
  return await new Promise((resolve) => requestAnimationFrame(
    () => setTimeout(() => resolve(performance.now() - began), 0)));
}"""


def open_slowly(browser: Any, file: Path, drawn: str) -> float:
    """Return the seconds from opening a file to its pictures, on a slower processor."""
    page = browser.new_page(viewport=VIEW)
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(file.as_uri(), wait_until="commit")
    seconds = page.evaluate(f"() => ({SEEN})({drawn})") / 1000
    page.close()
    return seconds


def open_page(browser: Any, file: Path, drawn: str) -> Any:
    """Open a file and wait until its pictures are there."""
    page = browser.new_page(viewport=VIEW, reduced_motion="reduce")
    page.goto(file.as_uri())
    page.evaluate(f"() => ({SEEN})({drawn})")
    return page


def rows() -> Iterator[Row]:
    """Report sizes, openings, changes and frames."""
    with TemporaryDirectory() as folder, chromium() as browser:
        live = live_page(RACE, None, Path(folder) / "live.html")
        offline = scrubbable(RACE.perform(), Path(folder) / "offline.html")
        yield gate("size of the live page", live.stat().st_size / 1e3, 400, " kB")
        yield Row("size of the offline page", f"{offline.stat().st_size / 1e3:.0f} kB")
        yield compare(
            f"from opening to the pictures, {SLOWER} times slower: live against offline page",
            lambda: open_slowly(browser, live, LIVE),
            lambda: open_slowly(browser, offline, PLOTLY),
            0.5,
            pairs=3,
            unit="s",
        )
        ours, theirs = open_page(browser, live, LIVE), open_page(browser, offline, PLOTLY)
        times: list[float] = []

        def change() -> float:
            times.append(ours.evaluate(CHANGE, 0.4 + 0.2 * (len(times) % 7) / 7))
            return times[-1]

        for _ in range(3):
            change()
        times.clear()
        yield compare(
            "a slider change redraws 6 optimizers x 500 steps: the median, against plotly's redraw",
            change,
            lambda: theirs.evaluate(WHOLE),
            LIMIT,
            pairs=CHANGES,
            by=median,
            unit="ms",
        )
        tail = sorted(times)[round(0.95 * (len(times) - 1))]
        yield tell(f"a slider change, {len(times)} times: median", median(times), 50, "ms")
        yield tell(f"a slider change, {len(times)} times: 95th percentile", tail, 90, "ms")
        yield Row("frames while a slider moves", f"{ours.evaluate(FRAMES):.0f} a second")
