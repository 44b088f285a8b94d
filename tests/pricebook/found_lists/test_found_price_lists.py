"""Price lists that look plain and are not: no figure is cheaper than the list says, and nothing is left out unsaid."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import kling_cost as kc
from kling_cost.field_words import OTHER_WORDS
from kling_cost.io.sheets.xlsx.shown_numbers import beside_number
from kling_cost.io.sources import name_sources
from kling_cost.pricebook.upkeep.import_price_list import ImportedList, PriceListError, import_price_list

HEAD = ["provider", "model", "quality", "unit", "currency", "unit_price", "effective_from", "checked"]
RANGE = ["seconds_minimum", "seconds_maximum"]
FIXED = "fixed: {provider: acme, currency: USD, unit: second, effective_from: 2026-11-01, checked: 2026-11-28"
SECONDS = ", seconds_minimum: 3, seconds_maximum: 15}\n"


def row(price: Any, unit: str = "second", currency: str = "USD") -> list[Any]:
    return ["acme", "acme-video", "720p", unit, currency, price, "2026-11-01", "2026-11-28"]


def listed(folder: Path, rows: list[list[Any]], columns: str | None = None, shown: str | None = None) -> ImportedList:
    """A list as CSV, or as a workbook in which prices are shown in a format."""
    path = folder / ("list.csv" if shown is None else "list.xlsx")
    if shown is None:
        with path.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows(rows)
    else:
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        for cells in rows:
            sheet.append(cells)
        sheet.cell(2, rows[0].index("unit_price") + 1).number_format = shown
        book.save(path)
    beside = None
    if columns is not None:
        (folder / "columns.yaml").write_text(columns, encoding="utf-8")
        beside = name_sources([folder / "columns.yaml"])[0]
    return import_price_list(name_sources([path])[0], beside)


def prices_of(made: ImportedList, folder: Path) -> list[str]:
    (folder / "book.yaml").write_text(made.text, encoding="utf-8")
    book = kc.load_prices(folder / "book.yaml")
    return [f"{price.price.normalize():f}" for _, sku in book.skus() for price in sku.rates[0].unit_prices.values()]


def faults(folder: Path, *args: Any, **named: Any) -> list[str]:
    with pytest.raises(PriceListError) as caught:
        listed(folder, *args, **named)
    return [f"{found.field}: {found.message}" for found in caught.value.problems]


@pytest.mark.parametrize("cell", ["0", "$0.00", "0 USD", "free"])
def test_a_price_of_nothing_is_a_question(cell: str, tmp_path: Path) -> None:
    """A list says 0 of what is free, of what is included elsewhere, and of what nobody filled in."""
    (told,) = faults(tmp_path, [[*HEAD, *RANGE], [*row(cell), "3", "15"]])
    assert told in (f"unit_price: a price of 0 may mean anything: {cell}", f"unit_price: not a price: {cell}")


@pytest.mark.parametrize(
    ("shown", "currency", "told"),
    [
        ('"¥"0.00', "USD", "¥0.9 is not in USD"),
        ("[$¥-804]#,##0.00", "USD", "¥0.9 is not in USD"),
        ("#,##0.00\\ €", "USD", "0.9 € is not in USD"),
        ("$0.00", "CNY", "$0.9 is not in CNY"),
        ('_("$"* #,##0.00_);[Red]-0', "ACME_CREDIT", "$0.9 is not in ACME_CREDIT"),
        ("0.0%", "USD", "not a price: 0.9%"),
        ('0.00"/min"', "USD", "not a price: 0.9/min"),
        ('0.00" per clip"', "USD", "0.9 per clip is not a price per second"),
        ('"from "0.00', "USD", "not a price: from 0.9"),
    ],
)
def test_what_a_workbook_shows_beside_a_number_counts(shown: str, currency: str, told: str, tmp_path: Path) -> None:
    rows = [[*HEAD, *RANGE], [*row(0.9, currency=currency), 3, 15]]
    assert faults(tmp_path, rows, shown=shown) == [f"unit_price: {told}"]


@pytest.mark.parametrize(
    ("shown", "currency"),
    [
        ('"¥"0.00', "CNY"),
        ('0.00"元/秒"', "CNY"),
        ("#,##0.000\\ [$€-1]", "EUR"),
        ("General", "USD"),
        ("0.00_ ", "USD"),
        ("0.00E+00", "USD"),
        ('0.0" credits"', "ACME_CREDIT"),
        ('0.0" / sec"', "USD"),
    ],
)
@pytest.mark.parametrize("decimal_mark", ["", 'decimal_mark: ","\n'])
def test_a_number_is_read_by_its_digits_whatever_its_format_and_the_list_s_commas(
    shown: str, currency: str, decimal_mark: str, tmp_path: Path
) -> None:
    rows = [["model", "unit_price"], ["acme-video", 1.125]]
    columns = f"columns: {{model: model, unit_price: unit_price}}\n{FIXED}{SECONDS}{decimal_mark}"
    assert prices_of(listed(tmp_path, rows, columns.replace("USD", currency), shown), tmp_path) == ["1.125"]


def test_a_format_that_shows_the_bare_number_shows_nothing_beside_it() -> None:
    assert [beside_number("1", code) for code in (None, "General", "0.00", "#,##0.0##", "[Red]0;-0")] == [None] * 5
    assert beside_number("9", None) == ("", "%")


@pytest.mark.parametrize(
    ("heading", "told"),
    [
        ("Price (USD/min)", "the heading says min, the prices are per second"),
        ("Price per minute", "the heading says minute, the prices are per second"),
        ("USD / 5s", "the heading says 5s, the prices are per second"),
        ("Price / clip", "the heading says clip, the prices are per second"),
        ("단가(천원)", "the heading says 천원, the prices are per second"),
        ("单价（元/分钟）", "元 is not in USD"),
        ("Price [¥]", "¥ is not in USD"),
        ("per 1k tokens", "the heading says 1k, the prices are per second"),
    ],
)
def test_a_heading_that_speaks_of_another_price_is_an_error(heading: str, told: str, tmp_path: Path) -> None:
    columns = f'columns: {{model: Model, unit_price: "{heading}"}}\n{FIXED}{SECONDS}'
    assert f"{heading}: {told}" in faults(tmp_path, [["Model", heading], ["acme-video", "0.9"]], columns)


@pytest.mark.parametrize("heading", ["Price ($/s)", "Price (excl. VAT)", "单价", "USD per second", "Price / sec (USD)"])
def test_a_heading_that_agrees_is_none(heading: str, tmp_path: Path) -> None:
    columns = f'columns: {{model: Model, unit_price: "{heading}"}}\n{FIXED}{SECONDS}'
    assert prices_of(listed(tmp_path, [["Model", heading], ["acme-video", "0.9"]], columns), tmp_path) == ["0.9"]


@pytest.mark.parametrize("name", ["Audio", "Resolution", "화질", "Sound", "Mode"])
def test_a_column_that_a_price_may_depend_on_is_read_or_left_out_on_purpose(name: str, tmp_path: Path) -> None:
    rows = [["Model", "Price", name], ["acme-video", "0.9", "off"]]
    columns = f"columns: {{model: Model, unit_price: Price}}\n{FIXED}{SECONDS}"
    assert faults(tmp_path, rows, columns) == [f"{name}: the prices may depend on this column, which is not read"]
    assert prices_of(listed(tmp_path, rows, f"{columns}ignore: [{name}]\n"), tmp_path) == ["0.9"]


@pytest.mark.parametrize("name", ["Duration", "Length", "길이", "时长"])
def test_a_price_of_a_clip_of_some_length_is_no_price_of_any(name: str, tmp_path: Path) -> None:
    rows = [["Model", "Price", name], ["acme-video", "0.28", "5 s"], ["acme-clip", "0.5", "10초"]]
    columns = f"columns: {{model: Model, unit_price: Price}}\n{FIXED.replace('second', 'clip')}}}\n"
    assert faults(tmp_path, rows, columns) == [f"{name}: the prices may depend on this column, which is not read"]
    made = listed(tmp_path, rows, columns.replace("unit_price: Price", f'unit_price: Price, "option:duration": {name}'))
    assert prices_of(made, tmp_path) == ["0.28", "0.5"]
    book = kc.load_prices(tmp_path / "book.yaml")
    assert str(kc.price("acme-clip", duration=10, book=book).cost) == "0.5 USD"
    with pytest.raises(kc.RequestError, match="10 is not one of 5"):
        kc.price("acme-video", duration=10, book=book)


def test_a_length_that_is_no_whole_number_is_told_with_its_row(tmp_path: Path) -> None:
    rows = [["Model", "Price", "Length"], ["acme-video", "0.28", "5-10 s"]]
    columns = 'columns: {model: Model, unit_price: Price, "option:duration": Length}\n'
    told = faults(tmp_path, rows, columns + FIXED.replace("second", "clip") + "}\n")
    assert told == ["Length: not a whole number: 5-10 s"]


def test_the_range_of_a_price_per_second_needs_no_column(tmp_path: Path) -> None:
    rows = [["Model", "Price", "Length"], ["acme-video", "0.28", "3-15 s"]]
    made = listed(tmp_path, rows, f"columns: {{model: Model, unit_price: Price}}\n{FIXED}{SECONDS}")
    assert [found.message for found in made.remarks] == ["columns that are not read: Length"]


@pytest.mark.parametrize("cell", ["₩1.200", "12.500 / s"])
def test_a_point_before_three_digits_is_a_question_in_a_foreign_list(cell: str, tmp_path: Path) -> None:
    rows = [["Model", "Price"], ["acme-video", cell]]
    columns = f"columns: {{model: Model, unit_price: Price}}\n{FIXED.replace('USD', 'KRW')}{SECONDS}"
    assert faults(tmp_path, rows, columns) == [f"Price: the point may separate decimals or thousands: {cell}"]
    for mark, wanted in ((".", {"1.2", "12.5"}), (",", {"1200", "12500"})):
        (price,) = prices_of(listed(tmp_path, rows, f'{columns}decimal_mark: "{mark}"\n'), tmp_path)
        assert price in wanted
    rows = [["Model", "Price"], ["acme-video", "0.125"]]
    assert prices_of(listed(tmp_path, rows, columns), tmp_path) == ["0.125"]  # no thousand begins with 0


def test_every_word_for_an_option_is_one_in_a_price_list(tmp_path: Path) -> None:
    from kling_cost.pricebook.upkeep.price_lists.list_fields import option_meant

    meant = {word: field for word, field in OTHER_WORDS.items() if field in ("duration", "quality", "sound")}
    assert {word: option_meant(word) for word in meant if "(" not in word} == {
        word: field for word, field in meant.items() if "(" not in word
    }


def test_a_remark_whose_heading_is_merged_with_a_cell_below_says_nothing_of_prices(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([*HEAD, *RANGE, "remark"])
    sheet.append([*row(0.9), 3, 15])
    sheet.merge_cells("K1:K2")
    book.save(tmp_path / "list.xlsx")
    made = import_price_list(name_sources([tmp_path / "list.xlsx"])[0])
    assert prices_of(made, tmp_path) == ["0.9"]
    assert [found.message for found in made.remarks] == ["columns that are not read: remark"]


@pytest.mark.parametrize(("suffix", "mark"), [(".csv", ";"), (".txt", ","), (".tsv", "\t"), (".tab", "\t")])
def test_a_list_of_text_is_read_whatever_its_suffix(suffix: str, mark: str, tmp_path: Path) -> None:
    path = tmp_path / f"list{suffix}"
    rows = [[*HEAD, *RANGE], [*row("0.9"), "3", "15"]]
    path.write_text("\n".join(mark.join(cells) for cells in rows) + "\n", encoding="utf-8")
    assert prices_of(import_price_list(name_sources([path])[0]), tmp_path) == ["0.9"]
