"""The `optviz gradients` command: what rules make of given gradients, beside theory.

    optviz gradients --rule sgd --rule rmsprop --rule adam:lr=0.01 --size 100
    optviz gradients --gradient sparse --every 50 --steps 2000 -o sparse.html

No surface is involved. Sizes of steps are told where their averages have settled.
"""

from __future__ import annotations

import argparse

from optviz.commands.maps import read_count, write_figure
from optviz.commands.outputs import PICTURES, read_output

COUNTS = {
    "steps": (200, "steps of each rule"),
    "every": (10, "steps between sparse gradients, and between the flips of flipping ones"),
    "seed": (0, "seed of the noise"),
}
AMOUNTS = {
    "size": ("1", "size of the gradients"),
    "spread": ("3", "standard deviation of noisy gradients over their mean"),
    "growth": ("1.05", "each growing gradient over the one before"),
}


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Add the command."""
    bench = commands.add_parser("gradients", help="feed rules given gradients: steps and theory")
    bench.set_defaults(perform=feed_rules)
    text = "sgd, momentum:beta1=0.9, ...; repeat; all seven unless given"
    bench.add_argument(
        "--rule", action="append", metavar="SPEC", default=[], dest="rules", help=text
    )
    text = "constant, alternating, noisy, sparse, growing or flipping; repeat; all unless given"
    bench.add_argument(
        "--gradient", action="append", metavar="KIND", default=[], dest="gradients", help=text
    )
    for name, (default, about) in (AMOUNTS | COUNTS).items():
        text = f"{about} (default {default})"
        bench.add_argument(f"--{name}", metavar="N", default=default, help=text)
    bench.add_argument("-o", "--output", metavar="FILE", help=".csv, .html, .png, .svg or .pdf")


def feed_rules(arguments: argparse.Namespace) -> int:
    """Feed the rules, print the table and write it or its picture.

    Raises: ValueError: a bench ends in .csv, .html, .png, .svg or .pdf, got "bench.gif"
    """
    from optviz.specs import parse_number
    from optviz.sweeps import gradient_bench

    path = read_output(arguments.output, "a bench", (".csv", *PICTURES))
    amounts = {name: parse_number(name, getattr(arguments, name)) for name in AMOUNTS}
    counts = {name: read_count(name, getattr(arguments, name)) for name in COUNTS}
    made = gradient_bench(arguments.rules, arguments.gradients, **amounts, **counts)
    print(made.to_text())
    if path and path.suffix.lower() == ".csv":
        import pandas as pd

        pd.DataFrame(made.rows()).to_csv(path, index=False)
    elif path:
        from optviz.views import gradient_bench_figure

        write_figure(gradient_bench_figure(made), path)
    if path:
        print(path)
    return 0
