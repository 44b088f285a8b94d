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
        needs: what every request for it has beside words, by the names of `Job.needs`.
        takes: what its requests may have beside that, where no request rules of the model tell.
        needs_not: what it cannot make.
    """

    provider: str
    model: str
    fixed: Mapping[str, str] = field(default_factory=Frozen)
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    needs_not: tuple[str, ...] = ()

    def suits(self, asked: frozenset[str], is_all: bool) -> bool:
        """Whether it makes what a request asks for, as far as the book says; what it does not say, is not denied.

        Args:
            asked: what the request has beside words.
            is_all: whether that is known to be all.

        >>> picture = ProductEntry("a", "m", needs=("image",), needs_not=("video",))
        >>> asked = [{"image"}, set(), {"image", "video"}, {"image", "voice"}]
        >>> [picture.suits(frozenset(needs), True) for needs in asked]
        [True, False, False, True]
        """
        return asked.isdisjoint(self.needs_not) and (not is_all or asked >= {*self.needs})

    def excludes(self, other: ProductEntry) -> bool:
        """Whether no request can be meant by both: they are of other models, decide an option otherwise, or one
        needs what the other cannot make.

        >>> cheap, dear = (ProductEntry("a", "m", {"quality": quality}) for quality in ("720p", "1080p"))
        >>> cheap.excludes(dear), cheap.excludes(cheap)
        (True, False)
        """
        if (self.provider, self.model) != (other.provider, other.model):
            return True
        if not {*self.needs}.isdisjoint(other.needs_not) or not {*other.needs}.isdisjoint(self.needs_not):
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
