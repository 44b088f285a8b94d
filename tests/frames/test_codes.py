"""Which combination of cells a row has, also where there are more combinations than a small number can count."""

from __future__ import annotations

import numpy as np
import pytest

from kling_cost.frames.cell_codes import combined


@pytest.mark.parametrize("count", [3, 2_000, 50_000])  # 50,000 × 50,000 codes are more than 32 bits hold
def test_every_row_gets_its_own_combination(count: int) -> None:
    values = list(range(count))
    up = np.arange(count, dtype=np.int32) - 1  # the first row has nothing in this column
    down = np.arange(count, dtype=np.int32)[::-1].copy()
    codes, rows = combined(count, ["a", "b", "c"], [(up, values), (down, values), (up, values)])
    assert len(rows) == count
    wanted = [(None if n == 0 else n - 1, count - 1 - n, None if n == 0 else n - 1) for n in range(count)]
    assert [rows[code] for code in codes.tolist()] == wanted
