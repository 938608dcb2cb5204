"""The step microscope of the Surfaces page in a real browser."""

import re
from dataclasses import replace

import pytest

from optviz.experiments.surface import Experiment
from optviz.microscope import explain
from tests.support.axe import grave
from tests.support.browser import pause_clock, visit

pytestmark = pytest.mark.browser

RACE = Experiment(
    rules=("adam:lr=0.2,l2=0.01", "momentum:lr=1e-4,schedule=cosine", "sgd:lr=10"),
    steps=60,
    view=("microscope",),
    at=12,
)
RUNS = list(RACE.perform().trajectories.values())
VALUES = """() => [...document.querySelectorAll('#microscope tr[data-term]')].map((row) => [
    row.dataset.term,
    [...row.querySelectorAll('.value')].map((each) => Number(each.dataset.value)),
])"""


def opened(page, experiment=RACE):
    """The page with its surface drawn and the panel filled."""
    visit(page, f"/?{experiment.to_query()}")
    page.wait_for_selector("#contour .nsewdrag")
    page.wait_for_selector("#microscope .terms")
    return page


def titled(page, words):
    """Wait until the panel is of a step, and shows it."""
    page.locator("#microscope-title", has_text=re.compile(f"^{words}")).wait_for()
    page.wait_for_selector("#microscope:not([data-old])")


def scrub(page, *keys):
    page.locator("#scrub [role=slider]").focus()
    for key in keys:
        page.keyboard.press(key)


def shown(page):
    """The numbers of the panel, by the names of their rows."""
    return dict(page.evaluate(VALUES))


def holds(page, run, step):
    """Whether the panel shows what `explain` gives, to the last bit, and its parts add up."""
    explained, values = explain(run, step), shown(page)
    for term in explained.terms:
        assert values[term.name] == term.values.reshape(-1).tolist(), term.name
    parts = [values[each.name] for each in explained.summands if each.name in values]
    added = [sum(each) for each in zip(*parts, strict=True)]
    if len(explained.summands) > 1:
        assert added == pytest.approx(values["step"], rel=1e-12)


def test_the_panel_opens_from_the_toolbar_and_goes_into_the_link(page):
    visit(page, "/?problem=booth&steps=40&rule=adam:lr=0.2")
    page.wait_for_selector("#contour .nsewdrag")
    assert page.locator("#microscope").is_hidden()
    page.get_by_text("Microscope", exact=True).click()
    titled(page, "Step 39 to 40")
    page.wait_for_url(re.compile("view=microscope"))
    page.get_by_text("Microscope", exact=True).click()
    page.locator("#microscope").wait_for(state="hidden")


def test_it_follows_the_scrubber_and_shows_the_numbers_of_explain(page):
    opened(page)
    titled(page, "Step 12 to 13")
    holds(page, RUNS[0], 12)
    scrub(page, "ArrowRight", "ArrowRight")
    titled(page, "Step 14 to 15")
    holds(page, RUNS[0], 14)
    scrub(page, "Home")
    titled(page, "Step 0 to 1")
    holds(page, RUNS[0], 0)


def test_at_the_end_the_last_step_is_shown(page):
    opened(page)
    scrub(page, "End")
    titled(page, "Step 59 to 60, the last one: the run finished")
    holds(page, RUNS[0], 59)


def test_while_it_plays_slowly_each_step_is_shown(visitor):
    opened(visitor, replace(RACE, steps=8, at=1))
    pause_clock(visitor)
    visitor.click("#play")
    visitor.clock.run_for(500)
    for step in (3, 5):
        visitor.clock.run_for(2000)  # a step takes a second
        title = visitor.locator("#microscope-title", has_text=f"Step {step} to {step + 1}")
        for _ in range(400):
            if title.count():
                break
            visitor.clock.run_for(1)  # the page's own timers go on while the server answers
        title.wait_for()
        assert visitor.get_attribute("#play", "aria-label") == "pause"


def test_moving_on_asks_for_numbers_alone_and_only_once_the_hand_rests(page):
    opened(page)
    titled(page, "Step 12 to 13")
    answers = []
    page.on(
        "response",
        lambda each: "microscope" in (each.request.post_data or "") and answers.append(each),
    )
    scrub(page, *["ArrowRight"] * 8)
    titled(page, "Step 20 to 21")
    assert len(answers) < 8
    assert max(len(each.body()) for each in answers) < 8_000
    assert max(len(each.request.post_data) for each in answers) < 2_000
    holds(page, RUNS[0], 20)


def test_it_shows_the_optimizer_that_was_touched_last(page):
    opened(page)
    page.locator("#surfaces-cards .optimizer").nth(1).click(position={"x": 4, "y": 4})
    page.wait_for_selector('#microscope tr[data-term="memory"]')
    page.wait_for_selector('#microscope tr[data-term="mean_scale"]', state="detached")
    titled(page, "Step 12 to 13")
    holds(page, RUNS[1], 12)
    assert page.input_value("#microscope-run") == RUNS[1].label
    page.locator("#results tbody tr").nth(0).click()
    page.wait_for_selector('#microscope tr[data-term="mean_scale"]')
    titled(page, "Step 12 to 13")
    holds(page, RUNS[0], 12)


def test_a_run_chosen_by_hand_is_in_the_link_and_opens_from_it(page):
    opened(page)
    page.click("#microscope-run")
    page.get_by_role("option", name=RUNS[1].label).click()
    titled(page, "Step 12 to 13")
    page.wait_for_url(re.compile("view=microscope2"))
    page.reload()
    page.wait_for_selector("#microscope .terms")
    assert page.input_value("#microscope-run") == RUNS[1].label
    titled(page, "Step 59 to 60")
    holds(page, RUNS[1], 59)


def test_a_run_that_diverged_is_shown_at_its_last_step_and_says_so(page):
    opened(page, replace(RACE, view=("microscope3",)))
    last = len(RUNS[2]) - 1
    assert last < 12
    titled(page, f"Step {last} to {last + 1}, the last one: the run diverged at step")
    holds(page, RUNS[2], last)


def test_a_change_of_a_setting_changes_the_numbers(page):
    opened(page)
    titled(page, "Step 12 to 13")
    assert shown(page)["lr"] == [0.2]
    field = page.get_by_role("textbox", name="learning rate of optimizer 1")
    field.fill("0.1")
    field.press("Enter")
    page.wait_for_selector('#microscope tr[data-term="lr"] [data-value="0.1"]')
    titled(page, "Step 12 to 13")
    changed = replace(RACE, rules=("adam:lr=0.1,l2=0.01", *RACE.rules[1:]))
    holds(page, next(iter(changed.perform().trajectories.values())), 12)


def test_formulas_are_set_as_mathematics_and_told_in_words(page):
    opened(page)
    page.wait_for_selector('#microscope tr[data-term="grad_avg"] mjx-container')
    assert page.locator("#microscope mjx-merror").count() == 0
    row = page.locator('#microscope tr[data-term="grad_avg"]')
    assert row.locator("[aria-hidden=true] mjx-container").count() == 1
    assert "grad_avg = beta1·old grad_avg + (1 − beta1)·grad_seen" in row.inner_text()
    sums = page.get_by_role("img", name=re.compile("^Change of x: memory .*; in total"))
    assert sums.count() == 1


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 900)])
def test_the_panel_has_no_grave_fault_for_axe(page, scheme, width):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 1000})
    opened(page)
    titled(page, "Step 12 to 13")
    page.wait_for_selector("#microscope mjx-container")
    assert grave(page, "#microscope") == []
