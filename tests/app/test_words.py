"""The words, the stories and the sources, without a browser: each says what is true."""

from dataclasses import fields, replace

import numpy as np
import pytest
from optviz_app.app import make_app
from optviz_app.components import source_dialog
from optviz_app.components.glossary import KEYS, WORDS, find_word
from optviz_app.components.optimizer_cards import layout as cards
from optviz_app.components.optimizer_cards.callbacks import explain_card
from optviz_app.pages.surfaces.stories import note
from optviz_app.shell import help

from optviz import rules
from optviz.experiments.stories import STORIES
from optviz.experiments.surface import Experiment
from optviz.rules import RULES
from optviz.schedules import SCHEDULES

RAVINE, SADDLE, WELLS, NOISE, TOO_HIGH, AGAINST = (story.experiment for story in STORIES)


def runs(experiment):
    return list(experiment.perform().trajectories.values())


def arrives(trajectory, target):
    """The first step from which the loss stays at or below the target; past the end if none."""
    return int(np.flatnonzero(~(trajectory.losses <= target))[-1]) + 1


def test_in_the_ravine_momentum_stays_below_the_target_in_a_third_of_the_steps():
    comparison = RAVINE.perform()
    sgd, momentum = [arrives(run, comparison.target) for run in comparison.trajectories.values()]
    assert momentum <= sgd / 3
    assert sgd < RAVINE.steps


def test_adam_leaves_the_map_of_the_saddle_while_sgd_is_on_the_saddle():
    sgd, adam = runs(SADDLE)
    assert abs(adam.end[1]) >= SADDLE.surface().window[1][1]
    assert np.linalg.norm(sgd.end) < 0.1


def test_momentum_rolls_out_of_the_well_that_keeps_sgd():
    sgd, momentum = runs(WELLS)
    shallow, deep = sgd.end, np.array(WELLS.surface().minima[0])
    assert np.linalg.norm(shallow - deep) > 1
    assert np.linalg.norm(momentum.path - shallow, axis=1).min() < 0.2
    assert np.linalg.norm(momentum.end - deep) < 0.01


@pytest.mark.parametrize("seed", range(5))
def test_only_the_falling_lr_comes_to_rest_in_noise(seed):
    constant, falling = runs(replace(NOISE, seed=seed))
    moves = [np.linalg.norm(np.diff(run.path[-20:], axis=0), axis=1) for run in (constant, falling)]
    assert moves[0].min() > 5 * moves[1][-5:].max()


def test_too_high_an_lr_makes_every_zigzag_wider():
    slow, right, high = [run.losses for run in runs(TOO_HIGH)]
    assert (np.diff(high[2:]) > 0).all()
    assert right[-1] < 0.01 < slow[-1]


def test_rotation_takes_adams_advantage():
    sgd, adam = [run.losses[-1] for run in runs(AGAINST)]
    assert adam < 1e-6 < 0.1 < sgd
    turned = replace(AGAINST, parameters=(("condition", 1000.0), ("rotation", 0.785)))
    sgd, adam = [run.losses[-1] for run in runs(turned)]
    assert adam > sgd


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.title)
def test_link_of_a_story_opens_it_and_tells_it(story):
    experiment, sentences = Experiment.from_query(story.link.partition("?")[2])
    assert sentences == []
    assert story.text in str(note(replace(experiment, at=3)))


def test_changed_story_is_told_no_more():
    assert note(replace(RAVINE, steps=77)) is None
    assert note(Experiment()) is None


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
