"""Check how a price book describes a provider's answers: words, paths, and the unit of their amounts."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as MappingType

from kling_cost.io.strict_yaml import Mapping, Node, Scalar, Sequence
from kling_cost.pricebook.answers.answer_paths import PATH_KEYS, answer_path, is_path
from kling_cost.pricebook.book_problems import Faults

#: What leads to one value, of an answer or of a task in it.
_SINGLE = ("task_id", "status", "items", "created")
_NEEDED = ("task_id", "status")
_BY_PATHS = (*PATH_KEYS, "unit", "where", "code")
_WORDS = ("statuses", "words")


def check_responses(provider: Mapping, path: str, faults: Faults) -> None:
    """Note every disagreement in what a provider's block says of its answers."""
    responses = _inner(provider, "responses")
    if responses is None:
        return
    for name in _WORDS:
        _check_words(_inner(responses, name), f"{path}.{name}", faults)
    _check_prefixes(_inner(responses, "task_prefixes"), _inner(provider, "skus"), path, faults)
    _check_what_is_there(responses, provider.key_nodes["responses"], path, faults)
    for name, node in _paths(responses):
        _check_path(node, name in _SINGLE or name == "code.path", f"{path}.{name}", faults)
    _check_unit(responses, provider.items.get("currency"), f"{path}.unit", faults)


def _inner(node: Mapping, name: str) -> Mapping | None:
    found = node.items.get(name)
    return found if isinstance(found, Mapping) else None


def _check_words(words: Mapping | None, path: str, faults: Faults) -> None:
    first: dict[str, str] = {}
    for state, named in words.items.items() if words else ():
        for node in _scalars(named):
            if first.setdefault(node.text.lower(), state) != state:
                faults.at(node, f"{path}.{state}", f"{node.text} is also listed under {first[node.text.lower()]}")


def _check_prefixes(prefixes: Mapping | None, skus: Mapping | None, path: str, faults: Faults) -> None:
    for prefix, named in prefixes.items.items() if prefixes else ():
        for node in _scalars(named):
            if skus is None or node.text not in skus.items:
                faults.at(node, f"{path}.task_prefixes.{prefix}", f"unknown SKU {node.text}")


def _scalars(node: Node) -> list[Scalar]:
    """A scalar, or those of a list."""
    items = node.items if isinstance(node, Sequence) else [node]
    return [item for item in items if isinstance(item, Scalar)]


def _check_what_is_there(responses: Mapping, key: Node, path: str, faults: Faults) -> None:
    """Words without paths, as answers of a known form need them, or everything that paths need."""
    there = _entries_with_value(responses)
    amount = there.get("amount")
    by_paths = isinstance(amount, Sequence) or any(name in there for name in _BY_PATHS if name != "amount")
    if by_paths:
        _check_paths(there, key, path, faults)
    elif amount is not None and "takes" in there:
        faults.at(there["takes"], f"{path}.takes", "`amount` has the word already; keep one of the two")
    elif amount is None and "takes" not in there:
        faults.at(key, f"{path}.amount", "missing")
    found = there.keys() & set(_WORDS)
    if not found:
        faults.at(key, f"{path}.{'words' if by_paths else 'statuses'}", "missing")
    if len(found) > 1:
        faults.at(responses.key_nodes["words"], f"{path}.words", "the same as `statuses`; keep one of the two")


def _entries_with_value(responses: Mapping) -> dict[str, Node]:
    """The entries that say something."""
    return {key: node for key, node in responses.items.items() if not (isinstance(node, Scalar) and node.is_null)}


def _check_paths(there: MappingType[str, Node], key: Node, path: str, faults: Faults) -> None:
    """Everything that paths need."""
    for name in _NEEDED:
        if name not in there:
            faults.at(key, f"{path}.{name}", "missing; say by which path it is found")
    amount = there.get("amount")
    if isinstance(amount, Scalar):
        faults.at(amount, f"{path}.amount", "must be a list of paths here; write the word under `takes`")


def _paths(responses: Mapping) -> Iterator[tuple[str, Scalar]]:
    """Every path, with the key under which it stands."""
    for name in PATH_KEYS:
        node = responses.items.get(name)
        if node is not None and not (name == "amount" and isinstance(node, Scalar)):
            yield from ((name, path) for path in _scalars(node))
    code, where = _inner(responses, "code"), _inner(responses, "where")
    if code is not None and "path" in code.items:
        yield from (("code.path", path) for path in _scalars(code.items["path"]))
    if where is not None:
        yield from (("where", key) for key in where.key_nodes.values())


def _check_path(node: Scalar, is_single: bool, path: str, faults: Faults) -> None:
    if node.is_null or not is_path(node.text):
        faults.at(node, path, f"{node.text!r} is not a path such as data.usage.cost or billing[].amount")
    elif is_single and answer_path(node.text).is_of_entries:
        faults.at(node, path, f"{node.text} leads to several values; only one is meant here")


def _check_unit(responses: Mapping, currency: Node | None, path: str, faults: Faults) -> None:
    """A unit is the currency, the small unit, or what one number says that it is worth."""
    unit, small = responses.items.get("unit"), _inner(responses, "small_unit")
    if not isinstance(unit, Scalar):
        return
    name = small.items.get("name") if small is not None else None
    known = {node.text for node in (currency, name) if isinstance(node, Scalar)}
    if "counted_in" in responses.items and unit.text in known:
        faults.at(unit, path, f"{unit.text} is no count; omit `counted_in`, or name what it counts")
    elif "counted_in" not in responses.items and unit.text not in known:
        why = f"unknown unit {unit.text}; name {' or '.join(sorted(known))}, or say what one is worth by `counted_in`"
        faults.at(unit, path, why)
