"""Fields of results and the records that they make up; JSON and rows of cells are made from them.

A field is described once. What jobs share, such as the price of a combination, is put into a form once for each
combination that occurs, so that a line costs little beside its own fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from operator import attrgetter
from typing import Any, NamedTuple

from kling_cost.io.json_text import JsonLines, json_line, json_string
from kling_cost.results.value_types import TEXT, Convert, ValueType, choice, constant

SCHEMA_VERSION = "1"  # of the form of results
RUN = 20_000  # records that are made into rows together
Get = str | Callable[[Any], Any]
REQUIRED: Any = object()  # what a field is by default that has to be there when it is read back


@dataclass(frozen=True)
class Field:
    """One field of a record.

    Attributes:
        name: its key in JSON, and its column.
        type: the kind of its values.
        about: what it is, for the documentation.
        get: takes its value from an object: a path of attributes, such as `charge.unit`, or a function; the attribute
            of its name if left out.
        null: whether it may be unknown.
        optional: whether JSON leaves it out where it is empty.
        absent: what it is when it is read back and is not there.
        own: whether records that share the rest have their own.
        parts: columns in place of this one; its value may have more.
        is_read: whether it is read back.
    """

    name: str
    type: ValueType
    about: str
    get: Get = ""
    null: bool = False
    optional: bool = False
    absent: Any = REQUIRED
    own: bool = False
    parts: tuple[Field, ...] = ()
    is_read: bool = True

    @property
    def source(self) -> Get:
        """The path or function that takes its value from an object."""
        return self.get or self.name

    def json_of(self, item: Any, in_lines: bool = False) -> Any:
        """Its value in an object, as JSON holds it; `in_lines` as of `Record.json`."""
        value, record = getter(self.source)(item), self.type.record
        if value is None:
            return None
        if record is not None:
            return record.json_list(value, in_lines) if self.type.is_list else record.json(value, in_lines)
        return value if self.type.to_json is None else self.type.to_json(value)


class Share(NamedTuple):
    """What records share their fields by, those apart that are their own.

    Attributes:
        get: takes it from an object.
        by_identity: it is compared by identity, as it is made once for all and has no hash.
    """

    get: str
    by_identity: bool = False


class Objects:
    """Objects, and the values that are taken from all of them at once, each only once.

    Args:
        items: the objects.

    >>> Objects([1 + 2j, 3j]).take("real")
    [1.0, 0.0]
    """

    def __init__(self, items: Sequence[Any]) -> None:
        self.items = items
        self._taken: dict[str, list[Any]] = {}

    def take(self, get: Get) -> list[Any]:
        """The values that a path or function takes."""
        if not isinstance(get, str):
            return list(map(get, self.items))
        found = self._taken.get(get)
        if found is None:
            owner, _, name = get.rpartition(".")
            found = self._taken[get] = list(map(attrgetter(name), self.take(owner) if owner else self.items))
        return found

    def column(self, field: Field, convert: Convert | None) -> list[Any]:
        """The values of a field, each put into a form."""
        values = self.take(field.source)
        return values if convert is None else [None if value is None else convert(value) for value in values]


def getter(get: Get) -> Callable[[Any], Any]:
    """The function that takes a value from an object."""
    return attrgetter(get) if isinstance(get, str) else get


class Record:
    """A kind of records: its fields, and the forms that objects get through them.

    Args:
        name: what it is called.
        fields: in order.
        shared_by: what objects share their fields by; empty where each has its own.
        tags: the path of the tags of an object, each of which is a column.
        variant: the record of an object that is of a special kind; None for any other.
        is_many: lists of them may be long, and are made into text when they are written.
        about: a description.
        rules: more of its JSON Schema.

    >>> from types import SimpleNamespace
    >>> record = Record("size", [Field("width", TEXT, "how wide"), Field("note", TEXT, "a remark", null=True)])
    >>> record.json(SimpleNamespace(width="5", note=None))
    {'width': '5', 'note': None}
    """

    def __init__(
        self,
        name: str,
        fields: Iterable[Field],
        shared_by: Sequence[Share] = (),
        tags: str = "",
        variant: Callable[[Any], Record | None] | None = None,
        is_many: bool = False,
        about: str = "",
        **rules: Any,
    ) -> None:
        self.name, self.about, self.rules, self.is_many = name, about, rules, is_many
        self.fields = tuple(fields)
        self.shared_by, self.tags, self._variant = tuple(shared_by), tags, variant

    def __getitem__(self, name: str) -> Field:
        return next(field for field in self.fields if field.name == name)

    def without(self, *names: str) -> tuple[Field, ...]:
        """Its fields but for some."""
        return tuple(field for field in self.fields if field.name not in names)

    def json(self, item: Any, in_lines: bool = False) -> dict[str, Any]:
        """An object as JSON holds it.

        Args:
            item: the object.
            in_lines: long lists in it are made into text when they are written, record by record.
        """
        variant = self._variant(item) if self._variant else None
        found = {}
        for field in (variant or self).fields:
            value = field.json_of(item, in_lines)
            if value or not field.optional:
                found[field.name] = value
        return found

    def json_list(self, items: Sequence[Any], in_lines: bool = False) -> Any:
        """Objects as a list of JSON holds them."""
        if in_lines and self.is_many:
            return JsonLines(len(items), lambda: self.json_texts(items))
        return [self.json(item) for item in items]

    def json_texts(self, items: Iterable[Any]) -> Iterator[str]:
        """Objects in order, each as the JSON text of its record."""
        if not self.shared_by:
            yield from map(json_line, map(self.json, items))
            return
        templates: dict[Any, str] = {}
        own = [(field, _text_of(field)) for field in self.fields if field.own]
        for run in map(Objects, runs(items)):
            texts = zip(*(map(text, run.take(field.source)) for field, text in own), strict=True)
            for item, key, cells in zip(run.items, self.keys(run), texts, strict=True):
                template = templates.get(key)
                if template is None:
                    template = templates[key] = self._template(item)
                yield template % cells

    def _template(self, item: Any) -> str:
        """The JSON text of all objects that share their fields with one, with a place for each field of their own."""
        parts: list[str] = []
        for field in self.fields:
            comma = ", " if parts else ""
            if not field.own:
                value = field.json_of(item)
                if value or not field.optional:
                    parts.append(f"{comma}{json_line(field.name)}: {json_line(value)}".replace("%", "%%"))
            else:
                parts.append("%s" if field.optional else f"{comma}{json_line(field.name)}: %s")
        return f"{{{''.join(parts)}}}"

    def keys(self, objects: Objects) -> Iterator[tuple[Any, ...]]:
        """What each object shares its fields by; objects of one key differ in fields of their own only."""
        taken = [(objects.take(share.get), share.by_identity) for share in self.shared_by]
        return zip(*(map(id, values) if by_identity else values for values, by_identity in taken), strict=True)

    def columns(self, tags: Iterable[str] = ()) -> list[Field]:
        """The fields that are columns, the tags of some names among them."""
        found: list[Field] = []
        for field in self.fields:
            if self.tags and field.get == self.tags:
                found += [replace(field, name=f"tag:{name}", type=TEXT, get=self._tag(name)) for name in tags]
            else:
                found += field.parts or ([field] if field.type.arrow else [])
        return found

    def tag_names(self, objects: Objects) -> list[str]:
        """The names of the tags that occur."""
        return sorted({name for tags in filter(None, objects.take(self.tags)) for name in tags}) if self.tags else []

    def _tag(self, name: str) -> Callable[[Any], Any]:
        tags = getter(self.tags)
        return lambda item: tags(item).get(name)

    def rows(self, items: Iterable[Any], columns: Sequence[Field]) -> Iterator[tuple[Any, ...]]:
        """The cells of each object: text, whole numbers, None for what is not there."""
        for run in map(Objects, runs(items)):
            chosen, at = self.shared(run)
            yield from zip(*(self._cells(column, run, chosen, at) for column in columns), strict=True)

    def _cells(self, column: Field, run: Objects, chosen: Objects, at: Sequence[int] | None) -> list[Any]:
        if column.own or at is None:
            return run.column(column, column.type.in_cell)
        values = chosen.column(column, column.type.in_cell)
        return [values[place] for place in at]

    def shared(self, objects: Objects) -> tuple[Objects, list[int] | None]:
        """One object of each key, and for each object which of them stands for it; None where none share anything."""
        if not self.shared_by:
            return objects, None
        keys = list(self.keys(objects))
        one_of = dict(zip(keys, objects.items, strict=True))
        places = {key: place for place, key in enumerate(one_of)}
        return Objects(list(one_of.values())), [places[key] for key in keys]


def runs(items: Iterable[Any], size: int = RUN) -> Iterator[Sequence[Any]]:
    """Items in runs of some."""
    some = iter(items)
    return iter(lambda: list(islice(some, size)), [])


def _text_of(field: Field) -> Callable[[Any], str]:
    """What makes the JSON text of a field's value, with its name where it may be left out."""
    convert = field.type.to_json
    if field.optional:
        start = f", {json_line(field.name)}: "
        return lambda value: f"{start}{json_line(convert(value) if convert else value)}" if value else ""
    if convert is None:
        return _plain_text
    return lambda value: json_line(None if value is None else convert(value))


def _plain_text(value: Any) -> str:
    if value.__class__ is str:
        return json_string(value)
    return "null" if value is None else json_line(value)


def head(kind: str) -> tuple[Field, Field]:
    """The fields with which every result begins.

    >>> [field.name for field in head("check")]
    ['schema_version', 'kind']
    """
    return (
        Field(
            "schema_version",
            constant(SCHEMA_VERSION),
            "of the form of results",
            lambda _: SCHEMA_VERSION,
            is_read=False,
        ),
        Field("kind", constant(kind), "what the result is", lambda _: kind, is_read=False),
    )


def exit_field(*codes: int) -> Field:
    """The exit code of the command, among those that it may have.

    >>> exit_field(0, 4).name
    'exit'
    """
    return Field("exit", choice(*codes, python=int), "exit code of the command", "exit_code", is_read=False)
