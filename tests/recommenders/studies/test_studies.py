"""Studies: the record, its table made again from the rows, progress, cancel, and the pictures."""

import json
import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

from optviz.recommenders.studies import (
    STUDIES,
    Study,
    StudyCanceledError,
    StudyError,
    average,
    load_saved,
    perform_study,
)
from optviz.recommenders.studies.lookup import compare
from optviz.recommenders.studies.table import Column, Interval, Table, group_rows
from optviz.views import draw_study
from tests.support.movielens_made import made_ratings


@pytest.fixture(scope="module")
def lookup() -> Study:
    return perform_study("lookup", made_ratings(), seeds=[0, 1], batches=(8, 64))


def test_an_interval_is_that_of_student():
    values = [3.0, 1.0, 4.0, 1.0, 5.0]
    found = average(values)
    spread = stats.sem(values)
    assert (found.low, found.high) == pytest.approx(
        stats.t.interval(0.95, 4, np.mean(values), spread)
    )


def test_one_value_has_no_interval():
    assert np.isnan(average([2.0]).low)
    assert Column("a", "a", ".2f").write(average([2.0])) == "2.00"


def test_rows_are_averaged_in_the_order_of_their_first_appearance():
    rows = [{"k": "b", "v": 1}, {"k": "a", "v": 5}, {"k": "b", "v": 3}, {"k": "a", "v": None}]
    found = group_rows(rows, "k", mean="v", double=lambda row: 2 * (row["v"] or 0))
    assert [(each["k"], each["mean"].mean, each["mean"].count) for each in found] == [
        ("b", 2, 2),
        ("a", 5, 1),
    ]
    assert found[0]["double"].mean == 4


def test_a_table_is_written_with_intervals_and_gaps():
    columns = (Column("name", "name"), Column("loss", "loss (stars²)", ".3f"))
    rows = ({"name": "one", "loss": Interval(0.5, 0.4, 0.6, 3)}, {"name": "two", "loss": None})
    table = Table(columns, rows)
    assert table.to_text().splitlines()[1:] == ["one   0.500 ± 0.100", "two               –"]
    assert list(table.to_frame().columns) == [
        "name",
        "loss (stars²)",
        "loss (stars²) (low)",
        "loss (stars²) (high)",
    ]


def test_a_study_is_read_back_and_its_table_made_again(lookup, tmp_path):
    lookup.to_json(tmp_path / "lookup.json")
    again = Study.load(tmp_path / "lookup.json")
    assert again == lookup
    assert again.table().write_cells() == lookup.table().write_cells()
    assert again.conclude() == lookup.conclude()


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": 1}', '{"format": 2, "name": "lookup"}', "null"]
)
def test_a_broken_record_is_refused_with_a_sentence(text):
    with pytest.raises(StudyError, match="not the record of a study"):
        Study.from_json(text)


def test_an_unknown_study_names_those_there_are():
    with pytest.raises(StudyError, match=r'no study "lokup": there are .*lookup'):
        perform_study("lokup")


def test_progress_ends_with_all_parts_done():
    seen = []
    perform_study(
        "lookup", made_ratings(), seeds=[0], batches=(8,), on_progress=lambda *a: seen.append(a)
    )
    assert [(done, total) for done, total, _ in seen] == [(0, 1), (1, 1)]


def test_a_cancel_ends_a_study_between_its_parts():
    seen = []
    with pytest.raises(StudyCanceledError):
        perform_study(
            "lookup",
            made_ratings(),
            seeds=[0],
            batches=(8, 16),
            on_progress=lambda *a: seen.append(a),
            cancel=lambda: len(seen) > 1,
        )
    assert len(seen) == 2


@pytest.mark.parametrize("name", list(STUDIES))
def test_each_study_brings_a_result_with_a_table_an_answer_and_pictures(name):
    study = load_saved(name)
    table = study.table()
    assert len(table.rows) > 1
    assert all(len(row) == len(table.columns) for row in table.write_cells())
    assert len(study.conclude()) > 80
    assert all(list(figure.data) for figure in draw_study(study))
    assert study.made["date"][:2] == "20"
    assert len(study.to_json()) < 200_000


def test_a_lookup_is_the_one_hot_product_to_the_bit(ml100k):
    draw = np.random.default_rng(5)
    weights = draw.normal(size=(ml100k.movies, 7)).astype(np.float32)
    movie = ml100k.movie[draw.choice(len(ml100k), 300)]
    found = compare(weights, movie, draw.normal(size=(300, 7)).astype(np.float32))
    assert found["values equal"]
    assert found["gradients equal"]
    assert found["rows touched"] == len(np.unique(movie))


def test_saved_results_hold_no_rating_and_no_weight():
    for name in STUDIES:
        record = json.loads(load_saved(name).to_json())
        for row in record["rows"]:
            longest = max((len(each) for each in row.values() if isinstance(each, list)), default=0)
            assert longest <= 2000


def test_links_load_the_names_of_the_studies_alone():
    code = (
        "import sys, optviz.experiments.ratings; "
        "print([each for each in sys.modules if each.endswith(('studies.study', 'movielens'))])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"
