"""A check of somebody's workbook: found by headings, compared cell by cell, hostile or not."""

import re
from io import BytesIO

import numpy as np
import openpyxl
import pytest

from optviz.workbook import Sheet, WorkbookError, check, read_sheets, tabs_to_xlsx
from optviz.workbook.checker.cells import read_cells
from tests.support.libreoffice import Values
from tests.support.workbooks_made import (
    TABS,
    Grid,
    insert_cells,
    pack,
    parse_address,
    read_parts,
    read_stored,
    swap_columns,
    write_book,
    write_shared_strings,
)


@pytest.fixture(scope="module")
def grids(reference) -> dict[str, Grid]:
    """The stored cells of all tabs."""
    return {tab: read_stored(reference, tab) for tab in TABS}


def filled(sheet: Sheet) -> Grid:
    """The cells of a sheet by row and column."""
    return {parse_address(where): value for where, value in sheet.cells().items()}


def cells_of(values: Values) -> dict[str, Grid]:
    """The cells that LibreOffice calculated, by row and column."""
    return {
        sheet: {parse_address(where): value for where, value in cells.items()}
        for sheet, cells in values.items()
    }


def ok(grids: dict[str, Grid], **options) -> dict[str, str]:
    """The tab of each sheet, once all cells are known to agree."""
    report = check(write_book(grids), as_shipped=True, **options)
    assert report.ok, report
    return {tab.sheet: tab.tab for tab in report.tabs}


# -- the stored figures ----------------------------------------------------------------------------


def test_the_first_edition_agrees_as_shipped(grids):
    report = check(write_book(grids), as_shipped=True)
    assert report.ok
    assert [tab.tab for tab in report.tabs] == list(TABS)
    assert all(tab.compared >= 29 * 7 for tab in report.tabs)
    assert max(tab.largest for tab in report.tabs) < 1e-10


def test_the_known_slip_is_named_where_it_is(grids):
    report = check(write_book(grids))
    assert [tab.tab for tab in report.tabs if not tab.ok] == ["adam_ann"]
    (tab,) = (tab for tab in report.tabs if not tab.ok)
    assert [each.cell for each in tab.alone] == ["J5"]
    assert "gradient" in str(tab.slip)
    assert f"with this error reproduced, all {tab.compared} cells agree" in str(report)


def test_the_corrected_slip_agrees_and_differs_as_shipped():
    sheet = Sheet.of("adam_ann").with_values(lr=0.25)
    data = write_book({"adam_ann": filled(sheet)})
    assert check(data).ok
    report = check(data, as_shipped=True)
    assert [each.cell for each in report.tabs[0].alone] == ["J5"]
    assert "without the errors of the first edition, all" in str(report)


def test_every_computed_cell_is_compared(grids):
    for tab, grid in grids.items():
        broken = broken_cells(grid)
        report = check(write_book({tab: grid | broken}), as_shipped=True)
        typed_in = 2 * 29
        wrong = {parse_address(each.cell) for each in report.tabs[0].wrong}
        assert len(broken) - len(wrong & broken.keys()) <= typed_in + 12, tab
        assert {spot for spot in broken if 4 <= spot[0] <= 32 and spot[1] > 2} <= wrong, tab


def broken_cells(grid: Grid) -> Grid:
    """All numbers of the rows and below, a little larger."""
    return {
        spot: value * (1 + 1e-6) + 1e-6
        for spot, value in grid.items()
        if isinstance(value, float) and spot[0] >= 4 and spot[1] > 2
    }


# -- other shapes ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "columns"),
    [
        ({1: 3}, {}),
        ({}, {1: 4}),
        ({2: 1, 3: 2, 10: 1}, {}),
        ({4: 1, 33: 2}, {}),
        ({}, dict.fromkeys(range(1, 15), 1)),
        (dict.fromkeys(range(1, 40), 1), {3: 1}),
    ],
)
def test_rows_and_columns_may_be_put_in(grids, rows, columns):
    found = ok({tab: insert_cells(grid, rows, columns) for tab, grid in grids.items()})
    assert list(found) == list(found.values())


@pytest.mark.parametrize(("one", "other"), [(1, 2), (6, 7), (8, 9)])
def test_columns_may_change_places(grids, one, other):
    some = {tab: grid for tab, grid in grids.items() if tab not in ("basic", "eve")}
    assert list(ok({tab: swap_columns(grid, one, other) for tab, grid in some.items()})) == list(
        some
    )


