"""The panel of the step microscope: what it is made of, and what it says of each kind of run."""

import json

import pytest
from dash import no_update
from optviz_app.components.step_table import list_rows, microscope_panel, place_bars, write_numbers
from optviz_app.pages.surfaces import figures
from optviz_app.pages.surfaces.callbacks import layout
from optviz_app.pages.surfaces.microscope import answer, choose_step
from optviz_app.pages.surfaces.state import find_microscope, spell_microscope
from optviz_app.pages.workbook.panels import row_panels

from optviz import L2, Adam, Line, Momentum, run
from optviz.experiments.surface import MICROSCOPE, Experiment
from optviz.microscope import explain

RACE = Experiment(
    problem="booth",
    rules=("adam:lr=0.2,l2=0.01", "sgd:lr=0.01,on=no", "sgd:lr=10", "momentum:lr=0.01"),
    steps=300,
    also=((1.0, 2.0),),
    forks=("4@7:sgd:lr=0.01", "3@290:sgd:lr=0.1"),
    pins=("rule=sgd:lr=0.01&problem=booth&steps=20",),
)
LABELS = list(RACE.perform().trajectories)


def asked(run, step, known=None, query=None):
    return answer({"query": query or RACE.to_query(), "run": run, "step": step, "known": known})


def found(part, kind):
    """Every component of a kind inside another."""
    children = getattr(part, "children", None)
    inside = children if isinstance(children, list) else [children]
    own = [part] if type(part).__name__ == kind else []
    return own + [each for child in inside if child is not None for each in found(child, kind)]


def shown_values(panel):
    """The full numbers of a panel's cells, by the name of their row."""
    rows = [row for row in found(panel, "Tr") if hasattr(row, "data-term")]
    return {
        getattr(row, "data-term"): [
            float(getattr(span, "data-value"))
            for span in found(row, "Span")
            if hasattr(span, "data-value")
        ]
        for row in rows
    }


def test_the_panel_shows_every_value_in_full():
    explained = explain(run(Line(), L2(Adam(0.1), 0.01), 9), 6)
    values = shown_values(microscope_panel(explained))
    for term in explained.terms:
        assert values[term.name] == term.values.reshape(-1).tolist()
    parts = {each.name: each.values.tolist() for each in explained.summands}
    assert {name: values[name] for name in parts} == parts


def test_the_step_is_the_last_row_but_one_and_adds_up_the_parts_above_it():
    explained = explain(run(Line(), Momentum(1e-4), 9), 6)
    rows = list_rows(explained)
    assert [row.name for row in rows][-4:] == ["memory", "gradient", "step", "new"]
    assert rows[-2].text == "step = memory + gradient"
    memory, gradient = (row.cells[0][1] for row in rows[-4:-2])
    worked = rows[-2].cells[0][0].replace("(", "").replace(")", "")
    assert worked == f"{memory} + {gradient}\u00a0= "


def test_a_minus_is_the_proper_sign_wherever_a_person_reads_it():
    explained = explain(run(Line(), L2(Adam(0.1), 0.01), 9), 6)
    panel, made = str(microscope_panel(explained)), write_numbers(explained)
    read = [row.text for row in list_rows(explained)]
    read += [text for row in made["cells"] for worked, value, _ in row for text in (worked, value)]
    read += [text for each in made["sums"] for text in (each["words"], each["bars"][0][1])]
    assert "-" not in "".join(read)
    assert "step = memory + gradient + weight decay" in read
    assert sum("−" in text for text in read) > 10
    assert "1 − beta1" in panel


def test_bars_lie_one_after_the_other_and_the_change_spans_them():
    assert place_bars([3.0, -1.0], 2.0) == [
        ("0.00%", "100.00%", "0.00%"),
        ("66.67%", "33.33%", "0.00%"),
        ("0.00%", "66.67%", "0.00%"),
    ]
    assert place_bars([1.0, -4.0], -3.0)[-1] == ("0.00%", "75.00%", "75.00%")
    assert set(place_bars([float("inf"), 1.0], float("inf"))) == {("0%", "0%", "0%")}
    assert set(place_bars([0.0], 0.0)) == {("0%", "0%", "0%")}


