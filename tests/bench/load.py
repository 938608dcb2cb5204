"""Twenty people moving sliders on one server: how long each waits for the answer to a change.

A browser makes one change of a learning rate; what it asks of the server is recorded and asked
again by everybody, each time with another learning rate, so that no answer was made before.
"""

import http.client
import random
import re
import resource
import threading
import time
from typing import NamedTuple

from .served import app, chromium
from .timing import Row

PEOPLE, SECONDS = 20, 60
LIMIT_MS = 500
TRIES = 3
"""Other programs only add time: a limit that is missed is measured again."""
LINK = "/?steps=500" + "".join(
    f"&rule={rule}"
    for rule in ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam:lr=0.05")
)
MARK = "0.0123457"
"""A learning rate that stands nowhere else in what the page sends."""
ASKED = "/_dash-update-component"


class Change(NamedTuple):
    """One change that somebody made."""

    seconds: float
    bytes: int
    wrong: str


def recorded(url: str) -> list[str]:
    """The bodies of the requests that one change of a learning rate makes."""
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


def person(address: str, chain: list[str], number: int, made: list[Change]) -> None:
    """Change the learning rate once a second, and note how long each change took."""
    rng, begin = random.Random(number), time.monotonic() + number / PEOPLE
    line = http.client.HTTPConnection(address, timeout=30)
    for second in range(SECONDS):
        time.sleep(max(0.0, begin + second - time.monotonic()))
        made.append(change(line, chain, f"{rng.uniform(0.001, 0.1):.9f}"))
    line.close()


def change(line: http.client.HTTPConnection, chain: list[str], lr: str) -> Change:
    """One change: all its requests, one after the other."""
    begin, size = time.perf_counter(), 0
    headers = {"Content-Type": "application/json", "Accept-Encoding": "gzip, deflate, br, zstd"}
    try:
        for body in chain:
            line.request("POST", ASKED, body.replace(MARK, lr), headers)
            answer = line.getresponse()
            size += len(answer.read())
            if answer.status not in (200, 204):
                return Change(time.perf_counter() - begin, size, f"status {answer.status}")
    except (OSError, http.client.HTTPException) as error:
        line.close()
        return Change(time.perf_counter() - begin, size, repr(error))
    return Change(time.perf_counter() - begin, size, "" if size > 5_000 else f"{size} bytes only")


def busy_seconds() -> float:
    """The processor time that all programs started here, and ended since, have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def crowd(address: str, chain: list[str]) -> list[Change]:
    """All changes of all people."""
    made: list[Change] = []
    people = [
        threading.Thread(target=person, args=(address, chain, number, made))
        for number in range(PEOPLE)
    ]
    for each in people:
        each.start()
    for each in people:
        each.join()
    return made


def measured(chain: list[str]) -> tuple[list[Change], float]:
    """All changes of a crowd on a fresh server, and the processor seconds that one of them took."""
    before = busy_seconds()
    with app() as (url, _):
        made = crowd(url.partition("//")[2], chain)
    return made, (busy_seconds() - before) / len(made)


def share(made: list[Change], part: float) -> float:
    """The milliseconds within which this part of the changes was answered."""
    return 1000 * sorted(each.seconds for each in made)[int(part * (len(made) - 1))]


def rows():
    """The report: how long a change takes while everybody makes one each second."""
    with app() as (url, _):
        chain = recorded(url)
    for _ in range(TRIES):
        made, busy = measured(chain)
        wrong = [each.wrong for each in made if each.wrong]
        if wrong or share(made, 0.95) < LIMIT_MS:
            break
    p50, p95, longest = (share(made, part) for part in (0.5, 0.95, 1))
    yield Row(
        f"{PEOPLE} people, one change a second each for {SECONDS} s: from change to answer",
        f"p50 {p50:.0f} ms, p95 {p95:.0f} ms, longest {longest:.0f} ms",
        f"p95 under {LIMIT_MS} ms",
        p95 < LIMIT_MS,
    )
    found = f"{len(wrong)} of {len(made)}  {', '.join(sorted(set(wrong))[:3])}"
    yield Row("errors among their changes", found, "none", not wrong)
    size = sum(each.bytes for each in made) / len(made) / 1000
    yield Row(
        "a change of one of 6 optimizers x 500 steps",
        f"{len(chain)} request(s), {size:.0f} kB, {1000 * busy:.0f} ms of one core on the server",
    )
