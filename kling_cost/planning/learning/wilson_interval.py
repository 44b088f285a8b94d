"""The Wilson score interval: where a rate lies that is known from some trials only."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

#: The 90th percentile of the standard normal distribution: of ten such intervals, the true rate is below one, above
#: one, and in eight. Tables round it to 1.28 (NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.1).
_Z = Decimal(12815515655446004).scaleb(-16)
_EXACT = Context(prec=60)
_FOUR = Decimal(4)
_PLACES = Decimal(1).scaleb(-6)  # as fine as a chance is written


def wilson_interval(successes: int, trials: int) -> tuple[Decimal, Decimal]:
    """The 80 % interval of Wilson (1927) for the rate of successes, rounded outwards to six decimals.

    Args:
        successes: from 0 to `trials`.
        trials: at least 1.

    >>> wilson_interval(41, 164)
    (Decimal('0.209290'), Decimal('0.295668'))
    >>> wilson_interval(0, 3)
    (Decimal('0.000000'), Decimal('0.353779'))
    """
    squared = _EXACT.multiply(_Z, _Z)
    missed = trials - successes
    middle = _EXACT.add(Decimal(successes), _EXACT.divide(squared, Decimal(2)))
    spread = _EXACT.divide(Decimal(successes * missed), Decimal(trials))
    half = _EXACT.multiply(_Z, _EXACT.sqrt(_EXACT.add(spread, _EXACT.divide(squared, _FOUR))))
    whole = _EXACT.add(Decimal(trials), squared)
    low, high = (_EXACT.divide(end, whole) for end in (_EXACT.subtract(middle, half), _EXACT.add(middle, half)))
    least = low.quantize(_PLACES, ROUND_FLOOR) if successes else Decimal(0).quantize(_PLACES)
    return least, high.quantize(_PLACES, ROUND_CEILING) if missed else Decimal(1).quantize(_PLACES)
