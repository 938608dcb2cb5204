"""Figures for papers before they are drawn: sizes, places, letters, grays, and what is refused."""

import json
import re

import numpy as np
import pytest

import optviz
from optviz import compare, surface
from optviz.experiments.surface import Experiment
from optviz.views.drawing.arrays import unpack_array
from optviz.views.export.figure_grays import gray_color
from optviz.views.export.figure_options import FigureOptions
from optviz.views.export.figure_panels import read_subject
from optviz.views.export.figure_stamp import describe_subject
from optviz.views.export.paper import build_paper_figure
from tests.support.cases import every

RACE = Experiment(
    problem="ravine", rules=("sgd:lr=0.05", "momentum:lr=0.02", "adam:lr=0.2"), steps=40
)
SUBJECT = RACE.perform()


def build(**options):
    return build_paper_figure(SUBJECT, FigureOptions(**options))


def test_width_on_paper_is_that_many_pixels_of_a_96th_of_an_inch():
    widths = {"8.5cm": 8.5, "85mm": 8.5, 17.8: 17.8, "3in": 7.62, "600px": 15.875}
    for given, centimeters in widths.items():
        assert build(width=given)["layout"]["width"] == pytest.approx(centimeters / 2.54 * 96)


def test_every_word_has_the_size_that_was_asked_for():
    layout = build(panels=("surface", "loss", "state"), font=7)["layout"]
    size = FigureOptions(font=7).size_px
    assert size == pytest.approx(7 / 72 * 96)
    axes = [each for key, each in layout.items() if re.match(r"[xy]axis", key)]
    assert len(axes) == 4 + 2 * 4
    assert {each["tickfont"]["size"] for each in axes} == {size}
    assert {each["title"]["font"]["size"] for each in axes} == {size}
    assert layout["legend"]["font"]["size"] == size
    words = {each["font"]["size"] for each in layout["annotations"]}
    assert min(words) >= 0.9 * size - 1e-9


def test_a_height_is_kept_and_one_without_room_says_how_much_is_needed():
    assert build(height=14)["layout"]["height"] == pytest.approx(14 / 2.54 * 96)
    with pytest.raises(
        ValueError, match=r"a height of 4 cm has no room .* give at least ([\d.]+)$"
    ):
        build(height=4)


def test_one_column_stacks_the_panels_and_two_columns_set_them_side_by_side():
    for width, side_by_side in ((8.5, False), (17.8, True)):
        layout = build(width=width)["layout"]
        first, second = (layout[f"xaxis{n}"]["domain"] for n in ("", "2"))
        assert (second[0] > first[1]) == side_by_side


def test_panels_do_not_overlap_and_lie_within_the_page():
    layout = build(panels=("surface", "loss", "distance", "rates", "table"), width=17.8)["layout"]
    boxes = []
    for key, axis in layout.items():
        if key.startswith("xaxis"):
            boxes.append((*axis["domain"], *layout[f"yaxis{key[5:]}"]["domain"]))
    assert len(boxes) == 5
    for place, (a, b, c, d) in enumerate(boxes):
        assert 0 < a < b < 1
        assert 0 < c < d < 1
        for e, f, g, h in boxes[:place]:
            assert b <= e or f <= a or d <= g or h <= c


def test_both_axes_of_the_surface_have_one_scale_where_the_window_allows_it():
    layout = build()["layout"]
    spans = []
    for letter, side in (("x", "width"), ("y", "height")):
        axis = layout[f"{letter}axis"]
        pixels = (axis["domain"][1] - axis["domain"][0]) * layout[side]
        spans.append(pixels / (axis["range"][1] - axis["range"][0]))
    assert spans[0] == pytest.approx(spans[1])


def test_letters_stand_before_the_titles_of_several_panels_only():
    def titles(**options):
        return [each["text"] for each in build(**options)["layout"]["annotations"]]

    assert [each[:10] for each in titles()[:2]] == ["<b>(a)</b>", "<b>(b)</b>"]
    assert not any("(a)" in each for each in titles(panels="loss") + titles(letters=False))


