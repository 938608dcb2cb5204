""" "I made the padding k a parameter, and it never moves": four ways to write it, audited.

The audit makes one trial step, says of every tensor whether it learns, and undoes the step. What a
k that does learn is good for is measured by the study "padding", whose result comes with optviz.
"""

import torch
from torch import nn
from torch.nn.functional import mse_loss

from optviz.pytorch.diagnosis import audit
from optviz.recommenders.studies import load_saved
from optviz.views import draw_study

WAYS = {
    "a plain tensor": lambda: torch.tensor(0.5, requires_grad=True),
    "a parameter, read as a number": lambda: nn.Parameter(torch.tensor(0.5)),
    "a parameter in a list": lambda: [nn.Parameter(torch.tensor(0.5))],
    "a parameter": lambda: nn.Parameter(torch.tensor(0.5)),
}


class Padded(nn.Module):
    """Scores squashed into 1 to 5 stars, with k more at both ends."""

    def __init__(self, way: str):
        super().__init__()
        self.scores, self.k, self.way = nn.Linear(4, 1), WAYS[way](), way

    def forward(self, rows):
        """Predict stars."""
        k = self.k[0] if isinstance(self.k, list) else self.k
        k = k.item() if "number" in self.way else k
        return 1 - k + (4 + 2 * k) * torch.sigmoid(self.scores(rows))


def main():
    """Audit each way, and draw where a k that learns goes."""
    torch.manual_seed(0)
    rows, stars = torch.randn(32, 4), torch.randint(1, 6, (32, 1)).float()
    for way in WAYS:
        model = Padded(way)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
        found = audit(model, optimizer, lambda model=model: mse_loss(model(rows), stars))
        k = next(each for each in found.rows if each.name.startswith("k"))
        print(f"{way}: {k.diagnosis}")
    study = load_saved("padding")
    print(study.conclude())
    return draw_study(study)[0]


if __name__ == "__main__":
    main().show()
