"""Tokens of services, and those that the gateway gives to citizens, as ways in."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from interlinker_shared.auth import Found, Principal
from interlinker_shared.services.key import ServiceName
from interlinker_shared.services.keyring import Keyring
from interlinker_shared.services.rights import ServiceRight, rights_of
from interlinker_shared.services.tokens import (
    CITIZEN_TYP,
    SERVICE_TYP,
    BadTokenError,
    citizen_of,
    kid_of,
    read_token,
    service_of,
)


class _Signed:
    """What both have in common: a key of the registry's list must have signed them, for us."""

    revocable = False  # but let go of when a key is good no more: see `Keyring.learn`

    def __init__(self, keyring: Keyring, audience: str, *, gateway: str, now: Callable[[], float] = time.time) -> None:
        """`gateway` is the service that may speak for people here."""
        self._keyring = keyring
        self._audience = audience
        self._gateway = gateway
        self._now = now

    async def _said(self, token: str, typ: str) -> tuple[ServiceName, dict[str, Any]]:
        found = await self._keyring.find(kid_of(token, typ))
        if found is None:
            raise BadTokenError
        name, key = found
        return name, read_token(token, typ, key, name, audience=self._audience, now=self._now())

    def _rights(self, name: ServiceName) -> frozenset[ServiceRight]:
        return rights_of(name.service, gateway=self._gateway)


class ServiceWay(_Signed):
    """A service comes as itself."""

    mark = SERVICE_TYP

    async def read(self, token: str) -> Found | None:
        """Which service comes. Raises UnavailableError while its key cannot be looked up."""
        try:
            name, claims = await self._said(token, SERVICE_TYP)
            subject = service_of(claims, name)
        except BadTokenError:
            return None
        return Found(Principal(subject, service=str(name), rights=self._rights(name)), float(claims["exp"]))


class CitizenWay(_Signed):
    """A person comes, and the gateway says who."""

    mark = CITIZEN_TYP

    async def read(self, token: str) -> Found | None:
        """Who comes. Raises UnavailableError while the key of who says so cannot be looked up."""
        try:
            name, claims = await self._said(token, CITIZEN_TYP)
            return citizen_of(claims) if ServiceRight.SPEAK_FOR_PEOPLE in self._rights(name) else None
        except BadTokenError:
            return None
