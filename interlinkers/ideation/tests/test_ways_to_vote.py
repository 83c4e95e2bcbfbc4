"""Every way to vote, from the ballot over HTTP to a bundle that the verifier finds right."""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from interlinkers.ideation.tests.calling import Service, pointers, problem
from interlinkers.ideation.tests.ways import KINDS, WAYS, Way, approving

from interlinker_ideation import store, verify_result
from interlinker_shared.testing import eventually

every_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
every_kind = pytest.mark.parametrize("way", KINDS, ids=lambda way: way.name)


async def cast(service: Service, campaign: str, way: Way, *ideas: str, who: str = "ana", **more: Any) -> httpx.Response:
    return await service.call("PUT", f"/campaigns/{campaign}/ballot", way.ballot(ideas) | more, who=who)


async def begun(service: Service, way: Way, **config: Any) -> tuple[str, list[str]]:
    """An open campaign with three ideas, which fit into a budget of 100 but for the last."""
    campaign = await service.create_campaign(**(way.config | config))
    ideas = [await service.create_idea(campaign, f"Idea {cost}", cost=cost) for cost in (40, 30, 80)]
    return campaign, ideas


async def voted(service: Service, way: Way) -> tuple[str, list[str], list[str]]:
    """The same after three ballots, for the first idea, for two, for all; a basket has room for two. Gives receipts too."""
    campaign, ideas = await begun(service, way)
    fits = ([1], [2], [1]) if way.name == "knapsack" else ([1], [2], [3])
    told = [await cast(service, campaign, way, *ideas[: many[0]], who=f"voter-{at}") for at, many in enumerate(fits)]
    assert [one.status_code for one in told] == [200] * 3, [one.text for one in told]
    return campaign, ideas, [one.json()["receipt"] for one in told]


async def published(service: Service, campaign: str) -> dict[str, Any]:
    """The result, once it is there."""
    closed = await service.staff("POST", f"/campaigns/{campaign}/close")
    assert closed.status_code == 200, closed.text

    async def counted() -> bool:
        progress = await service.call("GET", f"/campaigns/{campaign}/result/progress", who=None)
        return bool(progress.json()["state"] == "done")

    await eventually(counted, within=30)
    result: dict[str, Any] = (await service.call("GET", f"/campaigns/{campaign}/result", who=None)).json()
    return result


async def bundle_of(service: Service, campaign: str) -> tuple[dict[str, Any], zipfile.ZipFile]:
    answer = await service.call("GET", f"/campaigns/{campaign}/result/bundle", who=None)
    assert answer.status_code == 200, answer.text
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    bundle: dict[str, Any] = json.loads(archive.read("bundle.json"))
    return bundle, archive


@every_way
async def test_ballots_are_counted_and_the_bundle_holds(service: Service, way: Way) -> None:
    campaign, ideas, receipts = await voted(service, way)
    result = await published(service, campaign)
    votes = {item["id"]: item["votes"] for item in result["items"]}
    expected = [3, 1, 0] if way.name == "knapsack" else way.votes
    assert [votes[idea] for idea in ideas] == expected
    assert result["counts"]["ballots"] == 3
    assert all(item["reason"]["es"] for item in result["items"])
    bundle, _ = await bundle_of(service, campaign)
    assert verify_result.check(bundle, enough=True) == []
    assert all(verify_result.has(bundle, receipt) for receipt in receipts)
    assert not verify_result.has(bundle, "made-up")


def verified(folder: Path, *options: str) -> str:
    command = [sys.executable, "-I", "-S", "verify_result.py", "bundle.json", *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


async def test_published_files_are_enough_to_count_again(service: Service, tmp_path: Path) -> None:
    campaign, _, (receipt, *_) = await voted(service, WAYS[1])
    await published(service, campaign)
    _, archive = await bundle_of(service, campaign)
    assert set(archive.namelist()) == {"README.txt", "bundle.json", "ballots.pb", "verify_result.py"}
    archive.extractall(tmp_path)
    assert verified(tmp_path, "--enough", f"--receipt={receipt}").endswith("The result holds.\n")
    answer = await service.call("GET", f"/campaigns/{campaign}/result/verifier", who=None)
    assert answer.content == archive.read("verify_result.py")


@every_kind
async def test_two_hundred_identical_ballots_at_once_are_one(service: Service, way: Way) -> None:
    campaign, ideas = await begun(service, way)
    answers = await asyncio.gather(*(cast(service, campaign, way, ideas[0]) for _ in range(200)))
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 199]
    assert (await published(service, campaign))["counts"]["ballots"] == 1


@every_kind
async def test_receipt_changes_a_ballot_of_any_kind(service: Service, way: Way) -> None:
    campaign, ideas = await begun(service, way)
    receipt = (await cast(service, campaign, way, ideas[0])).json()["receipt"]
    changed = await cast(service, campaign, way, ideas[1], receipt=receipt)
    assert (changed.status_code, changed.json()) == (200, {"receipt": None})
    result = await published(service, campaign)
    votes = {item["id"]: item["votes"] for item in result["items"]}
    assert (result["counts"]["ballots"], [votes[idea] for idea in ideas]) == (1, [0, 1, 0])


