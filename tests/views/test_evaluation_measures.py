"""The picture of an evaluation: one point a model and measure, with its interval."""

import json
from typing import Any

import numpy as np
import pytest

from optviz.recommenders.evaluation.bootstrap import Estimate
from optviz.recommenders.evaluation.report import MEASURES, Counts, Evaluation
from optviz.views import draw_evaluation
from optviz.views.drawing.theme import GRAY
from optviz.views.evaluation_measures import build_evaluation_parts

NOTHING = Estimate(np.nan, np.nan, np.nan)


def make_evaluation(split: int | str = 0, **more: dict[str, Estimate]) -> Evaluation:
    """Return an evaluation of made numbers."""
    point = Estimate(0.9, 0.8, 1.1)
    stars = dict.fromkeys(map(str, MEASURES), point)
    measures = {"dot_bias": stars, "bias only": dict(stars)}
    measures["popularity"] = stars | {"rmse": NOTHING, "mae": NOTHING}
    about: dict[str, Any] = {"data": "made", "split": split, "k": 5}
    return Evaluation(measures | more, {}, Counts(*range(9)), about)


def test_every_measure_of_every_model_is_a_point_with_its_interval():
    figure = draw_evaluation(make_evaluation()).to_dict()
    assert len(figure["data"]) == 4 + 4 + 2  # popularity predicts no stars
    for trace in figure["data"]:
        assert trace["x"] == [0.9]
        assert trace["text"] == ["0.900"]
        assert trace["error_x"]["array"] == pytest.approx([0.2])
        assert trace["error_x"]["arrayminus"] == pytest.approx([0.1])
    assert {each["xaxis"] for each in figure["data"]} == {"x", "x2", "x3", "x4"}


def test_each_model_has_one_entry_in_the_legend_and_what_stands_beside_is_gray():
    parts = build_evaluation_parts(make_evaluation())
    entries = [each["name"] for each in parts["data"] if each["showlegend"]]
    assert entries == ["dot_bias", "bias only", "popularity"]
    gray = {each["name"] for each in parts["data"] if each["marker"]["color"] == GRAY}
    assert gray == {"bias only", "popularity"}
    looks = {each["name"]: each["marker"]["symbol"] for each in parts["data"]}
    assert len(set(looks.values())) == 3


def test_panels_name_their_measure_and_which_way_is_better():
    figure = draw_evaluation(make_evaluation(), theme="dark").to_dict()
    assert [each["text"] for each in figure["layout"]["annotations"]] == [
        "RMSE in stars<br>lower is better",
        "MAE in stars<br>lower is better",
        "recall@5<br>higher is better",
        "NDCG@5<br>higher is better",
    ]


@pytest.mark.parametrize(
    ("split", "title"),
    [
        (3, "Evaluation: made, random split 3"),
        ("time", "Evaluation: made, split by time"),
        ("last", "Evaluation: made, split by each user's last"),
    ],
)
def test_the_title_names_data_and_split(split, title):
    assert build_evaluation_parts(make_evaluation(split))["layout"]["title"]["text"] == title


def test_a_value_without_an_interval_has_no_bar_and_a_record_draws_alike():
    alone = dict.fromkeys(map(str, MEASURES), Estimate(0.5, np.nan, np.nan))
    evaluation = make_evaluation(mine=alone)
    parts = build_evaluation_parts(evaluation)
    assert all(("error_x" in each) == (each["name"] != "mine") for each in parts["data"])
    again = Evaluation.from_dict(json.loads(json.dumps(evaluation.to_dict(), allow_nan=False)))
    assert build_evaluation_parts(again) == parts
