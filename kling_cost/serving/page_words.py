"""The words of the page: those of reports, without what only a command line or Python can do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from kling_cost.messages import SENTENCES
from kling_cost.messages.sentence import Sentence
from kling_cost.problems import Problem
from kling_cost.reporting.translations import Words, words_of

#: A flag, a verb, or an argument, as hints name them in every language.
_TYPED = re.compile(r"--[a-z]|kling-cost|kling_cost|as_of|\bpass\b")
#: What somebody can do on the page instead.
_HINTS: Mapping[str, str] = {
    "no_exchange_rate.limit": "serve.hint_budget",
    "no_exchange_rate.unknown": "serve.hint_budget",
    "unreadable.encoding": "serve.hint_encoding",
    "ambiguous.sheet_blank": "serve.hint_blank",
}


class PageWords(Words):
    """The words of a language on the page.

    >>> from kling_cost.problems import problem
    >>> found = problem("no_exchange_rate.limit", limit="60 EUR", currencies="EUR")
    >>> page_words("en").problem(found).hint
    "write the budget in USD, or in a provider's credits"
    """

    def problem(self, found: Problem) -> Sentence:
        """The message of a problem, and the hint where somebody can follow it on the page."""
        sentence, own = super().problem(found), _HINTS.get(found.key)
        if own is not None:
            return sentence._replace(hint=self(own))
        return sentence._replace(hint="") if _TYPED.search(SENTENCES[found.key].hint) else sentence


@cache
def page_words(locale: str) -> PageWords:
    """The words of a language as the page has them."""
    return PageWords(locale, words_of(locale).texts)


def told(found: Problem, words: Words) -> str:
    """A problem in words, with its place and what it is about.

    >>> from kling_cost.problems import problem
    >>> told(problem("missing.least", "takes"), page_words("en"))
    'Takes: the least that it may become is missing (write a whole number of at least 1)'
    """
    sentence = words.problem(found)
    place = ":".join(str(part) for part in (found.source, found.row) if part is not None)
    field = words.texts.get(f"column.{found.field}", "") if found.field else ""
    text = ": ".join(filter(None, (place, field, sentence.message)))
    return f"{text} ({sentence.hint})" if sentence.hint else text
