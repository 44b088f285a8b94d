"""The JSON Schema of a rules file, for editors."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kling_cost.planning.rules.fitting.fit_rules import MOST_POINTS
from kling_cost.planning.rules.fitting.read_fit_rules import CHANGE_KEYS, FIT_KEYS, OPTIONAL_KEYS
from kling_cost.planning.rules.read_rules import KEYS
from kling_cost.planning.rules.read_sections import (
    AMOUNTS,
    BUDGET_KEYS,
    MEASURES,
    PERIODS,
    POLICY_KEYS,
    SEVERITIES,
)
from kling_cost.planning.rules.read_take_classes import AS_TAKES, CLASS_KEYS, RANGE
from kling_cost.planning.rules.selectors import FIELDS, TAG
from kling_cost.planning.rules.tree_reader import CHANCE, DAY, DAYS, SECONDS, SHARE, WHOLE

_TEXT = {"type": "string", "minLength": 1}
_AMOUNT = {"type": "string", "description": "an amount with its currency, such as 500 USD"}
_VALUE = {"type": ["string", "number", "boolean"]}
_WHOLE = {"type": ["integer", "string"], "pattern": f"^({WHOLE})$", "minimum": 1}
_SHARE = {"type": "string", "pattern": f"^({SHARE})$", "description": "a share such as 10 %"}
_POINTS = {**_WHOLE, "maximum": MOST_POINTS, "description": "points of pain"}
_CHANCE = {"type": ["string", "number"], "pattern": f"^({CHANCE})$", "minimum": 0, "maximum": 1}
_A_CHANCE = {"$ref": "#/$defs/chance", "description": "a chance such as 0.25, 25 % or 1 in 4"}
_SAYS: dict[str, dict[str, Any]] = {
    "name": _TEXT,
    "where": {"$ref": "#/$defs/selector", "description": "which jobs it is about; all of them if left out"},
    "limit": _AMOUNT,
    "per": {"enum": list(PERIODS), "description": "each month by the job's date, or once"},
    "carry_over": {"$ref": "#/$defs/carry_over", "description": "what is left of a month may pass to the next"},
    "contingency": {"anyOf": [_SHARE, _AMOUNT], "description": "what is set aside on top of what is planned"},
    "parts": {"type": "array", "items": {"$ref": "#/$defs/budget"}, "description": "budgets for some of its jobs"},
    "require": {"$ref": "#/$defs/selector", "description": "what each of these jobs has to be"},
    "forbid": {"$ref": "#/$defs/selector", "description": "what none of these jobs may be"},
    "at_most": {"$ref": "#/$defs/at_most", "description": "the most that their figures may be"},
    "severity": {"enum": list(SEVERITIES), "description": "whether it stops a plan, or only warns"},
    "preset": {**_TEXT, "description": "a published chance that a take is usable, from the shipped takes.yaml"},
    "usable": {"anyOf": [_WHOLE, {"enum": [AS_TAKES]}], "description": "how many usable takes a job needs"},
    "success": {
        "anyOf": [_A_CHANCE, {"$ref": "#/$defs/success_range"}],
        "description": "the chance that a take is usable; a range is shared by all jobs of the class",
    },
    "failure": {"$ref": "#/$defs/fails", "description": "calls that fail for technical reasons"},
    "rejection": {"$ref": "#/$defs/fails", "description": "finished takes that moderation keeps back"},
    "keep": {**_A_CHANCE, "description": "the share of usable takes that end up in the film"},
    "usable_seconds": {
        "type": ["string", "number"],
        "pattern": f"^({SECONDS})$",
        "exclusiveMinimum": 0,
        "description": "how long each of them is there",
    },
    "source": {**_TEXT, "description": "where the figures are from"},
    "checked": {"type": "string", "pattern": f"^({DAY})$", "description": "when somebody last looked"},
    "owner": {**_TEXT, "description": "who answers for it"},
    "message": {**_TEXT, "description": "what to tell who breaks it"},
}
_WEIGHTS = {"type": "object", "additionalProperties": _POINTS, "description": "points by value"}
_FIT: dict[str, dict[str, Any]] = {
    "may": {"type": "array", "items": {"$ref": "#/$defs/may_change"}, "description": "what a plan may change"},
    "weights": {"$ref": "#/$defs/weights", "description": "how much a point of pain counts on which jobs; 1 elsewhere"},
    "keep": {"type": "array", "items": {"$ref": "#/$defs/kept"}, "description": "jobs that are not changed"},
}
_OF_CHANGE: dict[str, dict[str, Any]] = {
    "from": {**_VALUE, "description": "the value that may be changed"},
    "to": {**_VALUE, "description": "the value that it may become"},
    "down_to": {**_WHOLE, "description": "the fewest seconds or takes"},
}


def rules_schema() -> dict[str, Any]:
    """The schema of a whole rules file; a campaign takes the same sections.

    >>> rules_schema()["title"]
    'kling_cost rules'
    """
    condition = {"anyOf": [_VALUE, {"type": "array", "items": _VALUE, "minItems": 1}]}
    fields = _closed(dict.fromkeys(FIELDS, condition))
    selector = {**fields, "patternProperties": {f"^{TAG}.*\\S": condition}, "minProperties": 1}
    measures = {of: _AMOUNT if of in AMOUNTS else _WHOLE for of in MEASURES}
    measures |= {"growth": _SHARE, "price_age": {"type": "string", "pattern": f"^({DAYS})$"}, "per": _SAYS["per"]}
    sections = {
        "schema": {"enum": [1, "1"]},
        "budgets": {"type": "array", "items": {"$ref": "#/$defs/budget"}},
        "policies": {"type": "array", "items": {"$ref": "#/$defs/policy"}},
        "contingency": _SAYS["contingency"],
        "takes": {"type": "object", "additionalProperties": {"$ref": "#/$defs/take_class"}},
        "fit": {"$ref": "#/$defs/fit", "description": "what a plan may change; not applied by the gate"},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "kling_cost rules",
        **_closed({key: sections[key] for key in KEYS}, ["schema"]),
        "$defs": {
            "selector": selector,
            "carry_over": _closed({"at_most": _AMOUNT}, ["at_most"]),
            "at_most": {**_closed(measures), "minProperties": 1},
            "chance": _CHANCE,
            "success_range": _closed(dict.fromkeys(RANGE, _A_CHANCE), RANGE),
            "fails": _closed({"chance": _A_CHANCE, "charged": {"enum": ["yes", "no"]}}, ["chance"]),
            "take_class": {
                **_closed({key: _SAYS[key] for key in CLASS_KEYS} | {"at_most": _WHOLE}),
                "oneOf": [{"required": ["success"]}, {"required": ["preset"]}],
            },
            "fit": _closed({key: _FIT[key] for key in FIT_KEYS}),
            "kept": _closed({"where": _SAYS["where"]}, ["where"]),
            "may_change": {"oneOf": [_may_change(change, keys) for change, keys in CHANGE_KEYS.items()]},
            "weights": {
                **_closed(dict.fromkeys(FIELDS, _WEIGHTS)),
                "patternProperties": {f"^{TAG}.*\\S": _WEIGHTS},
            },
            "budget": _closed({key: _SAYS[key] for key in BUDGET_KEYS}, ["name", "limit"]),
            "policy": {
                **_closed({key: _SAYS[key] for key in POLICY_KEYS}, ["name"]),
                "anyOf": [{"required": [key]} for key in ("require", "forbid", "at_most")],
            },
        },
    }


def _may_change(change: str, keys: Iterable[str]) -> dict[str, Any]:
    own = {key: _OF_CHANGE[key] for key in keys}
    needed = ["change", *(key for key in own if key not in OPTIONAL_KEYS.get(change, ())), "pain"]
    return _closed({"change": {"const": change}, **own, "pain": _POINTS, "where": _SAYS["where"]}, needed)


def _closed(properties: dict[str, Any], required: Iterable[str] = ()) -> dict[str, Any]:
    """An object with these properties and no other."""
    needed = {"required": list(required)} if required else {}
    return {"type": "object", "properties": properties, "additionalProperties": False, **needed}
