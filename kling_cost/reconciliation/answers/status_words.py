"""What the words of answers mean: as a price book says, else as the one that comes with the library does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from kling_cost.pricebook.book import CONSUMED, OPEN, AnswerWords, PriceBook, Rate, Sku
from kling_cost.pricebook.load import load_prices
from kling_cost.pricing.line_item import Charge
from kling_cost.problems import UsageError
from kling_cost.reconciliation.answers.answer import CREATE, STATUS, Facts


class StatusWords:
    """What each provider's answers mean.

    Args:
        book: whose words count first.
        also: further books, for providers of which neither this one nor that of the library says anything.

    Attributes:
        by_provider: the words of each provider; of one that nobody has described, those of all others.

    >>> StatusWords(load_prices()).state("evolink", "completed")
    'succeeded'
    """

    def __init__(self, book: PriceBook, also: Sequence[PriceBook] = ()) -> None:
        self._book = book
        self._any: dict[str, str] = {}
        self.by_provider: dict[str, AnswerWords] = defaultdict(lambda: AnswerWords(CONSUMED, self._any))
        for layer in (*reversed(also), load_prices(), book):
            found = {name: provider.answers for name, provider in layer.providers.items()}
            self.by_provider |= {name: words for name, words in found.items() if words is not None}
        self._any = {word: state for words in self.by_provider.values() for word, state in words.states.items()}

    def knows(self, provider: str | None, status: str) -> bool:
        """Whether a status word has a meaning."""
        known = self.by_provider.get(provider or "")
        return status.lower() in (known.states if known else self._any)

    def state(self, provider: str | None, status: str | None) -> str:
        """Where a status word says that a task stands; an unknown word says open."""
        known = self.by_provider.get(provider or "")
        return (known.states if known else self._any).get(status.lower(), OPEN) if status else OPEN

    def stage(self, facts: Facts, provider: str | None) -> str:
        """Which call an answer answered: as the caller says, else as status and progress tell."""
        if facts.stage is not None:
            return facts.stage
        return STATUS if facts.progress or self.state(provider, facts.status) != OPEN else CREATE

    def currency_of(self, provider: str | None) -> str | None:
        """What a provider's prices are counted in; None for one that the book does not have."""
        known = self._book.providers.get(provider or "")
        return known.currency if known else None

    def sku_of(self, charge: Charge) -> Sku | None:
        """The SKU that a charge buys, as the book has it."""
        provider = self._book.providers.get(charge.provider)
        return provider.sku(charge.model) if provider else None

    def rate_of(self, charge: Charge) -> Rate | None:
        """The rate of a charge; of one that was stored, as the book has it."""
        sku = self.sku_of(charge) if charge.rate is None else None
        return sku.rate(charge.rate_effective_from) if sku else charge.rate

    def prefix_of(self, provider: str | None, task_id: str | None) -> str | None:
        """The prefix of a task id that marks some SKUs; None where it means nothing."""
        known = self.by_provider.get(provider or "")
        return next((p for p in known.task_prefixes if (task_id or "").startswith(p)), None) if known else None

    def fits(self, charge: Charge, prefix: str | None) -> bool:
        """Whether the prefix of a task id fits what a charge buys.

        >>> import kling_cost as kc
        >>> charge = kc.price("pro-text-to-video", duration=5).charge
        >>> StatusWords(load_prices()).fits(charge, "n75"), StatusWords(load_prices()).fits(charge, "n71")
        (True, False)
        """
        sku = self.sku_of(charge)
        return (
            prefix is None or sku is None or sku.id in self.by_provider[charge.provider].task_prefixes.get(prefix, ())
        )

    def own_prefix(self, charge: Charge) -> str | None:
        """How ids of tasks begin that buy what a charge buys."""
        sku, prefixes = self.sku_of(charge), self.by_provider[charge.provider].task_prefixes
        return next((prefix for prefix, skus in prefixes.items() if sku and sku.id in skus), None)

    def check_unit(self, unit: str | None) -> None:
        """Refuse a unit in which no provider states amounts.

        Raises:
            UsageError: there is no such unit.
        """
        known = sorted({words.small_unit[0] for words in self.by_provider.values() if words.small_unit})
        if unit is not None and unit not in known:
            raise UsageError(f"no provider states amounts in {unit}; known units: {', '.join(known)}")
