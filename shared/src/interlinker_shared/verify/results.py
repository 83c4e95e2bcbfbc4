"""Checks of what an asset takes over, comes to and gives away: imports, result, export."""

from __future__ import annotations

from typing import Any

from interlinker_shared.auth import Role
from interlinker_shared.ids import new_id
from interlinker_shared.manifest import canonical_json, digest_of
from interlinker_shared.verify.checks import NotCheckedError, check
from interlinker_shared.verify.expect import expect, expect_json, expect_problem, expect_status
from interlinker_shared.verify.service import Service

REFUSED = (409, 422)


@check("4 operations")
async def results_are_provisional_or_hidden_before_the_end(service: Service) -> None:
    """Before the end the result is marked provisional, or hidden (403)."""
    answer = await service.ask("GET", await service.path_of(await service.opened(), "/result"), role=Role.PUBLIC)
    if answer.status_code == 403:  # noqa: PLR2004 - the contract's number
        expect_problem(answer, 403)
        return
    status = expect_json(expect_status(answer, 200))["status"]
    expect(status == "provisional", f"the result of an open asset is {status}")


@check("4 operations")
async def results_are_final_after_the_end(service: Service) -> None:
    """After the end the result is final: schema id, version, content hash, items, counts."""
    result = await _final(service, await _with_items(service, needed=False))
    lacking = [name for name in ("asset", "schema_id", "version", "hash", "items", "counts") if name not in result]
    expect(not lacking, f"it lacks {', '.join(lacking)}")
    expect(result["status"] == "final", f"it is {result['status']}")
    expect(result["version"] >= 1, f"its version is {result['version']}")


@check("4 operations")
async def result_hashes_are_right(service: Service) -> None:
    """The hash of a result is that of its items and counts as canonical JSON."""
    result = await _final(service, await _with_items(service, needed=False))
    content = {"items": result["items"], "counts": result["counts"]}
    computed = digest_of(canonical_json(content))
    expect(result["hash"] == computed, f"it says {result['hash']}, its content comes to {computed}")


@check("4 operations")
async def results_do_not_change(service: Service) -> None:
    """A final result is the same bytes at every reading."""
    path = await service.path_of(await service.closed(), "/result")
    first, second = [await service.ask("GET", path, role=Role.PUBLIC) for _ in range(2)]
    expect(first.content == second.content, f"first {first.text[:120]} then {second.text[:120]}")


@check("4 operations")
async def imports_happen_once(service: Service) -> None:
    """An item handed over twice under the same handover is taken once and keeps its id."""
    asset, handover = await service.draft(), f"verify-{new_id()}"
    first = await _import(service, asset, handover, _items(2))
    second = await _import(service, asset, handover, _items(2))
    expect((first["created"], second["created"]) == (2, 0), f"created {first['created']}, then {second['created']}")
    expect(_here(first) == _here(second), "the items have other ids the second time")


@check("4 operations")
async def imports_repeat_as_a_delta(service: Service) -> None:
    """A handover that is sent again with more items takes only the new ones."""
    asset, handover = await service.draft(), f"verify-{new_id()}"
    first = await _import(service, asset, handover, _items(2))
    second = await _import(service, asset, handover, _items(3))
    expect((second["created"], second["known"]) == (1, 2), f"{second['created']} new and {second['known']} known")
    expect(_here(first).items() <= _here(second).items(), "known items have other ids now")


@check("4 operations")
async def result_items_can_be_handed_on(service: Service) -> None:
    """The items of a result can be imported into a new asset of the same kind."""
    result = await _final(service, await _with_items(service, needed=True))
    if not result["items"]:
        message = "the result has no items: nothing that could be taken over becomes one here"
        raise NotCheckedError(message)
    taken = await _import(service, await service.draft(), f"verify-{new_id()}", result["items"])
    expect(taken["created"] == len(result["items"]), f"{taken['created']} of {len(result['items'])} were taken")


@check("4 operations")
async def exports_are_streamed(service: Service) -> None:
    """Every export format of the manifest streams with its media type; an unknown one is refused with 422."""
    asset, exports = await _with_items(service, needed=False), (await service.assets()).exports
    path = await service.path_of(asset, "/export")
    expect(exports, "the manifest names no export format")
    for name, media_type in exports.items():
        answer = expect_status(await service.ask("GET", path, params={"format": name}), 200, 409)
        if answer.status_code == 409:  # noqa: PLR2004 - a format that this asset has nothing for
            expect_problem(answer, 409)
            continue
        kind = answer.headers.get("content-type", "").partition(";")[0]
        expect(kind == media_type.partition(";")[0], f"{name} is sent as {kind}, not {media_type}")
        expect("content-length" not in answer.headers, f"{name} is built first, then sent: it has a Content-Length")
    expect_problem(await service.ask("GET", path, params={"format": "no-such"}), 422)


def _items(count: int) -> list[dict[str, Any]]:
    return [
        {"id": f"item-{number}", "title": f"Item {number}", "text": f"What item {number} says.", "language": "en"}
        for number in range(count)
    ]


async def _import(
    service: Service, asset: dict[str, Any], handover: str, items: list[dict[str, Any]]
) -> dict[str, Any]:
    path = await service.path_of(asset, "/imports")
    answer = await service.ask("POST", path, json={"handover": handover, "items": items})
    if answer.status_code in REFUSED:
        problem = expect_problem(answer, *REFUSED)
        message = f"it takes nothing over here ({problem.get('detail')}); give the config schema an example that does"
        raise NotCheckedError(message)
    taken: dict[str, Any] = expect_status(answer, 200).json()
    expect(
        [entry["id"] for entry in taken["items"]] == [item["id"] for item in items], "it lists other items than sent"
    )
    return taken


def _here(taken: dict[str, Any]) -> dict[str, str]:
    return {entry["id"]: entry["item"] for entry in taken["items"]}


async def _with_items(service: Service, *, needed: bool) -> dict[str, Any]:
    """An open asset that took over some items, as far as it takes any."""
    asset = await service.draft()
    try:
        await _import(service, asset, f"verify-{new_id()}", _items(2))
    except NotCheckedError:
        if needed:
            raise
    return await service.step(asset, "open")


async def _final(service: Service, asset: dict[str, Any]) -> dict[str, Any]:
    await service.step(asset, "close")
    answer = await service.ask("GET", await service.path_of(asset, "/result"), role=Role.PUBLIC)
    result: dict[str, Any] = expect_json(expect_status(answer, 200))
    return result
