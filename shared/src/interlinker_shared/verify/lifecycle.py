"""Checks of an asset's life: create, list, read, change, open, close, clone, delete, due dates."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin

import httpx

from interlinker_shared.auth import Role
from interlinker_shared.ids import new_id
from interlinker_shared.verify.checks import NotCheckedError, check
from interlinker_shared.verify.expect import expect, expect_problem, expect_same, expect_status
from interlinker_shared.verify.operations import Operation, contributions, of_an_asset
from interlinker_shared.verify.service import Service, unknown_id

DUE_WITHIN = 2.0
POLL_SECONDS = 0.1
PAGE = 100


@check("4 operations")
async def creating_answers_where_it_is(service: Service) -> None:
    """Creating an asset answers 201 with a Location that leads to it, and an ETag."""
    path = (await service.assets()).path
    answer = expect_status(await service.ask("POST", path, json=await service.new_asset()), 201)
    service.also_created(answer.json())
    expect(answer.json()["state"] == "draft", f"a new asset is {answer.json()['state']}, not a draft")
    expect("etag" in answer.headers, "there is no ETag")
    where = urljoin(str(answer.request.url), answer.headers.get("location", "-"))
    found = await service.client.get(where, headers=await service.authorization(Role.OWNER))
    expect(found.status_code == 200, f"Location leads to {where}, which answers {found.status_code}")  # noqa: PLR2004
    expect(found.json()["id"] == answer.json()["id"], "Location leads to another asset")


@check("4 operations")
async def lists_come_in_pages(service: Service) -> None:
    """A list is cut by limit and goes on with its cursor, without repeating anything; the last page has no next."""
    made = {(await service.draft())["id"] for _ in range(3)}
    path = (await service.assets()).path
    first = expect_status(await service.ask("GET", path, params={"limit": 1}), 200).json()
    expect(
        len(first["items"]) == 1 and first["next"], f"the first page of one has {len(first['items'])} items, no next"
    )
    second = (await service.ask("GET", path, params={"limit": 1, "cursor": first["next"]})).raise_for_status().json()
    expect(second["items"][0]["id"] != first["items"][0]["id"], "the second page repeats the first")
    seen = [asset["id"] for asset in await _all(service)]
    expect(len(seen) == len(set(seen)), "an asset is listed twice")
    expect(made <= set(seen), "an asset is not listed")
    wrong = await service.ask("GET", path, params={"cursor": "not-a-cursor"})
    expect_problem(wrong, 422)


@check("4 operations")
async def reading_answers_its_version(service: Service) -> None:
    """Reading an asset answers its ETag, and 304 to who has it already."""
    path = await service.path_of(await service.opened())
    answer = expect_status(await service.ask("GET", path, role=Role.PUBLIC), 200)
    etag = answer.headers.get("etag")
    expect(etag, "there is no ETag")
    again = await service.ask("GET", path, role=Role.PUBLIC, headers={"If-None-Match": str(etag)})
    expect_status(again, 304)
    expect_problem(await service.ask("GET", await service.path_of(unknown_id()), role=Role.PUBLIC), 404)


@check("4 everywhere")
async def changing_needs_if_match(service: Service) -> None:
    """A change without If-Match is refused with 428."""
    answer = await service.ask("PATCH", await service.path_of(await service.draft()), json={"title": "Changed"})
    expect_problem(answer, 428)


@check("4 everywhere")
async def changing_a_stale_version_fails(service: Service) -> None:
    """A change of a version that is no longer current is refused with 412 and changes nothing."""
    path = await service.path_of(await service.draft())
    etag = (await service.ask("GET", path)).headers["etag"]
    expect_status(await service.ask("PATCH", path, json={"title": "First"}, headers={"If-Match": etag}), 200)
    second = await service.ask("PATCH", path, json={"title": "Second"}, headers={"If-Match": etag})
    expect_problem(second, 412)
    title = (await service.ask("GET", path)).json()["title"]
    expect(title == "First", f"the refused change took effect: the title is {title!r}")


@check("4 operations")
async def changing_the_current_version_works(service: Service) -> None:
    """A change with the current ETag takes effect and answers a new one."""
    path = await service.path_of(await service.draft())
    etag = (await service.ask("GET", path)).headers["etag"]
    answer = expect_status(await service.ask("PATCH", path, json={"title": "New"}, headers={"If-Match": etag}), 200)
    expect(answer.json()["title"] == "New", f"the title is {answer.json()['title']!r}")
    expect(answer.headers.get("etag") not in {etag, None}, "the ETag is the old one, or there is none")


@check("4 operations")
async def opening_twice_is_opening_once(service: Service) -> None:
    """Opening is idempotent: the second time changes nothing."""
    await _twice(service, await service.draft(), "open", "open")


@check("4 operations")
async def closing_twice_is_closing_once(service: Service) -> None:
    """Closing is idempotent: the second time changes nothing."""
    await _twice(service, await service.opened(), "close", "closed")


@check("4 operations")
async def life_goes_forward_only(service: Service) -> None:
    """What is closed is not opened again, and what was never open is not closed: 409."""
    closed, draft = await service.closed(), await service.draft()
    expect_problem(await service.ask("POST", await service.path_of(closed, "/open")), 409)
    expect_problem(await service.ask("POST", await service.path_of(draft, "/close")), 409)


@check("4 operations")
async def closed_assets_take_nothing_over(service: Service) -> None:
    """Importing into a closed asset is refused with 409."""
    handover = {"handover": f"verify-{new_id()}", "items": [{"id": "1", "text": "Late"}]}
    path = await service.path_of(await service.closed(), "/imports")
    expect_problem(await service.ask("POST", path, json=handover), 409)


@check("4 operations")
async def closed_assets_refuse_contributions(service: Service) -> None:
    """Who takes part in a closed asset is refused with 409."""
    ways = await contributions(service)
    opened, closed = await service.opened(), await service.closed()
    worked = 0
    for one, body in ways:
        parameter = one.parameters[0]
        before = await service.ask(one.method, one.address(**{parameter: opened["id"]}), json=body)
        after = await service.ask(one.method, one.address(**{parameter: closed["id"]}), json=body)
        worked += before.is_success
        expect(not before.is_success or after.status_code == 409, f"{one} answered {after.status_code} when closed")  # noqa: PLR2004
        only_then = before.status_code == 409 and after.is_success  # noqa: PLR2004 - what is done once it is closed is no taking part
        expect(after.is_client_error or only_then, f"{one} answered {after.status_code} when closed")
    if not worked:
        message = "no way to take part could be guessed from OpenAPI; give a body model an example"
        raise NotCheckedError(message)


@check("4 operations")
async def cloning_makes_a_draft_like_it(service: Service) -> None:
    """A clone is a new draft with the same title, language and config."""
    original = await service.closed()
    answer = expect_status(await service.ask("POST", await service.path_of(original, "/clone")), 201)
    copy = answer.json()
    service.also_created(copy)
    expect(copy["id"] != original["id"] and copy["state"] == "draft", "it is no new draft")
    apart = [name for name in ("title", "language", "config") if copy[name] != original[name]]
    expect(not apart, f"it differs in {', '.join(apart)}")


@check("4 operations")
async def deleting_leaves_a_tombstone(service: Service) -> None:
    """What is deleted is gone from its address and the list, and a tombstone stands in /changes."""
    asset = await service.opened()
    path = await service.path_of(asset)
    expect_status(await service.ask("DELETE", path), 204)
    expect_same(await service.ask("GET", path), await service.ask("GET", await service.path_of(unknown_id())))
    expect(asset["id"] not in {found["id"] for found in await _all(service)}, "it is still listed")
    entries = [change for change in await service.changes() if change["id"] == asset["id"]]
    expect([entry["body"] for entry in entries] == [None], f"/changes has {len(entries)} entries, not one tombstone")


@check("4 everywhere")
async def drafts_look_missing_to_the_public(service: Service) -> None:
    """To the public a draft answers byte for byte like an id that there is not."""
    draft = await service.draft()
    reads = [one for one in await of_an_asset(service) if one.method == "get"]
    for one in reads:
        for accepted in ("application/json", "text/html"):
            hidden, missing = [await _as_public(service, one, which, accepted) for which in (draft["id"], unknown_id())]
            expect_same(hidden, missing)
            expect_status(hidden, 404, 401, 422)
    expect_status(await service.ask("GET", await service.path_of(draft), role=Role.PUBLIC), 404)
    listed = (await service.ask("GET", (await service.assets()).path, role=Role.PUBLIC)).json()["items"]
    expect(draft["id"] not in {asset["id"] for asset in listed}, "the public list shows it")


@check("4 operations")
async def closing_dates_fire_by_themselves(service: Service) -> None:
    """An open asset closes by itself within two seconds of its closing time."""
    asset = await service.draft()
    await _set_date(service, asset, "closes_at", 1.0)
    await service.step(asset, "open")
    await _becomes(service, asset, "closed", within=1.0 + DUE_WITHIN)


@check("4 operations")
async def opening_dates_fire_by_themselves(service: Service) -> None:
    """A draft opens by itself within two seconds of its opening time."""
    asset = await service.draft()
    await _set_date(service, asset, "opens_at", 0.1)
    await _becomes(service, asset, "open", within=0.1 + DUE_WITHIN)


@check("4 everywhere")
async def same_key_has_one_effect(service: Service) -> None:
    """A POST repeated with its Idempotency-Key has the same answer and no second effect."""
    path, body = (await service.assets()).path, await service.new_asset()
    headers = {"Idempotency-Key": f"verify-{new_id()}"}
    first = expect_status(await service.ask("POST", path, json=body, headers=headers), 201)
    service.also_created(first.json())
    second = await service.ask("POST", path, json=body, headers=headers)
    if second.is_success and second.json()["id"] != first.json()["id"]:
        service.also_created(second.json())
    expect_same(first, second, but={"idempotency-replayed"})


@check("4 everywhere")
async def a_key_belongs_to_one_request(service: Service) -> None:
    """An Idempotency-Key that comes with another body is refused with 422."""
    path, body = (await service.assets()).path, await service.new_asset()
    headers = {"Idempotency-Key": f"verify-{new_id()}"}
    first = expect_status(await service.ask("POST", path, json=body, headers=headers), 201)
    service.also_created(first.json())
    other = await service.ask("POST", path, json=body | {"title": "Another"}, headers=headers)
    if other.is_success:
        service.also_created(other.json())
    expect_problem(other, 422)


async def _as_public(service: Service, one: Operation, which: object, accepted: str) -> httpx.Response:
    exports = (await service.assets()).exports
    params = {"format": next(iter(exports), "csv")} if one.path.endswith("/export") else None
    address = one.address(**{one.parameters[0]: which})
    return await service.ask("GET", address, role=Role.PUBLIC, params=params, headers={"Accept": accepted})


async def _all(service: Service) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    params: dict[str, Any] = {"limit": PAGE}
    while True:
        page = (await service.ask("GET", (await service.assets()).path, params=params)).raise_for_status().json()
        found += page["items"]
        if page["next"] is None:
            return found
        params["cursor"] = page["next"]


async def _twice(service: Service, asset: dict[str, Any], verb: str, state: str) -> None:
    path = await service.path_of(asset, f"/{verb}")
    first = expect_status(await service.ask("POST", path), 200)
    expect(first.json()["state"] == state, f"it is {first.json()['state']}, not {state}")
    expect_same(first, await service.ask("POST", path))


async def _set_date(service: Service, asset: dict[str, Any], name: str, seconds: float) -> None:
    # By the service's own clock: ours may be another.
    when = datetime.fromisoformat(asset["created_at"]) + timedelta(seconds=seconds)
    etag = (await service.ask("GET", await service.path_of(asset))).headers["etag"]
    body = {name: when.isoformat()}
    expect_status(await service.ask("PATCH", await service.path_of(asset), json=body, headers={"If-Match": etag}), 200)


async def _becomes(service: Service, asset: dict[str, Any], state: str, *, within: float) -> None:
    deadline = time.monotonic() + within
    path = await service.path_of(asset)
    while (found := (await service.ask("GET", path)).json()["state"]) != state:
        expect(time.monotonic() < deadline, f"it is still {found} after {within:.1f} seconds")
        await asyncio.sleep(POLL_SECONDS)
