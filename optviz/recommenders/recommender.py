"""A trained rating model put to use: predictions, recommendations, similar movies, new users."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from optviz.extras import require_torch
from optviz.movielens.ratings import MovieLensError, Ratings, check_ratings
from optviz.recommenders.movie_tables import MovieTables, Neighbor, Recommendation, build_tables
from optviz.recommenders.new_users.asking import Question, choose_questions
from optviz.recommenders.new_users.new_user import NewUser, find_new_user
from optviz.recommenders.new_users.new_user_problem import STRENGTH
from optviz.recommenders.trained import CLOSED, Prediction, Trained, describe_model, find_place
from optviz.recommenders.training.record import Training
from optviz.rules import Rule
from optviz.runs.loop import check_whole

if TYPE_CHECKING:
    from torch import nn


class Recommender:
    """A trained model with the ratings that it was trained on.

    `trained` is a Training or a Trained; `module` is needed for a module of your own only.

    Raises: MovieLensError: this model was trained on ml-100k, whose users and movies ...
    """

    def __init__(self, trained: Training | Trained, data: Ratings, module: nn.Module | None = None):
        self.trained = trained.trained if isinstance(trained, Training) else trained
        if not isinstance(self.trained, Trained):
            raise ValueError(f"trained must be what train() returns, got {trained!r:.60}")
        self.data, self.module = check_ratings(data), module
        self.trained.check(data)

    @cached_property
    def tables(self) -> MovieTables:
        """The movies as the model knows them."""
        return build_tables(self.trained, self.data, self.module)

    def predict(self, user: int, movie: int | str) -> Prediction:
        """Predict a user's rating of a movie, given by published id, the movie also by title.

        Raises: MovieLensError: no user 9999: ids run from 1 to 943
        """
        return self.trained.predict(self.data, user, movie, module=self.module)

    def predict_all(self, user: int) -> np.ndarray:
        """Predict a user's rating of every movie, (movies,), by index."""
        row = find_place("user", user, None, self.trained.user_ids)
        params = self._read_user(row)
        if params is not None:
            return self.tables.predict(params)
        require_torch(describe_model(self.trained.model))
        import torch

        movies = torch.arange(self.data.movies)
        module = self.trained.module(self.module)
        with torch.no_grad():
            return module(torch.full_like(movies, row), movies).double().numpy()

    def recommend(self, user: int, n: int = 10, least: int = 1) -> tuple[Recommendation, ...]:
        """Return the movies that the model predicts a user to rate highest, with its reasons.

        Left out is what the user rated anywhere in the data, and each movie with fewer than `least`
        training ratings. The reasons are the nearest of the movies that the user rated, by cosine
        in the full space, and the largest products of a factor of the user and of the movie.

        Raises: MovieLensError: no user 9999: ids run from 1 to 943
        """
        n, least = check_whole("n", n), check_whole("least", least)
        ratings = self.predict_all(user)
        row = find_place("user", user, None, self.trained.user_ids)
        own = np.flatnonzero(self.data.user == row)
        stars = self.data.rating[own].astype(float).tolist()
        rated = dict(zip(self.data.movie[own].tolist(), stars, strict=True))
        params = self._read_user(row)
        vector = None if params is None else params[int(self.tables.has_user_bias) :]
        return self.tables.recommend(ratings, rated, n, least, vector)

    def similar(self, movie: int | str, n: int = 10, least: int = 50) -> tuple[Neighbor, ...]:
        """Return the movies whose vectors point most the same way as a movie's, nearest first.

        By cosine in the full space, after the movies' mean was taken off; among movies with at
        least so many training ratings, as few ratings leave a vector where it began.

        Raises: MovieLensError: no other movie has 5000 training ratings, the most is 583: ...
        """
        n, least = check_whole("n", n), check_whole("least", least)
        place, tables = self.tables.find(movie), self.tables
        if tables.vectors is None:
            raise MovieLensError(
                f"a {self.trained.model} has no table of movie vectors (an nn.Embedding of "
                f"{self.data.movies} rows), by which movies could be similar"
            )
        title = self.data.titles[place]
        if not tables.counts[place]:
            raise MovieLensError(f"{title} has no training rating: its vector tells nothing")
        among = np.flatnonzero(tables.counts >= least)
        if not len(among[among != place]):
            most = int(np.delete(tables.counts, place).max(initial=0))
            raise MovieLensError(
                f"no other movie has {least:,} training ratings, the most is {most:,}: lower least="
            )
        return tables.find_nearest(place, among, n)

    def new_user(
        self,
        ratings: Mapping[Any, float],
        rule: Rule | str | None = None,
        *,
        steps: int = 100,
        strength: float = STRENGTH,
    ) -> NewUser:
        """Find the bias and vector of a user whom the training never saw, from a few ratings.

        `ratings` gives the stars of movies, each by title or published id. The movies stay as they
        are: only the user's own numbers are found, on a true surface whose optimum is known. With a
        `rule`, such as "adam:lr=0.05", they are where its run of `steps` steps from the mean user
        ends; without one, at the optimum. `strength` is that of the ridge toward the mean user.

        Raises: MovieLensError: no movie "Toy Stroy"; nearest: Toy Story (1995)
        """
        return find_new_user(self.tables, ratings, rule, steps=steps, strength=strength)

    def ask(
        self,
        n: int = 10,
        answers: Mapping[Any, float] | None = None,
        *,
        skip: Collection[int | str] = (),
        among: Collection[int | str] | None = None,
        least: int | None = None,
        strength: float = STRENGTH,
    ) -> tuple[Question, ...]:
        """Return the movies whose ratings by a new user would tell most, one after the other.

        `answers` are the ratings that the user gave so far, `skip` the movies that the user does
        not know, `among` the only ones to choose from, all of which the user knows. See
        `choose_questions`.

        Raises: MovieLensError: no movie is left that 50 training ratings know: lower least=
        """
        someone = self.new_user(answers or {}, strength=strength)
        find = self.tables.find
        known = None if among is None else [find(each) for each in among]
        skipped = [find(each) for each in skip]
        return choose_questions(someone, n, least, skip=skipped, among=known)

    def _read_user(self, row: int) -> np.ndarray | None:
        """Return the bias and vector of a user, (n,); None where the model has no dot product."""
        if self.trained.model not in CLOSED:
            return None
        tables = self.trained.problem(self.data).tables(self.trained.params)
        bias = [] if tables.user_bias is None else [tables.user_bias[row]]
        return np.concatenate([bias, tables.user[row]]).astype(float)
