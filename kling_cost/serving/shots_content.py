"""What the page shows of shots: each with what it may become, so many at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kling_cost.planning.fit.sellers.seller_moves import seller_of
from kling_cost.pricing.line_item import LineItem
from kling_cost.problems import shown
from kling_cost.reporting.translations import Words
from kling_cost.serving.changed_shots import EVERY, PARTS, ShotChanger
from kling_cost.serving.priced_sheet import PricedSheet
from kling_cost.serving.uploads import Wishes

SHORT, MOST_SHOTS = 60, 200


def shots_content(priced: PricedSheet, changer: ShotChanger, wishes: Wishes, words: Words) -> dict[str, Any]:
    """The shots with what each may become; of very many so many at a time, the dearest first.

    Args:
        priced: what the sheet comes to.
        changer: what changes its shots.
        wishes: what is wished for, with the part of the shots that is shown.
        words: the language.
    """
    assert priced.shots is not None
    items = [job.item for job in priced.shots.jobs]
    found = [at for at, item in enumerate(items) if wishes.find.casefold() in _searched(item)]
    pages = max(1, -(-len(found) // MOST_SHOTS))
    page = min(wishes.page, pages - 1)
    first = page * MOST_SHOTS
    order = sorted(found, key=lambda at: (-items[at].due, at))[first : first + MOST_SHOTS]
    rows = [_shot(items[at], changer, wishes, words) for at in sorted(order)]
    counts = {"first": first + 1, "last": first + len(rows), "found": len(found), "all": len(items)}
    return {
        "rows": rows,
        "every": _every(rows, wishes, words),
        "parts": [(part, part_name(part, words)) for part in PARTS],
        "is_long": len(items) > MOST_SHOTS,
        "find": wishes.find,
        "part": words("serve.shots_part", **{name: words.grouped(str(count)) for name, count in counts.items()})
        if rows
        else words("serve.no_shots"),
        "page": page,
        "has_next": page + 1 < pages,
        "changed": priced.shots.changed,
        "refused": [shown(name, SHORT) for name in priced.shots.refused[:MOST_SHOTS]],
    }


def _searched(item: LineItem) -> str:
    """Where a shot is looked for: its id and its description."""
    return f"{item.job.job_id or item.job.row}\n{item.job.prompt or ''}".casefold()


def part_name(part: str, words: Words) -> str:
    """What a part of a shot is called."""
    return words("column.provider" if part == "seller" else f"column.{part}")


def _shot(item: LineItem, changer: ShotChanger, wishes: Wishes, words: Words) -> dict[str, Any]:
    asked, sellers = changer.asked(item), changer.sellers(item)
    now = {**asked, "takes": str(item.takes), "seller": str(seller_of(item.charge))}
    choices = {"quality": changer.values(item, "quality"), "sound": changer.values(item, "sound"), "seller": sellers}
    row = str(item.job.row)
    return {
        "row": row,
        "name": shown(item.job.job_id or row, SHORT),
        "prompt": shown(item.job.prompt, SHORT),
        "cells": [_cell(row, part, now.get(part, ""), choices.get(part), words) for part in PARTS],
        "cost": _cost(item, words),
        "currency": item.currency,
        "is_changed": row in wishes.changes or EVERY in wishes.changes,
    }


def _cost(item: LineItem, words: Words) -> str:
    """What a shot costs, with what is known of it where that is not exact."""
    least, most = item.cost_least, item.cost_value
    if most is None:
        is_known = least is not None and least.value > 0
        return words("serve.least", cost=words.plain(least.value)) if least and is_known else words("serve.unknown")
    if least is None:
        return words("serve.most", cost=words.plain(most))
    is_exact = least.value == most
    return words.plain(most) if is_exact else f"{words.plain(least.value)} – {words.plain(most)}"


def _cell(row: str, part: str, now: str, choices: Sequence[str] | None, words: Words) -> dict[str, Any]:
    """One control: a number, a choice, or only a text where there is nothing to choose."""
    texts = [(choice, _value_name(part, choice, words)) for choice in choices or ()]
    known = texts if now in (choices or ()) else [(now, _value_name(part, now, words)), *texts]
    kind = "text" if not now or (choices is not None and len(known) < 2) else "number" if choices is None else "choice"
    return {"name": f"shot|{row}|{part}", "part": part, "kind": kind, "now": now, "options": known,
            "text": _value_name(part, now, words)}  # fmt: skip


def _value_name(part: str, value: str, words: Words) -> str:
    return words.texts.get(f"sound.{value}", value) if part == "sound" else shown(value, SHORT)


def _every(rows: Sequence[Mapping[str, Any]], wishes: Wishes, words: Words) -> list[dict[str, Any]]:
    """The controls that change every shot at once."""
    told = wishes.changes.get(EVERY, {})
    found = []
    for at, part in enumerate(PARTS):
        cells = [row["cells"][at] for row in rows]
        options = dict(pair for cell in cells if cell["kind"] == "choice" for pair in cell["options"])
        is_number = any(cell["kind"] == "number" for cell in cells)
        kind = "number" if is_number else "choice" if options else "text"
        found.append({"name": f"shot|{EVERY}|{part}", "part": part, "kind": kind, "now": told.get(part, ""),
                      "options": [("", words("serve.as_it_is")), *options.items()], "text": ""})  # fmt: skip
    return found
