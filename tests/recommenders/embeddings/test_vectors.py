"""The vectors that are read from a model: which rows, in which order, with what beside them."""

from dataclasses import replace

import numpy as np
import pytest

from optviz.movielens import MovieLensError
from optviz.recommenders import Trained, train
from optviz.recommenders.embeddings import read_tables, read_vectors
from tests.support.embeddings_made import genre_ratings, plant_model, plant_random

DATA = genre_ratings()
MODEL = plant_random(DATA)


@pytest.mark.parametrize("model", ["dot", "dot_bias", "net"])
def test_tables_are_those_of_the_torch_module(model):
    trained = train(model, DATA, "sgd:lr=0.01", epochs=1).trained
    tables, weights = read_tables(trained), trained.module().state_dict()
    for side in ("user", "movie"):
        np.testing.assert_array_equal(getattr(tables, side), weights[f"{side}.weight"].numpy())
    assert (tables.movie_bias is not None) == (model == "dot_bias")
    if tables.movie_bias is not None:
        theirs = weights["movie_bias.weight"].numpy()[:, 0]
        np.testing.assert_array_equal(tables.movie_bias, theirs)


def test_rows_are_those_with_most_ratings_first():
    vectors = read_vectors(MODEL, DATA, least=7)
    assert vectors.counts.tolist() == [12, 11, 10, 9, 8, 7]
    assert vectors.ids.tolist() == [10, 11, 12, 13, 14, 15]
    assert (len(vectors), vectors.eligible) == (6, 6)
    fewer = read_vectors(MODEL, DATA, least=7, most=2)
    assert fewer.places.tolist() == [0, 1]
    assert fewer.eligible == 6


def test_training_ratings_are_counted_where_the_split_is_known():
    known = replace(MODEL, about={"split": 3, "valid": 0.25})
    training, _ = DATA.split(3, 0.25)
    vectors = read_vectors(known, DATA, least=1)
    counts = np.bincount(training.movie, minlength=DATA.movies)
    np.testing.assert_array_equal(vectors.counts, counts[vectors.places])
    assert vectors.counts.sum() == len(training)


def test_a_row_has_its_own_vector_bias_title_and_genres():
    vectors, tables = read_vectors(MODEL, DATA, least=1), read_tables(MODEL)
    assert vectors.biases is not None
    assert tables.movie_bias is not None
    np.testing.assert_array_equal(vectors.vectors, tables.movie[vectors.places])
    np.testing.assert_array_equal(vectors.biases, tables.movie_bias[vectors.places])
    assert vectors.titles[3] == DATA.titles[vectors.places[3]]
    assert vectors.genres[:6] == (
        *(("Sci-Fi",), ("Sci-Fi", "Drama"), ("Drama",), ("Comedy", "Drama")),
        *((), ()),  # "unknown" names none
    )


def test_users_are_named_by_their_ids():
    vectors = read_vectors(MODEL, DATA, "user", least=1, most=2)
    assert vectors.titles == ("user 1", "user 2")
    assert vectors.genres == ((), ())


def test_directions_are_taken_around_the_mean_of_all_that_have_a_rating():
    unrated = DATA.take(DATA.movie != 7)
    vectors, movie = read_vectors(MODEL, unrated, least=9), read_tables(MODEL).movie.astype(float)
    np.testing.assert_allclose(vectors.center, movie[:7].mean(axis=0))
    shifted = movie[:4] - movie[:7].mean(axis=0)
    lengths = np.linalg.norm(shifted, axis=1, keepdims=True)
    np.testing.assert_allclose(vectors.units, shifted / lengths)


def test_a_vector_at_the_center_has_no_direction():
    same = plant_model(DATA, np.ones((12, 2)), np.ones((8, 2)))
    assert not read_vectors(same, DATA, least=1).units.any()


def test_what_cannot_be_read_is_refused_with_a_way_out():
    with pytest.raises(MovieLensError, match=r"no movie has 99 .*the most is 12: give least=12"):
        read_vectors(MODEL, DATA, least=99)
    with pytest.raises(ValueError, match='side must be movie or user, got "genre"'):
        read_vectors(MODEL, DATA, "genre")
    with pytest.raises(ValueError, match="least must be a whole number"):
        read_vectors(MODEL, DATA, least=0)
    mine = Trained("Mine", {}, MODEL.params, MODEL.user_ids, MODEL.movie_ids)
    with pytest.raises(ValueError, match="a Mine is no model of the lesson"):
        read_vectors(mine, DATA)
    with pytest.raises(MovieLensError, match="load that data"):
        read_vectors(MODEL, genre_ratings(13, 8))
