"""Find the shipped price books: inside the installed package, or at the top of a checkout."""

from __future__ import annotations

import os
from pathlib import Path

from kling_cost.problems import UsageError, shown

#: The name of the book that is used where none is named.
DEFAULT = "pricing"
_BOOK = ".yaml"


def shipped_file(name: str) -> Path:
    """The path of a file or folder that comes with the library, such as `pricing.yaml`.

    >>> shipped_file("pricing.yaml").is_file()
    True
    """
    package = Path(__file__).resolve().parent.parent
    inside = package / name
    return inside if inside.exists() else package.parent / name


def book_names() -> list[str]:
    """The names of the further books that come with the library.

    >>> book_names()
    ['evolink-2026-10-10', 'market-2026-11']
    """
    return sorted(file.stem for file in shipped_file("books").glob(f"*{_BOOK}"))


def book_path(book: str | os.PathLike[str]) -> str | os.PathLike[str]:
    """The path of a book that is named or lies somewhere; what has a suffix or a slash is a path.

    Raises:
        UsageError: it is neither a book that comes with the library nor a file.

    >>> Path(book_path("evolink-2026-10-10")).name, book_path("mine.yaml")
    ('evolink-2026-10-10.yaml', 'mine.yaml')
    """
    if not isinstance(book, str) or Path(book).name != book or Path(book).suffix or book == "-":
        return book
    names = [*book_names(), DEFAULT]
    if book in names:
        return shipped_file(f"{book}{_BOOK}" if book == DEFAULT else f"books/{book}{_BOOK}")
    if os.path.exists(book):  # false for a name that no file can have
        return book
    raise UsageError(f"unknown price book {shown(book)!r}; the library has: {', '.join(names)}; or pass a file")