def test_switches_leave_out_title_color_bar_and_legend():
    bare = build(title=False, letters=False, colorbar=False, legend="none")
    assert not any(each.get("showscale", True) for each in bare["data"] if "colorbar" in each)
    assert not any(each.get("showlegend") for each in bare["data"])
    assert not any("Loss" in each["text"] for each in bare["layout"]["annotations"])
    full = build()
    assert sum(bool(each.get("showlegend")) for each in full["data"]) >= 3


def test_each_run_is_named_once_in_the_legend():
    names = [each["name"] for each in build()["data"] if each["showlegend"]]
    labels = [name.partition(" (")[0] for name in names]
    assert len(labels) == len(set(labels))
    assert set(SUBJECT.trajectories) <= set(labels)


def test_the_step_is_a_dot_on_each_run_and_arrows_are_its_parts():
    figure = build(step=12, arrows=True, panels="surface")
    dots = next(each for each in figure["data"] if each.get("name") == "at step 12")
    points = np.stack([unpack_array(dots[key]) for key in "xy"], axis=1)
    np.testing.assert_allclose(points, [run.path[12] for run in SUBJECT.trajectories.values()])
    parts = [(each.get("meta") or {}).get("part") for each in figure["data"]]
    assert parts.count("step") == parts.count("gradient") == 3


def test_a_link_brings_its_step_and_its_arrows():
    given = Experiment(problem="ravine", steps=40, at=12, view=("arrows",))
    own = build_paper_figure(given)
    said = build_paper_figure(
        Experiment(problem="ravine", steps=40), FigureOptions(step=12, arrows=True)
    )
    assert own == said


def test_the_figure_is_plain_json_and_the_same_each_time():
    first, second = (json.dumps(build(panels=("surface", "loss", "3d"))) for _ in "ab")
    assert first == second


def test_a_gray_figure_has_no_color_left_and_tells_runs_apart():
    text = json.dumps(build(gray=True))
    for color in re.findall(r"#[0-9a-fA-F]{6}", text):
        assert color[1:3] == color[3:5] == color[5:7]
    for parts in re.findall(r"rgba?\(([^)]*)\)", text):
        assert len(set(parts.replace(" ", "").split(",")[:3])) == 1
    runs = [each for each in build(gray=True)["data"] if "run" in (each.get("meta") or {})]
    lines = [each for each in runs if "line" in each]
    looks = {each["meta"]["run"]: (each["line"]["dash"], each["line"]["color"]) for each in lines}
    assert len(set(looks.values())) == 3


def test_gray_losses_grow_darker_all_the_way():
    scales = [each["colorscale"] for each in build(gray=True)["data"] if each["type"] == "contour"]
    levels = [int(color[1:3], 16) for _, color in scales[0]]
    assert levels == sorted(levels, reverse=True)
    assert len(set(levels)) == len(levels)


def test_gray_of_a_color_is_that_of_its_lightness():
    assert gray_color("#ffffff") == "#ffffff"
    assert gray_color("#00ff00") > gray_color("#ff0000") > gray_color("#0000ff")
    assert re.fullmatch(r"rgba\((\d+),\1,\1,.3\)", gray_color("rgba(52,74,102,.3)"))


def test_the_losses_against_the_learning_rate_have_a_panel_with_the_own_one_marked():
    figure = build(panels="lr")
    marks = [each for each in figure["data"] if (each.get("meta") or {}).get("part") == "end"]
    assert [unpack_array(each["x"])[0] for each in marks] == [0.05, 0.02, 0.2]
    final = [run.losses[-1] for run in SUBJECT.trajectories.values()]
    np.testing.assert_allclose([unpack_array(each["y"])[0] for each in marks], final, rtol=1e-9)


def test_plots_that_share_a_scale_show_all_that_is_drawn_on_either():
    figure = build(panels="state")
    for number, own in (("", ("y", "y2")), ("3", ("y3", "y4"))):
        axis = figure["layout"][f"yaxis{number}"]
        drawn = [each for each in figure["data"] if each.get("yaxis", "y") in own]
        values = np.concatenate([unpack_array(each["y"]) for each in drawn])
        values = np.log10(values) if axis.get("type") == "log" else values
        assert axis["range"][0] <= values.min()
        assert values.max() <= axis["range"][1]


