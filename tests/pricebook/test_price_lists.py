"""`prices import` of price lists: each becomes a book to the last digit, or every reason why not is told."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.cli import main
from kling_cost.io.sources import name_sources
from kling_cost.pricebook.upkeep.import_price_list import ImportedList, PriceListError, import_price_list
from kling_cost.pricebook.upkeep.price_lists.printed_price import PrintedPrice, printed_price
from kling_cost.reporting.price_list import price_table_csv
from tests.cases import cases
from tests.schemas import validate

LISTS = cases("price_lists")
FIRST = LISTS["lists"][0]
Write = Callable[..., ImportedList]


def text_of(rows: list[list[Any]]) -> str:
    held = io.StringIO()
    csv.writer(held, lineterminator="\n").writerows([["" if cell is None else str(cell) for cell in r] for r in rows])
    return held.getvalue()


def workbook(path: Path, rows: list[list[Any]], merged: list[str]) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append([float(cell) if not isinstance(cell, str) else cell or None for cell in row])
    for cells in merged:
        sheet.merge_cells(cells)
    book.save(path)


@pytest.fixture
def imported(tmp_path: Path) -> Write:
    """Writes a list and its column file, and imports it."""

    def make(case: dict[str, Any]) -> ImportedList:
        path = tmp_path / f"list.{case.get('sheet', 'csv')}"
        if case.get("sheet") == "xlsx":
            workbook(path, case["rows"], case.get("merged", []))
        else:
            path.write_text(text_of(case["rows"]), encoding="utf-8")
        columns = tmp_path / "columns.yaml"
        columns.write_text(case.get("columns", ""), encoding="utf-8")
        beside = name_sources([columns])[0] if "columns" in case else None
        return import_price_list(name_sources([path])[0], beside)

    return make


def loaded(text: str, tmp_path: Path) -> kc.PriceBook:
    path = tmp_path / "book.yaml"
    path.write_text(text, encoding="utf-8")
    return kc.load_prices(path)


@pytest.mark.parametrize("case", LISTS["lists"], ids=lambda case: case["name"])
def test_every_price_of_a_list_is_the_book_s(case: dict[str, Any], imported: Write, tmp_path: Path) -> None:
    book = loaded(imported(case).text, tmp_path)
    sold = {
        (model, " ".join(key)): str(price.price.normalize())
        for _, sku in book.skus()
        for model in sku.models
        for key, price in sku.rates[0].unit_prices.items()
    }
    wanted = {(model, options): price for model, row in case["prices"].items() for options, price in row.items()}
    assert {key: format(kc.Amount(price, "USD").value, "f") for key, price in sold.items()} == wanted
    assert {provider.currency for provider in book.providers.values()} == {case["currency"]}


@pytest.mark.parametrize("case", LISTS["cells"], ids=lambda case: f"{case['field']} {case['cell']}")
def test_a_cell_is_read_exactly_or_told_with_its_row_and_heading(case: dict[str, Any], imported: Write) -> None:
    rows = [list(row) for row in FIRST["rows"]]
    rows[3][rows[0].index(case["field"])] = case["cell"]
    if case["message"] is None:
        imported({"rows": rows})
        return
    with pytest.raises(PriceListError) as caught:
        imported({"rows": rows})
    told = [(found.row, found.message) for found in caught.value.problems]
    assert (4, case["message"]) in told
    assert all(found.source == "list.csv" for found in caught.value.problems)


def test_what_is_not_sold_is_said_and_refused_wherever_it_is_asked_for(imported: Write, tmp_path: Path) -> None:
    case = LISTS["lists"][1]
    made = imported(case)
    assert "kling-3.0-omni from 2026-11-01: not sold: 1080p + on" in [found.message for found in made.remarks]
    book = loaded(made.text, tmp_path)
    asked: dict[str, Any] = {"duration": 5, "quality": "1080p", "sound": "on"}
    assert str(kc.price("kling-3.0", book=book, **asked).cost) == "5000.84 EUR"
    with pytest.raises(kc.RequestError, match="not sold together: 1080p, on"):
        kc.price("kling-3.0-omni", book=book, **asked)
    jobs = tmp_path / "jobs.csv"
    jobs.write_text("job_id,model,duration,quality,sound\na,kling-3.0-omni,5,1080p,on\nb,kling-3.0-omni,5,1080p,off\n")
    plan, counted = kc.estimate(jobs, book), kc.summarize(jobs, book)
    assert [item.job_id for item in plan.line_items] == ["b"]
    assert str(plan.totals[0].cost) == str(counted.totals[0].cost) == "0.560000"
    pandas = pytest.importorskip("pandas")
    priced = kc.price_frame(pandas.read_csv(jobs), book)
    assert list(priced["price_problem"].fillna("")) == ["sound:not_allowed", ""]


def test_a_table_has_one_price_at_least_and_prints_none_for_what_is_not_sold(tmp_path: Path) -> None:
    made = name_sources([tmp_path / "list.csv"])[0]
    Path(str(made.path)).write_text(text_of(FIRST["rows"]), encoding="utf-8")
    text = import_price_list(made).text
    for price in ("0.1764", "0.2646", "0.2352", "0.3528"):
        text = text.replace(price, "none")
    with pytest.raises(kc.PriceBookError, match="must have a price for one combination at least"):
        loaded(text, tmp_path)


def test_the_table_of_a_book_s_prices_is_a_price_list_that_makes_the_same_book(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(price_table_csv(kc.load_prices()))
    again = loaded(import_price_list(name_sources([path])[0]).text, tmp_path)
    diff = kc.diff_prices(kc.load_prices(), again)
    assert (diff.moved, diff.added, diff.ended) == ((), (), ())
    for row, other in zip(kc.price_table(kc.load_prices()), kc.price_table(again), strict=True):
        derived = {"base_rate", "multiplier", "printed", "effective_until"}
        assert {key: row[key] for key in row if key not in derived} == {  # type: ignore[literal-required]
            key: other[key]
            for key in other
            if key not in derived  # type: ignore[literal-required]
        }


@pytest.mark.parametrize(
    ("name", "said"), [("evolink-2026-10-10", "seconds_minimum"), ("market-2026-11", "two prices for kling-3.0-omni")]
)
def test_a_table_of_prices_that_depend_on_more_than_a_list_says_is_refused(
    name: str, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(price_table_csv(kc.load_prices(name)))
    with pytest.raises(kc.PriceBookError, match=said):
        import_price_list(name_sources([path])[0])


def test_two_prices_of_one_combination_are_told_with_both_rows(imported: Write) -> None:
    rows = [*FIRST["rows"], [*FIRST["rows"][1][:6], "0.18", *FIRST["rows"][1][7:]]]
    with pytest.raises(PriceListError, match=r"list\.csv:6: two prices for krea-kling-3\.0 std \+ off: 0\.18 here"):
        imported({"rows": rows})
    imported({"rows": [*FIRST["rows"], FIRST["rows"][1]]})  # the same price twice is one


def test_all_faults_are_told_at_once_in_the_order_of_the_rows(imported: Write) -> None:
    rows = [list(row) for row in FIRST["rows"]]
    rows[1][6], rows[2][3], rows[2][7], rows[4][6] = "about 1", "maybe", "soon", "€1"
    with pytest.raises(PriceListError) as caught:
        imported({"rows": rows})
    found = [(problem.row, problem.field) for problem in caught.value.problems]
    assert found == [(2, "Unit price"), (3, "Sound"), (3, "effective_from"), (5, "Unit price")]


def test_a_thousand_faults_are_kept_and_a_hundred_shown(imported: Write) -> None:
    rows = [FIRST["rows"][0], *([*FIRST["rows"][1][:6], f"about {n}", *FIRST["rows"][1][7:]] for n in range(1000))]
    with pytest.raises(PriceListError) as caught:
        imported({"rows": rows})
    assert (len(caught.value.problems), len(caught.value.faults)) == (1000, 1000)
    lines = str(caught.value).splitlines()
    assert (len(lines), lines[-1]) == (101, "and 900 more")


def test_a_fault_of_a_fixed_value_is_told_once(imported: Write) -> None:
    case = LISTS["lists"][1]
    columns = case["columns"].replace("currency: EUR", "currency: euro").replace("2026-11-28", "yesterday")
    with pytest.raises(PriceListError) as caught:
        imported({**case, "columns": columns})
    assert [(found.field, found.row) for found in caught.value.problems] == [
        ("fixed.checked", None),
        ("fixed.currency", None),
    ]


def test_what_blank_means_ends_at_a_heading_that_says_nothing_of_it(imported: Write) -> None:
    case = LISTS["lists"][4]
    rows = [*case["rows"], ["", "New:", "", ""], ["", "Pro", "", "$1 / s"]]
    with pytest.raises(PriceListError, match=r"list\.csv:10: Model: the row has no model"):
        imported({**case, "rows": rows})


def test_a_word_that_may_be_anything_is_no_currency(imported: Write) -> None:
    case = LISTS["lists"][4]
    rows = [[cell.replace("$0.05", "MAX 0.05") for cell in row] for row in case["rows"]]
    with pytest.raises(PriceListError, match="no column for currency"):
        imported({**case, "rows": rows})


def test_models_of_one_sku_are_sold_in_the_same_combinations(imported: Write) -> None:
    head, *rows = FIRST["rows"]
    both = [[*row, "one"] for row in rows] + [["krea", "other", *rows[0][2:], "one"]]
    with pytest.raises(PriceListError, match="are models of one, but are not sold in the same"):
        imported({"rows": [[*head, "sku"], *both]})
    twice = [[*row, f"sku-{at}"] for at, row in enumerate(rows)]
    with pytest.raises(PriceListError, match="is also a model of sku-0"):
        imported({"rows": [[*head, "sku"], *twice]})


@pytest.mark.parametrize(
    ("heading", "told"),
    [
        ("Unit prise", "unknown column that looks like unit_price"),
        ("modell", "unknown column that looks like model"),
        ("Provider", "duplicate column"),
        ("remark", None),
        ("option: tier", None),
    ],
)
def test_a_heading_that_is_misspelt_is_an_error_and_an_unknown_one_is_said(
    heading: str, told: str | None, imported: Write
) -> None:
    head, *rows = FIRST["rows"]
    rows = [[*head, heading], *([*row, "x"] for row in rows)]
    if told is None:
        made = imported({"rows": rows})
        assert ("tier: " in made.text or "tier]" in made.text) == (heading == "option: tier")
        unread = ["columns that are not read: remark"] if heading == "remark" else []
        assert [found.message for found in made.remarks] == unread
        return
    with pytest.raises(PriceListError, match=told) as caught:
        imported({"rows": rows})
    assert "no column for" not in str(caught.value)


def test_a_heading_of_the_column_file_that_is_not_there_is_told_with_what_is_meant(imported: Write) -> None:
    case = LISTS["lists"][1]
    with pytest.raises(PriceListError, match=r"720p sturm: no column is headed like this \(did you mean 720p stumm"):
        imported({**case, "columns": case["columns"].replace("720p stumm", "720p sturm")})
    with pytest.raises(PriceListError, match="Farbe: no column is headed like this; the headings are: Modell"):
        imported({**case, "columns": case["columns"].replace("{model: modell}", "{model: modell, quality: Farbe}")})
    doubled = LISTS["lists"][3]
    with pytest.raises(PriceListError, match=r"off heads several columns: B, D"):
        imported({**doubled, "columns": doubled["columns"].replace("header: off, column: B", "header: off")})


@pytest.mark.parametrize("case", LISTS["column_files"], ids=lambda case: case["text"].strip()[:50])
def test_a_column_file_is_refused_with_line_and_column(case: dict[str, Any], tmp_path: Path) -> None:
    columns, listed = tmp_path / "columns.yaml", tmp_path / "list.csv"
    columns.write_text(case["text"], encoding="utf-8")
    listed.write_text(text_of(FIRST["rows"]), encoding="utf-8")
    with pytest.raises(kc.PriceBookError) as caught:
        import_price_list(*name_sources([listed, columns]))
    assert [fault.replace(f"{columns}:", "") for fault in caught.value.faults] == case["faults"]


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("list.csv", b"", "the file is empty"),
        ("list.csv", b"provider,model,unit_price\n", "no column for effective_from"),
        ("list.csv", b"\x93\xfa\x00\xff\xfe", "not valid UTF-8 text"),
        ("list.csv", bytes(900), "not a price list: none of its columns is known"),
        ("list.csv", b"a,b\n1,2\n", "not a price list: none of its columns is known: a, b"),
        ("list.xlsx", b"no workbook", "not a readable .xlsx workbook"),
        ("list.pdf", b"%PDF", "a price list is one of .csv"),
        ("none.csv", None, "no such file"),
    ],
)
def test_what_is_no_price_list_is_refused_in_one_line(name: str, data: bytes | None, told: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(kc.KlingCostError, match=told):
        import_price_list(name_sources([path])[0])


def test_a_list_without_any_price_is_none(imported: Write) -> None:
    head, first, *_ = FIRST["rows"]
    with pytest.raises(kc.ReadError, match="it has no row with a price"):
        imported({"rows": [head, [*first[:6], "–", *first[7:]]]})


def test_the_command_takes_the_column_file_beside_the_list_and_overwrites_neither(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = LISTS["lists"][1]
    listed, beside, made = (tmp_path / name for name in ("list.csv", "list.csv.columns.yaml", "book.yaml"))
    listed.write_text(text_of(case["rows"]), encoding="utf-8")
    beside.write_text(case["columns"], encoding="utf-8")
    assert main(["prices", "import", str(listed), "-o", str(made)]) == 0
    told = capsys.readouterr().err
    assert f"headings as {beside} says" in told
    assert "warning: list.csv: kling-3.0-omni from 2026-11-01: not sold: 1080p + on" in told
    assert main(["prices", "lint", str(made), "--as-of", "2026-11-28"]) == 0
    for output in (listed, beside):
        before = output.read_bytes()
        assert main(["prices", "import", str(listed), "-o", str(output)]) == 2
        assert output.read_bytes() == before
    assert main(["prices", "import", str(listed), "--columns", str(beside), "-o", str(beside)]) == 2
    capsys.readouterr()
    assert main(["prices", "import", str(listed)]) == 0
    assert capsys.readouterr().out == made.read_text("utf-8")


def test_the_command_says_what_it_needs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    listed = tmp_path / "list.csv"
    listed.write_text(text_of([FIRST["rows"][0], *([*r[:6], "soon", *r[7:]] for r in FIRST["rows"][1:])]), "utf-8")
    assert main(["prices", "import", "catalogue.json"]) == 2
    assert "pass --from evolink-catalogue, or a price list as" in capsys.readouterr().err
    assert main(["prices", "import", "catalogue.json", "--from", "evolink-catalogue", "--sheet", "A"]) == 2
    assert "--columns, --sheet and --encoding are for price lists" in capsys.readouterr().err
    with pytest.raises(PriceListError) as caught:
        import_price_list(name_sources([listed])[0])
    from kling_cost.reporting.error_results import Stopped, problems_of
    from kling_cost.results.document_types import ERROR

    record = json.loads(json.dumps(ERROR.json(Stopped(problems_of(caught.value), 2))))
    validate(record, "error")
    assert next((p["source"], p["row"], p["field"]) for p in record["problems"]) == ("list.csv", 2, "Unit price")


NUMBERS = st.decimals(min_value="0.000001", max_value=999_999, places=6, allow_nan=False).map(
    lambda d: f"{d.normalize():f}"
)


@given(NUMBERS, st.sampled_from(["$", "US$ ", "USD ", ""]), st.sampled_from(["", "/s", " / sec", " per second", "/초"]))
def test_a_price_is_read_to_the_last_digit_whatever_stands_beside_it(number: str, before: str, after: str) -> None:
    found = printed_price(f"{before}{number}{after}", None)
    assert isinstance(found, PrintedPrice)
    assert f"{found.number.normalize():f}" == number if found.number is not None else False
    comma = printed_price(f"{before}{number.replace('.', ',')}{after}", ",")
    assert comma == found


@given(st.text("0123456789.,$€¥-–~ sx/%²½eE", max_size=12))
def test_a_text_is_a_price_only_if_its_digits_are_the_number(text: str) -> None:
    found = printed_price(text, None)
    if isinstance(found, PrintedPrice) and found.number is not None:
        digits = "".join(c for c in text if c.isdigit() or c == ".")
        assert found.number == kc.Amount(digits, "USD").value


@given(
    st.integers(0, 4),
    st.integers(0, 10),
    st.one_of(
        st.sampled_from(
            ["", "–", "0", "on", "std", "USD", "2026-02-01", "call", "16", "krea", "none", "option:x", "\t"]
        ),
        st.text(max_size=6),
    ),
)
def test_an_import_writes_a_book_that_loads_or_says_why_not(row: int, column: int, cell: str) -> None:
    import tempfile

    rows = [list(one) for one in FIRST["rows"]]
    rows[row][column] = cell
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "list.csv")
        path.write_text(text_of(rows), encoding="utf-8", errors="replace", newline="")
        try:
            made = import_price_list(name_sources([path])[0])
        except kc.KlingCostError:
            return
        kc.lint_prices(_book(folder, made.text), as_of="2026-11-28")


def _book(folder: str, text: str) -> str:
    path = Path(folder, "book.yaml")
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_row_of_another_width_is_an_error_and_a_line_of_one_cell_a_note(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(text_of(FIRST["rows"]) + "* without VAT\n", encoding="utf-8")
    made = import_price_list(name_sources([path])[0])
    assert [str(found.row) for found in made.remarks] == ["6"]
    path.write_text(text_of(FIRST["rows"]) + "krea,krea/kling-3.0,4k\n", encoding="utf-8")
    with pytest.raises(PriceListError, match=r"list\.csv:6: the row has 3 cells, the header has 11"):
        import_price_list(name_sources([path])[0])