@every_kind
async def test_staff_enter_ballots_of_any_kind(service: Service, way: Way) -> None:
    campaign, ideas = await begun(service, way)
    body = way.ballot(ideas[:1]) | {"voter": "voter-7", "channel": "paper"}
    assert (await service.staff("POST", f"/campaigns/{campaign}/ballots", body)).status_code == 201
    assert (await service.staff("POST", f"/campaigns/{campaign}/ballots", body)).status_code == 409


@every_kind
async def test_a_ballot_has_what_its_kind_takes_and_nothing_else(service: Service, way: Way) -> None:
    campaign, ideas = await begun(service, way)
    path = f"/campaigns/{campaign}/ballot"
    assert pointers(await service.call("PUT", path, {})) == [f"/{way.takes}"]
    other = {"ranking": ideas} if way.takes != "ranking" else {"approvals": ideas}
    wrong = await service.call("PUT", path, way.ballot(ideas[:1]) | other)
    assert pointers(wrong) == [f"/{next(iter(other))}"]


async def test_basket_takes_no_more_than_the_budget(service: Service) -> None:
    campaign, ideas = await begun(service, KINDS[1])
    assert pointers(await cast(service, campaign, KINDS[1], *ideas)) == ["/approvals"]


async def test_marks_beyond_their_limits_are_named(service: Service) -> None:
    campaign = await service.create_campaign(method={"type": "rating", "levels": 3})
    idea = await service.create_idea(campaign)
    body = {"ratings": [{"idea": idea, "rating": 4}]}
    assert pointers(await service.call("PUT", f"/campaigns/{campaign}/ballot", body)) == ["/ratings/0"]


async def test_support_is_counted_without_ballots(service: Service) -> None:
    campaign = await service.create_campaign(method={"type": "support"}, results_hidden=False)
    pond, path = await service.create_idea(campaign), await service.create_idea(campaign, "A path")
    assert problem(await service.vote(campaign, pond)) == (409, "no-ballots")
    await service.call("PUT", f"/campaigns/{campaign}/ideas/{path}/support", who="ben")
    result = await published(service, campaign)
    assert [(item["id"], item["votes"]) for item in result["items"]] == [(path, 1), (pond, 0)]
    assert result["items"][0]["reason"]["en"].startswith("Rank 1 with 1 supporter")


async def test_result_waits_for_the_count_and_says_so(service: Service) -> None:
    campaign, _, _ = await voted(service, WAYS[4])
    await service.staff("POST", f"/campaigns/{campaign}/close")
    for path in ("result", "result/bundle"):
        answer = await service.call("GET", f"/campaigns/{campaign}/{path}", who=None)
        assert problem(answer) == (503, "result-pending")
        assert answer.headers["retry-after"] == "3"
    progress = await service.call("GET", f"/campaigns/{campaign}/result/progress", who=None)
    assert progress.json()["state"] in {"waiting", "counting", "reasons"}
    assert not await service.events("result.published.v1")
    await published(service, campaign)
    assert len(await service.events("result.published.v1")) == 1


async def test_campaign_that_is_deleted_while_it_is_counted_has_no_result(service: Service) -> None:
    campaign, _, _ = await voted(service, WAYS[4])
    await service.staff("POST", f"/campaigns/{campaign}/close")
    await service.staff("DELETE", f"/campaigns/{campaign}")
    other = Way("phragmen", WAYS[5].config, approving, "approvals")
    await published(service, (await voted(service, other))[0])  # what waits after it is counted all the same
    assert [one["data"]["asset"] for one in await service.events("result.published.v1")] != [campaign]


async def test_a_count_that_fails_holds_no_other_up(service: Service) -> None:
    kit, first = service.app.state.kit, UUID(int=1)  # of no campaign, so its count fails
    await kit.db.write(store.wait_to_be_counted, first)
    await published(service, (await voted(service, WAYS[4]))[0])
    assert await kit.db.read(store.waiting_to_be_counted) == [first]


@pytest.mark.parametrize("path", ["result/bundle", "export?format=ballots", "export?format=pb", "export?format=blt"])
async def test_no_ballot_leaves_before_the_close(service: Service, path: str) -> None:
    campaign, _, _ = await voted(service, WAYS[1])
    assert problem(await service.staff("GET", f"/campaigns/{campaign}/{path}")) == (409, "not-yet-closed")


async def test_each_format_is_about_one_kind_of_vote(service: Service) -> None:
    campaign, _, _ = await voted(service, WAYS[8])
    await published(service, campaign)
    assert problem(await service.call("GET", f"/campaigns/{campaign}/export?format=pb")) == (409, "other-method")
    answer = await service.call("GET", f"/campaigns/{campaign}/export?format=blt", who=None)
    assert answer.text.splitlines()[:4] == ["3 2", "1 1 0", "1 1 2 0", "1 1 2 3 0"]
    lines = (await service.call("GET", f"/campaigns/{campaign}/export?format=ballots", who=None)).text.splitlines()
    assert lines[:4] == ["ballot,place,idea,value", "1,1,1,1", "2,1,1,1", "2,2,2,1"]
