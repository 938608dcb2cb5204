"""The Workbook page without a browser: links, what is done to a tab, answers, files."""

import base64
import json
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from dash import no_update
from optviz_app.app import make_app
from optviz_app.pages.workbook import downloads as workbook_files
from optviz_app.pages.workbook import figures, panels
from optviz_app.pages.workbook.acts import MOST_EPOCHS, MOST_ROWS, parse_samples, spell_samples
from optviz_app.pages.workbook.layout import FIELDS, read_setting, spell_setting
from optviz_app.pages.workbook.respond import answer
from optviz_app.pages.workbook.state import WorkbookState
from optviz_app.server import security as safety

from optviz.workbook import TABS, Sheet
from tests.support.cases import every
from tests.support.workbooks_made import copy_sheets

THREE = ((1.0, 5.0), (2.0, 7.5), (4.0, 11.0))
THREE_TEXT = "1 5\n2 7.5\n4 11"


# -- links ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        "",
        "tab=adam",
        "shipped=yes",
        "tab=adam_ann&shipped=yes&epochs=25&row=12",
        "tab=momentum&lr=0.001&beta1=0.5&b=3&a=-1",
        "tab=adam&epochs=2&lr=0.01&epochs=3&b=0.1&row=32",
        "lr=0.00012345678901234567&samples=1,5;2,7.5;4,11&row=6",
        "tab=eve&lr=0.5&reset=yes&epochs=1",
    ],
)
def test_link_says_again_what_it_was_read_as(query):
    state, sentences = WorkbookState.from_query(query)
    assert sentences == []
    assert WorkbookState.from_query(state.to_query()) == (state, [])
    assert len(state.to_query()) <= len(query) + 4


def test_link_is_read_in_its_order():
    state = WorkbookState.from_query("tab=momentum&epochs=2&lr=0.001&epochs=1")[0]
    other = WorkbookState.from_query("tab=momentum&lr=0.001&epochs=3")[0]
    by_hand = Sheet.of("momentum").epochs(2).with_values(lr=0.001).epochs(1)
    assert state.sheet.cells() == by_hand.cells()
    assert state.sheet.cells() != other.sheet.cells()


def test_tab_counts_wherever_the_link_names_it():
    late = WorkbookState.from_query("beta1=0.5&epochs=1&tab=adam")
    assert late == WorkbookState.from_query("tab=adam&beta1=0.5&epochs=1")
    assert late[1] == []


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("tab=adamm", 'no tab "adamm"; nearest: adam'),
        ("lr=fast", 'lr must be a number, got "fast"'),
        ("lr=-1", "lr must be at least 0"),
        ("b=1e300", "b must be a number of at most 1e9 in size, got 1e300"),
        ("a=nan", "a must be a number of at most 1e9 in size, got nan"),
        ("beta1=0.5", "the tab basic has no beta1"),
        ("tab=adam&beta1=1", "beta1 must be at least 0 and below 1"),
        ("epochs=many", 'epochs must be a whole number from 1 to 1000, got "many"'),
        ("epochs=0", "epochs must be a whole number from 1 to 1000"),
        ("epochs=999&epochs=2", "at most 1000 epochs, got 1001: reset the tab"),
        ("lr=1&epochs=2", "diverged"),
        ("row=33", "row must be from 4 to 32, got 33"),
        ("row=x", "row must be a whole number"),
        ("samples=1", 'line 1 of the samples: write x and y, such as 14 58, got "1"'),
        ("samples=1,2;3,far", 'line 2 of the samples: y must be a number, got "far"'),
        ("samples=" + ";".join(["1,2"] * 201), "at most 200 samples, got 201"),
        ("lr=0,5", 'lr: write decimals with a point, got "0,5"'),
        ("b=0." + "0" * 50 + "1", "b must be a number of at most 40 characters"),
        ("reset=no", 'reset must be yes, got "no"'),
        ("shipped=perhaps", "shipped"),
        ("color=red", 'the link has an unknown part "color"'),
    ],
)
def test_part_of_a_link_that_is_wrong_gets_a_sentence_and_is_left_out(query, sentence):
    state, sentences = WorkbookState.from_query(query)
    assert len(sentences) == 1
    assert sentence in sentences[0]
    assert WorkbookState.from_query(state.to_query()) == (state, [])


