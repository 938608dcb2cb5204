"""The tables of pages and curves: one more entry is found in the whole app."""

import sys
from types import ModuleType
from typing import Any

import pytest
from dash import Input, Output, html
from optviz_app.app import make_app
from optviz_app.pages import PAGES, Page
from optviz_app.pages.surfaces import figures, layout
from optviz_app.shell import frame

from optviz import Adam, Line, compare
from optviz.experiments.curves import CURVES, CurveKind
from optviz.experiments.surface import Experiment
from optviz.views import comparison_figures
from tests.support.callback_bodies import find_components, make_bodies, open_page, to_json


class Greeting:
    """The link of the page that only this test has."""

    def __init__(self, name="you"):
        self.name = name

    @classmethod
    def from_query(cls, query):
        return cls(query.lstrip("?").partition("=")[2] or "you"), []

    def to_query(self):
        return f"name={self.name}"


@pytest.fixture
def greeting_page(monkeypatch):
    """A page added from outside."""
    module = ModuleType("greeting")

    def register(app):
        app.callback(Output("greeting", "children"), Input("greeter", "n_clicks"))(str)

    def open_page(greeting, sentences):
        parts = [html.Button(id="greeter"), html.P(f"Hello {greeting.name}", id="greeting")]
        return html.Div([*parts, *sentences])

    hooks = {"register": register, "layout": open_page, "Greeting": Greeting}
    vars(module).update(hooks)
    monkeypatch.setitem(sys.modules, "greeting", module)
    monkeypatch.setitem(PAGES, "/hi", Page("/hi", "Greeting", "greeting", "greeting:Greeting"))


@pytest.mark.usefixtures("greeting_page")
def test_a_page_from_outside_is_in_header_router_stores_and_callbacks():
    app = make_app()
    shell = str(frame.layout())
    assert "Anchor(children='Greeting', id='nav-greeting'" in shell
    assert "'/hi'" in shell
    children, shown, path = frame.open_link("/hi", "?name=Ada", None)
    assert "Hello Ada" in str(to_json(children))
    assert shown == {"path": "/hi", "query": "name=Ada"}
    assert path == "/hi"
    assert any("nav-greeting.className" in each for each in app.callback_map)
    assert "greeting.children" in app.callback_map
    assert any(each["output"] == "greeting.children" for each in make_bodies(app))


def build_double(runs):
    line = {"type": "scatter", "x": runs[0].step, "y": 2 * runs[0].losses, "name": "double"}
    return {"data": [line], "layout": {"title": {"text": "Twice the loss"}, "height": 90}}


@pytest.fixture
def curve(monkeypatch):
    """The word of a kind of curve that only this test has."""
    kind = CurveKind("Double", "optviz.views.double", f"{__name__}.build_double")
    monkeypatch.setitem(CURVES, "double", kind)
    return "double"


def test_a_curve_from_outside_is_on_the_page_and_among_the_exported_figures(curve):
    asked = Experiment(steps=3, view=(curve,))
    page = str(layout.layout(asked, []))
    assert "{'value': 'double', 'label': 'Double'}" in page
    drawn = figures.draw_race(asked)["curves"]
    assert drawn["layout"] == {"title": {"text": "Twice the loss"}, "showlegend": False}
    exported: Any = comparison_figures(compare(Line(), {"Adam": Adam(0.1)}, steps=3))
    assert "Twice the loss" in [each.layout.title.text for each in exported]


def test_no_two_pages_share_an_id_that_a_callback_listens_to():
    """A callback of a page that is not there would find one of its parts and miss the others."""
    owners = {}
    frame_ids = {str(each["id"]) for each in find_components(to_json(frame.layout()))}
    for path in PAGES:
        shown = {str(each["id"]) for each in open_page(path)} - frame_ids
        for identity in shown:
            owners.setdefault(identity, []).append(path)
    shared = {identity for identity, paths in owners.items() if len(paths) > 1}
    assert shared <= {"undo", "redo", "run", "said"}  # of these a callback listens to none