def test_a_sheet_of_another_name_is_told_by_its_cells(grids):
    sheets = {f"Sheet{i}": grids[tab] for i, tab in enumerate(reversed(TABS))}
    assert list(ok(sheets).values()) == list(reversed(TABS))


def test_a_wrong_name_does_not_mislead(grids):
    assert ok({"adam": grids["momentum"], "momentum": grids["adam"]}) == {
        "adam": "momentum",
        "momentum": "adam",
    }


def test_a_wrong_name_of_a_tab_with_as_many_columns_does_not_mislead(grids):
    """Columns of averages do not tell rmsprop from momentum, nor basic from adagrad; cells do."""
    names = {"momentum": "rmsprop", "rmsprop": "momentum", "adagrad": "basic", "basic": "adagrad"}
    assert ok({name: grids[tab] for name, tab in names.items()}) == names


def test_a_named_tab_that_leaves_its_method_out_is_not_taken_for_a_lesser_one():
    """An eve that never divides by d is adam; by its name it is an eve that is wrong."""
    eve = filled(Sheet.of("eve")) | {parse_address("F37"): 3.0, parse_address("F38"): 2.8}
    one = filled(Sheet.from_entry("adagrad", {"scale_b": 1.0, "scale_a": 1.0, "lr": 1e-4}))
    scales = dict.fromkeys((parse_address("F1"), parse_address("G1")), 10.0) | dict.fromkeys(
        (parse_address("F2"), parse_address("G2")), 1e-5
    )
    report = check(write_book({"eve": eve, "adagrad": one | scales}))
    assert [(tab.tab, tab.ok) for tab in report.tabs] == [("eve", False), ("adagrad", False)]
    assert all({each.cell[1:] for each in tab.alone} >= {"4", "32"} for tab in report.tabs)


def test_case_and_spaces_of_labels_do_not_matter(grids):
    def loud(grid):
        return {
            spot: f" {value.upper()}  " if isinstance(value, str) else value
            for spot, value in grid.items()
        }

    assert len(ok({f"{tab.upper()} (2)": loud(grid) for tab, grid in grids.items()})) == 8


def test_numbers_stored_as_text_are_numbers(grids):
    texts: Grid = {spot: str(value) for spot, value in grids["adam"].items()}
    assert ok({"adam": texts}) == {"adam": "adam"}


def test_notes_and_a_second_table_do_not_matter(grids):
    notes = {(3, 18): "my error", (5, 18): "see below", (8, 20): 3.25, (45, 1): "bye", (2, 20): 9.0}
    assert ok({tab: grid | notes for tab, grid in grids.items()})
    twice = grids["adam"] | {(row + 60, column): v for (row, column), v in grids["adam"].items()}
    assert ok({"adam": twice}) == {"adam": "adam"}


@pytest.mark.parametrize("name", ["{}", "Sheet1"])
def test_a_column_of_own_numbers_does_not_matter(grids, name):
    """Without the tab's name the averages in the row of the headings tell it."""
    for tab, grid in grids.items():
        if name == "Sheet1" and tab in ("basic", "adagrad", "adagrad_ann"):
            continue
        right = max(column for _, column in grid) + 1
        own = {(row, right): float(row) for row in range(4, 33)}
        found = ok({name.format(tab): grid | own})
        assert set(found.values()) <= {tab, f"{tab}_ann"}


def test_an_unnamed_adam_that_leaves_its_roots_out_is_not_taken_for_momentum():
    """Its columns of averages are four, and momentum has two."""
    steps = filled(Sheet.of("momentum"))
    squares = {(row, column): 1.0 for row in range(3, 33) for column in (12, 13)}
    with pytest.raises(WorkbookError, match="its cells are those of none of the tabs"):
        check(write_book({"S": steps | squares | {parse_address("L1"): 0.9}}))


@pytest.mark.parametrize(("row", "xy"), [(33, {}), (34, {}), (36, {1: 42.0, 2: 114.0})])
def test_means_below_the_samples_are_no_sample(grids, row, xy):
    means = dict.fromkeys(range(3, 10), 3.5) | xy
    grid = grids["momentum"] | {(row, column): value for column, value in means.items()}
    assert ok({"momentum": grid})


def complain(book) -> str:
    """The report of a file that is not in order."""
    report = check(write_book(book))
    assert not report.ok
    return str(report)


