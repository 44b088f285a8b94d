"""Writers, one per format: they turn tables into files and know nothing of budgets or prices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from kling_cost.reporting.document import Document


class Writer(Protocol):
    """Turns a document into a file of a format."""

    def __call__(self, document: Document) -> bytes:
        """The bytes of the file.

        Raises:
            UsageError: the format cannot hold a figure, or a company's look is not acceptable.
        """
