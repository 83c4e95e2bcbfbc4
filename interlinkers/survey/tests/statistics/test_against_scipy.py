"""Our figures are scipy's to twelve digits, on random tables and on ones at the edge."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from interlinker_survey.statistics import associate, describe, rake, upper_tail, wilson

np = pytest.importorskip("numpy", reason="the judge of these figures is scipy")
stats = pytest.importorskip("scipy.stats", reason="the judge of these figures is scipy")

CLOSE = 1e-12
TABLES = range(60)


def random_table(seed: int) -> list[list[int]]:
    rng = Random(seed)
    rows, columns = rng.randint(2, 6), rng.randint(2, 6)
    return [[rng.choice([0, 1, 4, 40, 400, 30000]) + rng.randint(1, 9) for _ in range(columns)] for _ in range(rows)]


@pytest.mark.parametrize("seed", TABLES)
def test_chi_squared_and_v_of_a_table(seed: int) -> None:
    table = random_table(seed)
    found, judge = associate(table), stats.chi2_contingency(table, correction=False)
    assert found is not None
    assert found.chi_squared == pytest.approx(judge.statistic, rel=CLOSE, abs=1e-9)
    assert found.freedom == judge.dof
    assert found.p == pytest.approx(judge.pvalue, rel=1e-9, abs=1e-300)
    assert found.v == pytest.approx(stats.contingency.association(table, correction=False), rel=1e-9)
    expected = judge.expected_freq
    assert found.few_expected == pytest.approx((expected < 5).mean())
    assert found.reliable == bool((expected < 5).mean() <= 0.2 and expected.min() >= 1)


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 5, 10, 31, 100, 361])
@pytest.mark.parametrize("statistic", [1e-9, 0.01, 0.5, 1, 3.84, 10, 50, 200, 700, 1400])
def test_the_tail_of_chi_squared(freedom: int, statistic: float) -> None:
    assert upper_tail(statistic, freedom) == pytest.approx(stats.chi2.sf(statistic, freedom), rel=CLOSE, abs=1e-300)


@pytest.mark.parametrize(
    ("count", "size"), [(0, 1), (1, 1), (0, 50), (50, 50), (3, 7), (41, 200), (99_999, 100_000)], ids=str
)
def test_wilsons_interval(count: int, size: int) -> None:
    judge = stats.binomtest(count, size).proportion_ci(method="wilson")
    found = wilson(count / size, size)
    assert (found.low, found.high) == pytest.approx((judge.low, judge.high), rel=1e-9, abs=1e-14)


@pytest.mark.parametrize("seed", range(20))
def test_numbers(seed: int) -> None:
    rng = Random(seed)
    numbers = [rng.choice([rng.randint(-9, 9), rng.gauss(1e6, 0.1), 0.1]) for _ in range(rng.randint(2, 300))]
    found = describe(Counter(numbers))
    assert found is not None
    assert found.mean == pytest.approx(np.mean(numbers), rel=1e-12)
    assert found.deviation == pytest.approx(np.std(numbers, ddof=1), rel=1e-9)
    assert found.quartiles == pytest.approx(tuple(np.quantile(numbers, [0.25, 0.5, 0.75])), rel=CLOSE)


def test_raked_weights_are_those_that_change_least() -> None:
    counts: dict[tuple[str, ...], int] = {("f", "young"): 30, ("f", "old"): 20, ("m", "young"): 10, ("m", "old"): 40}
    found = rake(counts, [{"f": 52, "m": 48}, {"young": 30, "old": 70}])
    cells = {stratum: counts[stratum] * weight for stratum, weight in found.weights.items()}
    assert cells["f", "young"] + cells["f", "old"] == pytest.approx(52)
    assert cells["f", "young"] + cells["m", "young"] == pytest.approx(30)
    odds = [found.weights[one, "young"] / found.weights[one, "old"] for one in "fm"]
    assert odds[0] == pytest.approx(odds[1])  # what raking leaves alone: how both hang together
