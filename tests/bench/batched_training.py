"""Whole trainings of a small net: 45 in one batch against a plain torch loop, one by one."""

from collections.abc import Iterator

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

from optviz import Adam, Momentum
from optviz.pytorch.batched_training import train_many

from .timing import Row, compare_work

SEEDS, STEPS, BATCH = range(3), 100, 16
RATES = np.geomspace(1e-4, 1e-1, 15)
CROSS_ENTROPY = nn.functional.cross_entropy

RULES = {
    "Adam": (Adam(lr=RATES), torch.optim.Adam, {}),
    "SGD with momentum": (Momentum(lr=RATES), torch.optim.SGD, {"momentum": 0.9}),
}


def make_net():
    """Make an MLP of 64, 32 and 10 units."""
    return nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))


def take_loss(net, inputs, targets):
    """Return the loss of a net without gradients."""
    with torch.no_grad():
        return float(CROSS_ENTROPY(net(inputs), targets))


def train_one_by_one(data, valid, optimizer_type, settings):
    """Make the trainings in the loop of any tutorial, with the validation loss at both ends."""
    inputs, targets = data
    for rate in RATES.tolist():
        for seed in SEEDS:
            torch.manual_seed(seed)
            net = make_net()
            optimizer = optimizer_type(net.parameters(), lr=rate, **settings)
            order = torch.randint(len(inputs), (STEPS, BATCH))
            losses = [take_loss(net, *valid)]
            for rows in order:
                optimizer.zero_grad()
                CROSS_ENTROPY(net(inputs[rows]), targets[rows]).backward()
                optimizer.step()
            losses.append(take_loss(net, *valid))


def rows() -> Iterator[Row]:
    """Report 15 settings with 3 seeds in one batch against the plain loop."""
    pixels, digits = load_digits(return_X_y=True)
    inputs, targets = torch.tensor(pixels / 16, dtype=torch.float32), torch.tensor(digits)
    data, valid = (inputs[360:], targets[360:]), (inputs[:360], targets[:360])
    for name, (rule, optimizer_type, settings) in RULES.items():

        def train_together(rule=rule):
            train_many(
                make_net,
                CROSS_ENTROPY,
                data,
                rule,
                STEPS,
                seeds=SEEDS,
                batch=BATCH,
                valid=valid,
                evaluations=1,
                engine="batch",
            )

        def train_plainly(kind=optimizer_type, settings=settings):
            train_one_by_one(data, valid, kind, settings)

        yield compare_work(
            f"45 trainings of an MLP on digits with {name} at once, against torch.optim's loop",
            train_together,
            train_plainly,
            limit=0.2,
            pairs=3,
        )
