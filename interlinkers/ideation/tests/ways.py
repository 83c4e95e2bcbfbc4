"""Every way to vote: how a campaign is set to it, and a ballot for some of its ideas."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

Ids = Sequence[str]


@dataclass(frozen=True)
class Way:
    """`ballot` makes one that names these ideas, the first most."""

    name: str
    config: dict[str, Any]
    ballot: Callable[[Ids], dict[str, Any]]
    takes: str
    votes: list[int] = field(default_factory=lambda: [3, 2, 1])
    """Of three ideas, of which ballots name the first, the first two, and all."""


def approving(ideas: Ids) -> dict[str, Any]:
    return {"approvals": list(ideas)}


def pointing(ideas: Ids) -> dict[str, Any]:
    return {"points": [{"idea": idea, "points": 4 - place} for place, idea in enumerate(ideas)]}


def ranking(ideas: Ids) -> dict[str, Any]:
    return {"ranking": list(ideas)}


def rating(ideas: Ids) -> dict[str, Any]:
    return {"ratings": [{"idea": idea, "rating": 5 - place} for place, idea in enumerate(ideas)]}


def upping(ideas: Ids) -> dict[str, Any]:
    return {"votes": [{"idea": idea, "vote": 1} for idea in ideas]}


RANKED = {"type": "ranked", "count": "stv", "seats": 2}
WAYS = [
    Way("approval", {}, approving, "approvals"),
    Way("approval with a budget", {"budget": 100}, approving, "approvals"),
    Way("stop", {"budget": 100, "rule": {"type": "greedy", "overrun": "stop"}}, approving, "approvals"),
    Way("knapsack", {"budget": 100, "method": {"type": "knapsack"}}, approving, "approvals"),
    Way("equal shares", {"budget": 100, "rule": {"type": "equal-shares"}}, approving, "approvals"),
    Way("phragmen", {"budget": 100, "rule": {"type": "phragmen"}}, approving, "approvals"),
    Way("points", {"method": {"type": "points"}}, pointing, "points"),
    Way("points with a budget", {"budget": 100, "method": {"type": "points"}}, pointing, "points"),
    Way("stv", {"method": RANKED}, ranking, "ranking", [3, 0, 0]),
    Way("irv", {"method": {"type": "ranked", "count": "irv"}}, ranking, "ranking", [3, 0, 0]),
    Way("borda", {"method": {"type": "ranked", "count": "borda"}}, ranking, "ranking"),
    Way("rating", {"method": {"type": "rating"}}, rating, "ratings"),
    Way("up and down", {"method": {"type": "up-down"}}, upping, "votes"),
]
KINDS = [way for way in WAYS if way.name in {"approval", "knapsack", "points", "stv", "rating", "up and down"}]
"""One way for each kind of ballot."""
