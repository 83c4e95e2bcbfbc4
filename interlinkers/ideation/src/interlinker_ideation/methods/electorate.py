"""Who supports what, laid out for the proportional budget rules: built once, for as many runs as a rule needs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import TypeAlias

from interlinker_ideation.methods.placement import Contender, Election
from interlinker_ideation.methods.ties import Ties

Pick: TypeAlias = Callable[[Sequence[int]], tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Supporters:
    """The groups that support an idea, laid out to be counted fast: most ballots of a real election are like no other."""

    singles: Pick | None
    others: Pick | None
    weights: Sequence[int]

    @classmethod
    def of(cls, groups: Sequence[int], weights: Sequence[int]) -> Supporters:
        """Groups of one voter are counted apart, by a call that knows no weights."""
        singles = [group for group in groups if weights[group] == 1]
        others = [group for group in groups if weights[group] != 1]
        return cls(_picking(singles), _picking(others), [weights[group] for group in others])

    def count(self, kinds: Sequence[int]) -> dict[int, int]:
        """How many supporters are of each kind, `kinds` telling it of every group."""
        counts: dict[int, int] = defaultdict(int, Counter(self.singles(kinds)) if self.singles else {})
        if self.others:
            for kind, weight in zip(self.others(kinds), self.weights, strict=True):
                counts[kind] += weight
        return counts


def _picking(groups: Sequence[int]) -> Pick | None:
    """What picks the entries of these groups out of a list; of a single one `itemgetter` would make no tuple."""
    if len(groups) == 1:
        return lambda kinds: (kinds[groups[0]],)
    return itemgetter(*groups) if groups else None


@dataclass(frozen=True, slots=True)
class Electorate:
    """Voters in groups of equal ballots, by place; ideas that can be bought, by place in the declared order of ties.

    An idea that nobody supports, or that nobody knows the cost of, cannot be bought and is not in here.
    """

    contenders: Sequence[Contender]
    costs: Sequence[int]
    supporters: Sequence[Sequence[int]]
    counted: Sequence[Supporters]
    weights: Sequence[int]
    voters: int
    budget: int

    @classmethod
    def of(cls, election: Election, ties: Ties) -> Electorate:
        """Lay out an election."""
        contenders = sorted((one for one in election.contenders if one.votes and one.cost is not None), key=ties.key)
        places = {one.number: place for place, one in enumerate(contenders)}
        supporters: list[list[int]] = [[] for _ in contenders]
        for group, (approved, _) in enumerate(election.ballots):
            for number in approved:
                if number in places:
                    supporters[places[number]].append(group)
        weights = [times for _, times in election.ballots]
        return cls(
            contenders=contenders,
            costs=[one.cost or 0 for one in contenders],
            supporters=supporters,
            counted=[Supporters.of(groups, weights) for groups in supporters],
            weights=weights,
            voters=sum(weights),
            budget=election.budget,
        )
