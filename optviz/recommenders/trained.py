"""A trained rating model: weights, predictions and file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from optviz.extras import describe_missing_torch, require_torch
from optviz.movielens.ratings import MovieLensError, RatingRows, Ratings, check_ratings, read_rows
from optviz.recommenders.problems.dot_problem import DotBias
from optviz.runs.npz import read_record, write_record

if TYPE_CHECKING:
    from torch import nn

KIND = "rating model"
CLOSED = ("dot", "dot_bias")
"""The models whose gradient has a closed form."""


def describe_model(model: Any) -> str:
    """Return what a model is called where a sentence says what it needs."""
    return "the mini net" if model == "net" else "a module of your own"


def describe_missing_package(model: str) -> str:
    """Say what a model needs that is not installed here; nothing where it can be trained."""
    return "" if model in CLOSED else describe_missing_torch(describe_model(model))


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
    user_count: int | None = None
    """The training ratings of the user; None where the split of the training is not known."""
    movie_count: int | None = None
    """The training ratings of the movie."""

    def words(self) -> str:
        """Return the prediction as a sentence, and what stands behind it."""
        parts = ""
        if self.user_bias is not None:
            parts = (
                f": dot product {self.dot:+.2f}, user bias {self.user_bias:+.2f}, movie bias "
                f"{self.movie_bias:+.2f}, together {self.score:+.2f} before the sigmoid"
            )
        elif self.dot is not None:
            parts = ": the dot product of their vectors"
        head = f"user {self.user} would give {self.movie} {self.rating:.2f} stars{parts}."
        return f"{head} {self.describe_support()}".rstrip()

    def describe_support(self) -> str:
        """Return in words how many training ratings stand behind the prediction."""
        if self.user_count is None or self.movie_count is None:
            return ""
        missing = {"user": not self.user_count, "movie": not self.movie_count}
        counts = f"{self.user_count:,} of the user, {self.movie_count:,} of the movie"
        if not any(missing.values()):
            return f"Training ratings behind it: {counts}."
        names = " and ".join(name for name, is_missing in missing.items() if is_missing)
        has = "have" if all(missing.values()) else "has"
        return f"Nothing stands behind it: this {names} {has} no training rating ({counts})."


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
            MissingPackageError: a torch module needs torch: pip install "optviz[torch]"
        """
        require_torch("a torch module")
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
        data: Ratings | RatingRows,
        *,
        batch: int = 64,
        name: str | None = None,
        module: nn.Module | None = None,
    ) -> Any:
        """Return the loss over ratings as a problem that starts at these weights.

        In closed form where the model has one, else by autograd through the module. Of some rows
        of ratings the closed form copies nothing.

        Raises: MissingPackageError: the mini net needs torch: pip install "optviz[torch]"
        """
        part = read_rows(data)
        self.check(part.data)
        name = name or f"{self.model} on {part.data.name}: {len(part):,} ratings"
        if self.model in CLOSED:
            return self._make_closed_form(part.data, rows=part.rows, batch=batch, name=name)
        data = part.take()
        require_torch(describe_model(self.model))
        import torch
        from torch.nn.functional import mse_loss

        from optviz.pytorch.module_problem import ModuleProblem
        from optviz.recommenders.models import EmbeddingNet
        from optviz.recommenders.problems.net_problem import NetProblem

        module = module or self.module().train()
        kind = NetProblem if type(module) is EmbeddingNet else ModuleProblem
        user, movie = (
            torch.from_numpy(np.require(each, requirements="W")) for each in (data.user, data.movie)
        )
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
        self,
        data: Ratings,
        user: int | None = None,
        movie: int | str | None = None,
        *,
        user_index: int | None = None,
        movie_index: int | None = None,
        module: nn.Module | None = None,
    ) -> Prediction:
        """Predict the rating of a movie by a user, each by its published id, a movie also by title.

        `user_index` and `movie_index` are places in `data.user_ids` and `data.movie_ids` instead.
        `module` is needed for a module of your own only.

        Raises: MovieLensError: no user 9999: ids run from 1 to 943
        """
        self.check(data)
        if isinstance(movie, str):
            movie, movie_index = None, find_title(data, movie)
        row = find_place("user", user, user_index, self.user_ids)
        column = find_place("movie", movie, movie_index, self.movie_ids, data.titles)
        made = self._predict_parts(data, row, column, module)
        if "split" not in self.about:
            return made
        users, movies = count_training_ratings(data, self.about["split"], self.about["valid"])
        return made._replace(user_count=int(users[row]), movie_count=int(movies[column]))

    def _predict_parts(
        self, data: Ratings, row: int, column: int, module: nn.Module | None
    ) -> Prediction:
        """Return the prediction, with its parts where the model is a dot product."""
        user, title = int(self.user_ids[row]), data.titles[column]
        place = np.array([row]), np.array([column])
        if self.model not in CLOSED:
            require_torch(describe_model(self.model))
            import torch

            with torch.no_grad():
                stars = self.module(module)(*map(torch.from_numpy, place))
            return Prediction(user, title, float(stars), None, None, None, None)
        problem = self._make_closed_form(data)
        tables = problem.tables(self.params)
        rating = float(problem.predict(self.params, *place)[0])
        dot = float(np.sum(tables.user[row] * tables.movie[column]))
        if tables.user_bias is None or tables.movie_bias is None:
            return Prediction(user, title, rating, dot, dot, None, None)
        biases = float(tables.user_bias[row]), float(tables.movie_bias[column])
        return Prediction(user, title, rating, dot + sum(biases), dot, *biases)

    def check(self, data: Ratings) -> None:
        """Refuse ratings that number other users or movies.

        Raises: MovieLensError: this model was trained on ml-100k, its users and movies ...
        """
        same = np.array_equal(self.user_ids, check_ratings(data).user_ids)
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


