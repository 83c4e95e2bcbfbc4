"""Token exchange: a caller's token is good for the gateway only; each block gets one that is good for it alone."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

LIFETIME = 300
RENEW_BEFORE = 60
KEPT = 10_000

Identity = TypeVar("Identity")


@dataclass(frozen=True)
class _Issued:
    token: str
    until: float


class TokenExchange(Generic[Identity]):
    """`verify` raises UnauthorisedError for a bad token; `mint` makes one for an audience and a number of seconds."""

    def __init__(
        self,
        verify: Callable[[str], Awaitable[tuple[Identity, float]]],
        mint: Callable[[Identity, str, int], str],
        now: Callable[[], float],
    ) -> None:
        """`verify` also gives the time at which the caller's own token ends; `now` is in seconds since 1970."""
        self._verify = verify
        self._mint = mint
        self._now = now
        self._issued: OrderedDict[tuple[bytes, str, Identity], _Issued] = OrderedDict()

    async def exchange(self, bearer: str, audience: str) -> str:
        """A token for the audience that outlives neither five minutes nor the caller's own."""
        identity, ends = await self._verify(bearer)  # each time: what was revoked must not go on for five minutes
        # Whoever gets another role gets another token: hers as it was would say the old one for minutes.
        key = (hashlib.sha256(bearer.encode()).digest(), audience, identity)
        known = self._issued.get(key)
        if known is not None and known.until > self._now():
            return known.token
        lifetime = int(min(LIFETIME, max(1, ends - self._now())))
        issued = _Issued(
            self._mint(identity, audience, lifetime), self._now() + lifetime - min(RENEW_BEFORE, lifetime // 2)
        )
        self._keep(key, issued)
        return issued.token

    def _keep(self, key: tuple[bytes, str, Identity], issued: _Issued) -> None:
        self._issued[key] = issued
        self._issued.move_to_end(key)
        if len(self._issued) > KEPT:
            self._issued.popitem(last=False)
