"""Run the benchmarks and print their table: python -m tests.bench [NAME ...]

Names: those in NAMES; without one, all of them. Those in ON_REQUEST take minutes: only by name.
Seconds are told with the machine; only ratios within one run, counts, errors and hangs can fail.
Each benchmark has a process of its own, which is ended after LIMIT_S.
"""

import subprocess
import sys
from importlib import import_module

import torch

from .timing import describe_machine

NAMES = ("surface_steps", "training_step", "training_epoch", "batched_training", "slices")
NAMES += ("module_problem", "slicing", "recording", "curvature", "rating_models", "peers")
NAMES += ("edit", "browser", "live_page", "scrubbing", "load", "crowded", "jobs")
LIMIT_S = 300
ON_REQUEST = {"surprise_svd": 3600, "curvature_peers": 300, "landscape_peers": 300}
"""Benchmarks that run only where they are named, and the seconds after which each is ended."""


def report(name: str) -> bool:
    """Print the rows of one benchmark, and return whether all limits were kept."""
    torch.set_num_threads(1)
    kept = True
    for row in import_module(f"tests.bench.{name}").rows():
        kept &= row.ok
        mark = "" if not row.limit else "  ok" if row.ok else "  TOO MUCH"
        print(f"  {row.what}\n      {row.found}   {row.limit}{mark}", flush=True)
    return kept


def main(names: list[str]) -> int:
    """Return the exit status: 1 where a limit is not kept, 2 for an unknown name."""
    known = (*NAMES, *ON_REQUEST)
    if unknown := set(names) - set(known):
        print(f'no benchmark "{min(unknown)}"; choose from {", ".join(known)}', file=sys.stderr)
        return 2
    print(describe_machine())
    kept = True
    for name in names or NAMES:
        print(f"\n{name}", flush=True)
        limit = ON_REQUEST.get(name, LIMIT_S)
        try:
            done = subprocess.run(
                [sys.executable, "-m", "tests.bench", "--in", name], timeout=limit
            )
            kept &= done.returncode == 0
        except subprocess.TimeoutExpired:
            print(f"  did not end within {limit} s")
            kept = False
    return 0 if kept else 1


if __name__ == "__main__":
    words = sys.argv[1:]
    sys.exit(not report(words[1]) if words[:1] == ["--in"] else main(words))
