"""The algebra of roles: the deepest grant wins, ties are OR, and where nothing is granted nothing is allowed. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from interlinker_shared.roles import Role

Holder = NewType("Holder", str)
"""Who holds a grant: a pseudonymous subject id, or a team as `team:<id>`."""

TEAM = "team:"
BLOCK = "block"


class Depth(StrEnum):
    """The kinds of scope, from the outermost to the innermost."""

    BLOCK = "block"
    PROCESS = "process"
    TASK = "task"
    ASSET = "asset"


@dataclass(frozen=True)
class Grant:
    """A role in a scope (`block`, `process:<id>`, `task:<process>/<task>`, `asset:<id>`), for ever or up to a moment."""

    scope: str
    role: Role
    until: datetime | None = None


def path_of(*, process: str | None = None, task: str | None = None, asset: object | None = None) -> tuple[str, ...]:
    """The scopes that something lies in, outermost first; `block` is always the first of them."""
    return tuple(_scopes(process, task, asset))


def _scopes(process: str | None, task: str | None, asset: object | None) -> Iterator[str]:
    yield BLOCK
    if process is not None:
        yield f"{Depth.PROCESS}:{process}"
        if task is not None:
            yield f"{Depth.TASK}:{process}/{task}"
    if asset is not None:
        yield f"{Depth.ASSET}:{asset}"


_SCOPE = re.compile(r"block|process:[^/]+|task:[^/]+/[^/]+|asset:[^/]+")


def in_process(path: Sequence[str]) -> bool:
    """Whether the end of a path lies in a process."""
    return any(scope.startswith(f"{Depth.PROCESS}:") for scope in path)


def depth_of(scope: str) -> Depth:
    """The kind of a scope; ValueError for a text that is none."""
    if not _SCOPE.fullmatch(scope):
        message = "must be `block`, `process:<id>`, `task:<process>/<task>` or `asset:<id>`"
        raise ValueError(message)
    return Depth(scope.partition(":")[0])


def depth_order(scope: str) -> int:
    """How far inside a scope is, for sorting."""
    return list(Depth).index(depth_of(scope))


def in_force(grants: Iterable[Grant], now: datetime) -> tuple[Grant, ...]:
    """Those of `grants` that have not ended."""
    return tuple(grant for grant in grants if grant.until is None or now < grant.until)


def effective_role(path: Sequence[str], grants: Iterable[Grant]) -> Role:
    """The role that somebody with these grants has at the end of `path`.

    Of the scopes in which anything is granted the innermost decides alone, so that it can give less than an outer one
    as well as more; of several grants there the highest counts. Without any it is `public`.
    """
    granted: dict[str, Role] = {}
    for grant in grants:
        known = granted.get(grant.scope)
        granted[grant.scope] = grant.role if known is None else max(known, grant.role, key=_rank)
    return next((granted[scope] for scope in reversed(path) if scope in granted), Role.PUBLIC)


def _rank(role: Role) -> int:
    return role.rank


def owned(path: Sequence[str], grants: Sequence[Grant]) -> bool:
    """Whether somebody owns the end of `path` or any scope around it: an inner grant can lock no outer owner out."""
    return any(effective_role(path[: depth + 1], grants) is Role.OWNER for depth in range(len(path)))
