"""Webhooks as their owner and their receiver see them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import structlog.testing
from fastapi import FastAPI
from shared.tests.boxes import Box, Clock, create_box_app, run
from shared.tests.receiver import (
    LOOPBACK,
    Receiver,
    add_webhook,
    answers,
    becomes,
    fill_boxes,
    read_webhook,
    receiving,
    try_at_once,
)
from sqlalchemy.orm import Session
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from interlinker_shared.auth import Role
from interlinker_shared.clock import utc_now
from interlinker_shared.db import Database
from interlinker_shared.testing import eventually, recorded
from interlinker_shared.webhooks import actions, store
from interlinker_shared.webhooks.models import WebhookCreate

FILLED = "eu.interlinkers.boxes.box.filled.v1"
DAY = 86_400
README = Path(__file__).parents[1] / "README.md"


@pytest.fixture
def clock() -> Clock:
    clock = Clock()
    clock.now = utc_now()  # an independent check of signatures reads the real clock
    return clock


@pytest.fixture
def app(test_settings: dict[str, Any], clock: Clock) -> FastAPI:
    return create_box_app(test_settings | LOOPBACK, clock=clock)


@pytest.fixture
def db(app: FastAPI, box: Box) -> Database:
    found: Database = app.state.kit.db
    return found


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as found:
        yield found


async def test_an_event_arrives_as_it_was_recorded(app: FastAPI, box: Box, db: Database, receiver: Receiver) -> None:
    await add_webhook(box, receiver.url)
    await fill_boxes(db, 1)
    await receiver.has(1)
    message = receiver.taken[0]
    (event,) = await recorded(app, "box.filled.v1")
    assert message.event == event
    assert message.id == event["id"]
    assert message.headers["content-type"] == "application/cloudevents+json; charset=utf-8"


async def test_a_receiver_can_tell_that_a_message_is_ours(box: Box, db: Database, receiver: Receiver) -> None:
    webhook = await add_webhook(box, receiver.url)
    await fill_boxes(db, 1)
    await receiver.has(1)
    message = receiver.taken[0]
    assert Webhook(webhook["secret"]).verify(message.body, message.headers)["data"]["number"] == 1
    with pytest.raises(WebhookVerificationError):
        Webhook(webhook["secret"]).verify(message.body + b" ", message.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "A" * 44).verify(message.body, message.headers)


async def test_the_readme_says_how_to_check_a_message(box: Box, db: Database, receiver: Receiver) -> None:
    webhook = await add_webhook(box, receiver.url)
    await fill_boxes(db, 1)
    await receiver.has(1)
    code: dict[str, Any] = {}
    exec(README.read_text().split("```python\n")[1].split("```")[0], code)  # noqa: S102 - our own words
    headers, body = receiver.taken[0].headers, receiver.taken[0].body
    assert code["is_ours"](webhook["secret"], headers, body)
    assert not code["is_ours"](webhook["secret"], headers, body + b" ")


async def test_a_new_webhook_gets_what_is_recorded_from_now_on(box: Box, db: Database, receiver: Receiver) -> None:
    await fill_boxes(db, 1, 2)
    await add_webhook(box, receiver.url)
    await fill_boxes(db, 3)
    await receiver.has(1)
    assert receiver.numbers == [3]


async def test_a_filter_lets_through_only_its_types(box: Box, db: Database, receiver: Receiver) -> None:
    webhook = await add_webhook(box, receiver.url, types=[FILLED])
    await box.opened()
    await fill_boxes(db, 1)
    await receiver.has(1)
    assert [message.event["type"] for message in receiver.seen] == [FILLED]
    assert (await becomes(box, webhook, backlog=0))["state"] == "active"


async def test_events_of_an_aggregate_arrive_in_order(box: Box, db: Database, receiver: Receiver) -> None:
    await add_webhook(box, receiver.url)
    await fill_boxes(db, *range(200), boxes=7)
    await receiver.has(200)
    assert len(receiver.by_aggregate()) == 7
    for numbers in receiver.by_aggregate().values():
        assert numbers == list(range(1, len(numbers) + 1))


async def test_what_a_receiver_refuses_is_sent_again(box: Box, db: Database, receiver: Receiver) -> None:
    receiver.answer = answers(500, 204)
    webhook = await add_webhook(box, receiver.url)
    await fill_boxes(db, 1)
    await receiver.has(1)
    assert [message.id for message in receiver.seen] == [receiver.taken[0].id] * 2
    found = await becomes(box, webhook, state="active", failures=0, backlog=0)
    assert found["last_failure"]["status"] == 500
    assert found["last_success_at"]


async def test_a_failing_event_holds_back_only_its_own_aggregate(box: Box, db: Database, receiver: Receiver) -> None:
    receiver.answer = lambda message: answers(422 if message.number == 0 else 204)(message)
    webhook = await add_webhook(box, receiver.url)
    await fill_boxes(db, *range(10), boxes=2)
    await receiver.has(5)
    assert sorted(receiver.numbers) == [1, 3, 5, 7, 9]
    found = await becomes(box, webhook, state="failing", backlog=10)
    assert found["cursor"] == webhook["cursor"]
    receiver.answer = answers(204)
    await receiver.has(10)
    assert receiver.numbers[5:] == [0, 2, 4, 6, 8]


async def test_a_receiver_that_is_away_is_left_alone_for_a_while(box: Box, db: Database, receiver: Receiver) -> None:
    receiver.answer = answers(503, Retry_After="3600")
    webhook = await add_webhook(box, receiver.url)
    await fill_boxes(db, *range(50), boxes=50)
    found = await becomes(box, webhook, state="failing")
    wait = datetime.fromisoformat(found["next_try_at"]) - datetime.fromisoformat(found["last_failure"]["at"])
    assert timedelta(minutes=59) < wait <= timedelta(hours=1)
    seen = len(receiver.seen)
    assert seen <= 8
    await fill_boxes(db, 50)
    await read_webhook(box, webhook)
    assert len(receiver.seen) == seen


async def test_an_answer_of_gone_ends_a_webhook_at_once(box: Box, db: Database, receiver: Receiver) -> None:
    receiver.answer = answers(410)
    webhook = await add_webhook(box, receiver.url)
    await fill_boxes(db, 1)
    found = await becomes(box, webhook, state="disabled")
    assert found["disabled"]["reason"] == "gone"
    assert found["backlog"] == 1


async def test_a_day_of_failures_ends_a_webhook_with_a_notice(
    box: Box, db: Database, receiver: Receiver, clock: Clock
) -> None:
    receiver.answer = answers(500)
    webhook = await add_webhook(box, receiver.url)
    await fill_boxes(db, 1)
    await becomes(box, webhook, failures=1)
    clock.go_on(DAY - 1)
    await try_at_once(box, webhook)
    await becomes(box, webhook, failures=2, state="failing")
    clock.go_on(1)
    await try_at_once(box, webhook)
    found = await becomes(box, webhook, state="disabled")
    assert found["disabled"] == {"reason": "failed-for-a-day", "at": found["last_failure"]["at"]}
    assert 'webhooks{state="disabled"} 1.0' in (await box.ask("GET", "/metrics")).text


async def test_a_disabled_webhook_goes_on_where_it_stopped(box: Box, db: Database, receiver: Receiver) -> None:
    receiver.answer = answers(410)
    webhook = await add_webhook(box, receiver.url)
    await fill_boxes(db, 1)
    await becomes(box, webhook, state="disabled")
    await fill_boxes(db, 2)
    receiver.answer = answers(204)
    for _ in range(2):
        enabled = await box.ask("POST", f"/webhooks/{webhook['id']}/enable")
        assert (enabled.status_code, enabled.json()["version"]) == (200, webhook["version"] + 2)
    await receiver.has(2)
    assert receiver.numbers == [1, 2]


async def test_events_are_sent_again_from_any_number(box: Box, db: Database, receiver: Receiver) -> None:
    await fill_boxes(db, 1, 2, 3)
    webhook = await add_webhook(box, receiver.url)
    first = (await box.ask("GET", "/events", params={"limit": 1})).json()["next"]
    await box.ask("POST", f"/webhooks/{webhook['id']}/replay", json={"after": first})
    await receiver.has(2)
    await box.ask("POST", f"/webhooks/{webhook['id']}/replay", json={"after": 0})
    await receiver.has(5)
    assert receiver.numbers == [2, 3, 1, 2, 3]


async def test_the_future_cannot_be_skipped(box: Box, db: Database, receiver: Receiver) -> None:
    webhook = await add_webhook(box, receiver.url)
    answer = await box.ask("POST", f"/webhooks/{webhook['id']}/replay", json={"after": 1})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/after")


async def test_an_old_secret_still_signs_for_a_while(box: Box, db: Database, receiver: Receiver, clock: Clock) -> None:
    webhook = await add_webhook(box, receiver.url)
    rotated = (await box.ask("POST", f"/webhooks/{webhook['id']}/rotate-secret", json={"overlap": 60})).json()
    await fill_boxes(db, 1)
    await receiver.has(1)
    for secret in (webhook["secret"], rotated["secret"]):
        Webhook(secret).verify(receiver.taken[0].body, receiver.taken[0].headers)
    clock.go_on(61)
    await fill_boxes(db, 2)
    await receiver.has(2)
    Webhook(rotated["secret"]).verify(receiver.taken[1].body, receiver.taken[1].headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(webhook["secret"]).verify(receiver.taken[1].body, receiver.taken[1].headers)


async def test_a_leaked_secret_ends_at_once(box: Box, db: Database, receiver: Receiver) -> None:
    webhook = await add_webhook(box, receiver.url)
    await box.ask("POST", f"/webhooks/{webhook['id']}/rotate-secret", json={"overlap": 0})
    await fill_boxes(db, 1)
    await receiver.has(1)
    assert " " not in receiver.taken[0].headers["webhook-signature"]


async def test_a_secret_is_shown_once_and_logged_never(box: Box, db: Database, receiver: Receiver) -> None:
    receiver.answer = answers(500, 410)
    with structlog.testing.capture_logs() as logs:
        webhook = await add_webhook(box, receiver.url)
        await fill_boxes(db, 1)
        await eventually(partial(_said, logs, "webhook disabled"))
    paths = ("/webhooks", f"/webhooks/{webhook['id']}", "/metrics", "/events")
    answered = [(await box.ask("GET", path)).text for path in paths]
    target = await db.read(lambda session: store.find_target(session, UUID(webhook["id"])))
    assert webhook["secret"] not in "".join([*answered, repr(logs), repr(target)])
    assert receiver.url not in repr(logs)  # an address may hold a key


async def _said(logs: list[Any], event: str) -> bool:
    return any(line["event"] == event for line in logs)


async def test_a_test_message_tells_what_became_of_it(box: Box, app: FastAPI, receiver: Receiver) -> None:
    webhook = await add_webhook(box, receiver.url)
    outcome = (await box.ask("POST", f"/webhooks/{webhook['id']}/test")).json()
    assert (outcome["delivered"], outcome["status"], outcome["reason"]) == (True, 204, "answered 204")
    message = receiver.taken[0]
    assert message.event["type"] == "eu.interlinkers.boxes.webhook.pinged.v1"
    Webhook(webhook["secret"]).verify(message.body, message.headers)
    receiver.answer = answers(307, Location=receiver.url)
    outcome = (await box.ask("POST", f"/webhooks/{webhook['id']}/test")).json()
    assert (outcome["delivered"], outcome["status"], len(receiver.seen)) == (False, 307, 2)
    assert await recorded(app) == []


async def test_changing_a_webhook_needs_the_version_that_was_read(box: Box, receiver: Receiver) -> None:
    webhook = await add_webhook(box, receiver.url)
    path = f"/webhooks/{webhook['id']}"
    assert (await box.ask("PATCH", path, json={"description": "Ours"})).status_code == 428
    changed = await box.ask("PATCH", path, json={"description": "Ours"}, headers={"If-Match": '"1"'})
    assert (changed.json()["description"], changed.headers["etag"]) == ("Ours", '"2"')
    late = await box.ask("PATCH", path, json={"description": "Theirs"}, headers={"If-Match": '"1"'})
    assert late.status_code == 412
    assert (await box.ask("DELETE", path, headers={"If-Match": '"1"'})).status_code == 412


async def test_an_owner_can_switch_a_webhook_off_and_on(box: Box, db: Database, receiver: Receiver) -> None:
    webhook = await add_webhook(box, receiver.url)
    path = f"/webhooks/{webhook['id']}"
    off = (await box.ask("PATCH", path, json={"enabled": False}, headers={"If-Match": "*"})).status_code
    assert off == 428
    off = (await box.ask("PATCH", path, json={"enabled": False}, headers={"If-Match": '"1"'})).json()
    assert (off["state"], off["disabled"]["reason"]) == ("disabled", "by-owner")
    await fill_boxes(db, 1)
    assert (await becomes(box, webhook, backlog=1))["last_success_at"] is None
    await box.ask("PATCH", path, json={"enabled": True}, headers={"If-Match": '"2"'})
    await receiver.has(1)


async def test_a_deleted_webhook_gets_nothing_and_is_not_found(box: Box, db: Database, receiver: Receiver) -> None:
    webhook, other = await add_webhook(box, f"{receiver.url}/1"), await add_webhook(box, receiver.url)
    assert (await box.ask("DELETE", f"/webhooks/{webhook['id']}")).status_code == 204
    assert (await box.ask("GET", f"/webhooks/{webhook['id']}")).status_code == 404
    await fill_boxes(db, 1)
    await becomes(box, other, backlog=0)
    assert len(receiver.seen) == 1


async def test_a_creation_that_is_repeated_happens_once(box: Box, receiver: Receiver) -> None:
    headers, body = {"Idempotency-Key": "k"}, {"url": receiver.url}
    first, second = [await box.ask("POST", "/webhooks", headers=headers, json=body) for _ in range(2)]
    assert first.json() == second.json() | {"secret": first.json()["secret"]}
    assert len((await box.ask("GET", "/webhooks")).json()["items"]) == 1


async def test_webhooks_are_listed_in_pages(box: Box, receiver: Receiver) -> None:
    made = [(await add_webhook(box, receiver.url))["id"] for _ in range(3)]
    first = (await box.ask("GET", "/webhooks", params={"limit": 2})).json()
    second = (await box.ask("GET", "/webhooks", params={"limit": 2, "cursor": first["next"]})).json()
    assert [webhook["id"] for webhook in first["items"] + second["items"]] == made
    assert (await box.ask("GET", "/webhooks", params={"cursor": "WzFd"})).status_code == 422


@pytest.mark.parametrize("role", [Role.PUBLIC, Role.MEMBER, Role.MODERATOR])
async def test_webhooks_are_their_owners_business(box: Box, receiver: Receiver, role: Role) -> None:
    webhook = await add_webhook(box, receiver.url)
    one = f"/webhooks/{webhook['id']}"
    steps = [("POST", f"{one}/{verb}") for verb in ("rotate-secret", "replay", "enable", "test")]
    calls = [("GET", "/webhooks"), ("POST", "/webhooks"), ("GET", one), ("PATCH", one), ("DELETE", one), *steps]
    for method, path in calls:
        answer = await box.ask(method, path, role, json={"url": receiver.url, "after": 0})
        assert answer.status_code in {401, 403}, (method, path)


async def test_wrong_fields_of_a_webhook_are_named(box: Box, receiver: Receiver) -> None:
    answer = await box.ask("POST", "/webhooks", json={"url": receiver.url, "types": [FILLED, "no.such.v1"]})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/types/1")
    answer = await box.ask("POST", "/webhooks", json={"url": "https://10.0.0.1/x"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/url")
    webhook = await add_webhook(box, receiver.url)
    change = {"url": "https://localhost/"}
    answer = await box.ask("PATCH", f"/webhooks/{webhook['id']}", json=change, headers={"If-Match": '"1"'})
    assert answer.status_code == 200  # loopback is allowed here, by name too


async def test_there_is_an_end_to_how_many_webhooks_there_are(box: Box, db: Database, receiver: Receiver) -> None:
    def fill_up(session: Session) -> None:
        for _ in range(actions.MOST):
            actions.create_webhook(
                session, WebhookCreate(url="https://example.invalid/"), secret="s", known=(), now=utc_now()
            )

    await db.write(fill_up)
    answer = await box.ask("POST", "/webhooks", json={"url": receiver.url})
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:interlinkers:problem:too-many-webhooks")


async def test_old_events_wait_for_an_enabled_webhook_and_the_gap_of_a_disabled_one_shows(
    box: Box, db: Database, receiver: Receiver, clock: Clock
) -> None:
    receiver.answer = answers(410)
    webhook = await add_webhook(box, receiver.url)
    await fill_boxes(db, 1, 2)
    await becomes(box, webhook, state="disabled")
    await db.write(run("UPDATE outbox SET published_at = recorded_at"))
    clock.go_on(31 * DAY)
    receiver.answer = answers(503, Retry_After="60")
    for cursor in (1, 2):
        other = await add_webhook(box, receiver.url)
        await db.write(store.change, UUID(other["id"]), {"cursor": cursor})
    await db.write(store.forget_old, clock())
    assert await db.read(lambda session: [event.id for event in store.waiting(session, (), 0, 10)[0]]) == [2]
    assert (await read_webhook(box, webhook))["missed"] == {"after": 0, "upto": 1}
    await box.ask("POST", f"/webhooks/{webhook['id']}/replay", json={"after": 1})
    assert (await read_webhook(box, webhook))["missed"] is None


async def test_a_delivery_under_old_settings_does_not_move_the_cursor_of_new_ones(
    box: Box, db: Database, receiver: Receiver
) -> None:
    await fill_boxes(db, 1, 2)
    webhook = await add_webhook(box, receiver.url)
    old = await db.read(lambda session: store.find_target(session, UUID(webhook["id"])))
    await box.ask("POST", f"/webhooks/{webhook['id']}/replay", json={"after": 1})
    await receiver.has(1)
    await becomes(box, webhook, cursor=2)
    assert old is not None
    await db.write(store.note, old, {"cursor": 0})
    assert (await read_webhook(box, webhook))["cursor"] == 2


async def test_events_that_a_webhook_does_not_take_move_its_cursor_on(
    box: Box, db: Database, receiver: Receiver
) -> None:
    webhook = await add_webhook(box, receiver.url, types=["eu.interlinkers.boxes.asset.opened.v1"])
    await fill_boxes(db, *range(600), boxes=600)

    async def moved() -> bool:
        return int((await read_webhook(box, webhook))["cursor"]) > 300

    await eventually(moved, within=10)
    assert receiver.seen == []


async def test_a_repeated_request_does_not_show_the_secret_again(box: Box, receiver: Receiver) -> None:
    key, body = {"Idempotency-Key": "guessed"}, {"url": receiver.url}
    made = [(await box.ask("POST", "/webhooks", json=body, headers=key)).json() for _ in "12"]
    address = f"/webhooks/{made[0]['id']}/rotate-secret"
    rotated = [(await box.ask("POST", address, headers=key)).json() for _ in "12"]
    for first, second in (made, rotated):
        assert first["secret"].startswith("whsec_")
        assert second == first | {"secret": None}
