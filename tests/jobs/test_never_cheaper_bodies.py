"""No body, whatever word, slip, place or type says what it asks for, is priced below what it asks for without an error.

What is asked for is drawn first, together with its price; then each field is written as other APIs, other languages'
programs and tired people write it. The body is either priced at that price or more, or it has an error.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import kling_cost as kc
from kling_cost.jobs.field_names import OTHER_WORDS
from kling_cost.jobs.providers import KINDS

DRAWS = 4_000
SECOND_BOOK = kc.load_prices(overlay=Path(__file__).parents[2] / "books/evolink-2026-10-10.yaml")
UNMODELLED = {"kling-v3": "kling", "kling-v3-omni": "kling"}
URL = "https://example.com/a.jpg"
NEEDED: dict[str, Any] = {"image_start": URL, "image": URL, "images": [URL], "video": "https://example.com/a.mp4"}
NEEDED["video_url"] = NEEDED["video"]
WORDS: dict[str, list[str]] = {
    field: sorted(word for word, meant in OTHER_WORDS.items() if meant == field and word.isascii())
    for field in ("duration", "quality", "sound", "takes")
}
SLIPS = {
    "duration": [
        "durration",
        "duraton",
        "Duration",
        "DURATION",
        " duration",
        "duration ",
        "du-ration",
        "ｄｕｒａｔｉｏｎ",
    ],
    "quality": ["qualty", "quallity", "Quality", "quality\t", "ｑuality"],
    "sound": ["soundd", "Sound", "sound ", "ｓound", "so_und"],
    "takes": ["Takes", "takes", "num_takes"],
}
PLACES = ["model_params", "parameters", "input", "settings", "extra_body", "options", "metadata", "config", "params"]
ODD_KEYS: list[dict[str, Any]] = [{"seed": 7}, {"callback": None}, {"watermark": True}, {"fps": 30}, {"user": "me"}]


def priced_fields(model: str) -> list[str]:
    kind = next((kind for (_, name), kind in KINDS.items() if name == model), None)
    return [f for f in ("duration", "quality", "sound") if kind is None or f in kind.fields]


MODELS = [*(model for _, model in KINDS if priced_fields(model)), *UNMODELLED]


class Draw:
    """One body: what it asks for, what that costs, and how it is written."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.model = chance.choice(MODELS)
        self.asked: dict[str, Any] = {"duration": chance.randint(3, 15)}
        self.asked["quality"] = chance.choice(["720p", "1080p", "4k"])
        self.asked["sound"] = chance.choice(["on", "off"])
        self.asked = {name: value for name, value in self.asked.items() if name in priced_fields(self.model)}
        self.takes = chance.choice([1, 1, 1, 1, 2, 5])
        self.body = self.written()

    def price(self) -> Decimal | None:
        """What is asked for costs so much; None where no such thing is sold."""
        try:
            return kc.price(self.model, book=SECOND_BOOK, **self.asked).cost.value * self.takes
        except kc.RequestError:
            return None

    def written(self) -> dict[str, Any]:
        kind = next((kind for (_, name), kind in KINDS.items() if name == self.model), None)
        body: dict[str, Any] = {kind.name_field if kind else "model": self.model, "prompt": "Fog"}
        body |= {name: value for name, value in NEEDED.items() if kind is not None and name in kind.fields}
        for name, value in self.asked.items():
            self.put(body, name, value)
        if self.takes > 1:
            self.put(body, "takes", self.takes)
        if self.chance.random() < 0.3:
            body |= self.chance.choice(ODD_KEYS)
        keys = list(body)
        self.chance.shuffle(keys)
        return {key: body[key] for key in keys}

    def put(self, body: dict[str, Any], name: str, value: Any) -> None:
        """A field in its own word or another, in its place or another, in its type or another."""
        if name != "takes" and self.chance.random() < 0.6:
            body[name] = value == "on" if name == "sound" and not self.model.startswith("kling") else value
            return
        word = self.chance.choice([name, name, self.chance.choice(WORDS[name]), self.chance.choice(SLIPS[name])])
        holder = body
        if self.chance.random() < 0.25:
            for place in self.chance.sample(PLACES, self.chance.choice([1, 1, 2])):
                if name == "takes" and place == "metadata":  # where a count may count anything
                    continue
                holder = holder.setdefault(place, {})
                if not isinstance(holder, dict):
                    return
        holder[word] = self.typed(name, value)

    def typed(self, name: str, value: Any) -> Any:
        own = value
        if name == "sound" and not self.model.startswith("kling"):
            own = value == "on"
        if self.chance.random() < 0.6:
            return own
        text = str(value)
        others: dict[str, list[Any]] = {
            "duration": [text, f"{text}s", Decimal(f"{text}.0") if name == "duration" else value, f" {text}"],
            "quality": [text.upper(), {"720p": "std", "1080p": "pro"}.get(text, text), f" {text}", text.rstrip("p")],
            "sound": [text == "on", text, text.upper(), int(text == "on"), {"on": "yes", "off": "no"}.get(text)],
            "takes": [text, value],
        }
        return self.chance.choice(others[name])


