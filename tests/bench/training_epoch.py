"""An epoch of dot product with bias on ml-100k: our rules and their fused twins against torch's
usual loop, at equal mathematics: dense Adam on all rows, 64 ratings a step."""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import torch

from optviz.movielens import load
from optviz.recommenders import train
from optviz.recommenders.models import build_model
from optviz.recommenders.training.preparation import prepare_training
from optviz.recommenders.training.settings import choose_settings

from .timing import Row, compare, measure_work, tell

RULE, LR, WD, BATCH = "adam:lr=0.001,l2=0.0001", 1e-3, 1e-4, 64


def make_usual_loop(data) -> Callable[[], None]:
    """Return an epoch as everybody writes it: nn.Embedding, autograd and torch.optim.Adam."""
    training, held = data.split(0)
    user, movie = (
        torch.from_numpy(each.astype(np.int64)) for each in (training.user, training.movie)
    )
    rating = torch.from_numpy(training.rating)
    held_out = [torch.from_numpy(each) for each in (held.user, held.movie, held.rating)]

    def run() -> None:
        model = build_model("dot_bias", data.users, data.movies, scale=data.scale)
        optimizer = torch.optim.Adam(model.parameters(), lr=LR, weight_decay=WD)
        order = torch.randperm(len(rating))
        for rows in order.split(BATCH):
            loss = torch.nn.functional.mse_loss(model(user[rows], movie[rows]), rating[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            torch.nn.functional.mse_loss(model(*held_out[:2]), held_out[2])

    return run


def measure_epoch(data, engine: str) -> float:
    """Return the processor seconds of an epoch of ours, its validation and recording included."""
    # Points of the path are kept as in a training of five epochs.
    how = {"epochs": 1, "batch": BATCH, "engine": engine, "keep": len(data) // BATCH // 10}
    settings = choose_settings("dot_bias", RULE, **how)
    with prepare_training("dot_bias", data, settings, 0, 0, 0.2) as made:
        return measure_work(lambda: made.loop.go(made.order, [], None))


def rows() -> Iterator[Row]:
    """Report an epoch with each engine against the usual loop."""
    data = load("ml-100k")
    usual = make_usual_loop(data)
    # The fused kernel waits for memory, of which busy neighbors take much: the gate has room.
    for engine, aim, limit in (("rule", 1.0, 1.0), ("fused", 0.5, 0.6)):
        what = f'an epoch with engine="{engine}" against nn.Embedding and Adam (aim {aim})'
        ours, theirs = partial(measure_epoch, data, engine), partial(measure_work, usual)
        yield compare(what, ours, theirs, limit, pairs=4, unit="s")
    seconds = min(train("dot_bias", data, seed=seed).seconds for seed in range(2))
    yield tell("a training of ml-100k with the defaults", seconds, 10, "s")
