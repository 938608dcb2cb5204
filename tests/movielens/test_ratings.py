"""The record of ratings: numbering, splits at random and by time, and movies found by title."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optviz.movielens import MovieLensError, Ratings, load
from optviz.movielens.ratings import search_titles
from tests.support.movielens_made import HEADER, csv_folder, made_ratings


@pytest.mark.data
def test_a_split_is_a_random_fifth_and_repeats_by_its_seed(ml100k):
    train, valid = ml100k.split(seed=0)
    again = ml100k.split(seed=0)[1]
    other = ml100k.split(seed=1)[1]
    assert (len(train), len(valid)) == (80_000, 20_000)
    np.testing.assert_array_equal(valid.user, again.user)
    assert not np.array_equal(valid.user, other.user)
    assert valid.user.mean() == pytest.approx(ml100k.user.mean(), abs=10)


@pytest.mark.data
def test_the_parts_of_a_split_are_all_rows_once(ml100k):
    def pairs(ratings: Ratings) -> list[int]:
        return (ratings.user.astype(int) * ratings.movies + ratings.movie).tolist()

    train, valid = ml100k.split(seed=3, share=0.25)
    assert sorted(pairs(train) + pairs(valid)) == sorted(pairs(ml100k))


@pytest.mark.data
def test_a_split_does_not_touch_the_global_generator(ml100k):
    np.random.seed(5)
    expected = np.random.random()
    np.random.seed(5)
    ml100k.split(seed=0)
    assert np.random.random() == expected


@pytest.mark.parametrize("share", [0, 1, 1.5, float("nan"), True, "0.2", None])
def test_a_share_that_leaves_no_part_is_refused(share):
    with pytest.raises(MovieLensError, match="share must be between 0 and 1"):
        made_ratings().split(seed=0, share=share)


@pytest.mark.parametrize("seed", [-1, 1.5, True, "0", "late", None])
def test_a_seed_that_is_no_whole_number_is_refused(seed):
    with pytest.raises(ValueError, match="seed must be a whole number of at least 0"):
        made_ratings().split(seed)


def get_times(ratings: Ratings) -> np.ndarray:
    assert ratings.time is not None
    return ratings.time


def rate_at(users: list[int], times: list[int]) -> Ratings:
    """Return ratings by these users at these times, their number in the file as the movie."""
    count = len(users)
    rows = made_ratings().take(np.zeros(count, int))
    return replace(rows, user=np.array(users), movie=np.arange(count), time=np.array(times))


def test_a_split_by_time_cuts_at_one_moment_for_all_users():
    training, held = rate_at([0, 0, 1, 1, 2], [50, 10, 20, 40, 30]).split("time", 0.4)
    assert training.movie.tolist() == [1, 2, 4]
    assert held.movie.tolist() == [0, 3]
    assert get_times(held).tolist() == [50, 40]


def test_a_split_of_the_last_ratings_cuts_for_each_user_and_leaves_everybody_some():
    users, times = [0, 0, 0, 0, 1, 2, 2], [5, 6, 7, 8, 9, 2, 1]
    training, held = rate_at(users, times).split("last", 0.5)
    assert held.movie.tolist() == [2, 3, 5]
    assert set(training.user) == {0, 1, 2}


def test_ratings_of_one_second_are_split_in_the_order_of_the_file():
    for by in ("time", "last"):
        _, held = rate_at([0, 0, 0, 0], [7, 7, 7, 3]).split(by, 0.5)
        assert held.movie.tolist() == [1, 2]


rated = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9)), min_size=2, max_size=60)


@given(rated, st.floats(0.01, 0.99))
def test_nothing_later_than_a_validation_rating_is_trained_on(rows, share):
    users, times = map(list, zip(*rows, strict=True))
    if len(set(times)) == 1:
        return
    data = rate_at(users, times)
    training, held = data.split("time", share)
    assert len(held) == round(share * len(rows))
    assert sorted([*training.movie, *held.movie]) == list(range(len(rows)))
    if len(held) and len(training):
        assert get_times(training).max() <= get_times(held).min()
    training, held = data.split("last", share)
    assert sorted([*training.movie, *held.movie]) == list(range(len(rows)))
    for user in set(users):
        ours, theirs = (get_times(part)[part.user == user] for part in (training, held))
        assert len(theirs) <= share * users.count(user) + 1e-6 < len(theirs) + 1.001
        assert not len(theirs) or ours.max() <= theirs.min()


@pytest.mark.data
def test_a_split_by_time_of_ml_100k_leaves_most_validation_users_unknown(ml100k):
    training, held = ml100k.split("time")
    assert (len(training), len(held)) == (80_000, 20_000)
    assert get_times(training).max() <= get_times(held).min()
    assert len(set(held.user) - set(training.user)) == 192
    training, held = ml100k.split("last")
    assert len(set(training.user)) == 943
    assert len(held) == pytest.approx(20_000, rel=0.03)


def test_ratings_without_times_cannot_be_split_by_time():
    with pytest.raises(MovieLensError, match="made has no times to split by; a seed such as 0 sp"):
        made_ratings().split("time")
    same = replace(made_ratings(), time=np.full(96, 5))
    with pytest.raises(MovieLensError, match="all ratings of made have the same time; a seed such"):
        same.split("last")


@pytest.mark.reference
@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Toy Story (1995)", "Toy Story (1995)"),
        ("toy story", "Toy Story (1995)"),
        ("The Matrix", "Matrix, The (1999)"),
        ("Matrix, The", "Matrix, The (1999)"),
        ("the matrix (1999)", "Matrix, The (1999)"),
        ("miserables, les (2012)", "Misérables, Les (2012)"),
        ("Fabuleux destin", "Amelie (Fabuleux destin d'Amélie Poulain, Le) (2001)"),
    ],
)
def test_a_movie_is_found_by_what_people_type(ml_small, text, title):
    assert ml_small.titles[ml_small.find_movie(text)] == title


@pytest.mark.reference
def test_a_misspelled_title_names_the_nearest(ml_small):
    with pytest.raises(MovieLensError) as caught:
        ml_small.find_movie("Toy Stroy")
    near = "Toy Story (1995); Toy Story 3 (2010); Toy Story 2 (1999)"
    assert str(caught.value) == f'no movie "Toy Stroy"; nearest: {near}'
    with pytest.raises(MovieLensError, match=r'^no movie "zzzzzzzz"; nearest: [^;]+$'):
        ml_small.find_movie("zzzzzzzz")


@pytest.mark.reference
def test_a_text_that_fits_several_movies_is_a_question(ml_small):
    with pytest.raises(MovieLensError, match=r'"miserables, les" fits 4 movies: .*\(1995\)'):
        ml_small.find_movie("miserables, les")


@pytest.mark.data
def test_a_title_listed_twice_means_the_listing_with_more_ratings(ml100k):
    listings = [i for i, title in enumerate(ml100k.titles) if title == "Chasing Amy (1997)"]
    counts = [int((ml100k.movie == i).sum()) for i in listings]
    assert len(listings) == 2
    assert ml100k.find_movie("Chasing Amy") == listings[int(np.argmax(counts))]


@pytest.mark.parametrize("number", [5, None])
def test_a_movie_is_found_by_text_alone(number):
    with pytest.raises(MovieLensError, match=f"found by its title, got {number}"):
        made_ratings().find_movie(number)


@pytest.mark.parametrize("text", ["", "   "])
def test_an_empty_title_is_no_movie(tmp_path, text):
    ratings = load(csv_folder(tmp_path, f"{HEADER}\n1,1,4,0\n"))
    with pytest.raises(MovieLensError, match="no movie"):
        ratings.find_movie(text)


def test_users_and_movies_are_numbered_by_published_id(tmp_path):
    ratings = load(csv_folder(tmp_path, f"{HEADER}\n9,31,4,0\n2,31,3.5,0\n2,1,5,0\n"))
    assert ratings.user.tolist() == [1, 0, 0]
    assert ratings.movie.tolist() == [1, 1, 0]
    assert ratings.user_ids.tolist() == [2, 9]
    assert ratings.movie_ids.tolist() == [1, 31]


def test_movies_that_nobody_rated_have_no_index(tmp_path):
    ratings = load(csv_folder(tmp_path, f"{HEADER}\n9,31,4,0\n"))
    assert ratings.titles == ("Dangerous Minds (1995)",)


def test_a_search_gives_every_title_that_has_the_text():
    titles = ("Matrix, The (1999)", "Amélie (2001)", "Matrix Reloaded, The (2003)", "Heat (1995)")
    assert search_titles(titles, "the MATRIX") == [0, 2]
    assert search_titles(titles, "amelie") == [1]
    assert search_titles(titles, "1995") == [3]
    assert search_titles(titles, "Ronin") == search_titles(titles, " ") == []
