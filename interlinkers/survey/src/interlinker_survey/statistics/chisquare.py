"""The upper tail of the chi-squared distribution, by the finite sums that whole degrees of freedom have."""

from __future__ import annotations

from math import erfc, exp, fsum, inf, lgamma, log, sqrt


def upper_tail(statistic: float, freedom: int) -> float:
    """The probability that chi-squared with `freedom` degrees exceeds `statistic`: Q(freedom / 2, statistic / 2).

    Q is the regularised incomplete gamma function. For a whole number n and y > 0 repeated use of its recurrence
    Q(a + 1, y) = Q(a, y) + y^a e^-y / Γ(a + 1) (DLMF 8.8.6) from Q(1, y) = e^-y or Q(1/2, y) = erfc(√y) (DLMF 8.4.6)
    ends; all terms are positive, so that nothing cancels out.
    """
    if freedom < 1:
        message = "there is no distribution without a degree of freedom"
        raise ValueError(message)
    half = statistic / 2
    if half <= 0:
        return 1.0
    if half == inf:
        return 0.0
    odd = freedom % 2
    begin = [erfc(sqrt(half))] if odd else []
    steps = (place + odd / 2 for place in range(freedom // 2))
    return min(1.0, fsum([*begin, *(exp(power * log(half) - half - lgamma(power + 1)) for power in steps)]))