def test_the_last_sample_is_one_even_if_it_is_wrong(grids):
    for wrong in (
        {parse_address("A32"): "abc"},
        {parse_address("A32"): "#N/A", parse_address("B32"): "#N/A"},
    ):
        assert '"adam", cell A32 holds' in complain({"adam": grids["adam"] | wrong})
    report = check(
        write_book({"adam": grids["adam"] | {parse_address("C32"): 1.0, parse_address("D32"): 1.0}})
    )
    assert report.tabs[0].first.cell == "C32"


@pytest.mark.parametrize(
    ("tab", "old", "new"),
    [
        ("adam", "new b", "b (new)"),
        ("adam", "pred", "Predicted"),
        ("adam", "learn", "Alpha"),
        ("basic", "err^2", "err\N{SUPERSCRIPT TWO}"),
    ],
)
def test_headings_may_be_in_other_words(grids, tab, old, new):
    grid = {spot: new if value == old else value for spot, value in grids[tab].items()}
    report = check(write_book({tab: grid}))
    assert report.ok
    assert not report.tabs[0].note


@pytest.mark.parametrize(
    "cells",
    [
        {"F1": "beta1", "G1": 0.7, "F2": "Beta 2", "G2": 0.9},
        {"F1": "\N{GREEK SMALL LETTER BETA}1", "F2": 0.7, "G1": "beta2", "G2": 0.9},
        {"J1": "beta1", "J2": 0.7, "L1": "beta2", "L2": 0.9},
        {"I1": "beta1", "J1": 0.7, "K1": "beta2", "L1": 0.9},
    ],
)
def test_betas_may_stand_beside_or_under_their_labels(grids, cells):
    old = {parse_address(cell) for cell in ("I1", "J1", "K1", "L1", "M1")}
    grid = {spot: value for spot, value in grids["adam"].items() if spot not in old}
    assert ok({"adam": grid | {parse_address(cell): value for cell, value in cells.items()}})


def test_another_sheet_is_named_and_skipped(grids):
    report = check(write_book({"notes": {(1, 1): "hello"}, "basic": grids["basic"], "empty": {}}))
    assert [tab.sheet for tab in report.tabs] == ["basic"]
    assert '"notes" is not one of the tabs' in str(report)
    assert list(report.others) == ["notes", "empty"]


def test_a_column_that_is_left_out_is_said(grids):
    report = check(write_book({"basic": {s: v for s, v in grids["basic"].items() if s[1] != 8}}))
    assert report.ok
    assert "no column est de/db" in str(report)


def test_a_column_that_is_needed_and_left_out_makes_it_no_tab(grids):
    lame = {spot: value for spot, value in grids["adam"].items() if spot[1] != 8}
    report = check(write_book({"adam": lame, "momentum": grids["momentum"]}))
    assert report.others == {"adam": "its row 3 of headings lacks new b"}
    assert report.tabs[0].ok
    assert (report.ok, report.unread) == (False, ("adam",))
    assert '"adam" cannot be compared: its row 3' in str(report)


def test_cells_below_the_rows_may_be_left_out(grids):
    cut = {tab: {s: v for s, v in grid.items() if s[0] <= 32} for tab, grid in grids.items()}
    assert len(ok({tab: grid for tab, grid in cut.items() if tab != "eve"})) == 7


# -- another edition -------------------------------------------------------------------------------

OTHER = {
    "basic": {"lr": 2e-4, "b": 2.0, "a": -1.0},
    "momentum": {"lr": 5e-5, "beta1": 0.8, "b": 3.0, "a": 0.5},
    "rmsprop": {"lr": 0.05, "beta2": 0.7, "b": 10.0, "a": 0.1},
    "adam": {"lr": 0.3, "beta1": 0.5, "beta2": 0.99, "b": -4.0, "a": 4.0},
    "adam_ann": {"lr": 0.125, "beta1": 0.8, "beta2": 0.9, "b": 25.0, "a": 2.5},
}


@pytest.mark.parametrize("samples", [1, 2, 12, 29, 100])
def test_an_edition_with_five_tabs_and_other_settings_agrees(samples):
    x = np.linspace(1, 90, samples).round()
    made = {
        tab: filled(Sheet.of(tab).with_values(x=x, y=30 + 2 * x, **settings))
        for tab, settings in OTHER.items()
    }
    report = check(write_book(made))
    assert report.ok, report
    assert [tab.tab for tab in report.tabs] == list(OTHER)


