"""Products: models that make the same thing, whoever sells them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kling_cost.frozen import Frozen


@dataclass(frozen=True, slots=True)
class ProductEntry:
    """A model that makes a product.

    Attributes:
        provider, model: the seller's id, and the model's name there.
        fixed: values of options that the model itself decides, so that a request for it cannot choose them.
        needs_not: what it cannot make, by the names of `Job.needs`.
    """

    provider: str
    model: str
    fixed: Mapping[str, str] = field(default_factory=Frozen)
    needs_not: tuple[str, ...] = ()

    def excludes(self, other: ProductEntry) -> bool:
        """Whether no request can be meant by both: they are of other models, or decide an option otherwise.

        >>> cheap, dear = (ProductEntry("a", "m", {"quality": quality}) for quality in ("720p", "1080p"))
        >>> cheap.excludes(dear), cheap.excludes(cheap)
        (True, False)
        """
        if (self.provider, self.model) != (other.provider, other.model):
            return True
        return any(other.fixed.get(name, value) != value for name, value in self.fixed.items())


Products = Mapping[str, tuple[ProductEntry, ...]]


def products_of(products: Products, provider: str, model: str) -> tuple[str, ...]:
    """The products that a seller's model makes; several where it depends on options.

    >>> products_of({"a video": (ProductEntry("seller", "vid"),)}, "seller", "vid")
    ('a video',)
    """
    return tuple(
        name
        for name, entries in products.items()
        if any((entry.provider, entry.model) == (provider, model) for entry in entries)
    )
