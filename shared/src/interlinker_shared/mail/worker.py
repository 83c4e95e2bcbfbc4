"""The background task that sends letters, in one replica at a time: at least once, then they are forgotten."""

from __future__ import annotations

import asyncio
import contextlib
import random
import sys
from datetime import timedelta

import structlog

from interlinker_shared.failpoints import Point, reach
from interlinker_shared.mail import store
from interlinker_shared.state import Kit

IDLE_SECONDS = 60.0
FIRST_DELAY = 5.0
LONGEST_DELAY = 900.0

log = structlog.get_logger()


def delay_after(tries: int, rng: random.Random) -> timedelta:
    """How long to wait before the next try: 5, 10, 20, … seconds up to a quarter of an hour, less up to half of it by chance."""
    return timedelta(seconds=min(FIRST_DELAY * 2 ** min(tries, 20), LONGEST_DELAY) * rng.uniform(0.5, 1.0))


class Postman:
    """Sends what is queued by SMTP, or writes it on the terminal where no mail server is set."""

    def __init__(self, kit: Kit, *, rng: random.Random | None = None) -> None:
        """Listen to the commits of the kit's database; `rng` spreads the retries."""
        self._kit = kit
        self._rng = rng or random.Random()  # noqa: S311 - spreads load, hides nothing
        self._changed = asyncio.Event()
        kit.db.on_commit(self._on_commit)

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            self._changed.clear()
            await self._round()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(await self._pause()):
                    await self._changed.wait()

    def _on_commit(self, signals: set[str]) -> None:
        if store.SIGNAL in signals:
            self._changed.set()

    async def _pause(self) -> float:
        at = await self._kit.db.read(store.next_due)
        left = (at - self._kit.clock()).total_seconds() if at is not None else IDLE_SECONDS
        return min(max(left, 1.0), IDLE_SECONDS)

    async def _round(self) -> None:
        while waiting := await self._kit.db.read(store.due, self._kit.clock()):
            if self._kit.settings.mail_server is None:
                await self._show(waiting)
            elif not await self._send(waiting):
                return

    async def _show(self, waiting: list[store.Waiting]) -> None:
        """Who runs a service without a mail server passes the letter on; logs are no place for it, they are kept."""
        for mail in waiting:
            sys.stderr.write(
                f"\n--- No mail server is set (SMTP_URL). Please pass this on to {mail.recipient} ---\n"
                f"{mail.subject}\n\n{mail.body}\n---\n"
            )
            sys.stderr.flush()
            await self._kit.db.write(store.remove, mail.id)

    async def _send(self, waiting: list[store.Waiting]) -> bool:
        """Send over one connection. False when the server is not to be had: then all of them wait."""
        from interlinker_shared.mail import sending  # noqa: PLC0415 - loads an SMTP client and TLS

        server, sender = self._kit.settings.mail_server, self._kit.settings.sender
        assert server is not None  # noqa: S101 - narrows the type
        stack = contextlib.ExitStack()
        tried = waiting[0]
        try:
            smtp = await asyncio.to_thread(stack.enter_context, sending.connected(server))
            for tried in waiting:
                await self._settle(tried, await asyncio.to_thread(sending.send, smtp, sender, tried))
        except OSError as error:
            log.warning("mail server away", reason=type(error).__name__)
            await self._put_off(tried)
            return False
        finally:
            await asyncio.to_thread(stack.close)
        return True

    async def _settle(self, mail: store.Waiting, outcome: object) -> None:
        from interlinker_shared.mail.sending import Outcome  # noqa: PLC0415 - as above

        reach(Point.MAILED)
        if outcome is Outcome.LATER:
            await self._put_off(mail)
            return
        if outcome is Outcome.NEVER:
            log.warning("letter refused for good", mail=str(mail.id))
        await self._kit.db.write(store.remove, mail.id)

    async def _put_off(self, mail: store.Waiting) -> None:
        until = self._kit.clock() + delay_after(mail.tries, self._rng)
        await self._kit.db.write(store.put_off, mail.id, until)
