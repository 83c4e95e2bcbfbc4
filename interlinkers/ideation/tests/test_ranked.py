"""Ranked choice: published examples stage by stage, the rules of ties, and what must hold for any election."""

from __future__ import annotations

from random import Random

import pytest

from interlinker_ideation.methods.placement import Contender, Tie, Verdict
from interlinker_ideation.methods.ranked import Count, instant_runoff, transferable_vote
from interlinker_ideation.methods.ties import TieBy, Ties

EARLIER = Ties((TieBy.EARLIER,))
ORANGES, PEARS, CHOCOLATE, STRAWBERRIES, SWEETS = 1, 2, 3, 4, 5
PARTY = [
    ((ORANGES,), 4),
    ((PEARS, ORANGES), 2),
    ((CHOCOLATE, STRAWBERRIES), 8),
    ((CHOCOLATE, SWEETS), 4),
    ((STRAWBERRIES,), 1),
    ((SWEETS,), 1),
]
"""The example by which English Wikipedia explained the Single Transferable Vote for years: 20 guests choose 3 dishes."""

MEMPHIS, NASHVILLE, CHATTANOOGA, KNOXVILLE = 1, 2, 3, 4
TENNESSEE = [
    ((MEMPHIS, NASHVILLE, CHATTANOOGA, KNOXVILLE), 42),
    ((NASHVILLE, CHATTANOOGA, KNOXVILLE, MEMPHIS), 26),
    ((CHATTANOOGA, KNOXVILLE, NASHVILLE, MEMPHIS), 15),
    ((KNOXVILLE, CHATTANOOGA, NASHVILLE, MEMPHIS), 17),
]
"""The well-known example of a capital for Tennessee."""


def ideas(many: int) -> list[Contender]:
    return [Contender(number, 0) for number in range(1, many + 1)]


def random_ballots(rng: Random, many: int) -> list[tuple[tuple[int, ...], int]]:
    return [
        (tuple(rng.sample(range(1, many + 1), rng.randint(1, many))), rng.randint(1, 4))
        for _ in range(rng.randint(1, 25))
    ]


def test_party_food_is_chosen_as_published() -> None:
    count = transferable_vote(ideas(5), PARTY, 3)
    whole = [{number: votes / 10**5 for number, votes in stage.votes.items()} for stage in count.stages]
    assert count.quota == 6
    assert whole[0] == {ORANGES: 4, PEARS: 2, CHOCOLATE: 12, STRAWBERRIES: 1, SWEETS: 1}
    assert whole[1] == {ORANGES: 4, PEARS: 2, CHOCOLATE: 6, STRAWBERRIES: 5, SWEETS: 3}
    assert [(stage.elected, stage.excluded) for stage in count.stages] == [
        ((CHOCOLATE,), None),
        ((), PEARS),
        ((ORANGES,), SWEETS),
        ((STRAWBERRIES,), None),
    ]


def test_capital_of_tennessee_is_knoxville() -> None:
    count = instant_runoff(ideas(4), TENNESSEE)
    assert count.elected == (KNOXVILLE,)
    assert [stage.votes for stage in count.stages] == [
        {MEMPHIS: 42, NASHVILLE: 26, CHATTANOOGA: 15, KNOXVILLE: 17},
        {MEMPHIS: 42, NASHVILLE: 26, CHATTANOOGA: 0, KNOXVILLE: 32},
        {MEMPHIS: 42, NASHVILLE: 0, CHATTANOOGA: 0, KNOXVILLE: 58},
    ]


def test_ranks_are_the_elected_then_those_who_stayed_longest() -> None:
    placements = instant_runoff(ideas(4), TENNESSEE).outcome.placements
    assert [one.contender.number for one in placements] == [KNOXVILLE, MEMPHIS, NASHVILLE, CHATTANOOGA]
    assert [one.verdict for one in placements] == [Verdict.ELECTED, *[Verdict.NOT_ELECTED] * 3]


def test_transfer_values_are_cut_off_after_five_decimals() -> None:
    """7 ballots, quota 3: 4 of 7 pass on a surplus of 4, each at 0.57142, and 0.00006 votes are lost."""
    count = transferable_vote(ideas(3), [((1, 2), 7), ((3,), 1)], 2)
    assert count.quota == 3
    assert count.stages[1].votes == {1: 300_000, 2: 7 * 57_142, 3: 100_000}
    assert count.stages[1].lost == 6


