"""The widget of a notebook without a notebook: what is told to it, and what it makes of that."""

import sys

import pytest

import optviz as ov

RACE = ov.compare(ov.surface("booth"), ["sgd:lr=0.01", "adam:lr=0.1"], 40)
TEXT = "rule=adam:lr=0.3&problem=bowl&steps=50&v=2"


@pytest.fixture(scope="module")
def shown():
    return ov.widget(RACE)


def tell(widget, text: str, step: int) -> None:
    """Tell a widget what a hand did to the picture, as a notebook tells it."""
    widget.set_state({"_drawn": text, "experiment": text, "step": step})


def test_a_widget_shows_the_race_that_it_is_given(shown):
    assert list(shown.trajectories) == list(RACE.trajectories)
    assert shown.step == 40
    assert shown._data["experiment"]["problem"]["name"] == "booth"
    assert shown._esm.count("export default") == 1
    assert "export const" not in shown._esm
    assert "eval(" not in shown._esm


def test_python_changes_the_picture_and_a_hand_does_not_send_it_back(shown):
    heard, script = [], shown._esm
    shown.observe(lambda change: heard.append(change["new"]), "trajectories")
    shown.experiment = TEXT
    drawn = shown._data
    assert drawn["experiment"]["rules"][0]["settings"]["lr"] == 0.3
    assert shown.step == 50
    tell(shown, TEXT.replace("0.3", "0.2"), 7)
    assert shown._data is drawn
    assert shown.step == 7
    made = ov.run(ov.surface("bowl"), ov.Adam(0.2), 50)
    (run,) = shown.trajectories.values()
    assert (run.path == made.path).all()
    assert [list(each) for each in heard] == [["Adam lr=0.3"], ["Adam lr=0.2"]]
    tell(shown, TEXT.replace("lr=0.3", "lr=0.3,on=no"), 7)
    assert shown.trajectories == {}
    shown.experiment = "problem=x^2 + 7*y^2&rule=sgd:lr=0.01&at=3&v=2"
    assert shown.step == 3
    assert shown._data["first"]["name"] == "booth"  # with which the picture reads the formula
    assert shown._esm == script


def test_a_text_that_is_no_experiment_is_refused_and_changes_nothing(shown):
    before = shown.experiment
    with pytest.raises(Exception, match='no rule "adm"; nearest: adam'):
        shown.experiment = "rule=adm:lr=1"
    assert shown.experiment == before


def test_without_anywidget_a_sentence_says_what_to_install(monkeypatch):
    monkeypatch.delitem(sys.modules, "optviz.views.live.live_widget", raising=False)
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(ImportError, match=r'needs anywidget: pip install "optviz\[notebook\]"'):
        ov.widget("bowl")
