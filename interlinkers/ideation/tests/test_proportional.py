"""Equal Shares and Phragmen: equal to an independent implementation, to a real election, and true to what they promise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from random import Random

import pytest
from interlinkers.ideation.tests.elections import (
    WIELICZKA,
    ask_oracle,
    grouped,
    question,
    random_election,
    read_election,
)

from interlinker_ideation.methods import equal_shares, phragmen
from interlinker_ideation.methods.electorate import Electorate
from interlinker_ideation.methods.equal_shares import Completion, Shop, Utility, buy
from interlinker_ideation.methods.greedy import Overrun
from interlinker_ideation.methods.placement import Contender, Election, Outcome, Tie, Verdict
from interlinker_ideation.methods.ties import BY_VOTES, TieBy, Ties

MANY = 250
ELECTIONS = [random_election(Random(seed)) for seed in range(MANY)]


def shares(election: Election, utility: Utility = Utility.COST, completion: Completion = Completion.NONE) -> Outcome:
    return equal_shares.allocate(election, utility=utility, completion=completion)


def verdicts(outcome: Outcome) -> dict[int, Verdict]:
    return {one.contender.number: one.verdict for one in outcome.placements}


def election(costs: list[int], ballots: Sequence[tuple[int, ...]], budget: int) -> Election:
    return Election.of([Contender(at, 0, cost) for at, cost in enumerate(costs, start=1)], grouped(ballots), budget)


@pytest.mark.parametrize("utility", Utility)
def test_equal_shares_decide_as_an_independent_implementation_does(utility: Utility) -> None:
    answers = ask_oracle([question(one, "equal-shares", utility=utility) for one in ELECTIONS])
    outcomes = [shares(one, utility) for one in ELECTIONS]
    assert [sorted(one.funded) for one in outcomes] == answers
    assert sum(bool(one.ties) for one in outcomes) >= MANY // 20, "too few ties among the elections to mean anything"


def test_phragmen_decides_as_an_independent_implementation_does() -> None:
    answers = ask_oracle([question(one, "phragmen") for one in ELECTIONS])
    outcomes = [phragmen.allocate(one) for one in ELECTIONS]
    assert [sorted(one.funded) for one in outcomes] == answers
    assert sum(bool(one.ties) for one in outcomes) >= MANY // 20


@pytest.mark.parametrize("utility", Utility)
def test_real_election_is_decided_as_an_independent_implementation_does(utility: Utility) -> None:
    real, _ = read_election(WIELICZKA)
    (answer,) = ask_oracle([question(real, "equal-shares", utility=utility)])
    assert sorted(shares(real, utility).funded) == answer


def test_real_election_is_decided_as_phragmen_elsewhere() -> None:
    real, _ = read_election(WIELICZKA)
    (answer,) = ask_oracle([question(real, "phragmen")])
    assert sorted(phragmen.allocate(real).funded) == answer


@pytest.mark.parametrize("utility", Utility)
def test_runs_that_go_on_from_others_are_as_if_begun_anew(utility: Utility) -> None:
    for election in ELECTIONS[:80]:
        electorate = Electorate.of(election, BY_VOTES)
        shop = Shop(electorate, utility, BY_VOTES)
        first = election.budget // max(1, electorate.voters)
        for share in (first, first + 1, first + 2, first + 9, first + 10, first + 60, first + 500):
            run, anew = shop.run(Fraction(share)), buy(electorate, Fraction(share), utility, BY_VOTES)
            assert (list(run.paid.items()), run.ties) == (list(anew.paid.items()), anew.ties)
            assert [run.left(place) for place in range(len(electorate.costs))] == [
                anew.left(place) for place in range(len(electorate.costs))
            ]


def test_wieliczka_has_its_official_winners() -> None:
    """The file says `equalshares/add1`; 30 of 64 projects won."""
    real, official = read_election(WIELICZKA)
    outcome = shares(real, completion=Completion.ADD_ONE)
    assert len(official) == 30
    assert outcome.funded == official


def test_add_one_is_the_last_share_that_the_budget_can_bear() -> None:
    """Against pabutools, asked for a plain run with each share until one costs too much."""
    some = ELECTIONS[:60]
    questions = [
        question(one, "equal-shares")
        | {"budget": [share * one.voters for share in range(one.budget // one.voters, one.budget // one.voters + 210)]}
        for one in some
    ]
    for one, runs in zip(some, ask_oracle(questions), strict=True):
        costs = {idea.number: idea.cost or 0 for idea in one.contenders}
        best = runs[0]
        for winners in runs:
            if sum(costs[number] for number in winners) > one.budget:
                break
            best = winners
        assert sorted(shares(one, completion=Completion.ADD_ONE).funded) == best


@pytest.mark.parametrize("completion", Completion)
@pytest.mark.parametrize("utility", Utility)
def test_equal_shares_never_spend_more_than_the_budget(utility: Utility, completion: Completion) -> None:
    for one in ELECTIONS:
        outcome = shares(one, utility, completion)
        assert sum(placement.spent for placement in outcome.placements) <= one.budget


@pytest.mark.parametrize("completion", [Completion.GREEDY, Completion.ADD_ONE_GREEDY])
def test_completed_shares_leave_nothing_out_that_fits(completion: Completion) -> None:
    for one in ELECTIONS:
        outcome = shares(one, completion=completion)
        left = one.budget - sum(placement.spent for placement in outcome.placements)
        others = [idea for idea in one.contenders if idea.number not in outcome.funded and idea.votes]
        assert all((idea.cost or 0) > left for idea in others)


def test_half_of_the_voters_decide_on_half_of_the_money() -> None:
    """Greedily the larger half would get everything; with equal shares nobody can be outvoted on her own share."""
    costs = [50, 50, 50, 50]
    divided = election(costs, [(1, 2)] * 51 + [(3, 4)] * 49, 100)
    assert shares(divided, completion=Completion.GREEDY).funded == {1, 2}
    assert shares(election([50, 50, 49, 49], [(1, 2)] * 51 + [(3, 4)] * 49, 100)).funded == {1, 3}


def test_what_supporters_have_left_is_told_exactly() -> None:
    outcome = shares(election([60, 60], [(1,), (1, 2), (2,)], 90))
    first, second = outcome.placements
    assert (first.contender.number, first.paid, first.left) == (1, Fraction(30), None)
    assert (second.verdict, second.left, second.paid) == (Verdict.SHARES_SPENT, Fraction(30), None)


def test_a_share_need_not_be_whole() -> None:
    outcome = shares(election([20], [(1,), (1,), (), ()], 41))
    assert outcome.placements[0].paid == 10
    assert shares(election([21], [(1,), (1,), (), ()], 41)).placements[0].left == Fraction(41, 2)


def test_whoever_has_less_pays_all_and_the_others_the_rest() -> None:
    """Who supports both has 10 of 30 left after the first; for the second that is taken, and 30 from the other."""
    outcome = shares(election([40, 40], [(1,), (1, 2), (2,)], 90))
    assert {one.contender.number: one.paid for one in outcome.placements} == {1: 20, 2: 30}


@pytest.mark.parametrize("decide", [shares, phragmen.allocate])
def test_without_support_or_cost_nothing_is_funded(decide: Callable[[Election], Outcome]) -> None:
    odd = Election.of([Contender(1, 0, 0), Contender(2, 0, None), Contender(3, 0, 5)], [((2,), 3)], 100)
    assert verdicts(decide(odd)) == {1: Verdict.NO_VOTES, 2: Verdict.NO_COST, 3: Verdict.NO_VOTES}


@pytest.mark.parametrize("decide", [shares, phragmen.allocate])
def test_what_costs_nothing_is_funded_as_soon_as_anybody_wants_it(decide: Callable[[Election], Outcome]) -> None:
    assert decide(election([0, 100], [(1,), (2,)], 0)).funded == {1}


@pytest.mark.parametrize("decide", [shares, phragmen.allocate])
def test_votes_for_ideas_that_are_gone_count_for_nobody(decide: Callable[[Election], Outcome]) -> None:
    assert decide(Election.of([Contender(1, 0, 10)], [((1, 7), 1), ((7,), 1)], 20)).funded == {1}


@pytest.mark.parametrize("decide", [shares, phragmen.allocate])
def test_the_order_of_ballots_and_ideas_does_not_matter(decide: Callable[[Election], Outcome]) -> None:
    for seed, one in enumerate(ELECTIONS[:80]):
        rng = Random(seed)
        ballots = rng.sample(list(one.ballots), len(one.ballots))
        contenders = rng.sample(one.contenders, len(one.contenders))
        assert decide(Election(tuple(contenders), ballots, one.budget)) == decide(one)


def test_tie_is_told_with_what_broke_it() -> None:
    tied = election([50, 50, 80], [(1,), (2,), (3,), (3,)], 120)
    assert phragmen.allocate(tied, overrun=Overrun.SKIP).ties == ()
    equal = election([50, 50], [(1,), (2,)], 60)
    assert phragmen.allocate(equal, overrun=Overrun.SKIP).ties == (Tie((1, 2), 1, TieBy.EARLIER),)


def test_lot_is_drawn_by_the_seed_alone() -> None:
    equal = election([50] * 6, [(number,) for number in range(1, 7)], 350)
    drawn = {seed: phragmen.allocate(equal, ties=Ties((TieBy.LOT,), seed)) for seed in ("a", "b", "a")}
    orders = {seed: [one.contender.number for one in outcome.placements] for seed, outcome in drawn.items()}
    assert orders == {"a": [1, 3, 6, 4, 2, 5], "b": orders["b"]}
    assert orders["a"] != orders["b"]


def test_phragmen_stops_at_what_does_not_fit_or_passes_it_over() -> None:
    three = election([60, 60, 20], [(1,)] * 3 + [(2,)] * 2 + [(3,)], 100)
    assert verdicts(phragmen.allocate(three, overrun=Overrun.SKIP)) == {
        1: Verdict.FUNDED,
        2: Verdict.TOO_COSTLY,
        3: Verdict.FUNDED,
    }
    later = election([60, 60, 40], [(1,)] * 3 + [(2,)] * 2 + [(3,)], 100)
    assert verdicts(phragmen.allocate(later)) == {1: Verdict.FUNDED, 2: Verdict.TOO_COSTLY, 3: Verdict.STOPPED}


def test_prices_beyond_what_floats_can_tell_are_compared_exactly() -> None:
    """Idea 2 is cheaper by one in 10^17: a float takes both for equal, and the declared order would prefer idea 1."""
    huge = 10**17
    close = election([huge + 1, huge], [(1,), (2,)], 2 * huge)
    outcome = shares(close, Utility.CARDINALITY)
    assert outcome.funded == {2}
    assert outcome.ties == ()