def test_ballots_passed_on_twice_keep_their_lower_value() -> None:
    count = transferable_vote(ideas(4), [((1, 2, 3), 9), ((2, 3), 1), ((3,), 1), ((4,), 3)], 3)
    assert count.quota == 4
    first = 9 * 55_555 + 100_000
    assert count.stages[1].votes[2] == first
    assert (
        count.stages[2].votes[3]
        == 100_000 + 9 * (55_555 * (first - 400_000) // first) + 100_000 * (first - 400_000) // first
    )


def test_equals_are_told_apart_by_the_latest_stage_that_can() -> None:
    """3 and 2 have four each when one must go; 3 had more at the first stage, so 2 goes though it is the earlier idea."""
    count = instant_runoff(ideas(4), [((1,), 5), ((2,), 3), ((3,), 4), ((4, 2), 1)], ties=EARLIER)
    assert [stage.excluded for stage in count.stages][:2] == [4, 2]
    assert Tie((2, 3), 2, "stage") in count.outcome.ties


def test_equals_at_every_stage_are_told_apart_as_declared() -> None:
    ballots = [((1,), 9), ((2,), 3), ((3,), 3)]
    assert instant_runoff(ideas(3), ballots, ties=EARLIER).stages[0].excluded is None  # nobody had to go
    assert instant_runoff(ideas(3), [((1,), 5), *ballots[1:]], ties=EARLIER).stages[0].excluded == 3
    lots = {
        instant_runoff(ideas(3), [((1,), 5), *ballots[1:]], ties=Ties((TieBy.LOT,), seed)).stages[0].excluded
        for seed in "abcdef"
    }
    assert lots == {2, 3}


@pytest.mark.parametrize("seats", [1, 2, 3])
def test_votes_are_neither_made_nor_forgotten(seats: int) -> None:
    for seed in range(100):
        rng = Random(seed)
        ballots = random_ballots(rng, 6)
        count = transferable_vote(ideas(6), ballots, seats)
        valid = sum(times for _, times in ballots) * 10**5
        assert all(sum(stage.votes.values()) + stage.lost == valid for stage in count.stages)
        assert all(votes >= 0 for stage in count.stages for votes in stage.votes.values())
        assert len(count.elected) == seats


def test_whoever_reaches_the_quota_with_first_preferences_is_elected() -> None:
    for seed in range(100):
        ballots = random_ballots(Random(seed), 6)
        count = transferable_vote(ideas(6), ballots, 2)
        assert {n for n, votes in count.stages[0].votes.items() if votes >= count.quota * 10**5} <= set(count.elected)


def test_a_solid_group_of_two_quotas_gets_two_seats() -> None:
    for seed in range(60):
        rng = Random(seed)
        theirs = [((*rng.sample((1, 2, 3), 3), *rng.sample((4, 5, 6), 2)), 1) for _ in range(70)]
        others = [(tuple(rng.sample((4, 5, 6), 3)), 1) for _ in range(30)]
        assert len({1, 2, 3} & set(transferable_vote(ideas(6), [*theirs, *others], 3).elected)) >= 2


@pytest.mark.parametrize("count", [lambda c, b: transferable_vote(c, b, 2), instant_runoff])
def test_grouping_and_order_of_ballots_do_not_matter(count: object) -> None:
    assert callable(count)
    for seed in range(40):
        rng = Random(seed)
        ballots = random_ballots(rng, 5)
        apart = [(ranking, 1) for ranking, times in ballots for _ in range(times)]
        rng.shuffle(apart)
        one: Count = count(ideas(5), ballots)
        assert (
            count(ideas(5), apart) == one or one.digits
        )  # cut-off values may differ for one ballot and for many together


def test_no_more_are_elected_than_there_are() -> None:
    assert transferable_vote(ideas(2), [((1,), 3)], 5).elected == (1, 2)
    assert transferable_vote([], [], 2).elected == ()
    assert instant_runoff([], []).elected == ()
    assert instant_runoff(ideas(1), []).elected == (1,)
