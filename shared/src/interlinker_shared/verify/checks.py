"""What a check is: a small function with an id, one sentence and the place in the contract that it comes from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

import httpx

from interlinker_shared.verify.service import Service

SHOWN = 300

Run = Callable[[Service], Awaitable[None]]

# What reading an answer of the wrong shape can raise: the service broke the contract, not this program.
MISREAD = (LookupError, TypeError, ValueError, AttributeError)


class BrokenContractError(Exception):
    """The service does not do what the contract says; the message says what it did."""


class NotCheckedError(Exception):
    """This cannot be found out here; the message says what is missing."""


class Verdict(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "not checked"


@dataclass(frozen=True)
class Check:
    """One promise of the contract. `section` is where it stands in the architecture."""

    id: str
    sentence: str
    section: str
    run: Run


@dataclass(frozen=True)
class Outcome:
    """What a check found; `why` is empty when it passed."""

    check: Check
    verdict: Verdict
    why: str = ""


REGISTERED: list[Check] = []


def check(section: str) -> Callable[[Run], Run]:
    """Make a function a check: its name is the id, its docstring the sentence."""

    def register(run: Run) -> Run:
        name = getattr(run, "__name__", "")
        REGISTERED.append(Check(name.replace("_", "-"), (run.__doc__ or "").strip(), section, run))
        return run

    return register


async def run_check(one: Check, service: Service) -> Outcome:
    """Run one check; whatever it created is deleted again."""
    try:
        await one.run(service)
    except NotCheckedError as missing:
        return Outcome(one, Verdict.SKIPPED, str(missing))
    except BrokenContractError as broken:
        return Outcome(one, Verdict.FAILED, str(broken))
    except httpx.HTTPStatusError as error:
        request, answer = error.request, error.response
        why = f"{request.method} {request.url.path} answered {answer.status_code}: {answer.text[:SHOWN]}"
        return Outcome(one, Verdict.FAILED, why)
    except httpx.HTTPError as error:
        return Outcome(one, Verdict.FAILED, f"no answer: {str(error) or type(error).__name__}")
    except MISREAD as error:
        return Outcome(
            one, Verdict.FAILED, f"an answer has another shape than promised: {type(error).__name__}: {error}"
        )
    finally:
        await service.clean_up()
    return Outcome(one, Verdict.PASSED)
