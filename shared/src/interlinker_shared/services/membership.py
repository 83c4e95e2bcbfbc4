"""This service as a member of the family: its key, the keys of the others, and the tokens it shows them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import cached_property, partial
from typing import TYPE_CHECKING

from interlinker_shared.auth import Authenticator, Principal, Way
from interlinker_shared.db import Database
from interlinker_shared.errors import UnavailableError
from interlinker_shared.lean import FOR_TERMINALS, without
from interlinker_shared.services.key import OwnKey, ServiceName
from interlinker_shared.services.keyring import Keyring, KeySet
from interlinker_shared.services.tokens import SECONDS, SERVICE_TYP, mint_citizen_token, mint_service_token
from interlinker_shared.services.ways import CitizenWay, ServiceWay
from interlinker_shared.settings import ServiceSettings

if TYPE_CHECKING:
    from interlinker_shared.services.following import RegistryKeys

KEYS_FILE = "service-keys.json"
RENEW_BEFORE = 30

KeySource = Callable[[Database], Awaitable[KeySet]]


class Membership:
    """Who we are for other services, and who they are for us. Nothing of it is made or read in a block alone."""

    def __init__(
        self,
        service: str,
        settings: ServiceSettings,
        auth: Authenticator,
        db: Database,
        source: KeySource | None = None,
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`source` reads all keys from this service's own database: in the registry."""
        self.name = ServiceName(service, settings.instance)
        self._settings = settings
        self._now = now
        self._shown: dict[str, tuple[float, str]] = {}
        path = settings.data_dir / KEYS_FILE
        self._registry = _registry(settings.registry_url) if source is None and settings.registry_url else None
        if source is not None:
            self.keyring = Keyring(path, auth.forget, fetch=partial(source, db), pause=0)
        else:
            self.keyring = Keyring(path, auth.forget, fetch=self._registry.fetch if self._registry else None)
        if self._registry is not None:
            self.keyring.load()

    @cached_property
    def key(self) -> OwnKey:
        """Our key: in the file that the settings name, else beside the data, made when it is first needed."""
        own = self._settings.data_dir / f"{self.name.service}.key"
        return OwnKey.kept(self.name, self._settings.service_key_file or own)

    def ways(self) -> tuple[Way, Way]:
        """How services, and people whom the gateway sends, come in."""
        audience, gateway = self.name.service, self._settings.trusted_gateway
        return (
            ServiceWay(self.keyring, audience, gateway=gateway, now=self._now),
            CitizenWay(self.keyring, audience, gateway=gateway, now=self._now),
        )

    @property
    def follows(self) -> bool:
        """Whether there is a registry to follow."""
        return self._registry is not None

    async def run(self) -> None:
        """Follow the registry's list of keys until cancelled."""
        if self._registry is not None:
            try:
                await self._registry.follow(self.keyring)
            except asyncio.CancelledError:
                await self._registry.close()
                raise

    def token(self, audience: str) -> str:
        """With which we show `audience` who we are; the same for half a minute."""
        until, token = self._shown.get(audience, (0.0, ""))
        if until <= self._now():
            token = mint_service_token(self.key, audience, now=self._now)
            self._shown[audience] = (self._now() + SECONDS[SERVICE_TYP] - RENEW_BEFORE, token)
        return token

    def headers(self, audience: str) -> dict[str, str]:
        """The same as the headers of a request."""
        return {"Authorization": f"Bearer {self.token(audience)}"}

    def citizen(self, who: Principal, audience: str, ttl: int) -> str:
        """A token with which `who` may do at `audience` what she may do here, for `ttl` seconds at most.

        Raises UnavailableError until the registry has told everybody of our key: before that nobody would believe us.
        """
        if self.key.kid not in self.keyring.known.keys:
            message = "The gateway has not joined the family yet. Try again in a moment."
            raise UnavailableError(message, slug="not-joined", retry_after=1)
        return mint_citizen_token(self.key, who, audience, ttl, now=self._now)


def _registry(url: str) -> RegistryKeys:
    with without(FOR_TERMINALS):
        from interlinker_shared.services.following import RegistryKeys  # noqa: PLC0415 - a block alone has nobody to ask

    return RegistryKeys(url)
