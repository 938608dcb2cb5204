"""A whole training step of the dot+bias model: our optimizers against torch's own."""

import torch

from optviz import pytorch as ours
from optviz.recommenders import EmbeddingDotBias

from .timing import ratio

USERS, MOVIES, BATCH, STEPS = 943, 1682, 64, 60

PAIRS = {
    "SGD with momentum": (ours.SGD, torch.optim.SGD, {"lr": 0.1, "momentum": 0.9}),
    "RMSprop": (ours.RMSprop, torch.optim.RMSprop, {"lr": 1e-3}),
    "Adam": (ours.Adam, torch.optim.Adam, {"lr": 1e-3}),
    "Adam with L2": (ours.Adam, torch.optim.Adam, {"lr": 1e-3, "weight_decay": 1e-4}),
    "AdamW": (ours.AdamW, torch.optim.AdamW, {"lr": 1e-3}),
}


def loop(optimizer_type, settings):
    """A function that makes some training steps of one model with one optimizer."""
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


def rows():
    """The report."""
    for name, (mine, theirs, settings) in PAIRS.items():
        what = f"training step with {name}, against torch's"
        yield ratio(what, loop(mine, settings), loop(theirs, settings), limit=1.25)
