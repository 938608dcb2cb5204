"""Maps of planted and of real embeddings."""

import numpy as np
import pytest

from optviz.movielens import MovieLensError
from optviz.recommenders import Recommender
from optviz.recommenders.embeddings import (
    find_nearest,
    map_embeddings,
    measure_trust,
    project_pca,
    read_vectors,
)
from tests.support.embeddings_made import genre_ratings, plant_random

DATA = genre_ratings(40, 30)
MODEL = plant_random(DATA)


@pytest.fixture(scope="module")
def small():
    return map_embeddings(MODEL, DATA, least=11)


def test_a_map_puts_its_parts_together(small):
    vectors = read_vectors(MODEL, DATA, least=11)
    points = project_pca(vectors).points
    np.testing.assert_array_equal(small.points, points)
    np.testing.assert_array_equal(small.neighbors, find_nearest(vectors.units, 10)[0])
    assert small.trust.share == measure_trust(vectors.units, points, 10).share


def test_movies_are_found_by_a_part_of_their_title(small):
    assert small.find("movie 2") == [2, *range(20, 30)]
    assert small.find("the movie 2") == [2, *range(20, 30)]
    assert small.find("  MOVIE 12 ") == small.find("Movie 12, The") == [12]
    assert small.find("the movie 12 (2002)") == [12]
    assert small.find("") == []


def test_a_movie_is_located_by_its_id_or_title(small):
    assert small.locate(12) == 2
    assert small.locate("Movie 2, The (2002)") == 2
    assert small.list_neighbors(12) == small.neighbors[2].tolist()
    with pytest.raises(MovieLensError, match="no movie Heat on this map: it has 30 movies with at"):
        small.locate("Heat")


def test_the_words_say_what_is_drawn_and_how_far_it_can_be_trusted(small):
    assert "30 movies with at least 11 training ratings" in small.words()
    assert f"{small.projection.shares.sum():.0%} of the variance" in small.words()
    assert f"Trust {small.trust.trustworthiness:.2f}" in small.words()
    cut = map_embeddings(MODEL, DATA, least=11, most=12, nearest=3)
    assert "the 12 of 30 movies with at least 11 training ratings that have most" in cut.words()


def test_few_points_are_judged_by_fewer_neighbors():
    tiny = map_embeddings(MODEL, DATA, least=1, most=6)
    assert tiny.neighbors.shape == (6, 5)
    assert tiny.trust.nearest == 2


def test_an_unknown_projection_is_refused():
    with pytest.raises(ValueError, match='how must be pca or umap, got "tsne"'):
        map_embeddings(MODEL, DATA, how="tsne", least=1)


@pytest.mark.data
def test_star_wars_has_its_sequels_for_neighbors(trained_100k, ml100k):
    model = trained_100k
    shown = map_embeddings(model, ml100k)
    near = [shown.titles[row] for row in shown.list_neighbors("Star Wars")]
    assert {"Empire Strikes Back, The (1980)", "Return of the Jedi (1983)"} <= set(near[:4])
    similar = Recommender(model, ml100k).similar("Star Wars", 10, least=50)
    assert near == [each.title for each in similar]
    assert shown.trust.trustworthiness > 0.75
    assert shown.trust.share > 4 * shown.trust.chance
    deep = map_embeddings(model, ml100k, dims=3)
    assert deep.trust.share > shown.trust.share