@pytest.mark.parametrize(
    "query",
    [
        "&&&===",
        "tab=%00&lr=%ff",
        "lr=" + "9" * 5000,
        "samples=" + "1,2;" * 9000,
        "epochs=1000&" * 300,
        "row=-1&row=99999999999999999999",
        "a=1e9&b=1e9&lr=1e9&samples=" + "1e9,-1e9;" * 199 + "1e9,0&row=100",
        "tab=rmsprop&samples=0,0&epochs=900",
    ],
)
def test_hostile_link_still_opens_a_page(query):
    state, _ = WorkbookState.from_query(query)
    out = answer(state.to_query(), None, controls_of(state))
    json.dumps([out[name] for name in ("sheet", "picture", "now", "bowl")], allow_nan=False)


def test_rows_of_all_epochs_are_limited():
    many = ";".join(f"{x},{x}" for x in range(200))
    sentences = WorkbookState.from_query(f"tab=adam&samples={many}&epochs=201")[1]
    assert sentences == [f"at most {MOST_ROWS} rows in all epochs, got 40200: reset the tab"]


def test_longest_run_that_a_link_may_ask_for_is_the_sheet_s_own():
    state, sentences = WorkbookState.from_query(f"tab=adam&epochs={MOST_EPOCHS}")
    assert sentences == []
    assert state.sheet.cells() == Sheet.of("adam").epochs(MOST_EPOCHS).cells()


# -- what is done --------------------------------------------------------------------------


@every("tab", TABS)
@every("epochs", [1, 5, 19, 20, 21, 47])
def test_epochs_are_those_of_the_tab_s_button(tab, epochs):
    state = WorkbookState(tab).with_act(("epochs", epochs))
    assert state.sheet.cells() == Sheet.of(tab).epochs(epochs).cells()


@pytest.mark.parametrize("tab", TABS)
def test_reset_is_the_tab_s_button_with_the_settings_that_are_there(tab):
    state = WorkbookState(tab)
    for act in (("lr", 0.0003), ("b", 7.0), ("epochs", 2), ("samples", THREE), ("reset", 1)):
        state = state.with_act(act)
    x, y = zip(*THREE, strict=True)
    by_hand = Sheet.of(tab).with_values(lr=0.0003, b=7).epochs(2).with_values(x=x, y=y).reset()
    assert state.sheet.cells() == by_hand.cells()
    assert state.done == (("lr", 0.0003), ("samples", THREE), ("reset", 1))


def test_second_edit_of_a_setting_replaces_the_first():
    state = WorkbookState()
    for act in (("lr", 1.0), ("b", 2.0), ("lr", 0.5)):
        state = state.with_act(act)
    assert state.done == (("b", 2.0), ("lr", 0.5))


def test_samples_come_back_from_their_text():
    assert parse_samples(" 1 5\n\n2, 7.5\n4 11 \n") == THREE
    x, y = zip(*THREE, strict=True)
    assert spell_samples(Sheet.of("basic").with_values(x=x, y=y)) == THREE_TEXT


# -- answers -------------------------------------------------------------------------------


def controls_of(state, **changes):
    """The controls of a page that shows this and where nothing was pressed, with some changes."""
    sheet = state.sheet
    texts = {name: spell_setting(read_setting(sheet, name)) for name in FIELDS}
    rest = {"samples": spell_samples(sheet), "pressed": None}
    return {"tab": state.tab, "shipped": state.shipped, **texts, **rest, **changes}


def change(link="", **changes):
    """What the page answers to a change."""
    state = WorkbookState.from_query(link)[0]
    return answer(state.to_query(), 0, controls_of(state, **changes))