def find_place(
    what: str, number: Any, index: Any, ids: np.ndarray, titles: Sequence[str] = ()
) -> int:
    """Return the place of a user or movie that is given by its published id or by its index.

    Raises: MovieLensError: no movie 9999: ids run from 1 to 1682; nearest: 1682, Scream of ...
    """
    if (number is None) == (index is None):
        raise MovieLensError(f"give the {what} once: by its published id, or as {what}_index=")
    given = number if index is None else index
    if isinstance(given, bool) or not isinstance(given, (int, np.integer)):
        raise MovieLensError(f"a {what} is given by a whole number such as {ids[0]}, got {given!r}")
    if index is not None:
        if not 0 <= index < len(ids):
            raise MovieLensError(f"no {what}_index {index}: indexes run from 0 to {len(ids) - 1}")
        return int(index)
    found = np.flatnonzero(ids == number)
    if found.size:
        return int(found[0])
    text = f"no {what} {number}: ids run from {ids.min()} to {ids.max()}"
    if titles:
        near = np.argsort(np.abs(ids - min(max(number, ids.min()), ids.max())), kind="stable")[:3]
        listed = "; ".join(f"{ids[place]}, {titles[place]}" for place in near)
        raise MovieLensError(f"{text}; nearest: {listed}")
    if ids.min() < number < ids.max():
        below, above = ids[ids < number].max(), ids[ids > number].min()
        text += f" with gaps; the nearest are {below} and {above}"
    raise MovieLensError(text)


def find_title(data: Ratings, text: str) -> int:
    """Return the place of the movie called `text`.

    Raises: MovieLensError: "50" may be the movie 50, Usual Suspects, The (1995), or a part of ...
    """
    plain = text.strip()
    is_id = re.fullmatch("[0-9]{1,18}", plain) is not None
    by_id = np.flatnonzero(data.movie_ids == int(plain)) if is_id else np.array([], int)
    try:
        found = data.find_movie(text)
    except MovieLensError:
        found = None
    if len(by_id) and (found is None or not re.fullmatch(rf"{plain}( \(.*)?", data.titles[found])):
        known = f"the movie {plain}, {data.titles[by_id[0]]}"
        way_out = "give the id as a number, or the title in full"
        raise MovieLensError(f'"{plain}" may be {known}, or a part of a title: {way_out}')
    return data.find_movie(text) if found is None else found


@lru_cache(maxsize=2)
def count_training_ratings(
    data: Ratings, split: int | str, valid: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the number of training ratings of each user and of each movie."""
    training, _ = data.split(split, valid)
    users = np.bincount(training.user, minlength=data.users)
    return users, np.bincount(training.movie, minlength=data.movies)
