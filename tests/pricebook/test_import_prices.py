"""`prices import`: a seller's catalogue becomes a price book, and what that cannot say is listed."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.cli import main
from kling_cost.pricebook.upkeep.catalogue_rules import UnknownRuleError, evaluated
from kling_cost.pricebook.upkeep.evolink_catalogue import CatalogueError, imported

CATALOGUE = Path(__file__).resolve().parents[1] / "data" / "evolink_pricing_rules_2026-10-10.json"
#: What is charged by parts of a second of what is given, or by what comes out: rule ids of the catalogue.
UNSAID = ["1601", "1602", "1613"]


def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(CATALOGUE.read_text("utf-8"))
    return found


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> kc.PriceBook:
    path = tmp_path_factory.mktemp("book") / "imported.yaml"
    assert main(["prices", "import", str(CATALOGUE), "--from", "evolink-catalogue", "-o", str(path)]) == 0
    return kc.load_prices(path)


def test_the_book_equals_the_one_made_by_hand(book: kc.PriceBook) -> None:
    by_hand, seen = kc.load_prices("evolink-2026-10-10"), 0
    for row in kc.price_table(by_hand):
        if row["model"] == "kling-o3-video-edit":  # billed by what comes out, or goes in
            continue
        low, high = row["seconds_minimum"], row["seconds_maximum"]
        by_input = "motion-control" in row["model"]
        for seconds in range(3, 31) if by_input else [None] if low is None or high is None else range(low, high + 1):
            asked: dict[str, Any] = {"duration": seconds, "quality": row["quality"], "sound": row["sound"]}
            costs = [kc.price(row["model"], book=either, **asked).cost for either in (book, by_hand)]
            assert costs[0] == costs[1] is not None
            seen += 1
    assert seen > 300
    assert book.exchange_rate("EVOLINK_CREDIT", None).per_usd == 68  # type: ignore[union-attr]


def test_single_lengths_are_the_only_ones_that_are_sold(book: kc.PriceBook) -> None:
    """The catalogue's prices of the two clips; nothing between them is sold."""
    prices = [kc.price("kling-o1-image-to-video", duration=seconds, book=book).cost for seconds in (5, 10)]
    assert list(map(str, prices)) == ["40 EVOLINK_CREDIT", "80 EVOLINK_CREDIT"]
    assert kc.price("kling-o1-image-to-video", book=book).options == {"duration": "5"}
    with pytest.raises(kc.RequestError, match="7 is not one of 5, 10"):
        kc.price("kling-o1-image-to-video", duration=7, book=book)


def test_single_lengths_may_each_have_a_price_of_their_own() -> None:
    found = document()
    (model,) = [model for model in found["models"] if model["model_id"] == "kling-o1-image-to-video"]
    model["components"][0]["quantity_rule"]["values"]["10"] = "9"
    sku = imported(found).book["providers"]["evolink"]["skus"]["kling-o1-image-to-video"]
    (rate,) = sku["rates"].values()
    assert (rate["by"], rate["unit_price"]) == (["duration"], {"5": 8, "10": Decimal("7.2")})


@pytest.mark.parametrize("values", [["5", "soon"], ["0", "5"], ["5", "99999"], [5, 10], ["5.5"]])
def test_lengths_that_are_no_whole_seconds_are_listed(values: list[Any]) -> None:
    found = document()
    (model,) = [model for model in found["models"] if model["model_id"] == "kling-o1-image-to-video"]
    model["parameters"][0]["values"] = values
    assert "range of seconds" in dict(imported(found).unsaid)["kling-o1-image-to-video (1600)"]


def test_a_request_without_options_takes_the_defaults_of_the_catalogue(book: kc.PriceBook) -> None:
    item = kc.price("kling-v3-text-to-video", book=book)
    assert (item.charge.options, item.cost) == (
        {"duration": "5", "quality": "720p", "sound": "off"},
        kc.Amount("27", "EVOLINK_CREDIT"),
    )


