"""Read the sections of rules: budgets, policies, contingency, takes and what may change, each entry closed."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import cast

from kling_cost.amounts import Amount
from kling_cost.io.strict_yaml import Mapping, Node
from kling_cost.planning.rules.fitting.fit_rules import NO_FIT, FitRules
from kling_cost.planning.rules.fitting.read_fit_rules import read_fit_rules
from kling_cost.planning.rules.read_selectors import read_selector
from kling_cost.planning.rules.read_take_classes import read_take_classes
from kling_cost.planning.rules.rule_types import Budget, Contingency, Measure, Period, Policy, Severity
from kling_cost.planning.rules.take_types import TakeClass
from kling_cost.planning.rules.tree_reader import TreeReader, joined
from kling_cost.written_amounts import AmountError

#: The keys of rules that a campaign may have, too.
SECTIONS = ("budgets", "policies", "contingency", "takes", "fit")
BUDGET_KEYS = ("name", "where", "limit", "per", "carry_over", "contingency", "parts")
POLICY_KEYS = ("name", "where", "require", "forbid", "at_most", "severity", "owner", "message")
AMOUNTS = ("cost", "cost_per_take", "total")
MEASURES = (*AMOUNTS, "takes", "duration", "growth", "price_age")
PERIODS, SEVERITIES = ("once", "month"), ("fail", "warn")


class Names:
    """Where each name stands first.

    Args:
        reader: notes a name used before.
    """

    def __init__(self, reader: TreeReader) -> None:
        self._reader = reader
        self._first: dict[tuple[str, ...], Node] = {}

    def take(self, key: tuple[str, ...], node: Node, path: str) -> None:
        """Note a name at its place; a second one of the same kind is a fault."""
        first = self._first.setdefault(key, node)
        if first is not node:
            where = f"on line {first.line}" if first.file == node.file else f"in {first.file}:{first.line}"
            self._reader.fault(node, path, f"duplicate name {key[-1]!r} (first {where})")


class SectionReader:
    """Reads the sections of rules out of the trees of one or more files.

    Args:
        reader: takes values out of trees and notes faults.
    """

    def __init__(self, reader: TreeReader) -> None:
        self._reader = reader
        self._names = Names(reader)
        self.budgets: list[Budget] = []
        self.policies: list[Policy] = []
        self.takes: list[TakeClass] = []
        self.contingency: Contingency | None = None
        self.fit: FitRules = NO_FIT

    def read(self, root: Mapping, source: str | None = None, within: tuple[str, ...] = ()) -> Contingency | None:
        """Read all sections of a file.

        Args:
            root: its tree.
            source: the file whose jobs its rules are about; None for all files.
            within: what its names are told apart by, where files may use the same ones.

        Returns:
            Its contingency.
        """
        for path, node in self._reader.entries(root, "budgets", ""):
            budget = self._budget(node, path, "once", source, (*within, "budget"))
            self.budgets += [] if budget is None else [budget]
        for path, node in self._reader.entries(root, "policies", ""):
            policy = self._policy(node, path, source, (*within, "policy"))
            self.policies += [] if policy is None else [policy]
        for place, made in read_take_classes(self._reader, root, source):
            self._names.take((*within, "takes", made.name), place, f"takes.{made.name}")
            self.takes.append(made)
        self.fit += read_fit_rules(self._reader, root, lambda key, *at: self._names.take((*within, *key), *at), source)
        if "contingency" in root.items:
            self._names.take((*within, "contingency"), root.key_nodes["contingency"], "contingency")
        return self._contingency(root, "")

    def _budget(self, node: Node, path: str, per: str, source: str | None, above: tuple[str, ...]) -> Budget | None:
        reader = self._reader
        entry = reader.mapping(node, path, BUDGET_KEYS, ("name", "limit"))
        if entry is None:
            return None
        name = self._name(entry, path, above)
        limit, where = reader.amount(entry, "limit", path), read_selector(reader, entry, "where", path)
        per = reader.word(entry, "per", path, PERIODS) or per
        carry_over = self._carry_over(entry, path, per, limit)
        contingency = self._contingency(entry, path)
        below = reader.entries(entry, "parts", path)
        parts = [self._budget(part, at, per, source, (*above, name or path)) for at, part in below]
        if name is None or limit is None:
            return None
        kept = tuple(part for part in parts if part is not None)
        period = cast(Period, per)
        return Budget(name, limit, node.place, where or (), period, carry_over, contingency, kept, source)

    def _name(self, entry: Mapping, path: str, above: tuple[str, ...]) -> str | None:
        name = self._reader.text(entry, "name", path)
        if name is not None:
            self._names.take((*above, name), entry.items["name"], joined(path, "name"))
        return name

    def _carry_over(self, entry: Mapping, path: str, per: str, limit: Amount | None) -> Decimal | None:
        if "carry_over" not in entry.items:
            return None
        reader, at, node = self._reader, joined(path, "carry_over"), entry.items["carry_over"]
        if per != "month":
            reader.fault(entry.key_nodes["carry_over"], at, "needs `per: month`")
        found = reader.mapping(node, at, ("at_most",), ("at_most",))
        most = None if found is None else reader.amount(found, "at_most", at)
        if found is None or most is None or limit is None:
            return None
        if most.currency != limit.currency:
            why = f"must be in {limit.currency}, as the limit is"
            reader.fault(found.items["at_most"], joined(at, "at_most"), why)
        return most.value

    def _contingency(self, parent: Mapping, path: str) -> Contingency | None:
        reader, key = self._reader, "contingency"
        text = reader.text(parent, key, path)
        if text is None:
            return None
        if text.endswith("%"):
            share = reader.share(parent, key, path)
            return None if share is None else Contingency(share=share)
        try:
            return Contingency(amount=Amount.parse(text))
        except AmountError as error:
            reader.fault(parent.items[key], joined(path, key), f"neither a share such as 10 % nor an amount: {error}")
            return None

    def _policy(self, node: Node, path: str, source: str | None, above: tuple[str, ...]) -> Policy | None:
        reader = self._reader
        entry = reader.mapping(node, path, POLICY_KEYS, ("name",))
        if entry is None:
            return None
        name = self._name(entry, path, above)
        where, require, forbid = (read_selector(reader, entry, key, path) for key in ("where", "require", "forbid"))
        at_most = tuple(self._measures(entry, path))
        if not {"require", "forbid", "at_most"} & set(entry.items):
            reader.fault(node, path, "says nothing: add require, forbid or at_most")
        severity = reader.word(entry, "severity", path, SEVERITIES) or "fail"
        owner, message = reader.text(entry, "owner", path), reader.text(entry, "message", path)
        if name is None:
            return None
        kind = cast(Severity, severity)
        return Policy(name, node.place, where or (), require, forbid, at_most, kind, owner, message, source)

    def _measures(self, entry: Mapping, path: str) -> Iterator[Measure]:
        if "at_most" not in entry.items:
            return
        reader, at = self._reader, joined(path, "at_most")
        found = reader.mapping(entry.items["at_most"], at, (*MEASURES, "per"))
        if found is None:
            return
        self._check_measures(entry, found, at)
        per = reader.word(found, "per", at, PERIODS) or "once"
        for of in MEASURES:
            measure = self._measure(found, of, at, cast(Period, per))
            if measure is not None:
                yield measure

    def _check_measures(self, entry: Mapping, found: Mapping, path: str) -> None:
        """Note what cannot be together."""
        if not set(MEASURES) & set(found.items):
            self._reader.fault(found, path, f"must have at least one of {', '.join(MEASURES)}")
        if "per" in found.items and "total" not in found.items:
            self._reader.fault(found.key_nodes["per"], joined(path, "per"), "is for `total` only")
        if "growth" in found.items and "where" in entry.items:
            why = "is about the whole plan; leave `where` out"
            self._reader.fault(found.key_nodes["growth"], joined(path, "growth"), why)

    def _measure(self, found: Mapping, of: str, path: str, per: Period) -> Measure | None:
        reader = self._reader
        if of in AMOUNTS:
            amount = reader.amount(found, of, path)
            period = per if of == "total" else "once"
            return None if amount is None else Measure(of, amount.value, amount.currency, period)
        if of == "growth":
            share = reader.share(found, of, path)
            return None if share is None else Measure(of, Decimal(share.numerator) / Decimal(share.denominator))
        number = reader.days(found, of, path) if of == "price_age" else reader.whole(found, of, path)
        return None if number is None else Measure(of, Decimal(number))
