"""What a notebook shows of a comparison: pictures without a script, and its table."""

import re
import xml.etree.ElementTree as ET
from base64 import b64decode
from dataclasses import replace

import numpy as np
import pytest
from IPython.core.formatters import DisplayFormatter

from optviz.problems.line import Line
from optviz.problems.surfaces import surface
from optviz.runs.comparison import Comparison, build_comparison, compare
from optviz.runs.origin import relabel

SVG = "{http://www.w3.org/2000/svg}"
RACE = compare(surface("two_wells"), ["sgd:lr=0.02", "sgd:lr=5", "adam:lr=0.1"], 40)


def show(comparison: Comparison) -> tuple[str, list[ET.Element]]:
    """Return what IPython shows, as HTML, and its pictures."""
    found = DisplayFormatter().format(comparison)[0]
    assert found["text/plain"].split()[0] == "final"
    assert found["text/html"] == comparison._repr_html_()  # marimo and older frontends ask for it
    images = re.findall('src="data:image/svg[+]xml;base64,([^"]+)"', found["text/html"])
    return found["text/html"], [ET.fromstring(b64decode(each)) for each in images]


def read_lines(picture: ET.Element) -> list[np.ndarray]:
    texts = [each.attrib["points"] for each in picture.iter(f"{SVG}polyline")]
    return [np.array([p.split(",") for p in text.split()], float) for text in texts]


def test_a_race_is_shown_as_its_paths_its_losses_and_its_table():
    html, (paths, losses) = show(RACE)
    assert "<script" not in html
    assert html.count("<tr") == 1 + len(RACE.trajectories)
    assert "SGD lr=0.02" in html
    assert RACE.problem.window == ((-2, 2), (-2, 2))
    for run, line in zip(RACE.trajectories.values(), read_lines(paths), strict=True):
        start, end = (run.path[k] / [2.0, -2.0] * [240, 180] + [240, 180] for k in (0, -1))
        assert np.allclose(line[0], start, atol=0.06)
        assert np.allclose(line[-1], np.clip(end, -9999, 9999), atol=0.06)
    calm, wild, _ = read_lines(losses)
    assert wild[-1, 1] < 0  # a run that diverges leaves the chart and does not flatten the others
    assert np.ptp(calm[:, 1]) > 100
    assert [each[-1, 0] for each in (calm, wild)] == [464, 464]


def test_a_model_of_many_parameters_has_its_losses_alone():
    race = compare(Line(), ["sgd:lr=0.0001", "adam"], 20)
    problem = race.problem
    problem.window = None
    html, pictures = show(race)
    assert len(pictures) == 1
    assert len(read_lines(pictures[0])) == 2
    assert "<table" in html


@pytest.mark.parametrize("field", ["label", "ended"])
def test_a_strangers_words_stay_words(field):
    bad = "<img src=x onerror=alert(1)>"
    runs = [relabel(each, bad) for each in RACE.trajectories.values()]
    runs = [replace(each, ended=bad) for each in runs] if field == "ended" else runs
    html, _ = show(build_comparison(RACE.problem, runs))
    assert "<img src=x" not in html
    assert "&lt;img src=x" in html


def test_a_target_that_no_run_reaches_is_a_dash_in_the_table():
    race = compare(surface("rosenbrock"), ["sgd:lr=0.001"], steps=3)
    assert "<td>–</td>" in race._repr_html_()
    assert "<NA>" not in race._repr_html_()