def test_what_a_book_cannot_say_is_listed_by_its_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prices", "import", str(CATALOGUE), "--from", "evolink-catalogue"]) == 0
    told = capsys.readouterr()
    warned = [line for line in told.err.splitlines() if line.startswith("warning: ")]
    assert [line.partition("(")[2].partition(")")[0] for line in warned] == UNSAID
    assert all(f"({rule})" in told.out for rule in UNSAID)  # and in the book's own comment
    assert sum("in parts of a second, which a book does not count" in line for line in warned) == 2


def with_tiers(multiplied: bool) -> dict[str, Any]:
    """The same prices in the form since 2026-10-12: a tier for each combination, with a SKU of its own."""
    changed = document()
    multipliers = {("720p", "off"): "1", ("720p", "on"): "1.5", ("1080p", "off"): "1.334", ("1080p", "on"): "2"}
    multipliers |= {("4k", "off"): "5", ("4k", "on"): "5"}
    for model in changed["models"]:
        if model["model_id"].startswith("kling-v3-") and "sound" in str(model.get("parameters")):
            (rule,) = model["components"]
            rule["quantity_rule"] = {"op": "variable", "name": "duration_seconds"}
            rule["tiers"] = [
                {
                    "when": {"quality": quality, "sound": sound},
                    "sku_id": f"{rule['sku_id']}-{at}",
                    "rate": {"uc": str(int(Decimal("54000") * Decimal(multiplier)))},
                    "minimum_charge": {"uc": "162000"},
                    "multiplier": multiplier,
                }
                for at, ((quality, sound), multiplier) in enumerate(multipliers.items())
            ]
            for tier in rule["tiers"]:
                del tier["rate" if multiplied else "multiplier"]
    return changed


@pytest.mark.parametrize("multiplied", [False, True])
def test_tiers_of_either_form_give_the_same_prices(multiplied: bool) -> None:
    plain, tiered = imported(document()), imported(with_tiers(multiplied))
    assert "tiers" in str(with_tiers(multiplied))
    assert tiered == plain


def changed_rule(**changes: Any) -> list[tuple[str, str]]:
    found = with_tiers(multiplied=False)
    (model,) = [model for model in found["models"] if model["model_id"] == "kling-v3-text-to-video"]
    model["components"][0].update(changes)
    return [told for told in imported(found).unsaid if "text-to-video" in told[0]]


TIER = {"when": {}, "rate": {"uc": "54000"}, "minimum_charge": {"uc": "1"}}
CANNOT = {
    "two tiers that hold at once": ({"tiers": [TIER, TIER]}, "two of its tiers"),
    "a tier without rate and multiplier": ({"tiers": [{"when": {}}]}, "neither a rate nor a multiplier"),
    "a tier by something else": ({"tiers": [{**TIER, "when": {"voice": "on"}}]}, "depends on voice"),
    "least charges that differ": (
        {"tiers": [{**TIER, "when": {"sound": "on"}}, {**TIER, "when": {"sound": "off"}, "minimum_charge": None}]},
        "least charge differs",
    ),
    "another rounding": ({"rounding": {"mode": "ceil"}}, "rounds ceil"),
    "another unit": ({"dimension": "input_second"}, "bills by input_second"),
    "an unknown operator": ({"tiers": [], "quantity_rule": {"op": "sqrt", "args": [{"op": "constant", "value": "4"}]}},
                            "unknown operator sqrt"),
    "a fixed fee beside the seconds": (
        {"tiers": [], "quantity_rule": {"op": "add", "args": [{"op": "variable", "name": "duration_seconds"},
                                                              {"op": "constant", "value": "1"}]}},
        "not in proportion",
    ),
    "a condition": ({"condition": {"op": "constant", "value": "1"}}, "condition"),
    "a number without end": (
        {"tiers": [], "quantity_rule": {"op": "multiply", "args": [{"op": "variable", "name": "duration_seconds"},
                                                                   {"op": "constant", "value": "1e999999999"}]}},
        "needs numbers",
    ),
    "no rate": ({"tiers": [], "rate": None}, "no rate"),
    "too many decimals": ({"tiers": [], "rate": {"uc": "0.0000001"}}, "decimals"),
    "no first day": ({"effective_at": "soon"}, "from when"),
    "not sold": ({"pricing_status": "unavailable"}, "no price now"),
}  # fmt: skip


