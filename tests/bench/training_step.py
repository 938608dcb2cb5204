"""A whole training step of the dot+bias model: our optimizers against torch's own."""

from collections.abc import Iterator

import torch

from optviz import pytorch as ours
from optviz.recommenders import EmbeddingDotBias

from .timing import Row, compare_work

USERS, MOVIES, BATCH, STEPS = 943, 1682, 64, 60

PAIRS = {
    "SGD with momentum": (ours.SGD, torch.optim.SGD, {"lr": 0.1, "momentum": 0.9}),
    "RMSprop": (ours.RMSprop, torch.optim.RMSprop, {"lr": 1e-3}),
    "Adam": (ours.Adam, torch.optim.Adam, {"lr": 1e-3}),
    "Adam with L2": (ours.Adam, torch.optim.Adam, {"lr": 1e-3, "weight_decay": 1e-4}),
    "AdamW": (ours.AdamW, torch.optim.AdamW, {"lr": 1e-3}),
}


def make_loop(optimizer_type, settings):
    """Return a function that makes some training steps of one model with one optimizer."""
    generator = torch.Generator().manual_seed(0)
    model = EmbeddingDotBias(USERS, MOVIES)
    optimizer = optimizer_type(model.parameters(), **settings)
    user = torch.randint(USERS, (STEPS, BATCH), generator=generator)
    movie = torch.randint(MOVIES, (STEPS, BATCH), generator=generator)
    rating = torch.randint(1, 6, (STEPS, BATCH), generator=generator).float()

    def train():
        for u, m, r in zip(user, movie, rating, strict=True):
            optimizer.zero_grad()
            torch.nn.functional.mse_loss(model(u, m), r).backward()
            optimizer.step()

    return train


def rows() -> Iterator[Row]:
    """Report a training step with each of our optimizers against torch's."""
    for name, (mine, theirs, settings) in PAIRS.items():
        what = f"training step with {name}, against torch's"
        yield compare_work(what, make_loop(mine, settings), make_loop(theirs, settings), limit=1.25)
