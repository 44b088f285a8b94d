"""The words of reports in every language, and how each language writes numbers and dates.

A catalogue is a file `reports/locales/CODE.yaml` of nested keys. English problems and notes are those of
`kling_cost.messages`; the other catalogues carry their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache, cached_property
from typing import TYPE_CHECKING

from kling_cost.amounts import plain_text
from kling_cost.io.strict_yaml import Mapping as YamlMapping
from kling_cost.io.strict_yaml import Node, Scalar, YamlError, compose
from kling_cost.messages import ANSWER, NOTES, SENTENCES, render
from kling_cost.messages.finding_messages import ADVICE, FINDINGS
from kling_cost.messages.sentence import Sentence
from kling_cost.pricebook.book import PRICED_OPTIONS
from kling_cost.problems import Problem, UsageError
from kling_cost.reconciliation.findings.finding_text import finding_sentence
from kling_cost.reconciliation.result import Finding
from kling_cost.reporting.resources import ENGLISH, locales, material

if TYPE_CHECKING:
    from babel import Locale

_OPTIONS = ("duration", *PRICED_OPTIONS)
_SEASONS = ("spring", "summer", "autumn", "winter")
LOCALES = locales()


@dataclass(frozen=True)
class Words:
    """One language.

    Attributes:
        locale: its code: `en`, `ko`, `ja`, `zh` or another that has a catalogue.
        texts: every text by its key.

    >>> words = words_of("en")
    >>> words("part.summary"), words.count("job", 2), words.day(date(2026, 11, 20))
    ('Summary', '2 jobs', 'Nov 20, 2026')
    """

    locale: str
    texts: Mapping[str, str]

    def __call__(self, key: str, **params: object) -> str:
        """The text of a key with its parameters filled in."""
        return self.texts[key].format(**params)

    def option(self, name: str) -> str:
        """What an option is called; one that a price book names itself is called what the book says.

        >>> words_of("en").option("quality"), words_of("en").option("tier")
        ('quality', 'tier')
        """
        return self(f"option.{name}") if name in _OPTIONS else name

    def count(self, noun: str, number: int) -> str:
        """A count with its noun, such as `2,000 jobs`."""
        return self(f"count.{noun}.{'one' if number == 1 else 'other'}", count=self.grouped(f"{number}"))

    def day(self, day: date) -> str:
        """A day as people write it."""
        from babel.dates import format_date  # what needs no day in words does without

        return format_date(day, "medium", locale=self._known_to_babel)

    def when(self, text: str) -> str:
        """A day, a month, a year or a season, as a price book writes it.

        >>> words_of("ko").when("spring 2026"), words_of("ko").when("2026-03")
        ('2026년 봄', '2026-03')
        """
        season, _, year = text.partition(" ")
        return self(f"season.{season}", year=year) if season in _SEASONS else text

    def grouped(self, plain: str) -> str:
        """A plain number with this language's separators."""
        group, point = self._separators
        whole, _, rest = plain.lstrip("-").partition(".")
        sign = "-" if plain.startswith("-") else ""
        text = f"{int(whole):,}" if group == "," else f"{int(whole):,}".replace(",", group)
        return f"{sign}{text}{point}{rest}" if rest else f"{sign}{text}"

    def listed(self, items: Iterable[str]) -> str:
        """Items of a list, with this language's comma."""
        return self("list.comma").join(items)

    def problem(self, found: Problem) -> Sentence:
        """The message and the hint of a problem."""
        return render(found.key, found.params, found.field, self._sentences, self.texts["problem_answer"])

    def finding(self, found: Finding) -> Sentence:
        """The message and the hint of a finding."""
        return finding_sentence(found, *self._finding_sentences)

    def plain(self, number: Decimal) -> str:
        """An exact number with this language's separators, every decimal of it."""
        return self.grouped(plain_text(number))

    def notes(self, keys: Iterable[tuple[str, tuple[tuple[str, str], ...]]]) -> list[str]:
        """Remarks on a line item."""
        return [self._notes[key].format(**dict(params)) for key, params in keys]

    def with_texts(self, texts: Mapping[str, str]) -> Words:
        """The same with other texts laid over."""
        return replace(self, texts=_Texts(self.locale, {**self.texts, **texts})) if texts else self

    @cached_property
    def _known_to_babel(self) -> Locale:
        from babel import Locale, UnknownLocaleError

        try:
            return Locale.parse(self.locale)
        except (UnknownLocaleError, ValueError):
            raise UsageError(f"{_catalogue_of(self.locale)}: no language is known by the code {self.locale}") from None

    @cached_property
    def _separators(self) -> tuple[str, str]:
        symbols = self._known_to_babel.number_symbols["latn"]
        return str(symbols["group"]), str(symbols["decimal"])

    @cached_property
    def _sentences(self) -> Mapping[str, Sentence]:
        if self.locale == ENGLISH:
            return SENTENCES
        return self._translated("problem", SENTENCES)

    def _translated(self, family: str, english: Mapping[str, Sentence]) -> dict[str, Sentence]:
        """Sentences in this language: a hint for each that has one in English."""
        texts, found = self.texts, {}
        for key, known in english.items():
            hint = texts[f"{family}.{key}.hint"] if known.hint else ""
            found[key] = Sentence(known.severity, texts[f"{family}.{key}.message"], hint)
        return found

    @cached_property
    def _finding_sentences(self) -> tuple[Mapping[str, Sentence], Mapping[str, str]]:
        if self.locale == ENGLISH:
            return FINDINGS, ADVICE
        return self._translated("finding", FINDINGS), {key: self.texts[f"advice.{key}"] for key in ADVICE}

    @cached_property
    def _notes(self) -> Mapping[str, str]:
        return NOTES if self.locale == ENGLISH else {key: self.texts[f"note.{key}"] for key in NOTES}


