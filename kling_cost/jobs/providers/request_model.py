"""Kinds of requests: a provider's model with its form and its rules, and how a body is held to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pydantic import TypeAdapter, ValidationError

from kling_cost.bounded_cache import BoundedCache
from kling_cost.jobs.job import ENVELOPE, Ask
from kling_cost.jobs.misnamed_fields import PRICED, Known, meant_faults, missed_material
from kling_cost.jobs.providers.request_problems import ADDED_FIELD, faults_of, value_at
from kling_cost.jobs.providers.request_schema import Body, Facts, form_fields
from kling_cost.jobs.spelling import closest
from kling_cost.problems import Problem, problem

#: A model's form, the facts of a body that is clean beyond doubt (else None), and the rules that connect fields.
ModelRules = tuple[type[Any], Callable[[Body], Facts | None], Callable[[Body], list[Problem]]]
FactsOf = Callable[[Body], Facts]


@dataclass(frozen=True)
class RequestKind:
    """One model or task type of a provider, with everything its requests are held to.

    Attributes:
        provider: the provider's id in the price book.
        model: the name in the request.
        name_field: the field that holds it: `model` or `type`.
        form: the form of the body.
        clean: the facts of a body that the form accepts and that breaks no rule beyond doubt; else None.
        check: the rules that connect fields.
        facts: what else a price or a note depends on, from any body.
        siblings: fields that other models of the provider have, by path.
        api_errors: the provider's own name of an error, by field.
        is_echoed: the provider's answers repeat the request.
        names: of every model that has request rules.
        fixed: what the model itself says of priced fields that its requests do not have.
        asks: what clean bodies have asked for, kept so that equal requests share one.
    """

    provider: str
    model: str
    name_field: str
    form: type[Any]
    clean: Callable[[Body], Facts | None]
    check: Callable[[Body], list[Problem]]
    facts: Callable[[Body], Facts]
    siblings: frozenset[str]
    api_errors: Mapping[str, str]
    is_echoed: bool = False
    names: frozenset[str] = frozenset()
    fixed: Mapping[str, str] = field(default_factory=dict)
    asks: dict[tuple[Any, ...], Ask] = field(default_factory=BoundedCache, repr=False)

    @cached_property
    def validate(self) -> Callable[[Body], object]:
        """The form's validator; raises pydantic's `ValidationError`."""
        return TypeAdapter(self.form).validator.validate_python

    @cached_property
    def fields(self) -> dict[str, str]:
        """Kind of every field by its path: text, integer, boolean, number, list, object, any."""
        return dict(form_fields(self.form))

    @cached_property
    def accept(self) -> Callable[[Body], Facts | None]:
        """The facts of a body that is clean beyond doubt; None for one that has to be looked at closely."""
        validate, clean = self.validate, self.clean

        def accept(body: Body) -> Facts | None:
            try:
                validate(body)
            except ValidationError:
                return None
            return clean(body)

        return accept

    def problems(self, body: Body, takes: int = 1) -> list[Problem]:
        """Every fault of a body that is sent so many times; an empty list for a clean one."""
        try:
            self.validate(body)
        except ValidationError as error:
            return self._all_problems(body, error, takes)
        return self.check(body)

    def _all_problems(self, body: Body, error: ValidationError, takes: int) -> list[Problem]:
        found, readable = faults_of(error, body)
        problems = [*found, *self.check(readable)]
        meant = self._meant(body, problems, takes)
        known = [self._unknown_field(p) if p.key == ADDED_FIELD else p for p in problems if p.field not in meant]
        return [*known, *meant.values()]

    def _meant(self, body: Body, problems: list[Problem], takes: int) -> dict[str, Problem]:
        """Errors about unknown fields that say what a price depends on, or hold what the request lacks."""
        added = {p.field: value_at(body, p.field) for p in problems if p.key == ADDED_FIELD and "[" not in p.field}
        unknown = {path: value for path, value in added.items() if path not in ENVELOPE}
        if not unknown:
            return {}
        priced = tuple(name for name in PRICED if name in self.fields)
        wrong = self._other_model(unknown)
        known = Known(body, priced, takes, self.fixed, self.name_field)
        return wrong | missed_material(unknown, problems) | meant_faults(unknown.items(), known)

    def _other_model(self, unknown: Mapping[str, Any]) -> dict[str, Problem]:
        """Errors about fields that name another model than the one that is asked for."""
        found = {}
        for path, value in unknown.items():
            if isinstance(value, str) and value in self.names and value != self.model:
                found[path] = problem("unknown_field.otherwise", path, meant=self.name_field, value=value)
        return found

    def _unknown_field(self, found: Problem) -> Problem:
        if found.field in self.siblings:
            return problem("has_no_effect.other_model", found.field, model=self.model)
        meant = closest(found.field, self.fields)
        return problem("unknown_field.misspelt", found.field, meant=meant) if meant else found

    def named(self, found: Problem) -> Problem:
        """The problem with the provider's own name of the error, where it has one."""
        name = self.api_errors.get(found.field)
        if name is None or found.severity != "error":
            return found
        return Problem(found.key, found.field, (*found.params, ("api", name)), found.severity)