def test_a_panel_of_the_same_key_differs_in_its_numbers_alone():
    trajectory = run(Line(), Momentum(1e-4), 9)
    first, later = (write_numbers(explain(trajectory, step)) for step in (0, 6))
    assert first["key"] == later["key"]
    assert first["cells"] != later["cells"]
    assert write_numbers(explain(run(Line(), Adam(0.1), 9), 6))["key"] != first["key"]
    json.dumps(later, allow_nan=False)


def test_a_panel_that_the_browser_has_is_not_sent_again():
    title, panel, made = asked(0, 5)
    assert title == "Step 5 to 6"
    assert panel is not no_update
    title, again, later = asked(0, 6, known=made["key"])
    assert (title, again) == ("Step 6 to 7", no_update)
    assert len(json.dumps(later)) < 8_000


def test_every_run_of_a_race_can_be_explained_at_every_step():
    for place, label in enumerate(LABELS):
        for step in (0, 7, 150, 300):
            title, panel, made = asked(place, step)
            if "not begun" in title:
                assert (panel, made) == ([], {})
                assert label.startswith("SGD lr=0.1 from step 290")
            else:
                assert title.startswith("Step ")
                assert made["cells"]
                json.dumps(made, allow_nan=False)


def test_runs_are_counted_as_the_table_of_results_counts_them():
    labels = [row["label"] for row in figures.draw_race(RACE)["table"]["rows"]]
    assert labels == LABELS
    for place, trajectory in enumerate(RACE.perform().trajectories.values()):
        if len(trajectory):
            _, panel, _ = asked(place, int(trajectory.step[0]))
            assert shown_values(panel)["params"] == trajectory.path[0].tolist()


def test_beyond_the_ends_of_a_run_the_nearest_step_is_shown_and_said():
    trajectories = list(RACE.perform().trajectories.values())
    ends = {choose_step(each, 300)[1] for each in trajectories if len(each)}
    assert ", the last one: the run finished" in ends
    assert any("the last one: the run diverged at step" in each for each in ends)
    branch = next(each for each in trajectories if each.about["origin"]["fork"] == 0)
    assert choose_step(branch, 3) == (7, ", the first of this run")
    assert choose_step(branch, 8) == (8, "")


def test_with_every_optimizer_off_it_says_so():
    query = Experiment(rules=("sgd:lr=0.1,on=no",)).to_query()
    assert asked(0, 3, query=query) == ("every optimizer is switched off: switch one on", [], {})


def test_before_anything_is_asked_the_panel_is_empty():
    assert answer(None) == ("", [], {})


def test_a_run_that_is_no_more_is_the_first():
    assert asked(99, 5)[2] == asked(0, 5)[2]


def test_the_row_that_an_error_of_the_file_changed_says_which_cell_and_how():
    _, told, made = row_panels("tab=adam_ann&shipped=yes&row=5", None)
    assert told.children.startswith(
        "This step was not made by Adam. J5: in the file, the average of"
    )
    assert told.children.endswith(
        "J5 is J1*J4 + K1*F5 like every other row, as in the 2023 edition."
    )
    assert made == {}
    for link in ("tab=adam_ann&shipped=yes&row=6", "tab=adam_ann&row=5"):
        assert row_panels(link, None)[2]["cells"]


@pytest.mark.parametrize(("run", "word"), list(enumerate(MICROSCOPE)))
def test_the_link_keeps_which_run_is_explained(run, word):
    view = spell_microscope(["arrows", "microscope"], str(run))
    assert view == (word,)
    experiment, sentences = Experiment.from_query(Experiment(view=view).to_query())
    assert sentences == []
    assert find_microscope(experiment.view) == run


def test_a_closed_microscope_leaves_no_word_and_a_far_run_counts_as_the_first():
    assert spell_microscope(["arrows"], "3") == spell_microscope(None, None) == ()
    assert (
        spell_microscope(["microscope"], "12")
        == spell_microscope(["microscope"], None)
        == ("microscope",)
    )
    assert find_microscope(("arrows",)) is None


@pytest.mark.parametrize("view", [(), ("microscope3",)])
def test_the_page_opens_with_the_microscope_as_the_link_has_it(view):
    page = layout(Experiment(view=view), [])
    (panel,) = [each for each in found(page, "Div") if getattr(each, "id", "") == "microscope"]
    assert panel.hidden == (not view)
    assert getattr(panel, "data-run") == ("2" if view else "0")
