"""Where an item came from and what became of it: the handovers of a process as a graph of items."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


class Place(NamedTuple):
    """One item in one asset."""

    asset: str
    item: str


@dataclass(frozen=True)
class Edge:
    """One item handed over: in `target` it is the same thing in its next life."""

    source: Place
    target: Place


@dataclass(frozen=True)
class Lineage:
    """Both directions of the same edges."""

    forward: Mapping[Place, Sequence[Place]] = field(default_factory=dict)
    backward: Mapping[Place, Sequence[Place]] = field(default_factory=dict)

    @classmethod
    def of(cls, edges: Iterable[Edge]) -> Lineage:
        forward: dict[Place, list[Place]] = {}
        backward: dict[Place, list[Place]] = {}
        for edge in edges:
            forward.setdefault(edge.source, []).append(edge.target)
            backward.setdefault(edge.target, []).append(edge.source)
        return cls(forward, backward)

    def paths(self, start: Place) -> list[tuple[Place, ...]]:
        """Every way forward from an item to its last known places, in the order of the handovers."""
        found: list[tuple[Place, ...]] = []
        pending: list[tuple[Place, ...]] = [(start,)]
        while pending:
            path = pending.pop()
            onward = [place for place in self.forward.get(path[-1], ()) if place not in path]
            pending.extend((*path, place) for place in reversed(onward))
            if not onward:
                found.append(path)
        return found


def continued(carried: Mapping[Place, Place], again: Mapping[Place, Place]) -> list[Edge]:
    """Items imported into two attempts from the same source are one thing: an edge from the earlier to the later."""
    return [Edge(earlier, again[source]) for source, earlier in carried.items() if source in again]
