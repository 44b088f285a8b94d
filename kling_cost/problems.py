"""Problems and exceptions: `Problem` values for faulty rows, exceptions for unreadable files.

An unreadable file raises a `ReadError`, a bad row is one `Problem` among all the others of a run, and a plan over
budget is a result, not an error.

The exceptions:

    KlingCostError
    ├── UsageError               the call itself is wrong
    ├── ReadError                a file cannot be read
    ├── FileFaultsError          a file is not valid, with the place of every fault
    │   ├── PriceBookError       a price book
    │   └── RulesError           rules
    ├── RequestError             one request cannot be priced (`kling_cost.price`, `price_request`)
    └── CurrencyMismatchError    two currencies were added or compared
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

from kling_cost.messages import SENTENCES, render

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")

#: Codes whose errors mean "cannot be priced" (exit 4); every other error means "invalid" (exit 5).
UNPRICED_CODES = frozenset(
    {"unknown_model", "ambiguous", "no_rate", "no_exchange_rate", "price_unknown", "cannot_check"}
)

_LISTED = 24
_VALUE, _REASON = 60, 300  # how much of a parameter is shown: of a value of the input, of a reason

EXIT_OK, EXIT_DEFECT, EXIT_CANNOT_RUN, EXIT_OVER, EXIT_UNPRICED, EXIT_INVALID = 0, 1, 2, 3, 4, 5
EXIT_FINDING, EXIT_NO_PLAN = 6, 7
#: Codes of results, the one that comes before the others first.
EXIT_ORDER = (EXIT_INVALID, EXIT_UNPRICED, EXIT_FINDING, EXIT_OVER)
EXIT_INTERRUPTED = 130


@dataclass(frozen=True, slots=True, repr=False)
class Problem:
    """One error, warning or remark, with its place.

    Only the key and its parameters are kept; `message` and `hint` are rendered from them.

    Attributes:
        key: the code, a dot, and which of the code's sentences: `out_of_range.between`.
        field: path inside the request body, such as `model_params.multi_prompt[1].duration`; empty for the
            request as a whole.
        params: the sentence's parameters, already made safe to show.
        severity: `error` excludes the job, `warning` and `info` do not.
        job_id, source, row: its place; `row` is a line, a sheet's row number or a position from 1.

    >>> problem("out_of_range.between", "duration", value=16, low=3, high=15).message
    '16 is outside the range 3 to 15'
    """

    key: str
    field: str = ""
    params: tuple[tuple[str, str], ...] = ()
    severity: Severity = "error"
    job_id: str | None = None
    source: str | None = None
    row: int | None = None

    @property
    def code(self) -> str:
        """The code from the closed list in docs/reference/problems.md, such as `out_of_range`."""
        return self.key.partition(".")[0]

    @property
    def message(self) -> str:
        """What is wrong, in English."""
        return render(self.key, self.params, self.field).message

    @property
    def hint(self) -> str | None:
        """What to do about it, in English; None if the message is enough."""
        return render(self.key, self.params, self.field).hint or None

    def at(self, job_id: str | None, source: str | None, row: int | None) -> Problem:
        """The same problem at another place.

        >>> problem("missing.required", "prompt").at("hero-01", "jobs.csv", 2).row
        2
        """
        return Problem(self.key, self.field, self.params, self.severity, job_id, source, row)

    def as_error(self) -> Problem:
        """The same problem with severity `error`, unless it is only a remark.

        >>> problem("unknown_field.ignored", "seed").as_error().severity
        'error'
        """
        return replace(self, severity="error") if self.severity == "warning" else self

    def __repr__(self) -> str:
        return f"<Problem {self.severity} {self.code}: {self}>"

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.source, self.row) if part is not None)
        parts = [place, self.field, self.message]
        text = ": ".join(part for part in parts if part)
        return f"{text} ({self.hint})" if self.hint else text


def problem(key: str, field: str = "", **params: object) -> Problem:
    """Make a `Problem` from its key; parameters are cut and made visible by `shown`.

    >>> str(problem("missing.required", "prompt"))
    'prompt: required field is missing'
    """
    if key.startswith("wrong_type.") and isinstance(params.get("value"), str):
        params["value"] = f'"{shown(params["value"])}"'  # "5" is not 5
    texts = tuple((name, shown(value, _REASON if name == "why" else _VALUE)) for name, value in params.items())
    return Problem(key, field, texts, SENTENCES[key].severity)


def shown(value: Any, limit: int = _VALUE) -> str:
    """Format any input value for people: short, on one line, without control characters.

    >>> shown("a\\x1b[31m"), shown(None), shown([1]), shown("x" * 100)[-5:]
    ('a\\\\x1b[31m', 'null', '[…]', 'xxxx…')
    """
    if value.__class__ is str and len(value) <= limit and value.isprintable():
        return value
    if isinstance(value, Listed):
        return _listed(value)
    if value is None or isinstance(value, (bool, list, tuple, dict)):
        return _outline(value)
    text = str(value[: limit + 1] if isinstance(value, str) else value)
    return _printable(text[:limit]) + ("…" if len(text) > limit else "")


def _listed(value: Listed) -> str:
    texts = ", ".join(shown(item) for item in value.items[:_LISTED])
    return f"{texts} and {len(value.items) - _LISTED} more" if len(value.items) > _LISTED else texts


def _outline(value: bool | list[Any] | tuple[Any, ...] | dict[Any, Any] | None) -> str:
    """JSON's word for what has one, and of a list or an object only that it is one."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, dict):
        return "{…}" if value else "{}"
    return "[…]" if value else "[]"


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


