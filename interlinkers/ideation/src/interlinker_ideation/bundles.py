"""The published bundle of a result: rule, parameters, seed, ballots and outcome with their hash, for anybody to compute again.

Ballots stand in the order of what is on them, equal ones together: nothing tells when they came or whose they are.
`verify_result.py` beside this module checks a bundle with nothing but Python.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256
from typing import Any

from interlinker_ideation.methods.placement import Contender, Election, Outcome, Placement, Tie
from interlinker_ideation.methods.ranked import Count, Rankings
from interlinker_ideation.methods.rules import Rule
from interlinker_ideation.methods.ties import Ties

SCHEMA = "interlinkers-ideation-result/1"


def budget_bundle(election: Election, rule: Rule, outcome: Outcome) -> dict[str, Any]:
    """The bundle of a budget that was given out."""
    ballots = [(sorted(approved), times) for approved, times in election.ballots]
    told = {"rule": rule.parameters, "budget": election.budget}
    return _sealed(told, election.contenders, ballots, outcome)


def ranked_bundle(
    contenders: Collection[Contender], ballots: Rankings, count: Count, *, method: str, seats: int, ties: Ties
) -> dict[str, Any]:
    """The bundle of a ranked choice; `method` is `stv` or `irv`."""
    parameters = {"method": method, "seats": seats, "digits": count.digits}
    rule = parameters | {"ties": [by.value for by in ties.by], "seed": ties.seed}
    return _sealed({"rule": rule}, contenders, [(list(ranking), times) for ranking, times in ballots], count.outcome)


def digest(bundle: Mapping[str, Any]) -> str:
    """SHA-256 of everything but the hash itself: JSON with sorted keys, without spaces, as UTF-8."""
    rest = {key: value for key, value in bundle.items() if key != "sha256"}
    return sha256(json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def _sealed(
    told: dict[str, Any], contenders: Collection[Contender], ballots: Sequence[tuple[list[int], int]], outcome: Outcome
) -> dict[str, Any]:
    counted: dict[tuple[int, ...], int] = {}
    for numbers, times in ballots:
        counted[tuple(numbers)] = counted.get(tuple(numbers), 0) + times
    bundle = {
        "schema": SCHEMA,
        **told,
        "ideas": [_idea(one) for one in sorted(contenders, key=lambda one: one.number)],
        "ballots": [[times, list(numbers)] for numbers, times in sorted(counted.items())],
        "outcome": [_placed(one) for one in outcome.placements],
        "ties": [_tie(one) for one in outcome.ties],
    }
    return bundle | {"sha256": digest(bundle)}


def _idea(contender: Contender) -> dict[str, Any]:
    return {"number": contender.number, "cost": contender.cost, "support": contender.support}


def _placed(placement: Placement) -> dict[str, Any]:
    """Fractions are told as text, exactly."""
    told: dict[str, Any] = {
        "number": placement.contender.number,
        "rank": placement.rank,
        "votes": placement.contender.votes,
        "verdict": placement.verdict.value,
        "left": None if placement.left is None else str(placement.left),
        "paid": None if placement.paid is None else str(placement.paid),
    }
    if placement.enough is not None:
        told["enough"] = {"ballots": placement.enough.ballots, "cost": placement.enough.cost}
    return told


def _tie(tie: Tie) -> dict[str, Any]:
    return {"among": list(tie.among), "first": tie.first, "by": str(tie.by)}
