"""Does a running service keep the Interlinker contract, version 1? Nothing but its address is known in advance."""

from __future__ import annotations

from collections.abc import AsyncIterator

from interlinker_shared.verify import bad_input, discovery, feeds, lifecycle, people, results
from interlinker_shared.verify.checks import REGISTERED, Check, Outcome, Verdict, run_check
from interlinker_shared.verify.service import Credentials, Service

__all__ = ["CHECKS", "Check", "Credentials", "Outcome", "Service", "Verdict", "run_check", "verify_service"]

ORDER = [module.__name__ for module in (discovery, lifecycle, results, people, feeds, bad_input)]
CHECKS = tuple(sorted(REGISTERED, key=lambda one: ORDER.index(one.run.__module__)))
"""Every check, from what a service says about itself to what it makes of bad input."""


async def verify_service(service: Service) -> AsyncIterator[Outcome]:
    """Run every check, one after the other, and yield what each found."""
    for one in CHECKS:
        yield await run_check(one, service)
