"""The published bundle of a result: rule, parameters, seed, ballots and outcome with their hash, for anybody to compute again.

Ballots stand in the order of what is on them, equal ones together: nothing tells when they came or whose they are. The hashes of
the receipts stand in an order of their own: whoever holds a receipt finds that her ballot is in, and not which it is.
`verify_result.py` beside this module checks a bundle with nothing but Python.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from hashlib import sha256
from typing import Any

from interlinker_ideation.methods.placement import Contender, Election, Outcome, Placement, Tie
from interlinker_ideation.methods.rules import GIVES_MONEY, Rule
from interlinker_ideation.methods.scoring import Marks

SCHEMA = "interlinkers-ideation-result/1"


def make_bundle(election: Election, rule: Rule, outcome: Outcome, *, receipts: Collection[str] = ()) -> dict[str, Any]:
    """The bundle of an election that was decided; `receipts` are the hashes of those that voters hold."""
    bundle: dict[str, Any] = {"schema": SCHEMA, "rule": rule.parameters}
    if rule.method in GIVES_MONEY:
        bundle["budget"] = election.budget
    bundle |= {
        "ideas": [_idea(one) for one in sorted(election.contenders, key=lambda one: one.number)],
        "ballots": _ballots(election.ballots),
        "receipts": sorted(receipts),
        "outcome": [_placed(one) for one in outcome.placements],
        "ties": [_tie(one) for one in outcome.ties],
    }
    return bundle | {"sha256": digest(bundle)}


def digest(bundle: Mapping[str, Any]) -> str:
    """SHA-256 of everything but the hash itself: JSON with sorted keys, without spaces, as UTF-8."""
    rest = {key: value for key, value in bundle.items() if key != "sha256"}
    return sha256(json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def _ballots(ballots: Marks) -> list[list[Any]]:
    counted: dict[tuple[Any, ...], int] = {}
    for marks, times in ballots:
        key = tuple(tuple(mark) if isinstance(mark, list | tuple) else mark for mark in marks)
        counted[key] = counted.get(key, 0) + times
    return [[times, list(key)] for key, times in sorted(counted.items())]


def _idea(contender: Contender) -> dict[str, Any]:
    return {"number": contender.number, "cost": contender.cost, "support": contender.support}


def _placed(placement: Placement) -> dict[str, Any]:
    """Fractions are told as text, exactly; what does not apply is left out."""
    contender = placement.contender
    told: dict[str, Any] = {
        "number": contender.number,
        "rank": placement.rank,
        "votes": contender.votes,
        "verdict": placement.verdict.value,
        "score": None if contender.score is None else str(contender.score),
        "left": None if placement.left is None else str(placement.left),
        "paid": None if placement.paid is None else str(placement.paid),
        "stage": placement.stage,
    }
    if placement.enough is not None:
        told["enough"] = {"ballots": placement.enough.ballots, "cost": placement.enough.cost}
    return {name: value for name, value in told.items() if value is not None}


def _tie(tie: Tie) -> dict[str, Any]:
    return {"among": list(tie.among), "first": tie.first, "by": str(tie.by)}
