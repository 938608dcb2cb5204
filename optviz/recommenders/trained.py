"""A trained rating model: weights, predictions and file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from optviz.movielens.ratings import MovieLensError, Ratings
from optviz.recommenders.dot_problem import DotBias
from optviz.runs.npz import read_record, write_record

if TYPE_CHECKING:
    from torch import nn

KIND = "rating model"
CLOSED = ("dot", "dot_bias")
"""The models whose gradient has a closed form."""


class Prediction(NamedTuple):
    """A predicted rating and the parts it is the sum of; the mini net has no parts (None).

    Units: rating in stars; dot, user_bias, movie_bias and score before the sigmoid
    """

    user: int
    movie: str
    rating: float
    score: float | None
    dot: float | None
    user_bias: float | None
    movie_bias: float | None

    def words(self) -> str:
        """Return the prediction as a sentence."""
        head = f"user {self.user} would give {self.movie} {self.rating:.2f} stars"
        if self.score is None or self.dot is None:
            return f"{head}."
        if self.user_bias is None:
            return f"{head}: the dot product of their vectors."
        return (
            f"{head}: dot product {self.dot:+.2f}, user bias {self.user_bias:+.2f}, movie bias "
            f"{self.movie_bias:+.2f}, together {self.score:+.2f} before the sigmoid."
        )


@dataclass(frozen=True, eq=False)
class Trained:
    """A rating model with its weights.

    Shapes: params (n,), in the order of the torch module's parameters; user_ids (users,);
        movie_ids (movies,), as published
    """

    model: str
    """dot, dot_bias or net; for a module of your own its class name."""
    settings: dict[str, Any]
    """The arguments of the module beside the numbers of users and movies."""
    params: np.ndarray
    user_ids: np.ndarray
    movie_ids: np.ndarray
    about: dict[str, Any] = field(default_factory=dict)
    """The settings of the training, as JSON can hold them: label, rule, data, epochs, ..."""

    def module(self, blank: nn.Module | None = None) -> nn.Module:
        """Return the torch module with these weights, in eval mode.

        Raises: ValueError: a Mine is no model of the lesson: pass a new one, blank=Mine(...)
        """
        import torch
        from torch.nn.utils import vector_to_parameters

        from optviz.recommenders.models import MODELS, build_model

        if blank is None:
            if self.model not in MODELS:
                hint = f"pass a new one, blank={self.model}(...)"
                raise ValueError(f"a {self.model} is no model of the lesson: {hint}")
            sizes = len(self.user_ids), len(self.movie_ids)
            blank = build_model(self.model, *sizes, **self.settings)
        free = [each for each in blank.parameters() if each.requires_grad]
        vector_to_parameters(torch.from_numpy(self.params.copy()), free)
        return blank.eval()

    def problem(
        self,
        data: Ratings,
        *,
        batch: int = 64,
        name: str | None = None,
        module: nn.Module | None = None,
    ) -> Any:
        """Return the loss over ratings as a problem that starts at these weights.

        In closed form where the model has one, else by autograd through the module.
        """
        self.check(data)
        name = name or f"{self.model} on {data.name}: {len(data):,} ratings"
        if self.model in CLOSED:
            return self._make_closed_form(data, batch=batch, name=name)
        import torch
        from torch.nn.functional import mse_loss

        from optviz.pytorch.module_problem import ModuleProblem
        from optviz.recommenders.models import EmbeddingNet
        from optviz.recommenders.net_problem import NetProblem

        module = module or self.module()
        kind = NetProblem if type(module) is EmbeddingNet else ModuleProblem
        user, movie = (torch.from_numpy(each.astype(np.int64)) for each in (data.user, data.movie))
        targets = torch.from_numpy(data.rating)
        return kind(module, mse_loss, (user, movie), targets, batch=batch, chunk=8192, name=name)

    def _make_closed_form(self, data: Ratings, **more: Any) -> DotBias:
        """Return the dot product model in numpy."""
        scale, pad = self.settings.get("scale"), self.settings.get("pad", 0.0)
        return DotBias(
            data.user,
            data.movie,
            data.rating,
            users=data.users,
            movies=data.movies,
            factors=self.settings["factors"],
            bounds=(scale[0] - pad, scale[1] + pad) if scale else None,
            bias=self.model == "dot_bias",
            start=self.params,
            **more,
        )

    def predict(
        self, data: Ratings, user: int, movie: int | str, module: nn.Module | None = None
    ) -> Prediction:
        """Predict the rating of a movie, by index or title, by a user, by published id.

        `module` is needed for a module of your own only.

        Raises: MovieLensError: no user 9999: ids run from 1 to 943
        """
        self.check(data)
        row = np.flatnonzero(self.user_ids == user)[:1]
        if not len(row):
            low, high = self.user_ids.min(), self.user_ids.max()
            raise MovieLensError(f"no user {user}: ids run from {low} to {high}")
        column = data.find_movie(movie) if isinstance(movie, str) else movie
        if not isinstance(column, (int, np.integer)) or not 0 <= column < len(self.movie_ids):
            last = len(self.movie_ids) - 1
            raise MovieLensError(f"no movie {column}: indexes run from 0 to {last}")
        title, place = data.titles[column], (row, np.array([column]))
        if self.model in CLOSED:
            return self._predict_parts(data, int(user), title, *place)
        import torch

        with torch.no_grad():
            stars = self.module(module)(*map(torch.from_numpy, place))
        return Prediction(int(user), title, float(stars), None, None, None, None)

    def _predict_parts(
        self, data: Ratings, user: int, title: str, row: np.ndarray, column: np.ndarray
    ) -> Prediction:
        """Return the prediction of a dot product model with its parts."""
        problem = self._make_closed_form(data)
        tables = problem.tables(self.params)
        rating = float(problem.predict(self.params, row, column)[0])
        dot = float(np.sum(tables.user[row] * tables.movie[column]))
        if tables.user_bias is None or tables.movie_bias is None:
            return Prediction(user, title, rating, dot, dot, None, None)
        biases = float(tables.user_bias[row][0]), float(tables.movie_bias[column][0])
        return Prediction(user, title, rating, dot + sum(biases), dot, *biases)

    def check(self, data: Ratings) -> None:
        """Refuse ratings that number other users or movies.

        Raises: MovieLensError: this model was trained on ml-100k, its users and movies ...
        """
        same = np.array_equal(self.user_ids, data.user_ids)
        if not (same and np.array_equal(self.movie_ids, data.movie_ids)):
            raise MovieLensError(
                f"this model was trained on {self.about.get('data', 'other data')}, "
                f"whose users and movies are not those of {data.name}: load that data"
            )

    def save(self, file: str | Path) -> Path:
        """Write the model as an npz file, without pickle, and return its path."""
        return write_record(file, KIND, *self.pack())

    @classmethod
    def load(cls, file: str | Path) -> Trained:
        """Read the model that `save` wrote, bit for bit.

        Raises: RecordFileError: model.npz is broken (its checksum does not fit): make it again
        """
        return cls.unpack(*read_record(file, KIND))

    def pack(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Return the model as words and arrays."""
        words = {"model": self.model, "settings": self.settings, "about": self.about}
        arrays = {"params": self.params, "user_ids": self.user_ids, "movie_ids": self.movie_ids}
        return words, arrays

    @classmethod
    def unpack(cls, words: dict[str, Any], arrays: dict[str, Any]) -> Trained:
        """Return the model that `pack` took apart."""
        return cls(**(words | arrays))
