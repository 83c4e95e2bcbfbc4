"""Routes of webhooks, which every service has for its owner."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from fastapi import APIRouter, Request, Response

from interlinker_shared.errors import InvalidError
from interlinker_shared.http.conditions import IfMatch, required_version, version_of
from interlinker_shared.http.dependencies import Database, Now, Owner, Paging
from interlinker_shared.http.paging import Listing, listing
from interlinker_shared.limits.rates import costly
from interlinker_shared.outgoing import OutgoingPolicy
from interlinker_shared.state import Kit
from interlinker_shared.webhooks import actions, store
from interlinker_shared.webhooks.models import (
    PingOutcome,
    Replay,
    Rotation,
    Webhook,
    WebhookCreate,
    WebhookDetail,
    WebhookPatch,
    WebhookWithSecret,
)
from interlinker_shared.webhooks.signing import new_secret

AnyWebhook = TypeVar("AnyWebhook", bound=Webhook)

router = APIRouter(prefix="/webhooks", tags=["webhooks"])


@router.post("", status_code=201)
async def create_webhook(
    body: WebhookCreate, request: Request, db: Database, _who: Owner, now: Now, response: Response
) -> WebhookWithSecret:
    """Send events to an address from now on. The answer holds the secret that signs them, this once.

    A message is the CloudEvent as it was recorded, signed by Standard Webhooks; `webhook-id` is the event's id. Messages come at
    least once, those of one aggregate in order. Answer 2xx within 15 seconds; 410 ends the webhook, Retry-After is heard.
    """
    kit = await _checked(request, body.url)
    secret = new_secret()
    webhook = await db.write(actions.create_webhook, body, secret=secret, known=kit.manifest.events.out, now=now)
    response.headers["Location"] = f"/webhooks/{webhook.id}"
    return _tagged(webhook.model_copy(update={"secret": secret}), response)


@router.get("")
async def list_webhooks(db: Database, _who: Owner, page: Paging) -> Listing[Webhook]:
    """List webhooks and how they are doing, oldest first."""
    return listing(await db.read(store.page, page), page.limit, lambda webhook: [str(webhook.id)])


@router.get("/{webhook_id}")
async def read_webhook(webhook_id: UUID, db: Database, _who: Owner, response: Response) -> WebhookDetail:
    """Read one with its backlog. Its ETag is what a change needs as If-Match; it says nothing about how it is doing."""
    return _tagged(await db.read(actions.require_detail, webhook_id), response)


@router.patch("/{webhook_id}")
async def change_webhook(
    webhook_id: UUID,
    body: WebhookPatch,
    request: Request,
    db: Database,
    _who: Owner,
    now: Now,
    response: Response,
    if_match: IfMatch = None,
) -> Webhook:
    """Change address, types or description, or switch it off and on. Needs If-Match; 412 when somebody was faster."""
    version = required_version(if_match)
    kit = await _checked(request, body.url)
    known = kit.manifest.events.out
    webhook = await db.write(actions.change_webhook, webhook_id, body, version=version, known=known, now=now)
    return _tagged(webhook, response)


@router.delete("/{webhook_id}", status_code=204)
async def delete_webhook(webhook_id: UUID, db: Database, _who: Owner, if_match: IfMatch = None) -> None:
    """Send nothing any more, and forget the webhook with its secret."""
    await db.write(actions.delete_webhook, webhook_id, version=version_of(if_match))


@router.post("/{webhook_id}/rotate-secret")
async def rotate_webhook_secret(
    webhook_id: UUID, db: Database, _who: Owner, now: Now, response: Response, body: Rotation | None = None
) -> WebhookWithSecret:
    """Sign with a new secret, shown this once; by default for a day with the old one too. A leaked one: `overlap` 0."""
    secret = new_secret()
    webhook = await db.write(actions.rotate_secret, webhook_id, body or Rotation(), secret=secret, now=now)
    return _tagged(webhook.model_copy(update={"secret": secret}), response)


@router.post("/{webhook_id}/replay")
async def replay_webhook(webhook_id: UUID, body: Replay, db: Database, _who: Owner, response: Response) -> Webhook:
    """Send again everything recorded after a number, such as `next` of `GET /events`; 0 for all of the last 30 days."""
    return _tagged(await db.write(actions.replay_webhook, webhook_id, body), response)


@router.post("/{webhook_id}/enable")
async def enable_webhook(webhook_id: UUID, db: Database, _who: Owner, response: Response) -> Webhook:
    """Go on, at once, where a webhook stopped that was disabled. Repeating it changes nothing."""
    return _tagged(await db.write(actions.enable_webhook, webhook_id), response)


@router.post("/{webhook_id}/test")
@costly
async def ping_webhook(webhook_id: UUID, request: Request, db: Database, _who: Owner, now: Now) -> PingOutcome:
    """Send a message of type `webhook.pinged` at once, also while disabled, and tell what became of it. Nothing is recorded."""
    from interlinker_shared.webhooks.sending import ping  # noqa: PLC0415 - loads an HTTP client

    target = await db.read(actions.require_target, webhook_id)
    kit: Kit = request.app.state.kit
    return await ping(target, service=kit.service, source=kit.source, policy=OutgoingPolicy.of(kit.settings), now=now)


async def _checked(request: Request, url: str | None) -> Kit:
    """The kit, when it may call `url`; InvalidError otherwise. It is asked again at each connection."""
    kit: Kit = request.app.state.kit
    flaw = await OutgoingPolicy.of(kit.settings).flaw_of_target(url) if url is not None else None
    if flaw is not None:
        raise InvalidError(f"The address {flaw}.", slug="bad-address", pointer="/url")
    return kit


def _tagged(webhook: AnyWebhook, response: Response) -> AnyWebhook:
    response.headers["ETag"] = f'"{webhook.version}"'
    return webhook
