"""Campaign files: defaults, a budget, and jobs as short rows or as requests that go out unchanged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kling_cost.amounts import Amount
from kling_cost.io.sources import MEBIBYTE, Source
from kling_cost.io.strict_yaml import Mapping, Node, Scalar, Sequence, YamlError, compose
from kling_cost.io.yaml_values import textual, typed
from kling_cost.jobs.bodies import read_tags, unreadable_job
from kling_cost.jobs.cell_values import is_blank, to_integer
from kling_cost.jobs.columns import JOB_COLUMNS, TAG, Columns, fault_of_name, known_columns
from kling_cost.jobs.envelope import Envelope
from kling_cost.jobs.field_names import folded
from kling_cost.jobs.job import Campaign, Job
from kling_cost.jobs.lookalike_columns import fault_beside
from kling_cost.jobs.misnamed_fields import is_about_money, meant_field
from kling_cost.jobs.repeated_requests import Repeated
from kling_cost.jobs.row_reader import RowReader, model_fields
from kling_cost.jobs.spelling import closest, closest_field
from kling_cost.problems import Problem, ReadError, problem
from kling_cost.written_amounts import AmountError

MAX_BYTES = 16 * MEBIBYTE
_KEYS = ("campaign", "provider", "defaults", "budget", "jobs")
#: Sections of rules, which `planning` reads.
_RULES = ("budgets", "policies", "contingency", "takes", "fit")
#: Keys that are remarks; any other that nobody knows might be a rule about money.
_REMARKS = frozenset(
    "name note notes remark remarks comment comments description title author owner contact version".split()
)
_BUDGET_WORDS = frozenset("limit limits budgetlimit cap costcap spendlimit maxbudget maxspend budgets".split())
_BESIDE_REQUEST = ("takes", "date", "provider", "locked")


class CampaignFile:
    """One campaign file, read when it is made.

    Args:
        source: the file.
        repeated: marks requests that came before; None for no marks.
        options: options that the price book names itself.

    Attributes:
        campaign: its name and limits.
        problems: what is wrong with the file beside its jobs; complete once `jobs` is exhausted.

    Raises:
        ReadError: it cannot be read, or is no campaign.
    """

    def __init__(self, source: Source, repeated: Repeated | None = None, options: tuple[str, ...] = ()) -> None:
        self._source, self._repeated, self._options = source, repeated, options
        self.problems: list[Problem] = []
        root = self._root()
        self._provider = self._text("provider", root.items.get("provider"))
        self._defaults = self._read_defaults(root.items.get("defaults"))
        self._nodes = self._job_nodes(root.items["jobs"])
        name = self._text("campaign", root.items.get("campaign"))
        self.campaign = Campaign(name, source.name, self._limits(root.items.get("budget")), _rules_of(root))

    def jobs(self) -> Iterator[Job]:
        """Every job, in the order of the file; its row is its position from 1."""
        spoilt = any(p.severity == "error" for p in self.problems)
        reader = RowReader(self._source.name, self._columns(), self._provider)
        for number, node in enumerate(self._nodes, 1):
            job = self._job(node, number, reader)
            yield job._replace(readable=False) if spoilt else job
        self.problems += reader.file_problems()

    def _job(self, node: Node, number: int, reader: RowReader) -> Job:
        if not isinstance(node, Mapping):
            why = problem("unreadable.not_object", value=typed(node))
            return unreadable_job(self._source.name, number, why)
        if "request" in node.items:
            return self._request(typed(node), number)
        found: list[Problem] = []
        values = self._filled(flattened(textual(node), found))
        for name in list(values):
            fault = fault_of_name(name, self._options)
            if fault:
                is_rule = fault.severity == "warning" and is_about_money(name)
                beside = fault_beside(fault, values.pop(name), values, self._options)
                found.append(problem("unknown_field.rule", name) if is_rule else beside)
        return reader.job(number, values, found)

    def _columns(self) -> Columns:
        """The names that any short row has, as the header of a sheet would."""
        rows = [node for node in self._nodes if isinstance(node, Mapping) and "request" not in node.items]
        names = {name for row in rows for name in flattened(textual(row), [])} | flattened(self._defaults, []).keys()
        return Columns(sorted(name for name in names if fault_of_name(name, self._options) is None), self._options)

    def _request(self, row: dict[str, Any], number: int) -> Job:
        """A job whose `request:` goes out unchanged; of the defaults it takes only what is no part of a request."""
        shared = {key: self._defaults[key] for key in _BESIDE_REQUEST if self._defaults.get(key) is not None}
        if "takes" in shared:
            shared["takes"] = to_integer(shared["takes"])
        own_tags, shared_tags = row.get("tags", {}), self._defaults.get("tags")
        if isinstance(own_tags, dict) and isinstance(shared_tags, dict):
            row = {**row, "tags": shared_tags | own_tags}
        if isinstance(row.get("job_id"), int):
            row["job_id"] = str(row["job_id"])
        job = Envelope(shared | row).job(self._source.name, number, self._provider, self._options)
        return job if self._repeated is None else self._repeated.marked(shared | row, job)

    def _filled(self, values: dict[str, Any]) -> dict[str, Any]:
        """A short row with the defaults that its model has a field for; blank values are left out."""
        defaults = flattened(self._defaults, [])
        model = values.get("model", defaults.get("model"))
        provider = values.get("provider", defaults.get("provider", self._provider))
        fields = model_fields(model if isinstance(model, str) else None, provider)
        for name, value in defaults.items():
            if fields is None or name in fields or name in (*JOB_COLUMNS, *self._options) or name.startswith(TAG):
                values.setdefault(name, value)
        return {name: value for name, value in values.items() if not is_blank(value)}

    def _root(self) -> Mapping:
        try:
            root, faults = compose(self._source.decode(self._source.read(MAX_BYTES)), self._source.name)
        except YamlError as error:
            root, faults = None, error.faults
        if faults:
            why = "; ".join(f"line {f.line}, column {f.column}: {f.why}" for f in faults[:5])
            told = self._source.error("unreadable.yaml", faults[0].line, why=why, more=max(0, len(faults) - 5))
            raise ReadError(told.problem, [f"{self._source.name}:{f.line}:{f.column}: {f.why}" for f in faults])
        if not isinstance(root, Mapping) or "jobs" not in root.items:
            raise self._source.error("unreadable.no_campaign")
        for key in root.items:
            if key not in (*_KEYS, *_RULES):
                meant = "budget" if folded(key) in _BUDGET_WORDS else closest(key, (*_KEYS, *_RULES))
                self._unknown(key, key, meant)
        return root

    def _unknown(self, path: str, key: str, meant: str | None) -> None:
        """Note an unknown key: an error, since it might be a rule, unless it is plainly a remark."""
        if meant:
            found = problem("unknown_field.misspelt_key", path, meant=meant)
        elif path == key and (key in known_columns() or meant_field(key)[0]):
            found = problem("unknown_field.beside_defaults", path, meant=meant_field(key)[0] or key)
        elif (folded(key) in _REMARKS or key.startswith(("x-", "_"))) and not is_about_money(key):
            found = problem("unknown_field.remark", path)
        else:
            found = problem("unknown_field.rule", path)
        self.problems.append(found.at(None, self._source.name, None))

    def _text(self, key: str, node: Node | None) -> str | None:
        value = textual(node)
        if value is not None and not isinstance(value, str):
            self.problems.append(problem("wrong_type.text", key, value=value).at(None, self._source.name, None))
            return None
        return (value or "").strip() or None

    def _limits(self, node: Node | None) -> tuple[Amount, ...]:
        limits: dict[str, Amount] = {}
        for item in node.items if isinstance(node, Sequence) else [] if textual(node) is None else [node]:
            try:
                limit = Amount.parse(item.text if isinstance(item, Scalar) else "")
            except AmountError as error:
                raise self._source.error(error.key, None, "budget", value=typed(item)) from None
            if limit.currency in limits:
                raise self._source.error("duplicate.limit", None, "budget", currency=limit.currency)
            limits[limit.currency] = limit
        return tuple(limits.values())

    def _read_defaults(self, node: Node | None) -> dict[str, Any]:
        values = textual(node)
        if values is None:
            return {}
        if not isinstance(node, Mapping):
            self.problems.append(
                problem("wrong_type.object", "defaults", value=values).at(None, self._source.name, None)
            )
            return {}
        known = [*known_columns(), *self._options, "tags"]
        for key in node.items:
            if key not in known and not key.startswith(TAG) and not any(name.startswith(f"{key}.") for name in known):
                meant = meant_field(key)[0] or closest_field(key, known)
                self._unknown(f"defaults.{key}", key, meant)
        return dict(values)

    def _job_nodes(self, node: Node) -> list[Node]:
        if isinstance(node, Sequence):
            return node.items
        if textual(node) is None:
            return []
        raise self._source.error("unreadable.jobs_no_list", None, "jobs")


def _rules_of(root: Mapping) -> Mapping | None:
    """The sections of rules, as they were written; None where there are none."""
    items = {key: node for key, node in root.items.items() if key in _RULES}
    places = {key: root.key_nodes[key] for key in items}
    return Mapping(root.file, root.line, root.column, items, places) if items else None


def flattened(row: dict[str, Any], found: list[Problem]) -> dict[str, Any]:
    """A short row by dotted column names; lists stay whole, `tags` become `tag:NAME`.

    >>> flattened({"model": "m", "model_params": {"multi_shot": "true"}, "tags": {"scene": "a"}}, [])
    {'model': 'm', 'model_params.multi_shot': 'true', 'tag:scene': 'a'}
    """
    values: dict[str, Any] = {}
    for name, value in row.items():
        if name == "tags" and isinstance(value, dict):
            tags = {tag: text for tag, text in value.items() if text is not None}
            values |= {f"{TAG}{tag}": text for tag, text in read_tags(tags, found).items()}
        elif isinstance(value, dict) and value:
            values |= {f"{name}.{below}": v for below, v in flattened(value, found).items()}
        else:
            values[name] = value
    return values
