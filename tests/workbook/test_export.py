"""Tabs as workbooks: LibreOffice recalculates every cell to the package's numbers."""

import io
from typing import Any

import numpy as np
import openpyxl
import pytest

from optviz.problems.line import X, Y
from optviz.workbook import TABS, Sheet, tabs_to_xlsx
from tests.support.libreoffice import type_values

FEW = {"x": [3.0, -1.5, 0.25, 7.0, 2.0], "y": [9.0, 2.0, 4.0, 12.5, 6.0]}


def worst(found: dict, sheet: Sheet) -> float:
    """The largest relative difference from a sheet's cells; its words must be the same."""
    cells = sheet.cells()
    assert not [key for key in cells if key not in found]
    words = {key: value for key, value in cells.items() if isinstance(value, str)}
    assert {key: found[key] for key in words} == words
    numbers = {key: value for key, value in cells.items() if key not in words}
    return max(abs(found[key] - value) / (abs(value) or 1) for key, value in numbers.items())


@pytest.fixture(scope="module")
def recalculated(libreoffice) -> list[tuple[dict, Sheet]]:
    """Tabs at first, later, as shipped and with few samples, each with LibreOffice's cells."""
    begun = [Sheet.of(tab) for tab in TABS]
    later = [Sheet.of(tab).epochs(4) for tab in TABS]
    shipped = [Sheet.of(tab, as_shipped=True).epochs(2) for tab in TABS]
    few = [Sheet.of(tab).with_values(**FEW).reset().epochs(1) for tab in TABS]
    sheets = [*begun, *later, *shipped, *few, Sheet.of("rmsprop").epochs(3)]
    found = libreoffice(tabs_to_xlsx(sheets))
    return list(zip([found[name] for name in found if name != "about"], sheets, strict=True))


def test_libreoffice_recalculates_every_cell_of_every_tab(recalculated):
    for page, sheet in recalculated[: len(TABS)]:
        assert worst(page, sheet) <= 1e-12


def test_libreoffice_agrees_with_tabs_after_epochs_as_shipped_and_with_few_samples(recalculated):
    for page, sheet in recalculated[len(TABS) : -1]:
        assert worst(page, sheet) <= 1e-11


def test_rmsprop_keeps_its_digits_through_the_file(recalculated):
    # Its own amplification of rounding is small over one epoch that starts from warm averages.
    found, sheet = recalculated[-1]
    ours = np.array([sheet.cells()[f"H{row}"] for row in range(4, 33)])
    theirs = np.array([found[f"H{row}"] for row in range(4, 33)])
    np.testing.assert_allclose(theirs, ours, rtol=1e-14)


def test_a_changed_rate_beta_start_and_sample_change_the_run_as_they_do_here(libreoffice):
    data, edits = tabs_to_xlsx([Sheet.of(tab) for tab in TABS]), {}
    for tab in TABS:
        address = {cell.quantity: cell.address for cell in TABS[tab].around}
        lr = Sheet.of(tab).rule.lr / 3
        edits[tab] = {address["lr"]: lr, "C1": 4.0, "C2": -0.5, "A7": 40.0, "B7": 100.0}
        edits[tab] |= {address[key]: 0.6 for key in ("beta1", "beta2") if key in address}
    found = libreoffice(type_values(data, edits))
    x, y = X.copy(), Y.copy()
    x[3], y[3] = 40.0, 100.0
    for tab in TABS:
        sheet, betas = Sheet.of(tab), {}
        for key in ("beta1", "beta2"):
            if hasattr(sheet.rule, key):
                betas[key] = 0.6
        expected = sheet.with_values(lr=sheet.rule.lr / 3, b=4.0, a=-0.5, x=x, y=y, **betas)
        assert worst(found[tab], expected) <= 1e-12


def test_the_numbers_shown_before_a_recalculation_are_the_packages():
    sheets = [Sheet.of(tab) for tab in TABS]
    book = openpyxl.load_workbook(io.BytesIO(tabs_to_xlsx(sheets)), data_only=True)
    for sheet in sheets:
        page = book[sheet.tab.name]
        found = {cell.coordinate: cell.value for row in page.iter_rows() for cell in row}
        assert worst(found, sheet) <= 1e-15


@pytest.mark.parametrize("tab", TABS)
def test_all_that_is_computed_is_a_formula_and_all_that_is_given_a_number(tab):
    page: Any = openpyxl.load_workbook(io.BytesIO(tabs_to_xlsx(Sheet.of(tab))))[tab]
    for column in TABS[tab].columns:
        kinds = {page[f"{column.letter}{row}"].data_type for row in range(4, 33)}
        assert kinds == ({"n"} if column.quantity in "xy" else {"f"})
    for cell in TABS[tab].around:
        if cell.quantity:
            assert page[cell.address].data_type == ("f" if cell.formula else "n")
            assert page[cell.address].comment.text == cell.meaning


