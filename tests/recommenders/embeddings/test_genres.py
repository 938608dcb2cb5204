"""The overlap of genres between neighbors: by hand, under shuffled labels, on real ratings."""

from dataclasses import replace

import numpy as np
import pytest

from optviz.recommenders.embeddings import measure_genre_overlap, read_vectors
from optviz.recommenders.embeddings.genres import compare_genres, shuffle_ratios
from tests.support.embeddings_made import genre_ratings, plant_model, plant_random

DATA = genre_ratings(60, 48)


def test_the_overlap_of_two_movies_is_shared_over_all():
    genres = [("Drama",), ("Drama", "War"), ("Comedy",), ("War", "Comedy", "Drama")]
    ours = compare_genres(genres)
    expected = [[1, 1 / 2, 0, 1 / 3], [1 / 2, 1, 0, 2 / 3], [0, 0, 1, 1 / 3]]
    np.testing.assert_allclose(ours[:3], expected)
    np.testing.assert_array_equal(ours, ours.T)


def test_movies_side_by_side_by_genre_share_all_of_theirs():
    # Movie m has the genres of m % 6; the last two of six name none.
    places = np.arange(48) % 6
    vectors = 5 * np.eye(6)[places] + 0.01 * np.random.default_rng(0).normal(size=(48, 6))
    model = plant_model(DATA, np.ones((60, 6)), vectors)
    ours = measure_genre_overlap(read_vectors(model, DATA, least=1), 5)
    assert ours.movies == 32
    assert ours.overlap == 1
    kinds = [{"Sci-Fi"}, {"Sci-Fi", "Drama"}, {"Drama"}, {"Comedy", "Drama"}] * 8
    pairs = [
        len(a & b) / len(a | b) for i, a in enumerate(kinds) for j, b in enumerate(kinds) if i != j
    ]
    assert ours.shuffled == pytest.approx(np.mean(pairs))
    assert ours.interval[0] <= ours.ratio <= ours.interval[1]
    assert ours.highest < ours.ratio
    assert ours.chance == pytest.approx(1 / 2001)


def test_shuffled_labels_have_the_stated_overlap_in_the_mean():
    vectors = read_vectors(plant_random(DATA), DATA, least=1)
    ours = measure_genre_overlap(vectors)
    rows = [row for row, each in enumerate(vectors.genres) if each]
    shared = compare_genres([vectors.genres[row] for row in rows])
    near = np.random.default_rng(1).integers(0, 31, (32, 5))
    near += near >= np.arange(32)[:, None]
    means = shuffle_ratios(shared, near, 4000, np.random.default_rng(2))
    assert means.mean() == pytest.approx(ours.shuffled, abs=4 * means.std() / np.sqrt(4000))


def test_vectors_at_random_are_not_told_from_shuffled_labels():
    chances = [
        measure_genre_overlap(read_vectors(plant_random(DATA, seed=seed), DATA, least=1), draws=200)
        for seed in range(20)
    ]
    assert np.median([each.chance for each in chances]) > 0.2
    assert sum(each.interval[0] <= 1 <= each.interval[1] for each in chances) >= 15


def test_one_seed_gives_one_interval():
    vectors = read_vectors(plant_random(DATA), DATA, least=1)
    same = [measure_genre_overlap(vectors, seed=4).interval for _ in range(2)]
    assert same[0] == same[1] != measure_genre_overlap(vectors, seed=5).interval


def test_what_has_no_genres_to_compare_is_refused():
    users = read_vectors(plant_random(DATA), DATA, "user", least=1)
    with pytest.raises(ValueError, match="genres are shared by movies, these are users"):
        measure_genre_overlap(users)
    few = read_vectors(plant_random(DATA), DATA, least=1, most=5)
    with pytest.raises(ValueError, match="5 neighbors need more than 4 movies with genres"):
        measure_genre_overlap(few)
    apart = replace(few, genres=(("A",), ("B",), ("C",), ("D",), ("E",)))
    with pytest.raises(ValueError, match="no two of these movies share a genre"):
        measure_genre_overlap(apart, 2)


@pytest.mark.data
@pytest.mark.reference
@pytest.mark.parametrize("name", ["100k", "small"])
def test_neighbors_share_half_as_many_genres_again_as_shuffled_labels(name, request):
    data = request.getfixturevalue("ml100k" if name == "100k" else "ml_small")
    ours = measure_genre_overlap(read_vectors(request.getfixturevalue(f"trained_{name}"), data))
    assert ours.interval[0] >= 1.5
    assert ours.highest < 1.5
    assert ours.chance < 0.001
    assert "50 training ratings" in ours.words()