#: Of each form of the official API: where it has the priced fields, its words for their values, what it needs.
FORMS: list[dict[str, Any]] = [
    {
        "fixed": {"model_name": model, "prompt": "Fog"},
        "model": model,
        "places": {"duration": "duration", "quality": "mode", "sound": "sound"},
        "values": {"720p": "std", "1080p": "pro"},
    }
    for model in ("kling-v3", "kling-v3-omni")
] + [
    {
        "path": f"/{operation}/{new}",
        "fixed": {"prompt": "Fog"},
        "model": model,
        "places": {"duration": "settings.duration", "quality": "settings.resolution", "sound": "settings.audio"},
        "values": {"on": "native"},
    }
    for operation, new, model in (
        ("text-to-video", "kling-3.0", "kling-v3"),
        ("image-to-video", "kling-3.0", "kling-v3"),
        ("omni-video", "kling-3.0-omni", "kling-v3-omni"),
        ("motion-control", "kling-3.0", "no such model"),
    )
]
#: Material that the shipped book has no price with, under documented names and others.
MATERIAL: list[dict[str, Any]] = [
    {"video_list": [{"video_url": "a.mp4", "refer_type": "base"}]},
    {"video_list": [{"video_url": "a.mp4", "refer_type": "feature"}]},
    {"video_url": "a.mp4"},
    {"reference_videos": ["a.mp4"]},
    {"voice_list": [{"voice_id": "7"}]},
    {"contents": [{"type": "prompt", "text": "Fog"}, {"type": "feature_video", "url": "a.mp4"}]},
    {"contents": [{"type": "prompt", "text": "Fog"}, {"type": "voice", "voice_id": "7", "id": "a"}]},
]


class OfficialDraw:
    """One request to the official API, and what it costs."""

    def __init__(self, chance: random.Random) -> None:
        self.chance, self.form = chance, chance.choice(FORMS)
        self.asked = {
            "duration": chance.randint(3, 15),
            "quality": chance.choice(["720p", "1080p", "4k"]),
            "sound": chance.choice(["on", "off"]),
        }
        self.material = chance.choice(MATERIAL) if chance.random() < 0.2 else {}
        self.body: dict[str, Any] = json.loads(json.dumps({**self.form["fixed"], **self.material}))
        for name, value in self.asked.items():
            self.put(name, value)
        path = {"path": self.form["path"]} if "path" in self.form else {}
        self.item = {"request": self.body, **path}

    def price(self) -> Decimal | None:
        """What is asked for costs so much; None where there is no price with its material."""
        if self.material:
            return None
        try:
            return kc.price(self.form["model"], **self.asked).cost.value  # type: ignore[arg-type]
        except kc.RequestError:
            return None

    def put(self, name: str, value: Any) -> None:
        own = self.form["places"][name]
        place = own
        if self.chance.random() > 0.7:
            word = self.chance.choice([name, self.chance.choice(WORDS[name]), self.chance.choice(SLIPS[name])])
            place = self.chance.choice([word, word, f"settings.{word}", f"{self.chance.choice(PLACES)}.{word}"])
        *above, last = place.split(".")
        holder = self.body
        for step in above:
            holder = holder.setdefault(step, {})
            if not isinstance(holder, dict):
                return self.put(name, value)
        holder[last] = self.typed(name, value)
        return None

    def typed(self, name: str, value: Any) -> Any:
        own = self.form["values"].get(value, value)
        if name == "duration" and "path" not in self.form:
            own = str(value)
        if self.chance.random() < 0.8:
            return own
        odd = [value, str(value), f" {own}", str(own).upper()]
        more = {"duration": [f"{value}s"], "sound": [value == "on"]}
        return self.chance.choice([*odd, *more.get(name, [])])


