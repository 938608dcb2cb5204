"""Forty people moving sliders on one server: what a change costs, and how long they wait.

A browser makes one change of a learning rate; what it asks of the server is recorded and asked
again by everybody, each time with another learning rate, so that no answer was made before.
Milliseconds are told; what can fail are ratios to other work of the same run, and errors.
"""

import http.client
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import NamedTuple

from .served import Served, app, chromium
from .timing import Row, compare, do_fixed_work, measure_seconds, measure_work

PEOPLE, SECONDS = 40, 10
FEW = 20
"""People of what can fail."""
LIMITS = {"alone": 4.0, "work": 3.0, "at once": 2.0}
"""Of the wait of one person alone and of the processor time of a change among others, both in units
of the fixed work; of the time that all people's changes take at once, against one after another."""
EACH = 3
"""Changes that everybody makes at once."""
LINK = "/?steps=500" + "".join(
    f"&rule={rule}"
    for rule in ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam:lr=0.05")
)
MARK = "0.0123457"
"""A learning rate that stands nowhere else in what the page sends."""
ASKED = "/_dash-update-component"
NUMBERS = count()


class Change(NamedTuple):
    """One change that somebody made."""

    seconds: float
    bytes: int
    wrong: str


def recorded(url: str) -> list[str]:
    """Return the bodies of the requests that one change of a learning rate makes."""
    with chromium() as browser:
        page = browser.new_page()
        page.goto(url + LINK)
        page.wait_for_selector("#results tbody tr")
        page.wait_for_load_state("networkidle")
        asked: list[str] = []
        page.on("request", lambda r: asked.append(r.post_data) if ASKED in r.url else None)
        page.get_by_label("learning rate of optimizer 6").locator("visible=true").last.fill(MARK)
        page.wait_for_url(re.compile(re.escape(MARK)))
        page.wait_for_load_state("networkidle")
    return asked


def next_rate() -> str:
    """Return a learning rate that nobody asked for before."""
    return f"{0.01 + next(NUMBERS) * 1e-6:.6f}"


def change(line: http.client.HTTPConnection, chain: list[str]) -> Change:
    """Make one change, all its requests one after the other."""
    begin, size, rate = time.perf_counter(), 0, next_rate()
    headers = {"Content-Type": "application/json", "Accept-Encoding": "gzip, deflate, br, zstd"}
    try:
        for body in chain:
            line.request("POST", ASKED, body.replace(MARK, rate), headers)
            answer = line.getresponse()
            size += len(answer.read())
            if answer.status not in (200, 204):
                return Change(time.perf_counter() - begin, size, f"status {answer.status}")
    except (OSError, http.client.HTTPException) as error:
        line.close()
        return Change(time.perf_counter() - begin, size, repr(error))
    return Change(time.perf_counter() - begin, size, "" if size > 5_000 else f"{size} bytes only")


def make_changes(
    address: str, chain: list[str], how_many: int, pace: float = 0, wait: float = 0
) -> list[Change]:
    """Make changes as one person, `pace` seconds apart, or each after the answer to the last."""
    begin, made = time.monotonic() + wait, []
    line = http.client.HTTPConnection(address, timeout=30)
    for number in range(how_many):
        time.sleep(max(0.0, begin + number * pace - time.monotonic()))
        made.append(change(line, chain))
    line.close()
    return made


class Crowd:
    """Forty people on one server."""

    def __init__(self, served: Served, chain: list[str]):
        self.served, self.chain = served, chain
        self.made: list[Change] = []

    def make_changes(self, how_many: int, pace: float = 0, many: int = FEW) -> None:
        """Let everybody make some changes."""
        with ThreadPoolExecutor(many) as people:
            asked = [
                people.submit(
                    make_changes,
                    self.served.address,
                    self.chain,
                    how_many,
                    pace,
                    pace * number / many,
                )
                for number in range(many)
            ]
        self.made += [each for one in asked for each in one.result()]

    def measure_wait(self) -> float:
        """Return the seconds that one person alone waits for the answer to a change."""
        self.made += make_changes(self.served.address, self.chain, 1)
        return self.made[-1].seconds

    def measure_work(self) -> float:
        """Return the processor seconds that the server spends on a change among others."""
        before = self.served.read_work()
        self.make_changes(EACH)
        return (self.served.read_work() - before) / (FEW * EACH)

    def measure_alone(self) -> float:
        """Return the seconds in which one person makes as many changes."""
        return measure_seconds(
            lambda: self.made.extend(make_changes(self.served.address, self.chain, FEW * EACH))
        )


def rows() -> Iterator[Row]:
    """Report how long people wait for an answer, what it costs, and what went wrong."""
    with app() as served:
        crowd = Crowd(served, recorded(served.url))
        crowd.make_changes(SECONDS, pace=1, many=PEOPLE)
        times = sorted(1000 * each.seconds for each in crowd.made)
        p50, p95, longest = (times[int(part * (len(times) - 1))] for part in (0.5, 0.95, 1))
        yield Row(
            f"{PEOPLE} people, one change a second each for {SECONDS} s: from change to answer",
            f"p50 {p50:.0f} ms, p95 {p95:.0f} ms, longest {longest:.0f} ms",
        )
        yield compare(
            "one person's wait for an answer, against the fixed work",
            crowd.measure_wait,
            lambda: measure_seconds(do_fixed_work),
            LIMITS["alone"],
        )
        yield compare(
            "processor time of a change among others, against the fixed work",
            crowd.measure_work,
            lambda: measure_work(do_fixed_work),
            LIMITS["work"],
            pairs=2,
        )
        yield compare(
            f"{FEW} people's changes at once, against one after another",
            lambda: measure_seconds(lambda: crowd.make_changes(EACH)),
            crowd.measure_alone,
            LIMITS["at once"],
            pairs=2,
        )
    wrong = [each.wrong for each in crowd.made if each.wrong]
    found = f"{len(wrong)} of {len(crowd.made)}  {', '.join(sorted(set(wrong))[:3])}"
    yield Row("errors among their changes", found, "none", not wrong)
    size = sum(each.bytes for each in crowd.made) / len(crowd.made) / 1000
    yield Row(
        "a change of one of 6 optimizers x 500 steps",
        f"{len(crowd.chain)} request(s), {size:.0f} kB",
    )
