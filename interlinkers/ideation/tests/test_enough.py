"""What would have sufficed: with it the idea is funded, with one less it is not; recomputed for every rule."""

from __future__ import annotations

from random import Random

import pytest
from interlinkers.ideation.tests.elections import WIELICZKA, grouped, random_election, read_election

from interlinker_ideation.methods.enough import MOST_BALLOTS, enough
from interlinker_ideation.methods.equal_shares import Completion, Utility
from interlinker_ideation.methods.greedy import Overrun
from interlinker_ideation.methods.placement import Contender, Election, Enough, Placement, Verdict
from interlinker_ideation.methods.rules import Method, Rule

RULES = [
    Rule(),
    Rule(overrun=Overrun.STOP),
    Rule(Method.EQUAL_SHARES, completion=Completion.NONE),
    Rule(Method.EQUAL_SHARES, completion=Completion.ADD_ONE),
    Rule(Method.EQUAL_SHARES, completion=Completion.ADD_ONE_GREEDY, utility=Utility.CARDINALITY),
    Rule(Method.PHRAGMEN, overrun=Overrun.SKIP),
    Rule(Method.PHRAGMEN, overrun=Overrun.STOP),
]
ELECTIONS = [random_election(Random(seed), ideas=7, voters=12) for seed in range(12)]


def explained(rule: Rule, election: Election) -> list[Placement]:
    """Those that got nothing, with what would have sufficed."""
    outcome = rule.explain(election, rule.decide(election))
    return [one for one in outcome.placements if one.verdict is not Verdict.FUNDED]


def wins(rule: Rule, election: Election, number: int) -> bool:
    return number in rule.decide(election).funded


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: "/".join(map(str, list(rule.parameters.values())[:3])))
def test_with_what_sufficed_an_idea_wins_and_with_less_it_does_not(rule: Rule) -> None:
    for election in ELECTIONS:
        for one in explained(rule, election):
            number, found = one.contender.number, one.enough
            assert found is not None
            if found.ballots is not None:
                assert wins(rule, election.with_more(number, found.ballots), number)
                assert not wins(rule, election.with_more(number, found.ballots - 1), number)
            if found.cost is not None:
                assert wins(rule, election.at_cost(number, found.cost), number)
                assert not wins(rule, election.at_cost(number, found.cost + 1), number)


@pytest.mark.parametrize("rule", RULES[:2])
def test_greedy_tells_the_least_that_would_have_sufficed(rule: Rule) -> None:
    for election in ELECTIONS:
        for one in explained(rule, election):
            number, found = one.contender.number, one.enough
            assert found is not None
            fewer = range(1, found.ballots or 40)
            assert not any(wins(rule, election.with_more(number, ballots), number) for ballots in fewer)


def test_what_costs_more_than_there_is_cannot_be_helped_by_votes() -> None:
    (one,) = explained(Rule(), Election.of([Contender(1, 0, 101)], [((1,), 3)], 100))
    assert one.enough == Enough(ballots=None, cost=100)


def test_without_votes_no_cost_would_have_sufficed() -> None:
    (one,) = explained(Rule(), Election.of([Contender(1, 0, 10)], [((), 3)], 100))
    assert one.enough == Enough(ballots=1, cost=None)


def test_what_nobody_knows_the_cost_of_is_not_guessed_at() -> None:
    (one,) = explained(Rule(), Election.of([Contender(1, 0, None)], [((1,), 3)], 100))
    assert one.enough == Enough(None, None)


def test_a_search_without_end_is_given_up() -> None:
    """The other voter keeps her share, so that the supporters never have the whole budget."""
    rule = Rule(Method.EQUAL_SHARES, completion=Completion.NONE)
    (one,) = explained(rule, Election.of([Contender(1, 0, 100)], grouped([(1,), ()]), 100))
    assert one.enough == Enough(ballots=None, cost=50)
    assert not wins(rule, Election.of([Contender(1, 0, 100)], [((1,), MOST_BALLOTS * 4), ((), 1)], 100), 1)


def test_real_election_tells_losers_what_would_have_sufficed() -> None:
    election, _ = read_election(WIELICZKA)
    rule = Rule(Method.EQUAL_SHARES, completion=Completion.NONE)
    losers = [one for one in rule.decide(election).placements if one.verdict is not Verdict.FUNDED]
    assert len(losers) == 43
    for one in losers[::8]:
        found = enough(election, one, lambda other: rule.decide(other).funded)
        assert found.ballots is not None
        assert wins(rule, election.with_more(one.contender.number, found.ballots), one.contender.number)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_the_same_after_it_was_published(rule: Rule) -> None:
    again = Rule.of(rule.parameters)
    assert again.parameters == rule.parameters
    assert all(again.decide(one) == rule.decide(one) for one in ELECTIONS)
