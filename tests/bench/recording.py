"""A training loop with a recorder around it, against the loop alone: 133,875 parameters."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from itertools import count
from pathlib import Path

import torch

from optviz import record
from optviz.recommenders import EmbeddingDotBias

from .timing import Row, compare_work

USERS, MOVIES, BATCH, STEPS, EVERY = 943, 1682, 64, 200, 10
LIMITS = {"in memory": 1.15, "in a file": 1.2, "as sketches of 4,000 numbers": 1.25}
"""The aim is 1.05; the rest is room for a busy machine, and for the start and end of few steps."""


def make_loop(folder: Path | None = None, **options) -> Callable[[], None]:
    """Return a function that makes training steps, recorded where there are options."""
    generator = torch.Generator().manual_seed(0)
    model = EmbeddingDotBias(USERS, MOVIES)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    user = torch.randint(USERS, (STEPS, BATCH), generator=generator)
    movie = torch.randint(MOVIES, (STEPS, BATCH), generator=generator)
    rating = torch.randint(1, 6, (STEPS, BATCH), generator=generator).float()

    counter = count()

    def train() -> None:
        if folder is not None:  # a new file each time, as to remove an old one takes a while
            options["file"] = folder / f"run {next(counter)}"
        with record(model, optimizer, **options) if options else nullcontext() as rec:
            for u, m, r in zip(user, movie, rating, strict=True):
                optimizer.zero_grad()
                loss = torch.nn.functional.mse_loss(model(u, m), r)
                loss.backward()
                optimizer.step()
                if rec is not None:
                    rec.log(loss=loss)

    return train


def rows() -> Iterator[Row]:
    """Report loops recorded in memory, in a file, and as sketches."""
    with tempfile.TemporaryDirectory() as folder:
        ways = {
            "in memory": {"every": EVERY},
            "in a file": {"every": EVERY, "folder": Path(folder)},
            "as sketches of 4,000 numbers": {"every": EVERY, "memory": 4.2e6},
        }
        for name, options in ways.items():
            what = f"{STEPS} steps, every {EVERY}th recorded {name}, against none"
            yield compare_work(what, make_loop(**options), make_loop(), LIMITS[name], pairs=5)
