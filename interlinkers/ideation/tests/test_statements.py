"""A read takes as many statements for thirty things as for one; the table says how many, and does not grow."""

from __future__ import annotations

from interlinkers.ideation.tests.calling import Service

from interlinker_shared.testing_reads import Readers

STATEMENTS = {
    "/campaigns": 1,
    "/campaigns/{asset_id}": 1,
    "/campaigns/{asset_id}/result": 5,
    "/campaigns/{campaign_id}/ballot": 3,
    "/campaigns/{campaign_id}/ideas": 2,
    "/campaigns/{campaign_id}/ideas/{idea_id}": 2,
    "/campaigns/{campaign_id}/ideas/{idea_id}/following": 3,
    "/campaigns/{campaign_id}/ideas/{idea_id}/history": 7,
    "/campaigns/{campaign_id}/news": 4,
    "/campaigns/{campaign_id}/phases": 1,
    "/campaigns/{campaign_id}/desk/view": 5,
    "/campaigns/{campaign_id}/desk/{idea_id}/view": 15,
    "/campaigns/{campaign_id}/ideas/new/view": 1,
    "/campaigns/{campaign_id}/ideas/view": 1,
    "/campaigns/{campaign_id}/ideas/{idea_id}/view": 10,
    "/campaigns/{campaign_id}/result/progress": 1,
    "/campaigns/{campaign_id}/result/verifier": 1,
    "/campaigns/{campaign_id}/view": 4,
    "/campaigns/{campaign_id}/view/vote": 2,
    "/changes": 1,
    "/appeals": 1,
    "/moderation-log": 1,
    "/moderation-log/counts": 1,
    "/moderation-log/view": 2,
    "/moderation/view": 2,
    "/notices": 1,
    "/statements": 1,
    "/statements/view": 1,
    "/subjects/{subject}": 16,
}


async def test_thirty_take_as_many_statements_as_one(service: Service) -> None:
    campaign = await service.create_campaign(results_hidden=False)
    idea = await service.create_idea(campaign)
    await service.staff("PUT", f"/campaigns/{campaign}/ideas/{idea}/answer", {"office": "Parks", "text": "Yes."})
    readers = Readers(
        service.app, service.client, asset_id=[campaign], campaign_id=[campaign], idea_id=[idea], subject=["ana"]
    )
    few = await readers.statements()
    for number in range(30):
        await service.create_campaign()
        more = await service.create_idea(campaign, f"Idea {number}", who="ana")
        await service.staff("PUT", f"/campaigns/{campaign}/ideas/{more}/answer", {"office": "Parks", "text": "Yes."})
    assert few == await readers.statements() == STATEMENTS