def presses(*last):
    """What the browser tells of these presses."""
    return {"count": len(last), "last": list(last)}


def press(link, name, times=1):
    return change(link, pressed=presses(*[name] * times))


def test_page_that_opens_is_drawn_and_keeps_its_controls():
    out = answer("", None, controls_of(WorkbookState()))
    assert out["query"] is no_update
    assert out["values"] == [no_update] * 6
    assert all(out[name] is not no_update for name in ("sheet", "bowl", "picture", "now"))


def test_a_change_of_a_page_that_is_not_drawn_yet_is_drawn_whole():
    out = answer("", None, controls_of(WorkbookState(), lr="0.5"))
    assert "lr=0.5" in out["query"]
    assert all(out[name] is not no_update for name in ("sheet", "bowl", "picture", "now"))


def test_page_where_nothing_changed_gets_nothing():
    out = change("tab=adam&epochs=2&row=9")
    assert all(out[name] is no_update for name in ("query", "sheet", "bowl", "picture", "now"))


@pytest.mark.parametrize(
    ("link", "button", "after"),
    [
        ("tab=adam", "step", "tab=adam&row=5"),
        ("tab=adam&row=32", "step", "tab=adam&epochs=1"),
        ("tab=adam&row=9", "back", "tab=adam&row=8"),
        ("tab=adam&epochs=3", "back", "tab=adam&epochs=2&row=32"),
        ("tab=adam&epochs=1", "back", "tab=adam&row=32"),
        ("tab=adam&row=9", "epoch", "tab=adam&epochs=1"),
        ("tab=adam&epochs=1", "five", "tab=adam&epochs=6"),
        ("tab=adam&b=3&epochs=1&row=9", "reset", "tab=adam"),
        ("tab=adam&samples=1,5;2,7;4,11", "own", "tab=adam&samples="),
    ],
)
def test_button_does_what_it_says(link, button, after):
    assert press(link, button)["query"] == after


def test_clicks_that_come_together_all_count():
    assert press("", "step", 7)["query"] == "row=11"
    out = answer("row=9", 5, controls_of(WorkbookState(row=5), pressed=presses(*["step"] * 8)))
    assert out["query"] == "row=12"
    assert out["seen"] == 8


def test_presses_that_come_together_count_in_their_order():
    together = presses("five", "reset", "epoch", 9, "step", "back", "step")
    assert change("tab=adam", pressed=together)["query"] == "tab=adam&epochs=1&row=14"
    out = change("tab=adam", pressed=presses("back", "step"))
    assert out["query"] == "tab=adam&row=5"


def test_edit_and_press_that_come_together_both_count():
    out = change("tab=adam", lr="0.5", pressed=presses("five"))
    assert out["query"] == "tab=adam&lr=0.5&epochs=5"


def test_no_row_before_the_first_is_said():
    out = press("", "back")
    assert "there is none before it" in out["said"]
    assert out["query"] is no_update


def test_what_was_changed_since_the_epoch_before_is_not_passed_over():
    out = press("tab=adam&epochs=2&lr=0.5", "back")
    assert out["said"] == "something was changed since the epoch before: undo that first"
    assert out["query"] is no_update


def test_picked_row_is_shown_and_kept_within_the_samples():
    assert change("", pressed=presses(5))["query"] == "row=9"
    assert change("", pressed=presses(500))["query"] == "row=32"


def test_wrong_field_gets_a_sentence_and_the_rest_counts():
    out = change("tab=adam", lr="fast", beta1="0.5")
    assert out["errors"][0] == 'lr must be a number, got "fast"'
    assert out["query"] == "tab=adam&beta1=0.5"
    assert out["values"][0] is no_update


def test_wrong_samples_get_a_sentence():
    out = change("", samples="1 2\n3")
    assert out["errors"][5] == 'line 2 of the samples: write x and y, such as 14 58, got "3"'
    out = change("", samples="1,5\t3,2")
    assert out["errors"][5].endswith('such as 14 58, decimals with a point, got "1,5\t3,2"')


