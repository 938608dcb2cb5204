"""Twenty-four heavy clients: what they do to the keep-alive and to somebody's slider.

Each asks for something heavy again and again, without a pause and without hope: checks of
workbooks, the longest legal race, its table of every step. They run in a process of their own,
behind the server in priority, as the machine has to carry them too.
"""

import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from tests.support.workbooks_hostile import share_text

from .load import ASKED, make_changes, recorded
from .served import Served, app
from .timing import Row, compare, gate

CLIENTS, CHANGES, PAIRS = 24, 8, 2
LIMIT_ALIVE_S, LIMIT_CHANGE = 1.0, 2.0
LONGEST = "steps=20000" + "".join(f"&rule=adam:lr=0.{i:02d}1" for i in range(1, 13))
JSON = {"Content-Type": "application/json", "Accept-Encoding": "gzip, deflate, br, zstd"}
KINDS = ("check", "table", "race")


def make_heavy_request(kind: str, number: int, chain: list[str]) -> tuple[str, str, bytes, dict]:
    """Return the method, the path, the body and the headers of a heavy request."""
    if kind == "check":
        return "POST", "/workbook/check", share_text("\ufdfa".encode() * 40, 20_000), {}
    if kind == "table":
        return "GET", f"/take/runs.csv?{LONGEST}&seed={number}", b"", {}
    body = json.loads(next(each for each in chain if "race.data" in each))
    own = {"surfaces-query": f"{LONGEST}&seed={number}", "known-runs": None}
    for each in body["state"]:
        each["value"] = own.get(each["id"], each.get("value"))
    body["changedPropIds"] = []  # as a page that opens with this race
    return "POST", ASKED, json.dumps(body).encode(), JSON


def ask_forever(address: str, number: int, chain: list[str], found: Counter) -> None:
    """Ask for something heavy again and again, and count the answers by their status."""
    kind = KINDS[number % len(KINDS)]
    method, path, body, headers = make_heavy_request(kind, number, chain)
    line = http.client.HTTPConnection(address, timeout=100)
    while True:
        try:
            line.request(method, path, body, headers)
            answer = line.getresponse()
            answer.read()
            found[f"{kind} {answer.status}"] += 1
        except (OSError, http.client.HTTPException) as error:
            line.close()
            found[f"{kind} {error!r}"] += 1
            time.sleep(0.1)


def press(address: str) -> None:
    """Be all the heavy clients, until the other end of the standard input is closed."""
    chain, found = json.loads(sys.stdin.readline()), Counter()
    for number in range(CLIENTS):
        arguments = address, number, chain, found
        threading.Thread(target=ask_forever, args=arguments, daemon=True).start()
    sys.stdin.read()
    print(json.dumps(found), flush=True)
    os._exit(0)


@contextmanager
def heavy_clients(served: Served, chain: list[str]) -> Iterator[Counter]:
    """Let the heavy clients ask, and count their answers at the end."""
    found: Counter = Counter()
    command = [sys.executable, "-m", "tests.bench.crowded", served.address]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as all_:
        assert all_.stdin
        all_.stdin.write(json.dumps(chain) + "\n")
        all_.stdin.flush()
        try:
            time.sleep(5)  # until all have asked, and a worker has begun
            yield found
        finally:
            found.update(json.loads(all_.communicate()[0]))


def measure_alive(served: Served) -> float:
    """Return the seconds that the keep-alive takes, over a line of its own."""
    line = http.client.HTTPConnection(served.address, timeout=30)
    began = time.perf_counter()
    line.request("GET", "/alive")
    line.getresponse().read()
    line.close()
    return time.perf_counter() - began


def measure_change(served: Served, chain: list[str]) -> float:
    """Return the median seconds of some changes of a slider."""
    made = make_changes(served.address, chain, CHANGES)
    if wrong := next((each.wrong for each in made if each.wrong), ""):
        raise RuntimeError(f"a change went wrong: {wrong}")
    return median(each.seconds for each in made)


def rows() -> Iterator[Row]:
    """Report the keep-alive and a slider's change beside the heavy clients, against alone."""
    with app() as served:
        chain = recorded(served.url)
        measure_change(served, chain)
        alive, told = [], Counter()

        def measure_beside() -> float:
            with heavy_clients(served, chain) as found:
                alive.extend(measure_alive(served) for _ in range(20))
                seconds = measure_change(served, chain)
            told.update(found)
            return seconds

        yield compare(
            f"a slider's change beside {CLIENTS} heavy clients, {os.cpu_count()} cores, to alone",
            measure_beside,
            lambda: measure_change(served, chain),
            LIMIT_CHANGE,
            pairs=PAIRS,
            by=median,
            unit="s",
        )
        yield gate("the longest wait of the keep-alive, in s", max(alive), LIMIT_ALIVE_S)
        wrong = {key: n for key, n in told.items() if key.split()[1] not in ("200", "503")}
        yield Row("answers to the heavy clients", f"{dict(told)}", "200 or 503", not wrong)


if __name__ == "__main__":
    press(sys.argv[1])