def test_no_request_to_the_official_api_is_priced_below_what_it_asks_for(
    capsys: pytest.CaptureFixture[str], seed: int
) -> None:
    chance = random.Random(seed)
    count: Counter[str] = Counter()
    for _ in range(DRAWS):
        draw = OfficialDraw(chance)
        due, found = draw.price(), outcome(kc.estimate([draw.item]))
        if found is None:
            count["refused"] += 1
            continue
        assert due is not None, (draw.asked, draw.item)
        assert found >= due, (draw.asked, draw.item)
        count["priced"] += 1
    assert min(count["priced"], count["refused"]) > DRAWS / 10
    with capsys.disabled():
        print(f"\n{DRAWS} official bodies drawn with seed {seed}: {dict(count)}")


def outcome(estimate: kc.Estimate) -> Decimal | None:
    """What is asked for its price without an error; None where there is an error."""
    if any(p.severity == "error" for p in estimate.problems):
        assert not estimate.line_items
        return None
    return sum((item.cost.value for item in estimate.line_items), Decimal(0))


def test_no_body_is_priced_below_what_it_asks_for(capsys: pytest.CaptureFixture[str], seed: int) -> None:
    chance = random.Random(seed)
    count: Counter[str] = Counter()
    for _ in range(DRAWS):
        draw = Draw(chance)
        due, found = draw.price(), outcome(kc.estimate([draw.body], SECOND_BOOK))
        if found is None:
            count["refused"] += 1
            continue
        assert due is not None, (draw.asked, draw.takes, draw.body)
        assert found >= due, (draw.asked, draw.takes, draw.body)
        count["priced"] += 1
    assert min(count["priced"], count["refused"]) > DRAWS / 10
    with capsys.disabled():
        print(f"\n{DRAWS} bodies drawn with seed {seed}: {dict(count)}")


def test_no_way_of_reading_a_body_prices_it_otherwise(tmp_path: Path, seed: int) -> None:

    chance = random.Random(seed)
    draws = [Draw(chance) for _ in range(300)]
    path = tmp_path / "jobs.jsonl"
    lines = [json.dumps(draw.body, default=float) for draw in draws]  # float: JSON text of a Decimal
    path.write_text("\n".join(lines), encoding="utf-8")
    alone = [kc.estimate([json.loads(line, parse_float=Decimal)], SECOND_BOOK) for line in lines]
    read = kc.estimate(kc.read_jobs(path), SECOND_BOOK)
    summed = kc.summarize(path, SECOND_BOOK)
    sums = sum((outcome(one) or Decimal(0) for one in alone), Decimal(0))
    assert sum(item.cost.value for item in read.line_items) == sums
    assert sum(total.cost for total in summed.totals) == sums
    assert read.left_out == summed.left_out == sum(outcome(one) is None for one in alone)
    for line, one in zip(lines, alone, strict=True):
        try:
            cost = kc.price_request(line, SECOND_BOOK).cost.value
        except kc.RequestError:
            cost = None
        assert cost == outcome(one)