@pytest.mark.parametrize("name", CANNOT)
def test_what_is_not_understood_is_never_a_price(name: str) -> None:
    changes, why = CANNOT[name]
    ((_, told),) = changed_rule(**changes)
    assert why in told


@pytest.mark.parametrize("dimension", ["call", "element", "request", "task"])
def test_what_is_billed_once_is_a_price_per_call_whatever_it_is_called(dimension: str) -> None:
    found = document()
    (model,) = [model for model in found["models"] if model["model_id"] == "kling-custom-element"]
    model["components"][0]["dimension"] = dimension
    sku = imported(found).book["providers"]["evolink"]["skus"]["kling-custom-element"]
    assert sku["quantity"] == {"of": "call"}


def test_an_option_that_we_do_not_know_becomes_one_of_the_book() -> None:
    found = document()
    (model,) = [model for model in found["models"] if model["model_id"] == "kling-v3-turbo-text-to-video"]
    model["parameters"].append({"name": "tier", "type": "enum", "values": ["fast", "slow"], "default": "slow"})
    model["components"][0]["quantity_rule"]["args"].append(
        {"op": "lookup", "key": {"op": "variable", "name": "tier"}, "values": {"fast": "2", "slow": "1"}}
    )
    sku = imported(found).book["providers"]["evolink"]["skus"]["kling-v3-turbo-text-to-video"]
    (rate,) = sku["rates"].values()
    assert (sku["defaults"]["tier"], rate["by"]) == ("slow", ["quality", "tier"])
    assert rate["unit_price"]["1080p"] == {"fast": 18, "slow": 9}


def test_options_without_number_are_not_tried_one_by_one() -> None:
    found = document()
    (model,) = [model for model in found["models"] if model["model_id"] == "kling-v3-text-to-video"]
    values = [f"v{at}" for at in range(1_000)]
    model["parameters"] += [{"name": f"o{at}", "type": "enum", "values": values} for at in range(20)]
    assert "too many combinations" in dict(imported(found).unsaid)["kling-v3-text-to-video (1620)"]


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.data())
def test_a_damaged_catalogue_is_refused_or_listed(data: st.DataObject) -> None:
    """A value anywhere in it is replaced by another: nothing but the errors that are promised."""
    found = copy.deepcopy(document())
    holder: Any = found
    while isinstance(holder, (dict, list)) and holder:
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(holder[key], (dict, list)) or not holder[key] or data.draw(st.integers(0, 5)) == 0:
            holder[key] = data.draw(junk)
            break
        holder = holder[key]
    told = ""
    try:
        imported(found)
    except CatalogueError as error:
        told = str(error)
    models = found.get("models")
    names = [model.get("model_id") for model in models if isinstance(model, dict)] if isinstance(models, list) else []
    sold = [name for name in names if isinstance(name, str) and "kling" in name]
    assert (not told or "updated" in told) == bool(sold)


@pytest.mark.parametrize("value", [[], {}, None, 5, [["seconds"]]])
@pytest.mark.parametrize("key", ["name", "type", "values", "minimum", "default"])
def test_a_damaged_parameter_leaves_its_model_out_or_unchanged(key: str, value: Any) -> None:
    found = copy.deepcopy(document())
    for model in found["models"]:
        for parameter in model.get("parameters", []):
            parameter[key] = value
    told = "kling"
    try:
        imported(found)
    except CatalogueError as error:
        told = str(error)
    assert "kling" in told


@given(junk)
def test_any_expression_has_a_value_or_an_error(rule: Any) -> None:
    for shape in (rule, {"op": "if", "args": [rule, rule, rule]}, {"op": "max", "args": [rule]}):
        try:
            evaluated(shape, {"seconds": "5"})
        except UnknownRuleError:
            continue


@pytest.mark.parametrize(
    ("text", "code"), [("", 2), ("{", 2), ("[]", 2), ("{}", 2), ('{"models": []}', 2), ('{"models": [7]}', 2)]
)
def test_what_is_no_catalogue_is_refused(
    text: str, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "카탈로그.json"
    path.write_text(text, encoding="utf-8")
    assert main(["prices", "import", str(path), "--from", "evolink-catalogue"]) == code
    told = capsys.readouterr()
    assert (told.out, "카탈로그.json" in told.err) == ("", True)