def test_buttons_that_fill_a_field_anew_mend_what_is_wrong_there():
    out = change("", samples="1 2\n3", pressed=presses("own"))
    assert out["errors"] == [None] * 6
    assert out["values"][5] == spell_samples(Sheet.of("basic"))
    out = change("b=3", b="far", lr="fast", pressed=presses("reset"))
    assert [each is None for each in out["errors"]] == [False, True, True, True, True, True]
    assert out["values"][3] == "1"


def test_epoch_that_diverges_gets_a_sentence_and_keeps_the_sheet():
    out = press("lr=1", "five")
    assert "diverged" in out["said"]
    assert out["query"] is no_update


def test_fields_show_what_the_epoch_left():
    out = press("tab=adagrad_ann", "five")
    sheet = Sheet.of("adagrad_ann").epochs(5)
    assert float(out["values"][0]) == sheet.rule.lr < 0.5
    assert [float(out["values"][place]) for place in (3, 4)] == [sheet.b, sheet.a]


def test_other_tab_begins_as_reset_and_keeps_the_samples():
    link = "tab=adam&lr=0.5&samples=1,5;2,7.5;4,11&epochs=3&row=5"
    out = change(link, tab="momentum")
    assert out["query"] == "tab=momentum&samples=1,5;2,7.5;4,11"
    assert out["hidden"] == [False, True]


def test_switch_computes_with_the_file_s_errors():
    out = change("tab=adam_ann&epochs=2", shipped=True)
    assert out["query"] == "tab=adam_ann&shipped=yes&epochs=2"
    own = Sheet.of("adam_ann", as_shipped=True).epochs(2)
    assert value_in(out["sheet"], "J5") == own.cells()["J5"]


def test_step_sends_neither_the_table_nor_the_bowl_again():
    out = press("tab=adam", "step")
    assert out["sheet"] is out["bowl"] is out["picture"] is no_update
    assert len(json.dumps(out["now"])) < 3000


@pytest.mark.parametrize("changes", [{"tab": "none"}, {"tab": None}, {"tab": ["adam"]}])
def test_tab_that_is_none_is_refused(changes):
    with pytest.raises(ValueError, match="no tab"):
        change("", **changes)


# -- the table -----------------------------------------------------------------------------


def value_in(table, address):
    """A cell of the table by its address."""
    return table["rows"][int(address[1:]) - 1][table["letters"].index(address[0])]


@pytest.mark.parametrize("link", [*(f"tab={tab}" for tab in TABS), "tab=eve&samples=1,5;2,7;4,11"])
def test_table_has_every_cell_of_the_sheet_and_no_other(link):
    state = WorkbookState.from_query(link)[0]
    table = answer(link, None, controls_of(state))["sheet"]
    cells = state.sheet.cells()
    assert {address: value_in(table, address) for address in cells} == cells
    filled = sum(value is not None for row in table["rows"] for value in row)
    assert filled == len(cells)


@pytest.mark.parametrize("tab", TABS)
def test_every_column_of_the_rows_is_named(tab):
    table = answer(f"tab={tab}", None, controls_of(WorkbookState(tab)))["sheet"]
    names = [table["meanings"][place] for place, each in enumerate(table["rows"][3]) if each]
    assert all(names)
    assert len(set(names)) == len(names)


# -- the panels and the pictures -----------------------------------------------------------


