"""The lesson's three models as torch modules: a user and a movie, by index, to stars."""

from __future__ import annotations

from typing import Any

from optviz.extras import require_torch
from optviz.recommenders.initial_weights import FACTORS, RANGES

try:
    import torch
    from torch import Tensor, nn
except ModuleNotFoundError:
    require_torch("a torch module")
    raise


class EmbeddingDot(nn.Module):
    """Dot product of a user vector and a movie vector.

    Weights start uniform in (0, .05).
    Shapes: user, movie (batch,) -> (batch,)
    Source: fast.ai part 1, lesson 5.
    """

    def __init__(self, users: int, movies: int, factors: int = FACTORS):
        super().__init__()
        self.settings = {"factors": factors}
        self.user = make_embedding(users, factors, *RANGES["dot"])
        self.movie = make_embedding(movies, factors, *RANGES["dot"])

    def forward(self, user: Tensor, movie: Tensor) -> Tensor:
        """Predict ratings."""
        return (self.user(user) * self.movie(movie)).sum(1)


class EmbeddingDotBias(nn.Module):
    """Dot product plus a user bias and a movie bias, squashed into the rating range.

    Weights start uniform in (-.01, .01). `pad` widens the range at both ends.
    Shapes: user, movie (batch,) -> (batch,)
    Units: scale and pad in stars
    Source: fast.ai part 1, lesson 5.
    """

    def __init__(
        self,
        users: int,
        movies: int,
        factors: int = FACTORS,
        scale: tuple[float, float] = (1.0, 5.0),
        pad: float = 0.0,
    ):
        super().__init__()
        self.settings = {"factors": factors, "scale": list(scale), "pad": pad}
        self.user = make_embedding(users, factors, *RANGES["dot_bias"])
        self.movie = make_embedding(movies, factors, *RANGES["dot_bias"])
        self.user_bias = make_embedding(users, 1, *RANGES["dot_bias"])
        self.movie_bias = make_embedding(movies, 1, *RANGES["dot_bias"])
        self.bounds = (scale[0] - pad, scale[1] + pad)

    def forward(self, user: Tensor, movie: Tensor) -> Tensor:
        """Predict ratings."""
        dots = (self.user(user) * self.movie(movie)).sum(1)
        scores = dots + self.user_bias(user).squeeze(1) + self.movie_bias(movie).squeeze(1)
        return squash(scores, self.bounds)


class EmbeddingNet(nn.Module):
    """The mini net: both vectors through one hidden layer, squashed into the rating range.

    vectors side by side -> dropout -> linear to `hidden` -> relu -> dropout -> linear to 1
    Embeddings start uniform in (-.01, .01), linear layers as torch does.
    Shapes: user, movie (batch,) -> (batch,)
    Units: scale and pad in stars
    Source: fast.ai part 1, lesson 5.
    """

    def __init__(
        self,
        users: int,
        movies: int,
        factors: int = FACTORS,
        scale: tuple[float, float] = (1.0, 5.0),
        pad: float = 0.5,
        hidden: int = 10,
        dropout: tuple[float, float] = (0.05, 0.5),
    ):
        super().__init__()
        self.settings = {"factors": factors, "scale": list(scale), "pad": pad, "hidden": hidden}
        self.settings["dropout"] = list(dropout)
        self.user = make_embedding(users, factors, -0.01, 0.01)
        self.movie = make_embedding(movies, factors, -0.01, 0.01)
        self.drop_in = nn.Dropout(dropout[0])
        self.linear = nn.Linear(2 * factors, hidden)
        self.drop_hidden = nn.Dropout(dropout[1])
        self.out = nn.Linear(hidden, 1)
        self.bounds = (scale[0] - pad, scale[1] + pad)

    def forward(self, user: Tensor, movie: Tensor) -> Tensor:
        """Predict ratings."""
        vectors = self.drop_in(torch.cat([self.user(user), self.movie(movie)], dim=1))
        hidden = self.drop_hidden(torch.relu(self.linear(vectors)))
        return squash(self.out(hidden).squeeze(1), self.bounds)


MODELS: dict[str, type[nn.Module]] = {
    "dot": EmbeddingDot,
    "dot_bias": EmbeddingDotBias,
    "net": EmbeddingNet,
}
"""The lesson's models by the name that links, files and the app use.

Each keeps its `settings`: the arguments beside the numbers of users and movies."""


def build_model(name: str, users: int, movies: int, seed: int = 0, **settings: Any) -> nn.Module:
    """Build the named model, its weights drawn from a generator of their own.

    Raises: ValueError: model must be dot, dot_bias or net, got "dots"
    """
    if name not in MODELS:
        raise ValueError(f'model must be dot, dot_bias or net, got "{name}"')
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return MODELS[name](users, movies, **settings)


def make_embedding(rows: int, columns: int, low: float, high: float) -> nn.Embedding:
    """Make an embedding whose weights start uniform in (low, high)."""
    return nn.Embedding.from_pretrained(
        torch.empty(rows, columns).uniform_(low, high), freeze=False
    )


def squash(scores: Tensor, bounds: tuple[float, float]) -> Tensor:
    """Squash scores into (low, high)."""
    low, high = bounds
    return low + (high - low) * torch.sigmoid(scores)