@cache
def words_of(locale: str) -> Words:
    """The words of a language.

    Raises:
        UsageError: the language is unknown.

    >>> words_of("xx")
    Traceback (most recent call last):
    kling_cost.problems.UsageError: unknown locale 'xx'; the locales are: en, ja, ko, zh
    """
    if locale not in LOCALES:
        raise UsageError(f"unknown locale {locale!r}; the locales are: {', '.join(LOCALES)}")
    path = material(f"locales/{locale}.yaml")
    texts = catalogue(path.read_text(encoding="utf-8"), path.name)
    return Words(locale, _Texts(locale, {"problem_answer": ANSWER, **texts} if locale == ENGLISH else texts))


class _Texts(dict[str, str]):
    """The texts of a language; one that is missing is an error in words, and never an English one."""

    def __init__(self, locale: str, texts: Mapping[str, str]) -> None:
        super().__init__(texts)
        self._locale = locale

    def __missing__(self, key: str) -> str:
        raise UsageError(f"{_catalogue_of(self._locale)} has no text for {key}")


def _catalogue_of(locale: str) -> str:
    return f"reports/locales/{locale}.yaml"


def catalogue(text: str, name: str) -> dict[str, str]:
    """The texts of a catalogue by their dotted keys.

    Args:
        text: YAML of nested keys.
        name: of the file, for faults.

    Raises:
        UsageError: it is not YAML of that form.

    >>> catalogue("part:\\n  summary: Summary\\n", "en.yaml")
    {'part.summary': 'Summary'}
    """
    try:
        root, faults = compose(text, name)
    except YamlError as error:
        root, faults = Scalar(name, 1, 1, "", True), error.faults
    if faults:
        raise UsageError(f"{name}:{faults[0].line}:{faults[0].column}: {faults[0].why}")
    return dict(_flattened(root, ""))


def _flattened(node: Node, prefix: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, YamlMapping):
        for key, value in node.items.items():
            yield from _flattened(value, f"{prefix}.{key}" if prefix else key)
    elif isinstance(node, Scalar) and prefix:
        yield prefix, node.text
    else:
        raise UsageError(f"{node.place}: must be keys and texts")
