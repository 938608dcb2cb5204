"""Times of ratings are read as the file writes them, and told to be missing where one is."""

import numpy as np
import pytest

from optviz.movielens import MovieLensError, load, rows
from tests.support.cases import every
from tests.support.movielens_made import HEADER, csv_folder

# the times of two rows as a file writes them, their seconds since 1970, and the bytes of each
WRITTEN = {
    "seconds": (("881250949", "875747190"), (881250949, 875747190), 4),
    "seconds as floats": (("881250949.0", "875747190.9"), (881250949, 875747190), 4),
    "quoted": (('"881250949"', '"875747190"'), (881250949, 875747190), 4),
    "dates in UTC": (
        ('"2005-04-02 23:53:47"', '"1997-12-04 15:55:49"'),
        (1112486027, 881250949),
        4,
    ),
    "dates with a zone": (
        ("2005-04-02T23:53:47Z", "1997-12-04T15:55:49Z"),
        (1112486027, 881250949),
        4,
    ),
    "days": (("2005-04-02", "1997-12-04"), (1112400000, 881193600), 4),
    "a number and a date": (("881250949", "2005-04-02 23:53:47"), (881250949, 1112486027), 4),
    "after 2038": (("2200000000", "875747190"), (2200000000, 875747190), 8),
    "the first second": (("0", "1"), (0, 1), 4),
}


@every("name", list(WRITTEN))
@every("by_line", [False, True])
def test_times_are_read_in_every_spelling(tmp_path, name, by_line):
    (first, second), seconds, size = WRITTEN[name]
    blank = "\n" if by_line else ""  # a blank line makes the block be read line by line
    text = f"{HEADER}\n1,1,4,{first}\n{blank}2,31,3,{second}\n"
    ratings = load(csv_folder(tmp_path, text, name=f"{name} {by_line}"))
    assert ratings.time is not None
    assert ratings.time.tolist() == list(seconds)
    assert ratings.time.itemsize == size


MISSING = {
    "noon": "no times, as timestamp 'noon' in line 3 is none",
    "": "no times, as timestamp '' in line 3 is none",
    "inf": "no times, as timestamp 'inf' in line 3 is none",
    "-5": "no times, as timestamp '-5' in line 3 is none",
    "881250949000": "no times, as timestamp '881250949000' in line 3 is none",
    "99999999999999999999999": "no times, as timestamp '99999999999999999999999' in line 3 is none",
    "02/04/2005": "no times, as timestamp '02/04/2005' in line 3 is none",
}


@every("time", list(MISSING))
@every("by_line", [False, True])
def test_one_missing_time_refuses_no_rating_and_is_said(tmp_path, time, by_line):
    blank = "\n" if by_line else ""
    text = f"{HEADER}\n1,1,4,881250949\n2,31,3,{time}\n2,1,3,7\n{blank}"
    ratings = load(csv_folder(tmp_path, text, name=f"made{by_line}{list(MISSING).index(time)}"))
    assert ratings.rating.tolist() == [4, 3, 3]
    assert ratings.time is None
    assert MISSING[time] in ratings.layout
    with pytest.raises(MovieLensError, match="no times to split by"):
        ratings.split("time")


def test_a_file_without_the_column_has_no_times(tmp_path):
    ratings = load(csv_folder(tmp_path, "userId,movieId,rating\n1,1,4.5\n2,31,3\n"))
    assert ratings.time is None
    assert ratings.layout.endswith("; no times")


def test_times_stay_beside_their_ratings_where_rows_are_left_out(tmp_path):
    text = f"{HEADER}\n1,1,4,10\n1,1,4,20\n1,77,4,30\n1,31,9,40\nx,1,4,50\n2,1,3,60\n"
    with pytest.warns(UserWarning, match="4 bad rows"):
        ratings = load(csv_folder(tmp_path, text), on_bad="report")
    assert ratings.time is not None
    assert ratings.time.tolist() == [10, 60]
    assert ratings.take(np.array([1])).time == [60]


def test_times_of_several_blocks_are_joined_in_the_dtype_that_holds_them_all(tmp_path, monkeypatch):
    monkeypatch.setattr(rows, "BLOCK", 20)
    text = f"{HEADER}\n1,1,4,881250949\n2,31,3,2200000000\n2,1,5,7\n"
    ratings = load(csv_folder(tmp_path, text))
    assert ratings.time is not None
    assert ratings.time.tolist() == [881250949, 2200000000, 7]
    assert ratings.layout.endswith("; times from 1970-01-01 to 2039-09-18")
    missing = load(csv_folder(tmp_path, text.replace("881250949", "noon"), name="missing"))
    assert missing.time is None


@pytest.mark.data
def test_times_of_ml_100k_are_those_published(ml100k):
    assert ml100k.time is not None
    assert ml100k.time[0] == 881250949
    assert ml100k.time.dtype == np.int32
    assert ml100k.layout.endswith("; times from 1997-09-20 to 1998-04-22")
