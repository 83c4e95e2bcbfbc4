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
    await _duplicates(readers, f"{path}/ideas", idea)
    await _desk(readers, f"{path}/ideas/{idea}")
    await _moderation(readers, f"{path}/ideas")
    await readers.after(MEMBER, "PUT", f"{path}/ballot", {"approvals": [idea]}, who="ben")
    await readers.after(STAFF, "POST", f"{path}/ballots", {"voter": "on-paper", "approvals": [idea]})
    await readers.after(STAFF, "POST", f"{path}/imports", handed_over("1", "2"))
    await readers.withdraw_elsewhere("1")
    for who in ("ana", "ben"):
        await readers.after(OWNER, "DELETE", f"/subjects/{who}")
    readers.learn("asset_id", (await readers.after(STAFF, "POST", "/campaigns", {"title": "Another"}))["id"])
    await _put_away(readers)
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


async def _duplicates(readers: Readers, ideas: str, kept: str) -> None:
    """An idea is changed and followed, merged into another, and stands alone again."""
    same = (await readers.after(MEMBER, "POST", ideas, IDEA, who="ana"))["id"]
    readers.learn("idea_id", same)
    revised = {"title": "A small pond", "text": "With frogs.", "version": 1}
    await readers.after(MEMBER, "PUT", f"{ideas}/{same}", revised, who="ana")
    for method in ("PUT", "DELETE", "PUT"):
        await readers.after(MEMBER, method, f"{ideas}/{same}/following", who="ben")
    await readers.after(STAFF, "POST", f"{ideas}/{same}/merge", {"into": kept})
    await readers.after(STAFF, "POST", f"{ideas}/{same}/separate")


async def _desk(readers: Readers, idea: str) -> None:
    """Officials look at an idea."""
    await readers.after(STAFF, "PUT", f"{idea}/assessment", {"feasibility": "feasible", "cost": 30})
    await readers.after(STAFF, "PUT", f"{idea}/answer", {"office": "Parks", "text": "Yes."})
    await readers.after(STAFF, "POST", f"{idea}/steps", {"status": "accepted"})


async def _moderation(readers: Readers, ideas: str) -> None:
    """An idea is reported, goes, comes back, and goes again."""
    idea = (await readers.after(MEMBER, "POST", ideas, IDEA, who="ben"))["id"]
    said = {"kind": "idea", "item": idea, "ground": "spam", "reason": "Spam", "good_faith": True}
    notice = (await readers.after(Role.PUBLIC, "POST", "/notices", said))["id"]
    reasons = {"outcome": "remove", "ground": "spam", "clause": "Rule 5", "facts": "Sells things"}
    decision = (await readers.after(STAFF, "POST", f"/notices/{notice}/decision", reasons))["id"]
    appeal = await readers.after(MEMBER, "POST", f"/statements/{decision}/appeal", {"text": "No"}, who="ben")
    judgement = {"outcome": "reversed", "explanation": "It gives them away"}
    await readers.after(STAFF, "POST", f"/appeals/{appeal['id']}/outcome", judgement, who="max")
    await readers.after(STAFF, "POST", f"{ideas}/{idea}/remove", {"reason": "Rule 5"})


async def _put_away(readers: Readers) -> None:
    """Another campaign is closed and archived."""
    other = (await readers.after(STAFF, "POST", "/campaigns", {"title": "Old"}))["id"]
    for known in ("asset_id", "campaign_id"):
        readers.learn(known, other)
    for verb in ("open", "close"):
        await readers.after(STAFF, "POST", f"/campaigns/{other}/{verb}")
    await readers.after(STAFF, "POST", f"/campaigns/{other}/archive", {})


async def test_all_that_is_public_is_kept(readers: Readers, campaign: str) -> None:
    await readers.read()
    path = f"/campaigns/{campaign}"
    assert {"/campaigns", path, f"{path}/ideas", f"{path}/result", f"{path}/view?lang=de"} <= await readers.read()
