"""Does a running service keep the Interlinker contract, version 1? Nothing but its address is known in advance."""

from __future__ import annotations

from collections.abc import AsyncIterator

from interlinker_shared.verify import bad_input, discovery, feeds, lifecycle, people, results
from interlinker_shared.verify.checks import CHECKS, Check, Outcome, Verdict, run_check
from interlinker_shared.verify.service import Credentials, Service

__all__ = ["CHECKS", "Check", "Credentials", "Outcome", "Service", "Verdict", "run_check", "verify_service"]

MODULES = (discovery, lifecycle, results, people, feeds, bad_input)
"""Those whose import fills CHECKS."""


async def verify_service(service: Service) -> AsyncIterator[Outcome]:
    """Run every check, one after the other, and yield what each found."""
    for one in CHECKS:
        yield await run_check(one, service)
