"""Order among tasks: who is upstream of whom, and where an order contradicts itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

Needs: TypeAlias = Mapping[str, Sequence[str]]


def upstream(needs: Needs, task: str) -> frozenset[str]:
    """Every task that must have ended before this one may start; the task itself only when it is part of a cycle."""
    seen: set[str] = set()
    open_ends = list(needs.get(task, ()))
    while open_ends:
        current = open_ends.pop()
        if current not in seen:
            seen.add(current)
            open_ends.extend(needs.get(current, ()))
    return frozenset(seen)


def downstream(needs: Needs, task: str) -> frozenset[str]:
    """Every task that cannot start before this one has ended."""
    return frozenset(other for other in needs if task in upstream(needs, other))


def find_cycle(needs: Needs) -> tuple[str, ...] | None:
    """A cycle as the tasks passed on the way round, the first repeated at the end; None when there is none."""
    finished: set[str] = set()
    for start in needs:
        cycle = _walk(needs, start, finished)
        if cycle:
            return cycle
    return None


def _walk(needs: Needs, start: str, finished: set[str]) -> tuple[str, ...] | None:
    """Depth first without recursion: a template may be a long chain."""
    path, pending = [start], [iter(needs.get(start, ()))]
    while path:
        following = next((step for step in pending[-1] if step not in finished), None)
        if following is None:
            finished.add(path.pop())
            pending.pop()
        elif following in path:
            return (*path[path.index(following) :], following)
        else:
            path.append(following)
            pending.append(iter(needs.get(following, ())))
    return None
