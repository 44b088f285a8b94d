"""Read rules files: every fault of all of them at once, each with its file, line and column."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from typing import Any

from kling_cost.io.sources import MEBIBYTE, Source, name_sources
from kling_cost.io.strict_yaml import Mapping, Scalar
from kling_cost.jobs.job import Campaign
from kling_cost.planning.rules.read_sections import SECTIONS, SectionReader
from kling_cost.planning.rules.rule_types import Contingency, Rules
from kling_cost.planning.rules.tree_reader import TreeReader
from kling_cost.pricebook.book_problems import Faults, read_tree
from kling_cost.problems import RulesError, UsageError
from kling_cost.python_values import list_of

MAX_BYTES = 4 * MEBIBYTE
KEYS = ("schema", *SECTIONS)
_SCHEMA = "1"


def read_rules(paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]]) -> Rules:
    """Read the rules of one or more files.

    Args:
        paths: a rules file, or several, whose rules hold together.

    Returns:
        Their budgets, policies and contingency.

    Raises:
        ReadError: a file cannot be read.
        RulesError: a file is not valid, or a name is used twice; the error lists every fault as
            `FILE:LINE:COLUMN: path: why`.
        UsageError: no file is named.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "rules.yaml")
    ...     _ = file.write_text("{schema: 1, policies: [{name: short, at_most: {duration: 10}}]}")
    ...     read_rules(file).policies
    (<Policy short>,)
    """
    files = list_of(paths, "rules", (str, os.PathLike), "a path")
    if not files:
        raise UsageError("no rules file is named")
    faults = Faults()
    sections = SectionReader(TreeReader(faults))
    digests, names, contingency = [], [], None
    for source in name_sources(files):
        root, data = _tree(source, faults)
        names.append(source.name)
        digests.append(hashlib.sha256(data).hexdigest())
        if root is not None:
            contingency = sections.read(root) or contingency
    if faults:
        raise RulesError(faults.lines())
    return _rules(sections, contingency, names, _combined(digests))


def rules_given(rules: Any) -> Rules | None:
    """An argument as rules: `Rules`, or the paths of their files; None stays None.

    Raises:
        ReadError, RulesError, UsageError: as `read_rules`.
    """
    if rules is None or isinstance(rules, Rules):
        return rules
    return read_rules(rules) if list_of(rules, "rules", (str, os.PathLike), "a path or Rules") else None


def campaign_rules(campaigns: Sequence[Campaign]) -> list[tuple[Campaign, Rules]]:
    """The rules in campaign files, each about the jobs of its own file.

    Raises:
        RulesError: they are not valid.
    """
    faults = Faults()
    found = []
    for campaign in campaigns:
        if campaign.rules is not None:
            sections = SectionReader(TreeReader(faults))
            contingency = sections.read(campaign.rules, campaign.source)
            found.append((campaign, _rules(sections, contingency, [campaign.source])))
    if faults:
        raise RulesError(faults.lines())
    return found


def _rules(sections: SectionReader, contingency: Contingency | None, files: Sequence[str], sha256: str = "") -> Rules:
    budgets, policies, takes = tuple(sections.budgets), tuple(sections.policies), tuple(sections.takes)
    return Rules(budgets, policies, contingency, tuple(files), sha256, takes, sections.fit)


def _tree(source: Source, faults: Faults) -> tuple[Mapping | None, bytes]:
    """The tree of a file, with its bytes; None where it has none."""
    root, data = read_tree(source, faults, MAX_BYTES)
    if root is None:
        return None, data
    tree = TreeReader(faults).mapping(root, "", KEYS, ("schema",))
    schema = tree.items.get("schema") if tree else None
    if schema is not None and not (isinstance(schema, Scalar) and schema.text == _SCHEMA):
        faults.at(schema, "schema", f"must be {_SCHEMA}")
    return tree, data


def _combined(digests: Sequence[str]) -> str:
    return digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()