def test_settings_have_names_that_only_their_sheet_knows():
    book = openpyxl.load_workbook(io.BytesIO(tabs_to_xlsx([Sheet.of(tab) for tab in TABS])))
    assert not book.defined_names
    names = {page.title: set(page.defined_names) for page in book if page.title != "about"}
    assert names["basic"] == names["adagrad"] == {"lr"}
    assert names["adam"] == {"lr", "beta1", "beta2"}
    assert names["eve"] == {"lr", "beta1", "beta2", "d"}
    assert book["rmsprop"].defined_names["beta2"].attr_text == "'rmsprop'!$J$1"


def test_every_tab_has_a_chart_of_its_errors_and_one_of_its_parameters():
    book = openpyxl.load_workbook(io.BytesIO(tabs_to_xlsx([Sheet.of(tab) for tab in TABS])))
    for tab in TABS:
        charts = book[tab]._charts  # type: ignore[reportAttributeAccessIssue]
        assert len(charts) == 2
        areas = [each.val.numRef.f for chart in charts for each in chart.series]
        assert all(area.startswith(f"'{tab}'!$") or area.startswith(f"{tab}!$") for area in areas)


def test_the_first_sheet_says_what_it_is_and_lists_the_slips_and_how_each_is_taken():
    sheets = [Sheet.of("basic"), Sheet.of("adam_ann", as_shipped=True)]
    book = openpyxl.load_workbook(io.BytesIO(tabs_to_xlsx(sheets)))
    assert book.sheetnames == ["about", "basic", "adam_ann"]
    text = "\n".join(str(cell.value) for row in book["about"] for cell in row if cell.value)
    for sheet in sheets:
        assert sheet.tab.about in text
        for slip in sheet.tab.slips:
            assert str(slip) in text
    assert text.count("This workbook follows the method.") == 2
    assert text.count("This workbook follows the file.") == 3  # with the order of two columns


def test_the_epoch_by_hand_that_the_first_sheet_tells_is_the_next_one_of_eve(libreoffice):
    sheet = Sheet.of("eve").with_values(**FEW).reset()
    data = tabs_to_xlsx(sheet)
    page = openpyxl.load_workbook(io.BytesIO(data), data_only=True)["eve"]
    about = openpyxl.load_workbook(io.BytesIO(data))["about"]
    said = "\n".join(str(cell.value) for row in about for cell in row)
    assert "By hand: also copy F9 to F10, the old F10 to F11, and F14 to F13." in said
    places = {"C1": "I8", "C2": "J8", "F10": "F9", "F11": "F10", "F13": "F14"}
    places |= {f"{letter}{row}": f"{letter}8" for letter in "KLMN" for row in (3, 9)}
    typed = {place: page[source].value for place, source in places.items()}
    assert worst(libreoffice(type_values(data, {"eve": typed}))["eve"], sheet.epochs(1)) <= 1e-12


def test_two_sheets_of_a_tab_have_two_names():
    book = openpyxl.load_workbook(io.BytesIO(tabs_to_xlsx([Sheet.of("adam")] * 3)))
    assert book.sheetnames == ["about", "adam", "adam #2", "adam #3"]


def test_the_same_sheets_give_the_same_bytes_also_in_a_file(tmp_path):
    sheets = [Sheet.of("adam"), Sheet.of("basic")]
    data = tabs_to_xlsx(sheets, tmp_path / "tabs.xlsx")
    assert (tmp_path / "tabs.xlsx").read_bytes() == data == tabs_to_xlsx(sheets)


def test_a_tab_that_diverges_is_written_with_errors_where_numbers_end():
    sheet = Sheet.of("basic").with_values(lr=1e300)
    page = openpyxl.load_workbook(io.BytesIO(tabs_to_xlsx(sheet)), data_only=True)["basic"]
    assert page["N32"].value == page["F33"].value == "#NUM!"
    assert page["A32"].value == X[-1]


def test_a_workbook_of_nothing_is_refused():
    with pytest.raises(ValueError, match="a workbook needs at least one sheet"):
        tabs_to_xlsx([])


def test_without_xlsxwriter_a_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "xlsxwriter", None)
    with pytest.raises(ValueError, match=r'needs xlsxwriter: pip install "optviz\[xlsx\]"'):
        tabs_to_xlsx(Sheet.of("adam"))
