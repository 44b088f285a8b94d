"""How the requests of an API say what a price depends on, where they do it in other words and places than a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from kling_cost.jobs.job import UNREADABLE, Options, Unreadable
from kling_cost.jobs.misnamed_fields import value_at
from kling_cost.jobs.providers.multi_shot_rules import whole_seconds
from kling_cost.jobs.providers.request_schema import Body


class RequestWords(NamedTuple):
    """The words and places of an API's requests.

    Attributes:
        places: where the request says it, by what is priced.
        values: its words for the values of an option, and ours.
        defaults: what the API documents for what is left out.
        inputs: the options that a price has because of the material of a request.
        edits: whether the video is as long as one that is given, whatever seconds the request states.
        seconds_are_text: whether seconds are written as text.
        same: other names of the same model in a price book.

    >>> words = RequestWords({"quality": "mode"}, {"quality": {"pro": "1080p"}})
    >>> words.asked({"mode": "pro", "duration": 5})
    (5, (('quality', '1080p'),))
    """

    places: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]]
    defaults: Mapping[str, Any] = {}
    inputs: Callable[[Body], Options] = lambda body: ()
    edits: Callable[[Body], bool] = lambda body: False
    seconds_are_text: bool = False
    same: tuple[str, ...] = ()

    def asked(self, body: Body) -> tuple[int | Unreadable | None, Options]:
        """The seconds and the options that a body asks for, in our words."""
        given = ((name, self.given(body, name)) for name in self.values)
        options: Options = tuple((name, self._in_ours(name, value)) for name, value in given if value is not None)
        seconds = None if self.edits(body) else self._seconds(self.given(body, "duration"))
        return seconds, (*options, *self.inputs(body))

    def given(self, body: Body, name: str) -> Any:
        """What a body says where the API expects what is priced; None where it says nothing."""
        return value_at(body, self.places.get(name, name))

    def _in_ours(self, name: str, value: Any) -> str | Unreadable:
        return self.values[name].get(value, UNREADABLE) if isinstance(value, str) else UNREADABLE

    def _seconds(self, value: Any) -> int | Unreadable | None:
        if value is None:
            return None
        if self.seconds_are_text:
            seconds = whole_seconds(value) if isinstance(value, str) else None
            return UNREADABLE if seconds is None else seconds
        return value if value.__class__ is int else UNREADABLE


def in_words(words: RequestWords | None, field: str, value: str, is_truth: bool = False) -> Any:
    """A value as a request states it; None where it has no word for it.

    Args:
        words: of its API; None for those of a row.
        field: what it says.
        value: in our words.
        is_truth: whether its requests say of sound that it is true or false.

    >>> words = RequestWords({"quality": "mode"}, {"quality": {"pro": "1080p"}})
    >>> in_words(words, "quality", "1080p"), in_words(words, "quality", "4k"), in_words(None, "duration", "5")
    ('pro', None, 5)
    """
    if words is not None and field in words.values:
        return next((theirs for theirs, ours in words.values[field].items() if ours == value), None)
    if field == "duration":
        return value if words is not None and words.seconds_are_text else int(value)
    return value == "on" if field == "sound" and is_truth else value
