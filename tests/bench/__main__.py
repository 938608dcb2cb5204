"""Run the benchmarks and print their table: python -m tests.bench [NAME ...]

Names: surface_steps, training_step, slices, rating_models; without one, all of them.
Seconds are reported with the machine; only ratios and errors have limits, and only they can fail.
"""

import sys
from importlib import import_module

import torch

from .timing import machine

NAMES = ("surface_steps", "training_step", "slices", "rating_models")


def main(names: list[str]) -> int:
    """The exit status: 1 where a limit is not kept, 2 for an unknown name."""
    if unknown := set(names) - set(NAMES):
        print(f'no benchmark "{min(unknown)}"; choose from {", ".join(NAMES)}', file=sys.stderr)
        return 2
    torch.set_num_threads(1)
    print(machine())
    kept = True
    for name in names or NAMES:
        print(f"\n{name}")
        for row in import_module(f"tests.bench.{name}").rows():
            kept &= row.ok
            mark = "" if not row.limit else "  ok" if row.ok else "  TOO MUCH"
            print(f"  {row.what}\n      {row.found}   {row.limit}{mark}", flush=True)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