def test_a_transparent_figure_has_no_background():
    layout = build(transparent=True)["layout"]
    assert layout["paper_bgcolor"] == layout["plot_bgcolor"] == "rgba(0,0,0,0)"


def test_columns_of_the_table_that_have_no_room_are_left_out():
    def count(width):
        notes = build(panels="table", width=width)["layout"]["annotations"]
        return sum("<b>" in each["text"] for each in notes)

    assert count(5) < count(17.8) == 5


def test_a_file_says_what_it_shows_and_how_to_make_it_again():
    said = describe_subject(read_subject(RACE))
    assert said["Source"] == f"?{RACE.to_query()}"
    assert said["Software"] == f"optviz {optviz.__version__}"
    assert "Copyright" not in said


WRONG = {
    "panels": ("contours", 'panels must be of surface, 3d, loss, .*, got "contours"'),
    "width": ("1cm", "width must be from 2 to 100 cm, got 1cm"),
    "height": ("high", "height must be a number and its unit"),
    "font": (100, "font must be from 4 to 40 pt, got 100"),
    "dpi": (5000, "dpi must be a whole number from 50 to 1,200, got 5000"),
    "columns": (0, "columns must be a whole number from 1 to 6"),
    "step": (-1, "step must be a whole number"),
    "legend": ("left", 'legend must be of bottom, top, right, none, got "left"'),
    "gray": ("yes", "gray must be true or false, got 'yes'"),
    "theme": ("blue", "theme must be of light, dark"),
}


@every("name, value, sentence", [(name, *case) for name, case in WRONG.items()])
def test_a_wrong_choice_is_a_sentence(name, value, sentence):
    with pytest.raises(ValueError, match=sentence):
        FigureOptions(**{name: value})


def test_hostile_options_are_refused():
    for given in ([], None, {"__class__": 1}, {"width": {"a": 1}}, {"width": float("nan")}):
        with pytest.raises(ValueError):
            FigureOptions.from_dict(given)
    with pytest.raises(ValueError, match="panels must be 1 to 6 different ones"):
        FigureOptions(panels=("loss", "loss"))


def test_what_has_no_surface_or_no_such_step_is_a_sentence():
    with pytest.raises(ValueError, match="step must be at most 40, the last step of the runs"):
        build(step=41)
    line = compare(optviz.Line(), ["sgd:lr=0.0001"], 5)
    if line.problem.window is None:
        with pytest.raises(ValueError, match="a surface is drawn for problems of two parameters"):
            build_paper_figure(line)
    with pytest.raises(ValueError, match="a figure is made of an Experiment or a Comparison"):
        build_paper_figure(surface("bowl"))


def test_ticks_and_the_words_beside_them_have_room_whatever_the_decades():
    far = Experiment(problem="himmelblau", start=(0, -3), rules=("sgd:lr=0.005",), steps=100)
    for each in (RACE, far):
        options = FigureOptions(panels=("loss",), width=8.5)
        layout = build_paper_figure(each, options)["layout"]
        axis, size = layout["yaxis"], layout["yaxis"]["tickfont"]["size"]
        assert axis["type"] == "log"
        widest = max(len(each) for each in axis["ticktext"])
        room = layout["xaxis"]["domain"][0] * layout["width"]
        assert room > 0.6 * size * widest + 1.3 * size  # about the ticks, and a line of words
        low, high = axis["range"]
        assert all(low <= np.log10(each) <= high for each in axis["tickvals"])
        assert [float(each.replace("−", "-")) for each in axis["ticktext"]] == axis["tickvals"]


def test_a_title_without_room_is_cut_and_says_so():
    typed = Experiment(problem="x^2 + 4*y^2 + sin(3*x)*cos(2*y)*sin(x)*cos(y)")
    figure = build_paper_figure(typed, FigureOptions(width=8.5, font=14))
    texts = [each["text"] for each in figure["layout"]["annotations"]]
    assert any(each.startswith("<b>(a)</b> x") and each.endswith("…") for each in texts), texts


def test_letters_too_large_for_the_width_are_a_sentence():
    with pytest.raises(ValueError, match="are too narrow for letters of 20 pt"):
        build(width=3, font=20)
