"""The eight tabs, cell for cell against the workbook's stored figures, and their buttons."""

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optviz.problems.line import X, Y
from optviz.workbook import SLIPS, TABS, EpochAdagrad, Sheet

each_tab = pytest.mark.parametrize("tab", TABS)
ROWS = range(4, 33)


def stored(reference: Path, tab: str) -> dict[str, Any]:
    """Every filled cell of a tab as the first edition stores it, by its address."""
    out: dict[str, Any] = {}
    with (reference / "workbook" / f"{tab}.csv").open(newline="") as lines:
        for row, texts in enumerate(csv.reader(lines), 1):
            for column, text in zip("ABCDEFGHIJKLMN", texts, strict=False):
                if text:
                    out[f"{column}{row}"] = number_or_text(text)
            assert not any(texts[14:])
    return out


def number_or_text(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


# Cells that hold what a person or a button put there, found by reading the specification.
ENTRY = {
    "basic": "C1 C2 F1",
    "momentum": "C1 C2 D2 J1 J3 K3",
    "adagrad": "C1 C2 D2 F1 G1",
    "rmsprop": "C1 C2 D2 J1 J3 K3",
    "adam": "C1 C2 D2 J1 L1 J3 K3 L3 M3",
    "eve": "C1 C2 D2 K1 M1 K3 L3 M3 N3 F34 F35 F37 H38",
    "adagrad_ann": "C1 C2 D2 F1 G1 H1 J1",
    "adam_ann": "C1 C2 D2 J1 L1 J3 K3 L3 M3 N3",
}


def from_entry(cells: dict, tab: str, **how) -> Sheet:
    """The sheet that starts from the entry cells of a stored tab."""
    quantity = {cell.address: cell.quantity for cell in TABS[tab].around}
    entry = {quantity[address]: cells[address] for address in ENTRY[tab].split()}
    x, y = ([cells[f"{column}{row}"] for row in ROWS] for column in "AB")
    return Sheet.from_entry(tab, entry, x, y, **how)


def worst(ours: dict, theirs: dict) -> float:
    """The largest relative difference over all numbers of theirs, which all must be in ours."""
    numbers = {key: value for key, value in theirs.items() if isinstance(value, float)}
    assert not [key for key in numbers if key not in ours]
    return max(abs(ours[key] - value) / abs(value or 1) for key, value in numbers.items())


# -- cell for cell ---------------------------------------------------------------------------------


@pytest.mark.reference
@each_tab
def test_every_number_of_a_tab_is_reproduced_from_its_entry_cells(reference, tab):
    cells = stored(reference, tab)
    assert worst(from_entry(cells, tab, as_shipped=True).cells(), cells) <= 1e-12


@pytest.mark.reference
@pytest.mark.parametrize("tab", [tab for tab in TABS if tab != "adam_ann"])
def test_all_tabs_but_one_show_the_same_numbers_without_the_slips(reference, tab):
    cells = stored(reference, tab)
    assert worst(from_entry(cells, tab).cells(), cells) <= 1e-12


@pytest.mark.reference
@each_tab
def test_a_tab_fills_the_cells_that_the_file_fills_with_its_words(reference, tab):
    cells, ours = stored(reference, tab), from_entry(stored(reference, tab), tab, as_shipped=True)
    assert ours.cells().keys() == cells.keys()
    words = {key: value for key, value in cells.items() if isinstance(value, str)}
    assert {key: ours.cells()[key] for key in words} == words


@pytest.mark.reference
def test_the_settings_of_the_tabs_are_those_stored_in_the_first_edition(reference):
    for tab in TABS.values():
        sheet = from_entry(stored(reference, tab.name), tab.name)
        names = [key for key in ("lr", "beta1", "beta2", "every") if hasattr(tab.rule, key)]
        for key in names:
            assert getattr(sheet.rule, key) == getattr(tab.rule, key)


@pytest.mark.reference
def test_the_slip_of_row_5_is_the_only_thing_that_sets_adam_ann_apart(reference):
    cells = stored(reference, "adam_ann")
    ours = from_entry(cells, "adam_ann").cells()
    before = [key for key in ours if int(key[1:]) <= 4 or int(key[1:]) >= 33]
    # F33 and G33 sum over all rows, so that what is lost in row 5 reaches them.
    assert {key for key in before if ours[key] != cells[key]} == {"F33", "G33"}
    # Row 5 enters with the file's own numbers: the gradient is lost from J5 alone.
    assert cells["J5"] == 0.9 * cells["J4"]
    assert ours["J5"] == pytest.approx(0.9 * cells["J4"] + 0.1 * cells["F5"], rel=1e-14)
    assert [ours[f"{letter}5"] for letter in "KLM"] == [cells[f"{letter}5"] for letter in "KLM"]
    assert ours["H5"] != cells["H5"]


# -- buttons, from the reset to the stored cells ---------------------------------------------------

REACHED = {
    "momentum": (5, "C1 C2 J3 K3", 1e-14),
    "adagrad": (0, "C1 C2 F1 G1", 1e-14),
    "rmsprop": (0, "C1 C2 J3 K3", 1e-14),
    "adam": (0, "C1 C2 J3 K3 L3 M3", 1e-14),
    "adagrad_ann": (10, "C1 C2 D2 F1 G1 H1 J1", 1e-14),
    "adam_ann": (25, "C1 C2 D2 J3 K3 L3 M3 N3", 2e-9),
}
"""Epochs from the reset to the stored entry cells, and how near they come."""


@pytest.mark.reference
@pytest.mark.parametrize("tab", REACHED)
def test_the_buttons_lead_from_the_reset_to_the_stored_entry_cells(reference, tab):
    count, addresses, near = REACHED[tab]
    slips = ("handover",) if tab != "adagrad" else ()
    sheet = Sheet.of(tab, slips=slips)
    cells = (sheet.epochs(count) if count else sheet).cells()
    theirs = stored(reference, tab)
    assert worst(cells, {key: theirs[key] for key in addresses.split()}) <= near


@pytest.mark.reference
def test_the_stored_entry_of_adam_ann_predates_its_slip(reference):
    sheet, theirs = Sheet.of("adam_ann", as_shipped=True).epochs(25), stored(reference, "adam_ann")
    assert worst(sheet.cells(), {"C2": theirs["C2"]}) > 1e-6


@each_tab
def test_an_epoch_hands_over_what_left_the_last_row(tab):
    sheet = Sheet.of(tab)
    rows, after = sheet.rows(), sheet.epochs()
    assert [after.b, after.a] == rows.end.tolist()
    for name, value in after.state._asdict().items():
        if name != "count":
            np.testing.assert_array_equal(value, rows.state[name][-1])


@pytest.mark.parametrize("tab", [tab for tab in TABS if tab != "adagrad"])
def test_the_file_hands_over_what_entered_the_last_row(tab):
    sheet = Sheet.of(tab, as_shipped=True)
    rows, after = sheet.rows(), sheet.epochs()
    assert [after.b, after.a] == rows.params[-1].tolist() != rows.end.tolist()


@each_tab
def test_five_epochs_are_five_times_one(tab):
    one = five = Sheet.of(tab)
    for _ in range(5):
        one = one.epochs()
    assert five.epochs(5).cells() == one.cells()


@each_tab
def test_a_sheet_never_changes(tab):
    sheet = Sheet.of(tab)
    before = sheet.cells()
    for press in (sheet.epochs, sheet.reset, sheet.rows, lambda: sheet.with_values(lr=1e-6, b=5.0)):
        press()
    assert sheet.cells() == before
    assert sheet.reset().cells() == before


@each_tab
def test_a_reset_undoes_epochs_and_keeps_samples(tab):
    sheet = Sheet.of(tab).with_values(x=X[:7], y=Y[:7]).reset()
    assert len(sheet.epochs(3).reset().rows()) == 7
    assert sheet.epochs(3).reset().cells() == sheet.cells()
    assert (sheet.b, sheet.a) == (1, 1)


def test_epochs_bring_the_line_to_its_samples():
    for tab, count in (("momentum", 2000), ("adam_ann", 60), ("adagrad_ann", 60)):
        sheet = Sheet.of(tab).epochs(count)
        assert sheet.a == pytest.approx(2, abs=0.05)
        assert sheet.b == pytest.approx(30, abs=2)


# -- annealing and feedback ------------------------------------------------------------------------


def test_adagrad_halves_its_rate_until_the_sum_is_at_most_twice_the_last():
    sheet = Sheet.of("adagrad_ann")
    for _ in range(12):
        after = sheet.epochs()
        total, last = after.singles()["rate_sum"], sheet.memory["last"]
        assert total == after.memory["last"] <= 2 * last
        halvings = np.log2(sheet.rule.lr / after.rule.lr)
        assert halvings == int(halvings)
        if halvings:  # one less would have been too few
            assert after.with_values(lr=after.rule.lr * 2).singles()["rate_sum"] > 2 * last
        sheet = after
    assert sheet.rule.lr < 0.5


def test_adam_quarters_its_rate_when_the_roots_double_their_best():
    sheet, quartered = Sheet.of("adam_ann"), 0
    for _ in range(40):
        after = sheet.epochs()
        size = sum(np.sqrt(after.state.sqr_avg))
        assert after.memory["best"] == min(size, sheet.memory["best"])
        larger = size > 2 * sheet.memory["best"]
        assert after.rule.lr == sheet.rule.lr / (4 if larger else 1)
        quartered += larger
        sheet = after
    assert quartered >= 2


def test_eve_divides_an_epochs_steps_by_the_d_of_the_two_losses_before():
    sheet = Sheet.of("eve").epochs(2)
    before = Sheet.of("eve").epochs(1)
    losses = [float(np.sqrt(np.sum(each.rows().sample_loss))) for each in (before, Sheet.of("eve"))]
    assert [sheet.memory["f1"], sheet.memory["f2"]] == pytest.approx(losses, rel=1e-14)
    r = abs(losses[0] - losses[1]) / min(losses)
    d = 0.9 * before.singles()["new_d"] + 0.1 * r
    assert sheet.cells()["F38"] == pytest.approx(d, rel=1e-14)
    np.testing.assert_allclose(sheet.rows().state["d"], d, rtol=1e-14)


def test_eve_at_d_one_is_adam_and_at_two_goes_half_as_far():
    adam, eve = Sheet.of("adam"), Sheet.of("eve")
    np.testing.assert_array_equal(eve.rows().path, adam.rows().path)
    slow = replace(
        eve, state=eve.state._replace(d=1.0), memory=eve.memory | {"f1": 12.0, "f2": 1.0}
    )
    np.testing.assert_allclose(slow.rows().update[0], adam.rows().update[0] / 2, rtol=1e-13)


# -- other settings and samples --------------------------------------------------------------------


@each_tab
def test_rows_are_torchs_gradients_of_each_samples_squared_error(tab):
    import torch

    x, y = [3.0, -1.5, 0.25, 7.0], [1.0, 2.0, -3.0, 4.5]
    sheet = Sheet.of(tab).with_values(x=x, y=y, b=2.0, a=-1.0)
    rows = sheet.rows()
    assert rows.names == ("b", "a")
    assert len(rows) == 4
    for i in range(4):
        params = torch.tensor(rows.params[i], requires_grad=True)
        error = (params[1] * x[i] + params[0] - y[i]) ** 2
        (grad,) = torch.autograd.grad(error, params)
        np.testing.assert_allclose(rows.grad[i], grad, rtol=1e-13)
        assert rows.sample_loss[i] == pytest.approx(error.item(), rel=1e-14)


@each_tab
@pytest.mark.parametrize("count", [1, 5, 40])
def test_cells_below_the_rows_move_with_the_number_of_samples(tab, count):
    x = np.arange(1.0, count + 1)
    own, sheet = Sheet.of(tab), Sheet.of(tab).with_values(x=x, y=30 + 2 * x)
    cells, below = sheet.cells(), [key for key in own.cells() if int(key[1:]) > 32]
    for key in below:
        assert f"{key[0]}{int(key[1:]) + count - 29}" in cells
    assert max(int(key[1:]) for key in cells if key[0] == "A") == 3 + count
    assert len(cells) == len(own.cells()) + (count - 29) * len(sheet.tab.columns)


def test_adagrad_divides_by_the_count_of_its_samples():
    sheet = Sheet.of("adagrad").with_values(x=[1, 2, 3], y=[4, 5, 6])
    grads = sheet.rows().grad
    np.testing.assert_allclose(
        sheet.epochs().state.scale, np.sqrt(np.sum(grads**2, axis=0)) / 3, rtol=1e-14
    )


def test_typed_settings_reach_the_rule_and_row_4():
    sheet = Sheet.of("adam").with_values(lr=0.5, beta1=0.25, beta2=0.75, b=3, a=-2)
    cells = sheet.cells()
    shown = [cells[key] for key in ("D2", "J1", "K1", "L1", "M1", "C1", "C2", "C4", "D4")]
    assert shown == [0.5, 0.25, 0.75, 0.75, 0.25, 3, -2, 3, -2]
    np.testing.assert_array_equal(sheet.state.sqr_avg, Sheet.of("adam").state.sqr_avg)


BAD = {
    "a learning rate below zero": ("basic", {"lr": -1.0}, "lr must be at least 0"),
    "a memory of one": ("adam", {"beta2": 1.0}, "beta2 must be at least 0 and below 1, got 1"),
    "a memory it has not": ("basic", {"beta1": 0.5}, "the tab basic has no beta1; it has lr$"),
    "a start that is not finite": ("basic", {"b": np.nan}, "b must be a finite number, got nan"),
    "a start in words": ("basic", {"a": "two"}, "a must be a number, got 'two'"),
    "samples of two lengths": (
        "adam",
        {"x": [1, 2], "y": [1]},
        "as many numbers each, got 2 and 1",
    ),
    "no samples": (
        "adam",
        {"x": [], "y": []},
        r"x must be a list of numbers, got one of shape \(0,\)",
    ),
    "a sample in words": ("adam", {"x": ["a"], "y": [1]}, "x must be a list of numbers, got"),
    "a sample without end": ("adam", {"x": [1], "y": [np.inf]}, "y must be .* got inf at sample 1"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_wrong_setting_is_refused_with_a_sentence(case):
    tab, settings, sentence = BAD[case]
    with pytest.raises(ValueError, match=sentence):
        Sheet.of(tab).with_values(**settings)


def test_an_unknown_tab_slip_or_entry_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match='no tab "adamw"; the tabs are basic, momentum, '):
        Sheet.of("adamw")
    with pytest.raises(
        ValueError, match="the tab basic has no slip 'row5'; it has handover, words"
    ):
        Sheet.of("basic", slips=("row5",))
    with pytest.raises(ValueError, match='the tab basic has no "beta1" to set; it has b, a, lr'):
        Sheet.from_entry("basic", {"beta1": 0.5})


@each_tab
def test_a_tab_that_diverges_leaves_cells_empty_and_says_so_on_the_next_epoch(tab):
    sheet = Sheet.of(tab).with_values(lr=1e300)
    cells = sheet.cells()
    assert all(np.isfinite(value) for value in cells.values() if isinstance(value, float))
    assert [cells[f"A{row}"] for row in ROWS] == X.tolist()
    assert len(sheet.rows()) < 29
    with pytest.raises(
        ValueError, match=r"^the epoch diverged at step .*: take a smaller lr, or reset"
    ):
        sheet.epochs()


def test_columns_of_a_basic_sheet_are_near_the_gradients_that_they_estimate():
    sheet = Sheet.of("basic").with_values(b=20.0, a=1.5)
    columns = sheet.columns()
    # A forward difference of a parabola is off by half its curvature times the step.
    np.testing.assert_allclose(columns["est_b"] - columns["grad_b"], 0.01, rtol=1e-6)
    np.testing.assert_allclose(columns["est_a"] - columns["grad_a"], 0.01 * X**2, rtol=1e-6)


# -- the slips -------------------------------------------------------------------------------------


def test_the_default_has_no_slip_and_as_shipped_has_all():
    for tab in TABS:
        assert Sheet.of(tab).slips == ()
        shipped = Sheet.of(tab, as_shipped=True)
        assert shipped.slips == tuple(slip.name for slip in SLIPS if slip.tab == tab)


def test_a_root_of_a_sum_is_called_rmse_in_the_file_only():
    label = {slips: Sheet.of("basic", slips=slips).cells()["E33"] for slips in ((), ("words",))}
    assert label == {(): "root of sum", ("words",): "rmse"}


def test_every_slip_names_a_tab_its_cells_and_both_ways():
    for slip in SLIPS:
        assert slip.tab in TABS
        assert all((slip.cells, slip.file, slip.method))
        assert str(slip).startswith(slip.cells)


@pytest.mark.parametrize("slips", [(), ("row5",)])
def test_row_5_loses_the_gradient_of_b_only_with_its_slip(slips):
    sheet = Sheet.of("adam_ann", slips=slips).epochs()
    cells = sheet.cells()
    seen = 0.0 if slips else 0.1 * cells["F5"]
    assert cells["J5"] == pytest.approx(0.9 * cells["J4"] + seen, rel=1e-13)
    assert cells["L5"] == pytest.approx(0.95 * cells["L4"] + 0.05 * cells["F5"] ** 2, rel=1e-13)
    step = sheet.rule.lr * cells["J5"] / np.sqrt(cells["L5"])
    assert cells["H5"] == pytest.approx(cells["C5"] - step, rel=1e-13)


@each_tab
def test_every_number_has_words_and_no_address_serves_twice(tab):
    columns, around = TABS[tab].columns, TABS[tab].around
    assert all(column.meaning for column in columns)
    assert all(cell.meaning for cell in around if cell.quantity)
    addresses = [cell.address for cell in around]
    assert len(set(addresses)) == len(addresses)
    assert [column.letter for column in columns] == sorted({column.letter for column in columns})


def test_the_rule_of_the_sheets_adagrad_follows_the_number_of_samples():
    rule = Sheet.of("adagrad").with_values(x=[1, 2], y=[3, 4]).rule
    assert isinstance(rule, EpochAdagrad)
    assert rule.every == 2


@pytest.mark.parametrize("tab", TABS)
def test_a_tab_that_diverges_at_once_holds_its_entry_cells(tab):
    sheet = Sheet.of(tab).with_values(b=1e200, a=1e200)
    assert len(sheet.rows()) == 0
    assert sheet.cells()["C1"] == 1e200
    with pytest.raises(ValueError, match="diverged at step 0"):
        sheet.epochs()


def test_samples_whose_squares_overflow_are_taken():
    sheet = Sheet.of("momentum").with_values(x=[1e200, 2e200], y=[1.0, 2e160])
    assert sheet.cells()["A4"] == 1e200
