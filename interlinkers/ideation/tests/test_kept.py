"""What is kept of a campaign's public answers is always what would be rendered now."""

from __future__ import annotations

import pytest_asyncio
from interlinkers.ideation.tests.calling import Service

from interlinker_shared.auth import Role
from interlinker_shared.testing_reads import NOWHERE, Readers, handed_over

MEMBER, STAFF, OWNER = Role.MEMBER, Role.MODERATOR, Role.OWNER
IDEA = {"title": "A pond", "text": "With *frogs*.", "language": "en"}


@pytest_asyncio.fixture
async def campaign(service: Service) -> str:
    return await service.create_campaign(guests=True, results_hidden=False, budget=100, currency="EUR")


@pytest_asyncio.fixture
async def readers(service: Service, campaign: str) -> Readers:
    ids = [campaign, NOWHERE]
    ideas = [await service.create_idea(campaign, who="ana")]
    return Readers(service.app, service.client, asset_id=ids, campaign_id=ids, idea_id=ideas)


async def test_no_write_misleads_a_reader(readers: Readers, campaign: str) -> None:
    path = f"/campaigns/{campaign}"
    idea = await _ideas(readers, f"{path}/ideas")
    await readers.after(MEMBER, "PUT", f"{path}/ballot", {"approvals": [idea]}, who="ben")
    await readers.after(STAFF, "POST", f"{path}/ballots", {"voter": "on-paper", "approvals": [idea]})
    await readers.after(STAFF, "POST", f"{path}/imports", handed_over("1", "2"))
    await readers.withdraw_elsewhere("1")
    for who in ("ana", "ben"):
        await readers.after(OWNER, "DELETE", f"/subjects/{who}")
    readers.learn("asset_id", (await readers.after(STAFF, "POST", "/campaigns", {"title": "Another"}))["id"])
    await readers.see_the_life(campaign)
    assert not readers.untried()


async def _ideas(readers: Readers, ideas: str) -> str:
    """Everything that happens to ideas; gives one that stays."""
    await readers.after(Role.PUBLIC, "POST", ideas, IDEA)
    kept, gone = [(await readers.after(MEMBER, "POST", ideas, IDEA, who="ana"))["id"] for _ in range(2)]
    readers.learn("idea_id", kept)
    await readers.after(STAFF, "PATCH", f"{ideas}/{kept}", {"cost": 40})
    await readers.after(MEMBER, "PUT", f"{ideas}/{kept}/support", who="ben")
    await readers.after(MEMBER, "PUT", f"{ideas}/{kept}/support", who="cleo")
    await readers.after(MEMBER, "DELETE", f"{ideas}/{kept}/support", who="ben")
    await readers.after(MEMBER, "DELETE", f"{ideas}/{gone}", who="ana")
    return str(kept)


async def test_all_that_is_public_is_kept(readers: Readers, campaign: str) -> None:
    await readers.read()
    path = f"/campaigns/{campaign}"
    assert {"/campaigns", path, f"{path}/ideas", f"{path}/result", f"{path}/view?lang=de"} <= await readers.read()