@pytest.mark.parametrize("link", ["", "tab=adam&epochs=2", "tab=rmsprop&samples=-3,5;2,7;0,0"])
@pytest.mark.parametrize("row", [0, 2])
def test_estimates_are_forward_differences_that_miss_by_half_the_curvature(link, row):
    sheet = WorkbookState.from_query(link)[0].sheet
    found = panels.compute_basic_row(sheet, row)
    x, y, (b, a) = float(sheet.x[row]), float(sheet.y[row]), sheet.rows().path[row]

    def error(b, a):
        return (a * x + b - y) ** 2

    scale = abs(error(b, a)) + 1
    assert found["est_b"] == pytest.approx(
        (error(b + 0.01, a) - error(b, a)) / 0.01, abs=1e-11 * scale
    )
    assert found["est_a"] == pytest.approx(
        (error(b, a + 0.01) - error(b, a)) / 0.01, abs=1e-11 * scale
    )
    assert found["est_b"] - found["grad_b"] == pytest.approx(0.01, abs=1e-10 * scale)
    assert found["est_a"] - found["grad_a"] == pytest.approx(0.01 * x * x, abs=1e-10 * scale)
    columns = sheet.columns()
    assert [found["grad_b"], found["grad_a"]] == [columns[f"grad_{each}"][row] for each in "ba"]


def test_chain_rule_is_told_with_the_row_s_numbers():
    found = panels.compute_basic_row(Sheet.of("basic"), 0)
    assert r"2(15 - 58) = -86" in panels.chain_latex(found)
    assert r"(-86)\cdot 14 = -1204" in panels.chain_latex(found)
    assert "the slope in a is −86 times 14, which is −1204" in panels.chain_words(found)


def test_row_that_a_run_did_not_reach_gets_a_sentence():
    far = ";".join(["1e9,1e9"] * 9)
    chain, step, numbers = panels.row_panels(f"lr=1e9&b=1e9&samples={far}&row=12", None)
    assert "This row has no numbers: the epoch diverged" in chain.children
    assert (step.children, numbers) == ("There is no step to explain.", {})


@pytest.mark.parametrize("tab", TABS)
def test_step_of_every_tab_is_explained_and_of_the_next_row_only_numbers_are_sent(tab):
    _, drawn, numbers = panels.row_panels(f"tab={tab}&epochs=1&row=7", None)
    assert "className='microscope'" in str(drawn)
    _, again, others = panels.row_panels(f"tab={tab}&epochs=1&row=8", numbers["key"])
    assert again is no_update
    assert others["key"] == numbers["key"]
    assert others["cells"] != numbers["cells"]


def test_step_that_an_error_of_the_file_changed_is_not_explained_by_the_rule():
    _, told, numbers = panels.row_panels("tab=adam_ann&shipped=yes&row=5", None)
    assert "was not made by Adam" in told.children
    assert numbers == {}


def decoded(spec):
    """The numbers of a typed array."""
    return np.frombuffer(base64.b64decode(spec["bdata"]), spec["dtype"])


@pytest.mark.parametrize("link", ["", "tab=adam&epochs=3", "b=900&a=-50", "samples=1,5;2,7;4,11"])
def test_bowl_holds_the_path_that_is_drawn_on_it(link):
    state = WorkbookState.from_query(link)[0]
    drawn = figures.draw_bowl(figures.choose_bowl(state))["layout"]
    path = figures.draw_paths(state)[-1]
    for axis, name in (("xaxis", "x"), ("yaxis", "y")):
        low, high = drawn[axis]["range"]
        assert low <= decoded(path[name]).min() <= decoded(path[name]).max() <= high


def test_paths_of_earlier_epochs_end_where_this_one_begins():
    before, now = figures.draw_paths(WorkbookState.from_query("tab=momentum&epochs=2")[0])
    earlier = decoded(before["x"])
    assert np.isnan(earlier).sum() == 3
    assert earlier[-2] == decoded(now["x"])[0]


def test_it_is_said_where_the_paths_of_early_epochs_are_left_out():
    names = [
        figures.draw_paths(WorkbookState("adam", done=(("epochs", n),)))[0]["name"]
        for n in (100, 101)
    ]
    assert names == ["previous epochs", "last 100 epochs"]


def test_row_is_named_with_its_sample():
    assert (
        panels.describe_row(WorkbookState("adam", row=1))
        == "Epoch 1, row 5: sample 2 of 29, x 86, y 202"
    )


