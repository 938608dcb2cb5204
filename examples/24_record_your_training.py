"""Your own training loop, recorded: three added lines, and the picture says what it hides.

A small convolution net with BatchNorm learns to read digits, by SGD and by Adam. A point of a
recording is the weights and the running averages, so each true loss is that of the very model that
was trained then. The file can be opened in the app: `optviz open sgd.optviz`.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn.functional import cross_entropy

import optviz
from optviz.views import slice_contour

RULES = {
    "SGD": lambda parameters: torch.optim.SGD(parameters, lr=0.2),
    "Adam": lambda parameters: torch.optim.Adam(parameters, lr=0.01),
}


def load_images():
    """Return 400 images (400, 1, 8, 8) of handwritten digits, and their labels."""
    pixels, labels = load_digits(return_X_y=True)
    return torch.tensor(pixels[:400] / 16).float().view(-1, 1, 8, 8), torch.tensor(labels[:400])


def make_net():
    """Return a small net with BatchNorm, the same each time."""
    torch.manual_seed(0)
    first = nn.Conv2d(1, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.MaxPool2d(2)
    return nn.Sequential(*first, nn.Flatten(), nn.Linear(54, 10))


def train(model, optimizer, images, labels, file):
    """Train for 6 epochs, in an ordinary loop that is recorded."""
    with optviz.record(model, optimizer, every=5, file=file) as rec:  # added
        for _ in range(6):
            for rows in torch.randperm(len(images)).split(25):
                optimizer.zero_grad()
                loss = cross_entropy(model(images[rows]), labels[rows])
                loss.backward()
                optimizer.step()
                rec.log(loss=loss)  # added, if you like
    return rec


def main():
    """Record two trainings, and draw them on one plane with what it hides."""
    torch.set_num_threads(1)
    images, labels = load_images()
    runs = {}
    with TemporaryDirectory() as folder:
        for name, make_optimizer in RULES.items():
            model = make_net()
            file = Path(folder) / f"{name.lower()}.optviz"
            rec = train(model, make_optimizer(model.parameters()), images, labels, file)
            runs[name] = optviz.Recording.open(file)  # as after a kill: rec itself does as well
            print(rec.words())
        cut = optviz.compare_runs(
            runs, cross_entropy, images, labels, model=model, size=25, name="digits"
        )
    print(cut.verdict())
    return slice_contour(cut, color_by="true loss")


if __name__ == "__main__":
    main().show()
