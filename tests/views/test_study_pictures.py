"""Pictures of studies: axes that suit their values, series that can be told apart."""

from optviz.recommenders.studies.picture import Axis, Level, Picture, Series, make_series
from optviz.recommenders.studies.table import average
from optviz.rules import RULES
from optviz.views.studies import build_study_parts

X, Y = Axis("x"), Axis("y")


def build(picture: Picture) -> dict:
    return build_study_parts(picture)


def test_a_log_axis_over_many_decades_has_fewer_ticks():
    wide = Series("a", [1.0, 10.0], [1e-12, 1.0])
    axes = build(Picture("t", Axis("x", log=True), Axis("y", log=True), (wide,)))["layout"]
    assert axes["yaxis"]["dtick"] == 2
    assert axes["xaxis"]["dtick"] == "D2"


def test_texts_that_look_like_numbers_are_categories():
    parts = build(Picture("t", X, Y, (Series("a", ["0", "1", "100"], [1.0, 2.0, 3.0]),)))
    assert parts["layout"]["xaxis"]["type"] == "category"
    assert "type" not in parts["layout"]["yaxis"]


def test_solvers_beside_all_rules_can_be_told_apart():
    rules = [Series(name, [1.0], [1.0], kind=name) for name in RULES]
    others = [Series(name, [1.0], [1.0]) for name in ("ALS", "L-BFGS", "CG", "BFGS")]
    lines = [each["line"] for each in build(Picture("t", X, Y, (*rules, *others)))["data"]]
    assert all(each["color"].startswith("#") for each in lines)
    assert len({(each["color"], each["dash"]) for each in lines}) == 11
    assert {each["dash"] for each in lines[:7]} != {each["dash"] for each in lines[7:]}


def test_many_points_are_small():
    few, many = (Series("a", list(range(n)), list(range(n)), mode="markers") for n in (9, 300))
    sizes = [build(Picture("t", X, Y, (s,)))["data"][0]["marker"]["size"] for s in (few, many)]
    assert sizes[0] > sizes[1]


def test_the_name_of_a_level_above_all_values_stands_below_its_line():
    series = (make_series("a", [1, 2], [average([1.0, 2.0]), average([2.0, 3.0])]),)
    high, low = (
        build(Picture("t", X, Y, series, (Level("bias only", y),)))["layout"]["shapes"][0]["label"]
        for y in (100.0, 1.5)
    )
    assert high["yanchor"] == "top"
    assert "yanchor" not in low
