"""The life of an asset: states, dates, versions, imports, results, tombstones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from shared.tests.boxes import MOMENT, Box, Boxes, Clock, create_box_app

from interlinker_shared.assets import Export, Item, store
from interlinker_shared.assets.timers import fire
from interlinker_shared.auth import Role
from interlinker_shared.errors import ConflictError
from interlinker_shared.testing import RunApp, TokenHeaders, recorded

ITEMS = [{"id": "1", "text": "One"}, {"id": "2", "text": "Two", "weight": 3}]


async def state(box: Box, asset: dict[str, Any]) -> str:
    found: str = (await box.ask("GET", f"/boxes/{asset['id']}")).json()["state"]
    return found


async def test_life_goes_from_draft_to_open_to_closed(box: Box) -> None:
    asset = await box.create()
    assert (asset["state"], asset["version"], asset["config"]) == ("draft", 1, {"size": 1})
    opened = await box.step(asset, "open")
    assert (opened["state"], opened["opened_at"]) == ("open", MOMENT.isoformat().replace("+00:00", "Z"))
    assert (await box.step(asset, "close"))["state"] == "closed"


async def test_repeating_a_step_changes_nothing(box: Box, app: FastAPI) -> None:
    asset = await box.opened()
    assert await box.step(asset, "open") == asset
    closed = await box.step(asset, "close")
    assert await box.step(asset, "close") == closed
    assert len(await recorded(app, "asset.opened.v1")) == len(await recorded(app, "asset.closed.v1")) == 1


@pytest.mark.parametrize(("steps", "verb", "slug"), [(["open", "close"], "open", "closed"), ([], "close", "draft")])
async def test_steps_backwards_are_refused(box: Box, steps: list[str], verb: str, slug: str) -> None:
    asset = await box.create()
    for step in steps:
        await box.step(asset, step)
    answer = await box.ask("POST", f"/boxes/{asset['id']}/{verb}")
    assert (answer.status_code, answer.json()["type"]) == (409, f"urn:interlinkers:problem:asset-{slug}")


async def test_due_dates_open_and_close_by_themselves(box: Box, app: FastAPI, clock: Clock) -> None:
    dates = {"opens_at": MOMENT + timedelta(seconds=10), "closes_at": MOMENT + timedelta(seconds=20)}
    asset = await box.create(**{name: when.isoformat() for name, when in dates.items()})
    found = []
    for _ in range(3):
        await fire(app.state.kit)
        found.append(await state(box, asset))
        clock.go_on(10)
    assert found == ["draft", "open", "closed"]
    assert len(await recorded(app, "result.published.v1")) == 1


async def test_nobody_takes_part_after_the_closing_date_even_before_it_fired(box: Box, clock: Clock) -> None:
    asset = await box.opened(closes_at=(MOMENT + timedelta(seconds=5)).isoformat())
    path = f"/boxes/{asset['id']}/things"
    assert (await box.ask("POST", path, Role.MEMBER, json={"name": "early"})).status_code == 201
    clock.go_on(5)
    assert (await box.ask("POST", path, Role.MEMBER, json={"name": "late"})).status_code == 409


async def test_a_date_that_is_over_keeps_it_from_opening(box: Box, clock: Clock) -> None:
    asset = await box.create(closes_at=(MOMENT + timedelta(seconds=5)).isoformat())
    clock.go_on(6)
    answer = await box.ask("POST", f"/boxes/{asset['id']}/open")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/closes_at")


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_it_cannot_close_before_it_opens(box: Box, method: str) -> None:
    dates = {"opens_at": "2026-12-02T00:00:00Z", "closes_at": "2026-12-01T00:00:00Z"}
    path = "/boxes" if method == "POST" else f"/boxes/{(await box.create())['id']}"
    answer = await box.ask(method, path, json={"title": "T", **dates}, headers={"If-Match": '"1"'})
    assert answer.status_code == 422


async def test_config_is_fixed_once_people_can_take_part(box: Box) -> None:
    asset = await box.create(config={"size": 2})
    path = f"/boxes/{asset['id']}"
    changed = await box.ask("PATCH", path, json={"config": {"size": 3}}, headers={"If-Match": '"1"'})
    assert changed.json()["config"] == {"size": 3}
    opened = await box.step(asset, "open")
    match = {"If-Match": f'"{opened["version"]}"'}
    answer = await box.ask("PATCH", path, json={"config": {"size": 4}}, headers=match)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:interlinkers:problem:asset-open")
    assert (await box.ask("PATCH", path, json={"config": {"size": 3}}, headers=match)).status_code == 200


async def test_a_kind_may_allow_some_changes_of_an_open_config(
    test_settings: dict[str, Any], run_app: RunApp, token: TokenHeaders
) -> None:
    def only_larger(_session: Any, asset: Any, config: dict[str, Any]) -> None:
        if config["size"] < asset.config["size"]:
            message = "It can only grow."
            raise ConflictError(message)

    app = create_box_app(test_settings, kind=Boxes().kind(check_change=only_larger))
    box = Box(await run_app(app), token)
    asset = await box.opened(config={"size": 5})
    path, match = f"/boxes/{asset['id']}", {"If-Match": '"2"'}
    assert (await box.ask("PATCH", path, json={"config": {"size": 4}}, headers=match)).status_code == 409
    assert (await box.ask("PATCH", path, json={"config": {"size": 6}}, headers=match)).status_code == 200


@pytest.mark.parametrize(
    ("config", "pointer"),
    [({"size": 11}, "/config/size"), ({"size": "x"}, "/config/size"), ({"a/b": 1}, "/config/a~1b")],
)
async def test_a_wrong_config_is_refused_with_the_place(box: Box, config: dict[str, Any], pointer: str) -> None:
    answer = await box.ask("POST", "/boxes", json={"title": "T", "config": config})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


@pytest.mark.parametrize(
    ("match", "status"),
    [(None, 428), ('"7"', 412), ('W/"1"', 200), ('"1"', 200), ("nonsense", 412), ("*", 428), ('"' + "9" * 99, 412)],
)
async def test_a_change_needs_the_current_version(box: Box, match: str | None, status: int) -> None:
    asset = await box.create()
    headers = {"If-Match": match} if match else {}
    answer = await box.ask("PATCH", f"/boxes/{asset['id']}", json={"title": "New"}, headers=headers)
    assert answer.status_code == status
    assert (await box.ask("GET", f"/boxes/{asset['id']}")).json()["title"] == ("New" if status == 200 else "A box")


@pytest.mark.parametrize("name", ["title", "config", "language"])
async def test_what_an_asset_needs_cannot_be_taken_from_it(box: Box, name: str) -> None:
    asset = await box.create()
    answer = await box.ask("PATCH", f"/boxes/{asset['id']}", json={name: None}, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/{name}")


async def test_a_draft_is_hidden_from_all_but_moderators(box: Box) -> None:
    asset = await box.create()
    for role, status in [(Role.PUBLIC, 404), (Role.MEMBER, 404), (Role.MODERATOR, 200)]:
        assert (await box.ask("GET", f"/boxes/{asset['id']}", role)).status_code == status
        listed = (await box.ask("GET", "/boxes", role)).json()["items"]
        assert len(listed) == (1 if status == 200 else 0)


async def test_a_hidden_draft_answers_like_a_missing_one(box: Box) -> None:
    draft, missing = (await box.create())["id"], uuid4()
    for suffix in ("", "/result"):
        hidden, none = [await box.ask("GET", f"/boxes/{which}{suffix}", Role.PUBLIC) for which in (draft, missing)]
        assert (hidden.status_code, hidden.content) == (none.status_code, none.content) == (404, none.content)


async def test_lists_come_newest_first_in_pages(box: Box, clock: Clock) -> None:
    made = []
    for number in range(5):
        made.append((await box.create(title=f"Box {number}"))["id"])
        clock.go_on(number % 2)  # some at the very same moment
    found, cursor = [], None
    for _ in range(3):
        page = (await box.ask("GET", "/boxes", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
        found += [asset["id"] for asset in page["items"]]
        cursor = page["next"]
    assert (found, cursor) == (made[::-1], None)


async def test_imports_take_each_item_of_a_handover_once(box: Box) -> None:
    path = f"/boxes/{(await box.create())['id']}/imports"
    first = (await box.ask("POST", path, json={"handover": "h", "items": ITEMS[:1]})).json()
    again = (await box.ask("POST", path, json={"handover": "h", "items": ITEMS})).json()
    other = (await box.ask("POST", path, json={"handover": "other", "items": ITEMS[:1]})).json()
    assert [(one["created"], one["known"]) for one in (first, again, other)] == [(1, 0), (1, 1), (1, 0)]
    assert again["items"][0] == first["items"][0] | {"status": "known"}


@pytest.mark.parametrize("items", [[{"id": "1"}, {"id": "1"}], [{}], [{"id": "1", "text": ""}], [{"id": "a b"}]])
async def test_bad_handovers_are_refused(box: Box, items: list[dict[str, Any]]) -> None:
    path = f"/boxes/{(await box.create())['id']}/imports"
    assert (await box.ask("POST", path, json={"handover": "h", "items": items})).status_code == 422


async def test_a_closed_asset_takes_nothing_over(box: Box) -> None:
    asset = await box.step(await box.opened(), "close")
    answer = await box.ask("POST", f"/boxes/{asset['id']}/imports", json={"handover": "h", "items": ITEMS})
    assert answer.status_code == 409


async def test_a_result_is_provisional_then_final_and_stays_so(box: Box, clock: Clock) -> None:
    asset = await box.opened()
    path = f"/boxes/{asset['id']}/result"
    await box.ask("POST", f"/boxes/{asset['id']}/imports", json={"handover": "h", "items": ITEMS})
    before = (await box.ask("GET", path, Role.PUBLIC)).json()
    assert (before["status"], before["version"], before["counts"]) == ("provisional", 0, {"things": 2})
    await box.step(asset, "close")
    final = await box.ask("GET", path, Role.PUBLIC)
    assert (final.json()["status"], final.json()["version"], final.json()["hash"]) == ("final", 1, before["hash"])
    clock.go_on(1000)
    assert (await box.ask("GET", path, Role.PUBLIC)).content == final.content


async def test_a_hidden_result_shows_after_the_end_only(box: Box, boxes: Boxes) -> None:
    asset, boxes.hidden = await box.opened(), True
    answer = await box.ask("GET", f"/boxes/{asset['id']}/result")
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:interlinkers:problem:result-hidden")
    await box.step(asset, "close")
    assert (await box.ask("GET", f"/boxes/{asset['id']}/result")).status_code == 200


async def test_a_clone_is_a_draft_without_contributions(box: Box) -> None:
    context = {"process": "p", "task": "t"}
    asset = await box.step(await box.opened(config={"size": 7}, language="es", context=context), "close")
    copy = (await box.ask("POST", f"/boxes/{asset['id']}/clone")).json()
    assert (copy["state"], copy["config"], copy["language"]) == ("draft", {"size": 7}, "es")
    assert (copy["title"], copy["context"]) == ("A box", None)


async def test_a_deleted_asset_leaves_a_tombstone(box: Box, app: FastAPI) -> None:
    asset, kept = await box.opened(), await box.create()
    assert (await box.ask("DELETE", f"/boxes/{asset['id']}", headers={"If-Match": '"1"'})).status_code == 412
    assert (await box.ask("DELETE", f"/boxes/{asset['id']}", headers={"If-Match": '"2"'})).status_code == 204
    for answer in (await box.ask("GET", f"/boxes/{asset['id']}"), await box.ask("DELETE", f"/boxes/{asset['id']}")):
        assert answer.status_code == 404
    changes = (await box.ask("GET", "/changes")).json()["items"]
    assert {change["id"]: change["body"] and change["body"]["state"] for change in changes} == {
        asset["id"]: None,
        kept["id"]: "draft",
    }
    assert len(await recorded(app, "asset.deleted.v1")) == 1


async def test_changes_go_on_where_the_caller_was(box: Box) -> None:
    first, second = await box.create(), await box.create()
    page = (await box.ask("GET", "/changes", params={"limit": 1})).json()
    assert [change["id"] for change in page["items"]] == [first["id"]]
    after = (await box.ask("GET", "/changes", params={"after": page["next"]})).json()
    assert ([change["id"] for change in after["items"]], after["next"]) == ([second["id"]], None)
    await box.step(first, "open")
    latest = (await box.ask("GET", "/changes", params={"after": after["items"][0]["seq"]})).json()["items"]
    assert [(change["id"], change["body"]["state"]) for change in latest] == [(first["id"], "open")]


async def test_a_contribution_is_told_with_its_channel_and_a_pseudonym(box: Box, app: FastAPI) -> None:
    asset = await box.opened(context={"process": "p", "task": "t"})
    put = await box.ask("POST", f"/boxes/{asset['id']}/things", Role.MEMBER, "anna", json={"name": "A book"})
    (event,) = await recorded(app, "contribution.made.v1")
    assert event["actor"] == "anna"
    assert event["data"]["context"] == {"process": "p", "task": "t"}
    assert (event["data"]["items"], event["data"]["channel"]) == ([put.json()["id"]], "desk")
    assert "A book" not in str(event)


async def test_an_item_withdrawn_at_its_source_is_withdrawn_here(box: Box, app: FastAPI, boxes: Boxes) -> None:
    asset, source = await box.create(), {"interlinker": "others", "asset": str(uuid4()), "item": "9"}
    path = f"/boxes/{asset['id']}/imports"
    taken = await box.ask("POST", path, json={"handover": "h", "items": [{"id": "1", "source": source}]})
    await withdraw_elsewhere(app, source | {"interlinker": "somebody-else"})
    assert boxes.withdrawn == []
    await withdraw_elsewhere(app, source)
    assert boxes.withdrawn == [taken.json()["items"][0]["item"]]


async def withdraw_elsewhere(app: FastAPI, source: dict[str, str]) -> None:
    """Let the event take effect that says so."""
    handler = next(one for one in app.state.kit.handlers if one.takes("interlink.others.item.withdrawn.v1"))
    payload = handler.reader.model_validate({"asset": source["asset"], "item": source["item"]})

    def take(session: Any) -> None:
        handler.fn(session, payload, type("Envelope", (), {"service": source["interlinker"], "time": MOMENT}))

    await app.state.kit.db.write(take)


def _kept(taken: list[Item], items: Sequence[Item]) -> Sequence[Item]:
    taken += items
    return items


async def test_words_that_were_under_way_while_their_item_was_withdrawn_never_arrive(
    test_settings: dict[str, Any], run_app: RunApp, token: TokenHeaders, clock: Clock
) -> None:
    boxes, taken = Boxes(), list[Item]()
    kind = boxes.kind(import_items=lambda _session, _asset, items, _now: [one.id for one in _kept(taken, items)])
    app = create_box_app(test_settings, kind=kind, clock=clock)
    box = Box(await run_app(app), token)
    gone, there = [{"interlinker": "others", "asset": str(uuid4()), "item": item} for item in ("9", "10")]
    path = f"/boxes/{(await box.create())['id']}/imports"
    items = [{"id": "1", "source": gone, "title": "Max", "text": "Max"}, {"id": "2", "source": there, "text": "Stays"}]
    await withdraw_elsewhere(app, gone)  # while the call with its words waits
    answer = (await box.ask("POST", path, json={"handover": "h", "items": items})).json()
    assert [(one.title, one.text) for one in taken] == [("[removed]", None), (None, "Stays")]
    assert (boxes.withdrawn, answer["created"]) == (["1"], 2)


async def test_a_withdrawal_is_remembered_for_as_long_as_the_stream_repeats_it(box: Box, app: FastAPI) -> None:
    source = {"interlinker": "others", "asset": str(uuid4()), "item": "9"}
    await withdraw_elsewhere(app, source)
    remembered = {("others", source["asset"], "9")}
    for days, left in ((89, remembered), (91, set())):
        await app.state.kit.db.write(store.forget_withdrawn, MOMENT + timedelta(days=days))
        assert await app.state.kit.db.read(store.withdrawn_elsewhere, remembered) == left


async def test_an_export_is_streamed_to_who_may_have_it(box: Box) -> None:
    asset = await box.opened()
    path = f"/boxes/{asset['id']}/export"
    answer = await box.ask("GET", path, Role.MODERATOR, params={"format": "txt"})
    assert (answer.text, answer.headers["content-type"]) == ("A box", "text/plain; charset=utf-8")
    assert (await box.ask("GET", path, Role.MEMBER, params={"format": "txt"})).status_code == 403
    assert (await box.ask("GET", path, params={"format": "xls"})).json()["errors"][0]["pointer"] == "/query/format"


async def test_an_export_that_cannot_be_made_is_a_problem_not_an_empty_file(
    test_settings: dict[str, Any], run_app: RunApp, token: TokenHeaders
) -> None:
    def refuse(_session: Any, asset: Any) -> Iterator[bytes]:
        if asset.title:
            message = "There is nothing to export."
            raise ConflictError(message)
        yield b""

    exports = {"txt": Export("text/plain", refuse)}
    box = Box(await run_app(create_box_app(test_settings, kind=Boxes().kind(exports=exports))), token)
    asset = await box.opened()
    assert (await box.ask("GET", f"/boxes/{asset['id']}/export", params={"format": "txt"})).status_code == 409


async def test_people_have_their_own_data_only(box: Box, boxes: Boxes) -> None:
    assert (await box.ask("GET", "/subjects/anna", Role.MEMBER, "anna")).json()["data"] == {"about": "anna"}
    assert (await box.ask("GET", "/subjects/ben", Role.MEMBER, "anna")).status_code == 403
    assert (await box.ask("DELETE", "/subjects/ben", Role.MEMBER, "anna")).status_code == 403
    assert (await box.ask("GET", "/subjects/anna", Role.PUBLIC)).status_code == 401
    assert (await box.ask("DELETE", "/subjects/anna", Role.MEMBER, "anna")).status_code == 204
    assert (await box.ask("DELETE", "/subjects/ben")).status_code == 204
    assert boxes.erased == ["anna", "ben"]