def test_samples_in_another_order_are_still_the_tab(grids):
    sheet = Sheet.of("adam")
    turned = sheet.with_values(x=sheet.x[::-1], y=sheet.y[::-1])
    assert check(write_book({"adam": filled(turned)})).ok


def test_formulas_that_libreoffice_calculates_agree(libreoffice):
    sheets = [Sheet.of(tab, as_shipped=True) for tab in TABS]
    report = check(write_book(cells_of(libreoffice(tabs_to_xlsx(sheets)))), as_shipped=True)
    assert report.ok, report
    assert {tab.tab for tab in report.tabs} == set(TABS)


def test_one_broken_formula_is_told_from_its_followers(libreoffice):
    opened = openpyxl.load_workbook(BytesIO(tabs_to_xlsx([Sheet.of("adam"), Sheet.of("basic")])))
    opened["adam"]["F9"] = "=2*(D9*A9+C9)"
    opened["basic"]["N12"] = "=C12"
    file = BytesIO()
    opened.save(file)
    report = check(write_book(cells_of(libreoffice(file.getvalue()))))
    assert {tab.tab: [each.cell for each in tab.alone] for tab in report.tabs} == {
        "adam": ["F9"],
        "basic": ["N12"],
    }
    assert all(len(tab.wrong) > 100 for tab in report.tabs)
    assert "1 cell is wrong by itself: F9; the other" in str(report)


# -- differences -----------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["E10", "G10", "H10", "L20", "C5", "K1", "J33"])
def test_one_changed_cell_is_found_with_both_values(grids, cell):
    value = grids["adam"][parse_address(cell)]
    report = check(write_book({"adam": grids["adam"] | {parse_address(cell): value * (1 + 1e-7)}}))
    (wrong,) = report.tabs[0].wrong
    assert wrong.cell == cell
    assert wrong.expected == pytest.approx(value, rel=1e-12)
    assert wrong.size == pytest.approx(1e-7, rel=1e-3)
    assert f"{cell} holds" in str(report)


def test_a_cell_is_named_by_its_place_in_the_file(grids):
    changed = grids["adam"] | {parse_address("E10"): 1.0}
    report = check(write_book({"adam": insert_cells(changed, {1: 2, 8: 1}, {1: 3})}))
    assert [each.cell for each in report.tabs[0].wrong] == ["H13"]


def test_two_slips_ten_rows_apart_are_both_named(grids):
    """K5 reads K1, which is not the K of row 15."""
    changed = {
        parse_address(cell): 2 * grids["rmsprop"][parse_address(cell)] for cell in ("K5", "K15")
    }
    (tab,) = check(write_book({"rmsprop": grids["rmsprop"] | changed})).tabs
    assert {"K5", "K15"} <= {each.cell for each in tab.alone}


@pytest.mark.parametrize("samples", [6, 29])
def test_rows_follow_from_the_cell_below_them_that_they_read(samples):
    sheet = Sheet.of("eve")
    short = filled(sheet.with_values(x=sheet.x[:samples], y=sheet.y[:samples]))
    d, new_d = f"F{samples + 8}", f"F{samples + 9}"
    (tab,) = check(write_book({"eve": short | {parse_address(d): 3.0}})).tabs
    assert [each.cell for each in tab.alone] == [new_d]


def test_an_empty_cell_is_a_difference(grids):
    report = check(
        write_book({"adam": {s: v for s, v in grids["adam"].items() if s != parse_address("H10")}})
    )
    assert [each.cell for each in report.tabs[0].wrong] == ["H10"]
    assert "H10 is empty, the formulas give 4.02" in str(report)


def test_the_tolerance_can_be_set(grids):
    changed = write_book(
        {
            "adam": grids["adam"]
            | {parse_address("E10"): grids["adam"][parse_address("E10")] * (1 + 1e-7)}
        }
    )
    assert not check(changed).ok
    assert check(changed, tolerance=1e-6).ok


def test_a_run_that_diverges_is_checked_to_its_end(grids):
    sheet = Sheet.of("basic").with_values(lr=10.0)
    report = check(write_book({"basic": {s: v for s, v in filled(sheet).items() if s[0] < 33}}))
    assert [tab.tab for tab in report.tabs] == ["basic"]


