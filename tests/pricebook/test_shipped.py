"""Further price books come with the library, and are known by name."""

from __future__ import annotations

from pathlib import Path

import pytest

import kling_cost as kc
from kling_cost.pricebook.places import book_names
from kling_cost.pricebook.shipped_books import shipped_books


def test_every_file_of_the_folder_is_a_book_that_loads(project: Path) -> None:
    assert book_names() == sorted(file.stem for file in (project / "books").iterdir())
    assert list(shipped_books()) == book_names()
    assert [book.version for book in shipped_books().values()] == book_names()


def test_a_name_and_a_path_give_the_same_book(project: Path) -> None:
    for name in book_names():
        assert kc.load_prices(name).sha256 == kc.load_prices(project / "books" / f"{name}.yaml").sha256
        assert kc.load_prices(overlay=name).sha256 == kc.load_prices(overlay=[name]).sha256


def test_what_is_neither_a_name_nor_a_file_is_refused_with_the_names() -> None:
    with pytest.raises(kc.UsageError, match="unknown price book 'market'; the library has: evolink"):
        kc.load_prices("market")


def test_a_file_without_suffix_is_still_a_file(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine").write_bytes((project / "pricing.yaml").read_bytes())
    monkeypatch.chdir(tmp_path)
    assert kc.load_prices("mine").sha256 == kc.load_prices().sha256
    assert kc.load_prices("./mine").sha256 == kc.load_prices().sha256


def test_the_default_is_none_of_them() -> None:
    assert kc.load_prices().sha256 not in {book.sha256 for book in shipped_books().values()}
