"""Every service that is installed keeps the Interlinker contract, and every check of it can fail."""

from __future__ import annotations

import httpx
import pytest
from starlette.types import ASGIApp

from interlinker_shared.verify import CHECKS, Check, Service, Verdict, run_check
from tests.conformance.conftest import seen_through
from tests.conformance.sabotage import SABOTAGE, Broken

pytestmark = pytest.mark.asyncio(loop_scope="module")

BY_ID = {one.id: one for one in CHECKS}
WAITING = {"closing-dates-fire-by-themselves", "opening-dates-fire-by-themselves"}  # two seconds each


@pytest.mark.parametrize("check", CHECKS, ids=lambda one: one.id)
async def test_the_contract_is_kept(check: Check, service: Service) -> None:
    outcome = await run_check(check, service)
    if outcome.verdict is Verdict.SKIPPED:
        pytest.skip(outcome.why)
    assert outcome.verdict is Verdict.PASSED, outcome.why


@pytest.mark.parametrize("check", CHECKS, ids=lambda one: one.id)
async def test_the_check_fails_where_the_contract_is_broken(check: Check, template: ASGIApp) -> None:
    broken = Broken(httpx.ASGITransport(template, raise_app_exceptions=False), SABOTAGE[check.id])
    async with seen_through(broken) as service:
        outcome = await run_check(check, service)
    assert outcome.verdict is Verdict.FAILED
    assert outcome.why


@pytest.mark.parametrize("broken", ["result-hashes-are-right", "changing-needs-if-match", "nul-is-refused"])
async def test_one_broken_promise_fails_its_own_check_only(broken: str, template: ASGIApp) -> None:
    transport = Broken(httpx.ASGITransport(template, raise_app_exceptions=False), SABOTAGE[broken])
    async with seen_through(transport) as service:
        outcomes = [await run_check(one, service) for name, one in BY_ID.items() if name not in WAITING]
    assert [one.check.id for one in outcomes if one.verdict is Verdict.FAILED] == [broken]


async def test_every_check_has_an_id_of_its_own_a_sentence_and_a_section() -> None:
    assert len(BY_ID) == len(CHECKS)
    assert SABOTAGE.keys() == BY_ID.keys()
    assert all(one.sentence.endswith(".") and one.section for one in CHECKS)
