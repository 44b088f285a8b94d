"""Kinds of requests: a provider's model with its form and its rules, and how a body is held to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pydantic import TypeAdapter, ValidationError

from kling_cost.jobs.field_names import folded
from kling_cost.jobs.job import ENVELOPE, Ask, Needs
from kling_cost.jobs.misnamed_fields import PRICED, Known, meant_faults, missed_material, value_at
from kling_cost.jobs.providers.request_problems import ADDED_FIELD, faults_of
from kling_cost.jobs.providers.request_schema import (
    NO_FACTS,
    NOTHING,
    Body,
    Facts,
    Unusual,
    blank,
    form_fields,
    no_facts,
    options_of,
)
from kling_cost.jobs.providers.request_words import RequestWords
from kling_cost.jobs.providers.unmodelled import VIDEO_INPUTS, VOICES
from kling_cost.jobs.spelling import closest
from kling_cost.pricebook.book import PRICED_OPTIONS
from kling_cost.problems import Problem, problem

#: A model's form, the rules that connect fields, and what else a price or a note depends on.
ModelRules = tuple[type[Any], Callable[[Body, Unusual], list[Problem]], Callable[[Body], Facts]]

_MATERIAL = VIDEO_INPUTS | VOICES | {"contents"}
_new: Any = tuple.__new__  # skips the Python function of a named tuple: a quarter of the time


@dataclass(frozen=True)
class RequestKind:
    """One model or task type of a provider, with everything its requests are held to.

    Attributes:
        provider: the provider's id in the price book.
        model: the name in the request.
        name_field: the field that holds it: `model` or `type`.
        form: the form of the body.
        check: the rules that connect fields, and those of the fields that are not spelt as usual.
        facts: what else a price or a note depends on, from any body.
        siblings: fields that other models of the provider have, by path.
        api_errors: the provider's own name of an error, by field.
        answers_repeat_request: the provider's answers repeat the request.
        names: of every model that has request rules.
        fixed: what the model itself says of priced fields that its requests do not have.
        words: where and how its requests say what a price depends on; None where they do it as a row does.
    """

    provider: str
    model: str
    name_field: str
    form: type[Any]
    check: Callable[[Body, Unusual], list[Problem]]
    facts: Callable[[Body], Facts]
    siblings: frozenset[str]
    api_errors: Mapping[str, str]
    answers_repeat_request: bool = False
    names: frozenset[str] = frozenset()
    fixed: Mapping[str, str] = field(default_factory=dict)
    words: RequestWords | None = None

    @cached_property
    def validate(self) -> Callable[[Body], object]:
        """The form's validator; raises pydantic's `ValidationError`."""
        return TypeAdapter(self.form).validator.validate_python

    @cached_property
    def fields(self) -> dict[str, str]:
        """Kind of every field by its path: text, integer, boolean, number, list, object, any."""
        return dict(form_fields(self.form))

    @cached_property
    def clean_ask(self) -> Callable[[Body, str | None], tuple[Ask, Needs] | None]:
        """What a body, sent to a provider that was named or not, asks for and needs, with nothing to be said about it.

        The function gives None for a body that has to be looked at closely. It is a closure, which takes a tenth less
        time than a method that finds its parts anew.
        """
        validate, check, facts, model, checked_as = self.validate, self.check, self.facts, self.model, self.provider
        names = tuple(name for name in PRICED_OPTIONS if name in self.fields)

        def clean_ask(body: Body, provider: str | None) -> tuple[Ask, Needs] | None:
            try:
                validate(body)
            except ValidationError:
                return None
            if check(body, NOTHING):
                return None
            shots, uses_elements, needs = NO_FACTS if facts is no_facts else facts(body)
            if uses_elements:
                return None
            options = options_of(body, names) if names else ()
            return _new(Ask, (provider, model, body.get("duration"), options, shots, checked_as, "model")), needs

        return clean_ask

    def problems(self, body: Body, takes: int = 1) -> list[Problem]:
        """Every fault of a body that is sent as often as its takes say; an empty list for a clean one."""
        try:
            self.validate(body)
        except ValidationError as error:
            return self._all_problems(body, error, takes)
        return self.check(body, NOTHING)

    def _all_problems(self, body: Body, error: ValidationError, takes: int) -> list[Problem]:
        found, readable, unusual = faults_of(error, body)
        problems = [*found, *self.check(readable, unusual)]
        meant = self._meant(body, problems, takes)
        faulty = {p.field for p in problems if p.key != ADDED_FIELD}
        told = [p for p in problems if p.field not in meant and (p.key != ADDED_FIELD or p.field not in faulty)]
        return [*(self._unknown_field(p) if p.key == ADDED_FIELD else p for p in told), *meant.values()]

    def _meant(self, body: Body, problems: list[Problem], takes: int) -> dict[str, Problem]:
        """Errors about unknown fields that say what a price depends on, or hold what the request lacks."""
        added = {p.field: value_at(body, p.field) for p in problems if p.key == ADDED_FIELD and "[" not in p.field}
        unknown = {path: value for path, value in added.items() if path not in ENVELOPE}
        if not unknown:
            return {}
        places = {} if self.words is None else self.words.places
        priced = tuple(name for name in PRICED if places.get(name, name) in self.fields)
        wrong = self._other_model(unknown)
        known = Known(body, priced, takes, self.fixed, self.name_field, places)
        wrong |= {} if self.words is None else _unseen(unknown)
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


def _unseen(unknown: Mapping[str, Any]) -> dict[str, Problem]:
    """Errors about unknown fields that hold material which may change the price, for other operations have it."""
    given = {path: folded(path.rpartition(".")[2]) for path, value in unknown.items() if not blank(value)}
    return {path: problem("price_unknown.input", path) for path, name in given.items() if name in _MATERIAL}
