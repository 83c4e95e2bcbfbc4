"""What people did in a campaign goes for good when its time is over."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from interlinkers.ideation.tests.calling import Service

from interlinker_shared.clock import utc_now
from interlinker_shared.testing import files_with, later

WORDS = "words that nobody writes twice"
A_DAY = timedelta(days=1)


async def filled(service: Service, **more: Any) -> tuple[str, str]:
    """A closed campaign that is kept for a day: the campaign, and an idea that has one supporter and one vote."""
    campaign = await service.create_campaign()
    idea = await service.create_idea(campaign, WORDS)
    await service.call("POST", f"/campaigns/{campaign}/ideas/{idea}/support", who="ben")
    ballot = await service.call("PUT", f"/campaigns/{campaign}/ballot", {"approvals": [idea]}, who="ben")
    assert ballot.is_success, ballot.text
    closed = await service.staff("POST", f"/campaigns/{campaign}/close")
    match = {"If-Match": closed.headers["etag"]}
    body = {"retain_until": (utc_now() + A_DAY).isoformat()} | more
    assert (await service.staff("PATCH", f"/campaigns/{campaign}", body, match)).status_code == 200
    return campaign, idea


@pytest.mark.sqlite
async def test_no_word_of_a_campaign_is_left_in_any_file(service: Service, tmp_path: Path) -> None:
    campaign, idea = await filled(service)
    assert files_with(tmp_path, WORDS)
    await later(service.app, A_DAY)
    assert files_with(tmp_path, WORDS) == []
    assert (await service.call("GET", f"/campaigns/{campaign}/ideas/{idea}")).status_code == 404
    changes = (await service.staff("GET", "/changes")).json()["items"]
    assert {change["body"] for change in changes} == {None}


async def test_ranks_and_votes_stay_without_words(service: Service) -> None:
    campaign, idea = await filled(service, retain_result=True)
    await later(service.app, A_DAY)
    result = (await service.call("GET", f"/campaigns/{campaign}/result")).json()
    assert (result["counts"]["ballots"], result["counts"]["ideas"]) == (1, 1)
    (item,) = result["items"]
    assert (item["id"], item["title"], item["rank"], item["votes"], "text" in item) == (idea, "[removed]", 1, 1, False)
    page = await service.call("GET", f"/campaigns/{campaign}/view")
    assert page.status_code == 200
    assert WORDS not in page.text
    assert (await service.call("GET", f"/campaigns/{campaign}/ideas")).json()["items"] == []


async def test_erasing_somebody_does_not_put_ideas_of_a_deleted_campaign_back(service: Service) -> None:
    campaign, _ = await filled(service)
    await service.staff("DELETE", f"/campaigns/{campaign}")
    await service.staff("DELETE", "/subjects/ana")
    changes = (await service.staff("GET", "/changes")).json()["items"]
    assert {change["body"] for change in changes} == {None}
