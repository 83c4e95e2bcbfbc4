"""Background tasks: started with the service, restarted when they break, ended with it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from interlinker_shared.accounts import links
from interlinker_shared.accounts import store as accounts
from interlinker_shared.assets import store as assets
from interlinker_shared.db import LostLockError
from interlinker_shared.embed import store as embed
from interlinker_shared.events import inbox
from interlinker_shared.http import idempotency
from interlinker_shared.limits import guests
from interlinker_shared.mail import store as mail
from interlinker_shared.moderation import actions as moderation
from interlinker_shared.state import Kit
from interlinker_shared.webhooks import store as webhooks

Background = Callable[[Kit], Awaitable[None]]

RESTART_SECONDS = 1.0
HOUSEKEEPING_SECONDS = 3600.0

log = structlog.get_logger()


async def supervise(task: Background, kit: Kit) -> None:
    """Run `task` for ever; whatever breaks it is logged, and it begins again after a second."""
    while not kit.stopping.is_set():
        try:
            await task(kit)
        except Exception:
            log.exception("background task broke", task=getattr(task, "__name__", repr(task)))
        await asyncio.sleep(RESTART_SECONDS)


async def lead(tasks: Sequence[Background], kit: Kit) -> None:
    """Run `tasks`, each supervised, in one replica of the service at a time: who holds the lock leads, the others wait."""
    try:
        async with kit.db.exclusive("background"), asyncio.TaskGroup() as group:
            for task in tasks:
                group.create_task(supervise(task, kit))
    except LostLockError:
        log.warning("another replica takes the lead")


async def run_housekeeping(kit: Kit) -> None:
    """Forget, every hour, what need not be kept any longer."""
    while True:
        now = kit.clock()
        while await kit.db.write(webhooks.forget_old, now, unpublished=kit.broker is None):
            pass
        for forget in (
            inbox.forget_received,
            idempotency.forget_expired,
            guests.forget_spent,
            accounts.forget_expired,
            links.forget_expired,
            mail.forget_old,
            embed.forget_spent,
            moderation.forget_old,
            assets.forget_withdrawn,
        ):
            await kit.db.write(forget, now)
        await asyncio.sleep(HOUSEKEEPING_SECONDS)
