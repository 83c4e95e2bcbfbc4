"""The limits of one process: whose budget a request spends, and how much of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

from interlinker_shared.auth import Principal
from interlinker_shared.errors import TooManyError
from interlinker_shared.limits.address import Clients
from interlinker_shared.limits.buckets import Buckets, Budget, Spent
from interlinker_shared.metrics import Metrics
from interlinker_shared.settings import ServiceSettings

SPENT = "interlinkers.spent"  # in the scope: what the answer tells of its budget
FLOOD_SECONDS = 10
REFUSED_TOKEN = 10  # requests that one with a bad token counts for
UNSOLVED = 2  # forms a minute that a guest may send without a solution
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
MINUTE = 60

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


def costly(endpoint: Endpoint) -> Endpoint:
    """Declare that a route is dear, or worth guessing at: exports, signing in, calls to elsewhere. It has a budget of its own."""
    endpoint.__dict__["costly"] = True
    return endpoint


class Limits:
    """Budgets in the memory of this process; each replica has its own, so that n of them allow up to n times as much.

    A person has her own budgets wherever she is. People without an account share those of their address, which are
    `limit_people_per_address` times as large: a library or a town hall has one address. Services have larger ones. In front of
    that every address has one for all that gets past the kept answers, whatever comes of it, so that what is refused costs too.
    """

    def __init__(
        self, settings: ServiceSettings, metrics: Metrics, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock` gives seconds."""
        self._buckets = Buckets(clock=clock)
        self._clients = Clients(settings.trusted_proxies)
        self._refused = metrics.limited
        flood = settings.limit_address * FLOOD_SECONDS // MINUTE
        self._flood = Budget("address", flood, FLOOD_SECONDS) if flood else None
        kinds = {"read": settings.limit_reads, "write": settings.limit_writes, "costly": settings.limit_costly}
        unsolved = UNSOLVED * settings.limit_people_per_address
        self._unsolved = Budget("guest-form", unsolved) if unsolved else None
        self._person = _budgets("", kinds, 1)
        self._shared = _budgets("shared-", kinds, settings.limit_people_per_address)
        self._service = _budgets("service-", kinds, settings.limit_service_factor)

    def client_of(self, scope: Any) -> str | None:
        """The address that a request comes from; None for our own machines."""
        return self._clients.of(scope)

    def enter(self, scope: Any) -> Spent | None:
        """Spend from the budget of the address. Returns what was refused; None when the request may go on."""
        client = self._clients.of(scope) if self._flood is not None else None
        if client is None or self._flood is None:
            return None
        spent = self._buckets.take(("address", client), self._flood)
        if spent.granted:
            return None
        self._refused.labels(self._flood.name).inc()
        scope[SPENT] = spent
        return spent

    def leave(self, scope: Any, status: int) -> None:
        """A token that was refused costs its address more: nobody guesses at many. To have none is no guess."""
        if status != 401 or self._flood is None or "principal" in scope:  # noqa: PLR2004 - HTTP's Unauthorized
            return
        client = self._clients.of(scope)
        if client is not None:
            self._buckets.charge(("address", client), self._flood, REFUSED_TOKEN)

    def admit(self, scope: Any, who: Principal) -> None:
        """Spend from the caller's budget for requests of this kind; TooManyError when there is nothing left of it."""
        if SPENT in scope:
            return
        name = who.subject
        budgets = self._service if who.service else self._person
        if name is None:
            name, budgets = self._clients.of(scope), self._shared
        budget = budgets.get(_kind(scope))
        if name is None or budget is None:
            return
        spent = scope[SPENT] = self._buckets.take((budget.name, name), budget)
        if not spent.granted:
            self._refused.labels(budget.name).inc()
            raise too_many(spent)

    def admit_unsolved(self, scope: Any) -> None:
        """Spend from what an address may send without proof of work; TooManyError when there is nothing left of it."""
        client = self._clients.of(scope)
        if client is None or self._unsolved is None:
            return
        spent = scope[SPENT] = self._buckets.take((self._unsolved.name, client), self._unsolved)
        if not spent.granted:
            self._refused.labels(spent.budget.name).inc()
            raise too_many(spent)


def too_many(spent: Spent) -> TooManyError:
    """What somebody hears whose budget is used up."""
    message = f"That is more than {spent.budget.quota} requests in {spent.budget.window} seconds. Try again in {spent.wait} s."
    return TooManyError(message, retry_after=spent.wait)


def _kind(scope: Any) -> str:
    if getattr(getattr(scope.get("route"), "endpoint", None), "costly", False):
        return "costly"
    return "read" if scope["method"] in SAFE else "write"


def _budgets(prefix: str, kinds: dict[str, int], factor: int) -> dict[str, Budget]:
    """By kind; a quota of 0 is no budget, and no limit."""
    return {kind: Budget(prefix + kind, quota * factor) for kind, quota in kinds.items() if quota * factor}