def test_rows_after_a_run_has_diverged_are_left_out_and_it_is_said():
    """A spreadsheet goes on for a row or so, until its cells hold errors."""
    sheet = Sheet.of("basic").with_values(lr=1e4)
    end = 4 + len(sheet.rows())
    grid = {spot: value for spot, value in filled(sheet).items() if spot[0] < 33}
    grid |= dict.fromkeys(((end, column) for column in range(3, 15)), 1e160)
    grid |= dict.fromkeys(((end + 1, column) for column in range(3, 15)), "#NUM!")
    report = check(write_book({"basic": grid}))
    assert report.ok, report
    assert f"rows from {end} on not compared, as it diverges: " in str(report)
    assert not check(write_book({"basic": grid | {(end, 3): 1.0, (end, 4): 1.0}})).ok
    assert not check(write_book({"basic": grid | {(10, 8): 1.0}})).ok


def test_rounding_in_sums_of_nothing_is_no_difference():
    """At the solution all errors are 0 but for the last digits."""
    still = filled(Sheet.of("adagrad").with_values(b=30.0, a=2.0))
    assert check(
        write_book({"adagrad": still | {parse_address("F33"): 1e-15, parse_address("G33"): 3e-14}})
    ).ok


# -- what cannot be checked ------------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["C1", "D2", "J1", "J3", "A10", "E10", "J10", "J33"])
@pytest.mark.parametrize("value", ["#DIV/0!", "abc"])
def test_what_is_no_number_is_named_and_the_rest_is_checked(grids, cell, value):
    bad = grids["adam"] | {parse_address(cell): value}
    report = check(write_book({"adam": bad, "basic": grids["basic"]}))
    assert f'{cell} holds "{value}"' in str(report)
    assert not report.ok
    assert [tab.tab for tab in report.tabs if tab.ok] == ["basic"]
    assert '"adam"' in str(report) or report.tabs[0].first.cell == cell


def test_the_cell_that_led_to_an_error_is_named_with_it():
    """A minus for a plus in K5 makes an average square negative, and its root in I6 an error."""
    grid = filled(Sheet.of("rmsprop"))
    follow = dict.fromkeys(
        ((row, column) for row in range(7, 33) for column in (4, 5, 6, 7, 9, 11)), "#NUM!"
    )
    grid |= {parse_address("K5"): -3.0, parse_address("I6"): "#NUM!"} | follow
    said = complain({"rmsprop": grid})
    assert "first: K5 holds -3.0, the formulas give" in said
    (tab,) = check(write_book({"rmsprop": grid})).tabs
    assert next(each.text for each in tab.wrong if each.cell == "I6") == "#NUM!"


def test_a_number_beyond_reason_is_named(grids):
    said = complain({"adam": grids["adam"] | {parse_address("A10"): 1e200}})
    assert "cell A10 holds 1e+200, expected at most 1e+30" in said


def test_what_a_file_says_is_repeated_in_one_clean_line(grids):
    text = "bad\n\tevil\u202e" + 90 * "!"
    for cell in ("E10", "A10"):
        lines = complain({"adam": grids["adam"] | {parse_address(cell): text}}).splitlines()
        (line,) = (each for each in lines if f"{cell} holds" in each)
        assert line.isprintable()
        assert len(line) < 150


def test_a_sample_without_its_y_is_named(grids):
    cut = {s: v for s, v in grids["adam"].items() if s != parse_address("B10")}
    assert "cell B10 is empty" in complain({"adam": cut})


def test_formulas_without_values_are_told_from_empty_cells():
    opened = openpyxl.load_workbook(BytesIO(tabs_to_xlsx(Sheet.of("adam"))))
    file = BytesIO()
    opened.save(file)
    report = check(file.getvalue())
    assert not report.ok
    assert "formula without its value: open the file in Excel" in str(report)


def test_a_workbook_without_tabs_says_what_is_missing():
    with pytest.raises(WorkbookError, match="holds none of the tabs"):
        check(write_book({"Sheet1": {(1, 1): "x", (1, 2): "y"}}))
    with pytest.raises(WorkbookError, match="holds none of the tabs"):
        check(write_book({"Sheet1": {}}))


@pytest.mark.parametrize(("cell", "value"), [("J1", 1.5), ("D2", -1.0)])
def test_a_setting_out_of_range_is_said_with_its_sheet(grids, cell, value):
    said = complain({"adam": grids["adam"] | {parse_address(cell): value}})
    assert re.search(f'^not compared: sheet "adam": .*got {value:g}', said)


