"""Which requests are administrative acts, and what the chain says of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import structlog
from starlette.requests import Request

from interlinker_shared.audit.store import Act
from interlinker_shared.auth import Principal, Role

REQUIRED = "interlinkers.required_role"  # in the scope: the role that the route demands
ADMINISTRATIVE = frozenset({Role.MODERATOR, Role.OWNER})
ABOUT_PEOPLE = frozenset({"subject"})  # parameters of paths that name a person: the chain could not forget her

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])

log = structlog.get_logger()


def administrative(endpoint: Endpoint) -> Endpoint:
    """Declare that a route is an administrative act when a moderator or an owner uses it, although others may as well."""
    endpoint.__dict__["administrative"] = True
    return endpoint


def routine(endpoint: Endpoint) -> Endpoint:
    """Declare that a route which demands a high role is no act of anybody's: heartbeats and what else programs do all day."""
    endpoint.__dict__["administrative"] = False
    return endpoint


def act_of(request: Request, clock: Callable[[], datetime]) -> Act | None:
    """What a request that writes does as moderator or owner; None for all others."""
    scope = request.scope
    if not _is_administrative(scope):
        return None
    who: Principal = scope["principal"]
    parameters = scope["path_params"]
    ids = {name: str(value) for name, value in parameters.items() if name not in ABOUT_PEOPLE}
    herself = who.subject in {
        parameters.get(name) for name in ABOUT_PEOPLE
    }  # who has herself erased leaves no new trace
    return Act(_name(scope), None if herself else who.subject, {"role": who.most.value, **ids}, clock())


def with_result(act: Act, result: Any) -> Act:
    """The act, with the id of what came of it."""
    made = getattr(result, "id", None)
    return Act(act.action, act.subject, act.detail | {"made": str(made)}, act.at) if isinstance(made, UUID) else act


def tell_refused(request: Request, who: Principal) -> None:
    """Count and log what somebody tried to do who may not, in front of the gate or behind it: the chain never hears of it."""
    if request.scope.get(REQUIRED) in ADMINISTRATIVE:
        act = _name(request.scope)
        request.app.state.kit.metrics.acts_refused.labels(act).inc()
        log.warning("administrative act refused", act=act, actor=who.subject, role=who.role.value)


def _is_administrative(scope: Any) -> bool:
    declared = getattr(getattr(scope.get("route"), "endpoint", None), "administrative", None)
    if declared is None:
        return scope.get(REQUIRED) in ADMINISTRATIVE
    return bool(declared) and scope["principal"].most in ADMINISTRATIVE


def _name(scope: Any) -> str:
    route = scope.get("route")
    return getattr(route, "operation_id", None) or getattr(route, "name", None) or "unknown"
