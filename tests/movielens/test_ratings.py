"""The record of ratings: numbering, random splits, and movies found by title."""

import numpy as np
import pytest

from optviz.movielens import MovieLensError, Ratings, load
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


@pytest.mark.parametrize("seed", [-1, 1.5, True, "0", None])
def test_a_seed_that_is_no_whole_number_is_refused(seed):
    with pytest.raises(ValueError, match="seed must be a whole number of at least 0"):
        made_ratings().split(seed)


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
    assert str(caught.value) == 'no movie "Toy Stroy"; nearest: Toy Story (1995)'


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