class Listed(NamedTuple):
    """A parameter that is shown as a list of words, not cut as one text.

    >>> shown(Listed(["720p", "1080p"]))
    '720p, 1080p'
    """

    items: Sequence[object]


class KlingCostError(Exception):
    """Base of every error that this library raises on purpose; it can be pickled.

    Attributes:
        problems: the `Problem` values behind the error, if there are any.

    >>> UsageError("no jobs").exit_code
    2
    """

    exit_code = EXIT_CANNOT_RUN
    problems: Sequence[Problem] = ()

    @property
    def exit(self) -> int:
        """The same as `exit_code`, under its name in JSON."""
        return self.exit_code

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), self.args), vars(self)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.args == other.args and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), str(self)))


def _again(kind: type[KlingCostError], args: tuple[Any, ...]) -> KlingCostError:
    """An error as it was, whatever it was made from: its message is not made anew."""
    error = kind.__new__(kind, *args)
    error.args = args
    return error


class UsageError(KlingCostError, ValueError):
    """The call is wrong: options that exclude each other, a malformed limit, nothing to check.

    Attributes:
        problem: the same for somebody who has a page before them, in words of every language, without arguments of
            Python; None where it can only be met by a call.

    >>> raise UsageError("a limit needs a currency")
    Traceback (most recent call last):
    kling_cost.problems.UsageError: a limit needs a currency
    """

    problem: Problem | None = None

    def __init__(self, *texts: object, problem: Problem | None = None) -> None:
        super().__init__(*texts)
        if problem is not None:
            self.problem = problem


class WrongKindError(UsageError, TypeError):
    """A value of a type that cannot be used, such as a binary float as an amount.

    >>> isinstance(WrongKindError("5.5"), (UsageError, TypeError))
    True
    """


class ReadError(KlingCostError):
    """A file cannot be read; `problem` says which, where and why, and is the only one of `problems`.

    Attributes:
        problem: which, where and why.
        faults: everything that is wrong with the file, where that is more, as `FILE:LINE:COLUMN: why`.

    >>> ReadError(problem("unreadable.empty").at(None, "jobs.csv", None)).problem.source
    'jobs.csv'
    """

    def __init__(self, problem: Problem, faults: Sequence[str] = ()) -> None:
        super().__init__(str(problem))
        self.problem = problem
        self.problems = [problem]
        self.faults = list(faults)


class FileFaultsError(KlingCostError):
    """A file is not valid; `faults` lists every fault as `FILE:LINE:COLUMN: path: why`.

    >>> FileFaultsError(["rules.yaml:3:1: budgets: must be a list"]).exit_code
    2
    """

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = list(faults)


class PriceBookError(FileFaultsError):
    """A price book is not valid; `faults` lists every fault as `FILE:LINE:COLUMN: path: why`.

    >>> PriceBookError(["pricing.yaml:3:1: currencies: missing"]).faults
    ['pricing.yaml:3:1: currencies: missing']
    """


class RulesError(FileFaultsError):
    """Rules are not valid; `faults` lists every fault as `FILE:LINE:COLUMN: path: why`.

    >>> RulesError(["rules.yaml:3:1: budgets: must be a list"]).faults
    ['rules.yaml:3:1: budgets: must be a list']
    """


class RequestError(KlingCostError, ValueError):
    """One request cannot be priced; `problems` holds every reason.

    >>> RequestError([problem("missing.required", "prompt")]).exit_code
    5
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(p) for p in problems))
        self.problems = list(problems)

    @property
    def exit_code(self) -> int:  # type: ignore[override]  # depends on what is wrong
        """4 if only prices are missing, else 5."""
        return exit_code_of(self.problems)


class CurrencyMismatchError(KlingCostError, TypeError):
    """Two currencies were added or compared.

    >>> CurrencyMismatchError("USD", "EVOLINK_CREDIT").exit_code
    2
    """

    def __init__(self, one: str, other: str) -> None:
        super().__init__(f"{one} and {other} cannot be added or compared")


def exit_code_of(problems: Iterable[Problem]) -> int:
    """The exit code for the errors among some problems: 5 before 4, 0 without errors.

    >>> exit_code_of([problem("unknown_field.ignored", "seed")])
    0
    """
    return exit_code_of_codes({p.code for p in problems if p.severity == "error"})


def exit_code_of_codes(errors: Set[str]) -> int:
    """The same, told by the codes of the errors.

    >>> exit_code_of_codes({"unknown_model"}), exit_code_of_codes({"unknown_model", "missing"})
    (4, 5)
    """
    if not errors:
        return EXIT_OK
    return EXIT_UNPRICED if errors <= UNPRICED_CODES else EXIT_INVALID
