"""The words, the lessons and the sources, without a browser: each says what is true."""

from dataclasses import fields, replace

import pytest
from optviz_app.app import make_app
from optviz_app.components import source_dialog
from optviz_app.components.glossary import KEYS, WORDS, find_word
from optviz_app.components.optimizer_cards import layout as cards
from optviz_app.components.optimizer_cards.callbacks import explain_card
from optviz_app.pages.surfaces.notices import TYPED_NOTICE, notice
from optviz_app.shell import help

from optviz import rules
from optviz.experiments.surface import Experiment
from optviz.lessons.library import find_part, read_library
from optviz.problems.surfaces import SURFACES
from optviz.rules import RULES
from optviz.schedules import SCHEDULES

SHOWN = [(lesson, part) for lesson in read_library().values() for part in (1, len(lesson.steps))]


@pytest.mark.parametrize(("lesson", "part"), SHOWN, ids=lambda each: getattr(each, "name", each))
def test_what_a_lesson_shows_is_told_with_the_way_to_it(lesson, part):
    shown = lesson.steps[part - 1].shown.experiment
    if shown is None:  # a picture that is no race
        return
    found = find_part(shown)
    assert found
    assert f"/lesson/{found[0].name}?part=" in str(notice(replace(shown, at=3)))


def test_changed_experiment_of_a_lesson_is_told_no_more_but_its_surface_is():
    shown = read_library()["momentum"].steps[0].shown.experiment
    assert shown
    assert shown.problem == "ravine"
    assert notice(replace(shown, steps=77)) == [SURFACES["ravine"].note]
    assert notice(Experiment()) == [SURFACES["rosenbrock"].note]
    assert notice(Experiment(problem="x^2 + y^2")) == [TYPED_NOTICE]


def test_every_hyperparameter_has_plain_words():
    names = {spec.name for rule in RULES.values() for spec in fields(rule)}  # type: ignore[arg-type]
    assert names <= set(WORDS)


def test_words_are_short_and_their_sources_exist():
    for word in WORDS.values():
        assert len(word.says) < 180
        assert not word.doc or source_dialog.describe(word.doc)[0] is True


def test_label_finds_its_word():
    assert find_word("gradient noise") == "gradient noise"
    assert find_word("start x") == "start"
    assert find_word("steepness") is None


@pytest.mark.parametrize("rule", RULES)
def test_dialog_shows_the_formula_and_the_source_of_a_rule(rule):
    opened, title, content = source_dialog.describe_optimizer(f"{rule}:lr=0.1,schedule=cosine")
    shown = str(content)
    assert opened is True
    assert RULES[rule].__name__ in str(title)
    assert "theta_{t+1} = " in shown
    assert "params  " in shown
    assert "def update(self, params, grad, state)" in shown


def test_rule_of_ones_own_is_shown_with_its_own_source(monkeypatch):
    class Halve(rules.SGD):
        """Halve the params.

        params <- params/2
        """

        def update(self, params, grad, state):
            return params / 2, state

    monkeypatch.setitem(RULES, "halve", Halve)
    shown = str(source_dialog.describe("halve"))
    assert "Halve the params." in shown
    assert "return params / 2, state" in shown


def test_rule_whose_source_is_nowhere_says_so(monkeypatch):
    class Typed(rules.SGD):
        def update(self, params, grad, state):
            return params, state

    code = Typed.update.__code__
    monkeypatch.setattr(Typed.update, "__code__", code.replace(co_filename="<a prompt>"))
    monkeypatch.setitem(RULES, "typed", Typed)
    assert "source code is not available" in str(source_dialog.describe("typed"))


@pytest.mark.parametrize("name", ["", "nothing", None, 3, "__class__", {"a": 1}])
def test_unknown_name_opens_nothing(name):
    assert source_dialog.describe(name) == source_dialog.NOTHING


def test_dialog_tells_the_optimizer_as_its_card_stands():
    shown = [
        ("rule", 1, "", "adam"),
        ("hyper", 1, "lr", "0.25"),
        ("decay", 1, "", "wd"),
        ("schedule", 1, "", "step"),
        ("setting", 1, "every", "50"),
    ]
    told = str(explain_card({"card": 1}, True, shown))
    assert "0.25 times step(every=50)" in told
    assert "Decoupled" in told


@pytest.mark.parametrize(
    ("trigger", "pressed", "rule"),
    [({"card": 0}, False, "adam"), (None, True, "adam"), ({"card": 0}, True, "no such rule")],
)
def test_nothing_is_told_unless_the_button_of_a_known_rule_was_pressed(trigger, pressed, rule):
    assert explain_card(trigger, pressed, [("rule", 0, "", rule)]) == source_dialog.NOTHING


def test_schedule_in_numbers_is_what_the_schedule_gives():
    told = str(source_dialog.describe_optimizer("sgd:lr=2,schedule=exponential(factor=0.99)")[2])
    assert f"{2 * 0.99**100:.3g} at 100" in told


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_schedule_has_a_docstring_to_show(name):
    assert source_dialog.describe(name)[0] is True


def test_each_key_stands_once_in_the_table():
    keys = [key for row in KEYS for key in row.keys]
    assert len(keys) == len(set(keys))
    assert [row["key"] for row in help.list_keys()] == keys


def test_few_cards_open_wide_and_many_folded():
    def folded(count):
        drawn = str(cards.cards("surfaces", ["adam:lr=0.1"] * count))
        return drawn.count("hidden=True")

    assert folded(2) == 0
    assert folded(6) == 6


def test_app_with_all_this_starts():
    assert make_app().callback_map
