"""The same race on this machine's cores or on a cluster, stopped and taken up again.

A cluster of two workers is started here; `distributed.Client("tcp://...")` reaches a real one. What
is finished is kept in one file, so that a race that ends in the middle goes on where it was.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from distributed import Client, LocalCluster

from optviz import Noisy, surface
from optviz.sweeps import WorkCanceledError, Workload, race
from optviz.views import race_figure

RULES = ["sgd", "momentum", "adam"]


def main():
    """Stop a race in the middle, go on, and draw what it says."""
    workloads = [Workload(Noisy(surface(name), 0.3)) for name in ("ravine", "rosenbrock")]
    local: Any = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
    workers = LocalCluster(n_workers=2, threads_per_worker=1, **local)
    with TemporaryDirectory() as folder, workers, Client(workers) as client:
        store, done = Path(folder) / "race.sqlite", []
        executor = client.get_executor(pure=False)
        try:
            race(
                workloads,
                RULES,
                executor=executor,
                store=store,
                on_progress=lambda count, _: done.append(count),
                cancel=lambda: max(done) >= 3,
            )
        except WorkCanceledError as error:
            print(f"{error}: the rest follows")
        found = race(workloads, RULES, executor=executor, store=store)
    print(found.conclude())
    return race_figure(found)


if __name__ == "__main__":
    main().show()
