"""A trained model put to use: recommendations with reasons, similar movies, refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optviz.movielens import MovieLensError
from optviz.recommenders import Recommender, train
from tests.support.cases import every
from tests.support.recommenders_made import FEW, bare_movie, made_data, made_model


@every("model", ["dot", "dot_bias"])
def test_recommendations_are_the_highest_predictions_of_what_is_not_rated(model):
    recommender = made_model(model)
    data = recommender.data
    found = recommender.recommend(3, n=30)
    rated = set(data.movie_ids[data.movie[data.user == 2]].tolist())
    training, _ = data.split(0, 0.2)
    known = set(data.movie_ids[np.unique(training.movie)].tolist())
    assert {each.movie for each in found} == known - rated
    ratings = [recommender.predict(3, each.movie).rating for each in found]
    assert [each.rating for each in found] == pytest.approx(ratings, rel=1e-6)
    assert ratings == sorted(ratings, reverse=True)
    assert recommender.recommend(3, n=2) == found[:2]


def test_a_movie_without_a_training_rating_is_not_recommended():
    model = made_model()
    bare = bare_movie(model)
    assert all(bare not in [each.movie for each in model.recommend(u, 30)] for u in range(2, 10))
    assert min(each.count for each in model.recommend(2, 30, least=12)) >= 12


def test_the_reasons_are_the_nearest_rated_movies_and_the_largest_products():
    model = made_model()
    first = model.recommend(3, 1)[0]
    tables = model.trained.problem(model.data).tables(model.trained.params)
    training, _ = model.data.split(0, 0.2)
    counts = np.bincount(training.movie, minlength=model.data.movies)
    vectors = tables.movie - tables.movie[counts > 0].mean(axis=0)
    place = model.tables.find(first.movie)
    own = model.data.user == 2
    cosines = {}
    for movie, stars in zip(model.data.movie[own], model.data.rating[own], strict=True):
        if counts[movie]:
            lengths = np.linalg.norm(vectors[movie]) * np.linalg.norm(vectors[place])
            cosines[model.data.titles[movie]] = (vectors[movie] @ vectors[place] / lengths, stars)
    nearest = sorted(cosines, key=lambda title: -cosines[title][0])[:3]
    assert [each.title for each in first.neighbors] == nearest
    for each in first.neighbors:
        assert (each.cosine, each.rating) == pytest.approx(cosines[each.title], rel=1e-12)
    products = tables.user[2] * tables.movie[place]
    assert all(product == products[factor] > 0 for factor, product in first.factors)
    assert first.factors[0][0] == products.argmax()
    assert f"Near {nearest[0]} (rated " in first.words()
    assert f"The factors that add most: {products.argmax()} (+" in first.words()


def test_similar_movies_come_by_centered_cosine_above_the_floor():
    model = made_model()
    found = model.similar("Movie A (1990)", n=5, least=8)
    tables = model.tables
    assert all(each.count >= 8 for each in found)
    assert "Movie A (1990)" not in [each.title for each in found]
    assert [each.cosine for each in found] == sorted((e.cosine for e in found), reverse=True)
    assert tables.vectors is not None
    shifted = tables.vectors - tables.vectors[tables.counts > 0].mean(axis=0)
    place = tables.find(found[0].movie)
    lengths = np.linalg.norm(shifted[0]) * np.linalg.norm(shifted[place])
    assert found[0].cosine == pytest.approx(shifted[0] @ shifted[place] / lengths, rel=1e-12)
    assert found[0].genres == ("Drama",)


@FEW
@given(st.integers(0, 22), st.integers(1, 25), st.integers(1, 10))
def test_likeness_is_mutual_and_bounded(place, n, least):
    model = made_model()
    for each in model.similar(int(model.data.movie_ids[place]), n, least):
        assert -1 - 1e-12 <= each.cosine <= 1 + 1e-12
        back = model.similar(each.movie, 30, 1)
        mine = [other.cosine for other in back if other.title == model.data.titles[place]]
        assert mine == pytest.approx([each.cosine])


@every(
    "call, words",
    [
        (lambda m: m.predict(99, 20), "no user 99: ids run from 1 to 30"),
        (lambda m: m.recommend(99), "no user 99: ids run from 1 to 30"),
        (lambda m: m.recommend(1, 0), "n must be a whole number of at least 1, got 0"),
        (lambda m: m.similar("Movei A"), r'no movie "Movei A"; nearest: Movie A \(1990\); Movie'),
        (lambda m: m.predict(1, 245), r"no movie 245: .*; nearest: 240, Movie X \(2013\); 230, Mo"),
        (lambda m: m.similar(10**400), r"nearest: 240, Movie X \(2013\); 230"),
        (
            lambda m: m.similar(20),
            r"no other movie has 50 training ratings, the most is \d+: lower",
        ),
        (
            lambda m: m.similar(bare_movie(m), least=1),
            "has no training rating: its vector tells no",
        ),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_said(call, words):
    with pytest.raises(ValueError, match=words):
        call(made_model())


def test_a_model_of_other_data_is_refused():
    model = made_model()
    with pytest.raises(MovieLensError, match="this model was trained on made, whose users"):
        Recommender(model.trained, made_data(movies=23))
    with pytest.raises(ValueError, match=r"trained must be what train\(\) returns, got 'dot'"):
        Recommender("dot", model.data)  # pyright: ignore[reportArgumentType]


def test_a_model_whose_split_is_not_known_counts_all_ratings():
    model = made_model()
    model.trained.about.clear()
    whole = Recommender(model.trained, model.data)
    counts = np.bincount(model.data.movie, minlength=model.data.movies)
    np.testing.assert_array_equal(whole.tables.counts, counts)


# -- models without a dot product ----------------------------------------------------------


@pytest.fixture(scope="module")
def net() -> Recommender:
    data = made_data()
    return Recommender(train("net", data, "adam:lr=0.01", epochs=1, progress=False), data)


def test_the_mini_net_recommends_with_neighbors_alone(net):
    found = net.recommend(3, 5)
    ratings = [net.predict(3, each.movie).rating for each in found]
    assert [each.rating for each in found] == pytest.approx(ratings, rel=1e-5)
    assert all(each.factors == () and len(each.neighbors) == 3 for each in found)
    assert len(net.similar(10, 3, least=1)) == 3
    for call in (lambda: net.new_user({20: 5}), lambda: net.ask(3)):
        with pytest.raises(MovieLensError, match="for the dot and dot_bias models"):
            call()


def test_a_module_of_one_s_own_recommends_and_says_what_it_lacks():
    import torch
    from torch import nn

    class Bare(nn.Module):
        """A user's own number plus a movie's."""

        def __init__(self, users: int, movies: int):
            super().__init__()
            self.user, self.movie = nn.Embedding(users, 1), nn.Embedding(movies, 1)

        def forward(self, user, movie):
            return 3 + (self.user(user) + self.movie(movie)).squeeze(1)

    data = made_data()
    module = Bare(data.users, data.movies)
    made = train(module, data, "adam:lr=0.01", epochs=1, progress=False)
    model = Recommender(made, data, module)
    best = model.recommend(3, 4)
    assert [each.neighbors for each in best] == [()] * 4
    with torch.no_grad():
        first = module(torch.tensor([2]), torch.tensor([model.tables.find(best[0].movie)]))
    assert best[0].rating == pytest.approx(first.item())
    with pytest.raises(
        MovieLensError, match=r"a Bare has no table of movie vectors \(an nn.Embedd"
    ):
        model.similar(10)