def test_line_of_a_row_goes_through_its_prediction():
    sheet = Sheet.of("adam").epochs(2)
    line, miss, sample = figures.draw_row_fit(sheet, 6)
    x, y = decoded(line["x"]), decoded(line["y"])
    pred = sheet.cells()["E10"]
    assert np.interp(sheet.x[6], x, y) == pytest.approx(pred)
    assert decoded(miss["y"]) == pytest.approx([pred, sheet.y[6]])
    assert list(decoded(sample["x"])) == [sheet.x[6]]


# -- files ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def client():
    return make_app().server.test_client()


def test_downloaded_tab_holds_the_numbers_that_are_shown(client):
    from openpyxl import load_workbook

    answered = client.get("/workbook/tab.xlsx?tab=adam&epochs=2&lr=0.5")
    assert answered.headers["Content-Disposition"] == (
        'attachment; filename="optviz-workbook-adam.xlsx"'
    )
    sheet: Any = load_workbook(BytesIO(answered.data), data_only=True)["adam"]
    cells = Sheet.of("adam").epochs(2).with_values(lr=0.5).cells()
    for address, value in cells.items():  # a file keeps 16 digits
        kept = value if isinstance(value, str) else pytest.approx(value, rel=1e-15)
        assert sheet[address].value == kept


def test_download_of_a_wrong_link_gets_a_sentence(client):
    answered = client.get("/workbook/tab.xlsx?tab=adamm")
    assert answered.status_code == 400
    assert answered.text == 'No tab "adamm"; nearest: adam\n'


def checked(client, data, query=""):
    return client.post(workbook_files.CHECK + query, data=data)


def test_good_copy_is_told_so(client):
    answered = checked(client, copy_sheets(Sheet.of("basic"), Sheet.of("adam"))).json
    assert answered["ok"]
    assert answered["says"] == "2 tabs compared: every cell agrees."
    assert [row[0] for row in answered["rows"]] == ["basic", "adam"]
    assert [row[2] for row in answered["rows"]] == ["0", "0"]


def test_sheet_called_as_a_tab_that_is_none_is_told(client):
    answered = checked(client, copy_sheets(Sheet.of("basic"), Sheet.of("adam"), D3="other")).json
    assert not answered["ok"]
    assert answered["says"].endswith('"basic" cannot be compared.')
    assert answered["others"][0].startswith('"basic" cannot be compared: ')


def test_cell_that_differs_is_told_with_both_values(client):
    answered = checked(client, copy_sheets(Sheet.of("basic"), K4=-87.0)).json
    assert not answered["ok"]
    assert "K4 holds -87.0, the formulas give -86" in answered["rows"][0][4]


def test_copy_is_checked_with_the_known_errors_on_request(client):
    data = copy_sheets(Sheet.of("adam_ann", as_shipped=True))
    told = checked(client, data).json
    assert not told["ok"]
    assert "known error" in told["rows"][0][4]
    assert checked(client, data, "?shipped=yes").json["ok"]


@pytest.mark.parametrize("data", [b"", b"hello", b"PK\x03\x04 broken", b"\xd0\xcf\x11\xe0 old"])
def test_what_is_no_workbook_gets_a_sentence(client, data):
    answered = checked(client, data)
    assert answered.json["refused"].startswith("This file is ")


def test_file_that_is_too_large_gets_a_sentence(client):
    answered = checked(client, b" " * (safety.LARGER[workbook_files.CHECK] + 1))
    assert (answered.status_code, answered.text) == (413, "the file is too large: at most 10 MB\n")


def test_only_the_check_takes_large_requests(client):
    for place in ("/_dash-update-component", "/movielens/watch", "/workbook/tab.xlsx"):
        answered = client.post(place, data=b" " * (safety.MOST_BYTES + 1))
        assert answered.status_code == 413


def test_check_takes_no_request_of_another_site(client):
    answered = client.post(
        workbook_files.CHECK, data=b"PK", headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answered.status_code == 403