def test_an_error_agrees_where_the_formula_gives_no_number():
    still = filled(Sheet.from_entry("adam_ann", {"grad_avg_b": 0.0, "grad_avg_a": 0.0}))
    assert parse_address("K34") not in still
    assert check(write_book({"adam_ann": still | {parse_address("K34"): "#DIV/0!"}})).ok
    said = complain({"adam_ann": still | {parse_address("L34"): "#DIV/0!"}})
    assert 'first: L34 holds "#DIV/0!", the formulas give' in said


def test_empty_averages_in_row_3_count_as_zero(grids):
    x, y = [14.0, 86.0], [58.0, 202.0]
    zero = Sheet.from_entry("momentum", {"grad_avg_b": 0.0, "grad_avg_a": 0.0}, x, y)
    bare = {
        s: v for s, v in filled(zero).items() if s not in (parse_address("J3"), parse_address("K3"))
    }
    assert check(write_book({"momentum": bare})).ok


def test_missing_settings_are_said(grids):
    for cell, said in {"D1": "no learning rate", "J1": "no beta above"}.items():
        cut = {
            s: v
            for s, v in grids["adam"].items()
            if s not in (parse_address(cell), parse_address("D1"))
        }
        labels = {} if cell == "D1" else {parse_address("D1"): "learn"}
        with pytest.raises(WorkbookError, match=said):
            check(write_book({"adam": cut | labels}))


# -- reading ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [write_book, write_shared_strings])
def test_cells_are_those_that_openpyxl_reads(grids, make):
    data = make(grids)
    opened = openpyxl.load_workbook(BytesIO(data), data_only=True)
    for name, cells in read_cells(data).items():
        read = {(c.row, c.column): c.value for row in opened[name].iter_rows() for c in row}
        assert cells == {spot: value for spot, value in read.items() if value is not None}


def test_found_tabs_give_their_entry_cells(grids):
    found = read_sheets(write_book({"mine": insert_cells(grids["adam"], {1: 2}, {1: 1})}))["mine"]
    assert found.tab.name == "adam"
    assert found.entry["lr"] == 1.0
    assert found.entry["beta1"] == 0.7
    assert found.entry["sqr_avg_a"] == pytest.approx(grids["adam"][parse_address("M3")])
    assert found.places["J5"] == "K7"


def test_a_file_is_read_from_its_path(grids, tmp_path):
    file = tmp_path / "copy.xlsm"
    file.write_bytes(write_book({"adam": grids["adam"]}))
    assert check(file).ok
    assert check(str(file)).ok


def test_macros_and_drawings_are_never_unpacked(grids):
    parts = read_parts(write_book({"adam": grids["adam"]}))
    parts |= {"xl/vbaProject.bin": b"\x00 no macro", "xl/drawings/drawing1.xml": b"no <xml"}
    assert check(pack(parts)).ok


def test_a_part_may_have_a_name_that_links_escape(grids):
    parts = read_parts(write_book({"adam": grids["adam"], "eve": grids["eve"]}))
    parts["xl/worksheets/my eve.xml"] = parts.pop("xl/worksheets/sheet2.xml")
    links = "xl/_rels/workbook.xml.rels"
    parts[links] = parts[links].replace(b"sheet2.xml", b"my%20eve.xml")
    assert [tab.tab for tab in check(pack(parts)).tabs] == ["adam", "eve"]
    backwards = {name.replace("/", "\\"): data for name, data in parts.items()}
    assert [tab.tab for tab in check(pack(backwards)).tabs] == ["adam", "eve"]


def test_a_sheet_whose_part_is_missing_is_not_passed_over(grids):
    parts = read_parts(write_book({"adam": grids["adam"], "eve": grids["eve"]}))
    del parts["xl/worksheets/sheet2.xml"]
    assert list(check(pack(parts)).others) == ["eve"]


def test_a_link_out_of_the_file_leads_nowhere(grids):
    parts = read_parts(write_book({"adam": grids["adam"]}))
    links = parts["xl/_rels/workbook.xml.rels"]
    for target in (b"/../../../etc/passwd", b"file:///etc/passwd", b"http://example.org/s.xml"):
        parts["xl/_rels/workbook.xml.rels"] = links.replace(b"/xl/worksheets/sheet1.xml", target)
        with pytest.raises(WorkbookError, match="none of the tabs"):
            check(pack(parts))
