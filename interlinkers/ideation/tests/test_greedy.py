"""The greedy rule: what it funds, and what must hold for any election."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from interlinker_ideation.methods import greedy
from interlinker_ideation.methods.placement import Contender, Placement, Verdict

COSTS = st.none() | st.integers(0, 60)
ELECTIONS = st.lists(st.tuples(st.integers(0, 6), COSTS), max_size=12).map(
    lambda pairs: [Contender(number, votes, cost) for number, (votes, cost) in enumerate(pairs, start=1)]
)
BUDGETS = st.integers(0, 200)


def allocate(contenders: list[Contender], budget: int) -> tuple[Placement, ...]:
    return greedy.allocate(contenders, budget).placements


def verdicts(contenders: list[Contender], budget: int) -> dict[int, Verdict]:
    return {placement.contender.number: placement.verdict for placement in allocate(contenders, budget)}


def order(placements: Sequence[Placement]) -> list[int]:
    return [placement.contender.number for placement in placements]


def test_most_votes_are_funded_first() -> None:
    placements = allocate([Contender(1, 5, 60), Contender(2, 9, 60)], 100)
    assert order(placements) == [2, 1]
    assert [(one.rank, one.verdict, one.left) for one in placements] == [
        (1, Verdict.FUNDED, 100),
        (2, Verdict.TOO_COSTLY, 40),
    ]


def test_an_idea_that_does_not_fit_is_passed_over() -> None:
    assert verdicts([Contender(1, 9, 70), Contender(2, 8, 50), Contender(3, 7, 30)], 100) == {
        1: Verdict.FUNDED,
        2: Verdict.TOO_COSTLY,
        3: Verdict.FUNDED,
    }


def test_equal_votes_go_to_the_lower_cost_then_to_the_earlier_idea() -> None:
    tied = [Contender(1, 3, None), Contender(2, 3, 20), Contender(3, 3, 10), Contender(4, 3, 10)]
    assert order(allocate(tied, 0)) == [3, 4, 2, 1]


def test_an_idea_may_cost_exactly_what_is_left() -> None:
    assert verdicts([Contender(1, 2, 60), Contender(2, 1, 40)], 100) == {1: Verdict.FUNDED, 2: Verdict.FUNDED}


def test_without_votes_or_cost_nothing_is_funded() -> None:
    assert verdicts([Contender(1, 0, 10), Contender(2, 4, None)], 100) == {1: Verdict.NO_VOTES, 2: Verdict.NO_COST}


@given(ELECTIONS, BUDGETS)
def test_never_spends_more_than_the_budget(contenders: list[Contender], budget: int) -> None:
    assert sum(placement.spent for placement in allocate(contenders, budget)) <= budget


@given(ELECTIONS, BUDGETS)
def test_what_was_left_is_the_budget_less_what_went_before(contenders: list[Contender], budget: int) -> None:
    spent = 0
    for placement in allocate(contenders, budget):
        assert placement.left == budget - spent
        spent += placement.spent


@given(ELECTIONS, BUDGETS)
def test_nothing_affordable_with_votes_is_left_out(contenders: list[Contender], budget: int) -> None:
    for placement in allocate(contenders, budget):
        one = placement.contender
        fits = one.votes > 0 and one.cost is not None and placement.left is not None and one.cost <= placement.left
        assert fits == (placement.verdict is Verdict.FUNDED)


@given(ELECTIONS, BUDGETS, st.randoms(use_true_random=False))
def test_the_order_in_which_ideas_arrive_does_not_matter(contenders: list[Contender], budget: int, rng: Random) -> None:
    shuffled = list(contenders)
    rng.shuffle(shuffled)
    assert allocate(shuffled, budget) == allocate(contenders, budget)


@given(ELECTIONS, BUDGETS, st.integers(1, 4))
def test_more_votes_never_hurt_a_funded_idea(contenders: list[Contender], budget: int, more: int) -> None:
    for place, one in enumerate(contenders):
        if verdicts(contenders, budget)[one.number] is Verdict.FUNDED:
            changed = [*contenders[:place], replace(one, votes=one.votes + more), *contenders[place + 1 :]]
            assert verdicts(changed, budget)[one.number] is Verdict.FUNDED


@given(ELECTIONS, BUDGETS, st.integers(1, 20))
def test_costing_less_never_hurts_a_funded_idea(contenders: list[Contender], budget: int, less: int) -> None:
    for place, one in enumerate(contenders):
        if verdicts(contenders, budget)[one.number] is Verdict.FUNDED:
            cheaper = replace(one, cost=max(0, (one.cost or 0) - less))
            changed = [*contenders[:place], cheaper, *contenders[place + 1 :]]
            assert verdicts(changed, budget)[one.number] is Verdict.FUNDED
