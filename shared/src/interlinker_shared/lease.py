"""The lease client: a service keeps itself in the registry for as long as it lives."""

from __future__ import annotations

import asyncio
import random
import time

import httpx
import structlog

from interlinker_shared.services.key import ALGORITHM
from interlinker_shared.state import Kit

TTL_SECONDS = 30
RENEW_SECONDS = 10.0
RETRY_SECONDS = 1.0
JITTER = 0.2
REGISTRY = "registry"

log = structlog.get_logger()


async def run_lease(kit: Kit) -> None:
    """Register, renew every ten seconds, register anew when the registry has forgotten us; until cancelled."""
    lease = Lease(kit)
    try:
        while True:
            pause = RENEW_SECONDS if await lease.keep() else RETRY_SECONDS
            await asyncio.sleep(pause * random.uniform(1 - JITTER, 1 + JITTER))  # noqa: S311 - spreads load, hides nothing
    finally:
        await lease.end()


class Lease:
    """One registration. `epoch` is our start time: an older run of this instance cannot renew over a newer one."""

    def __init__(self, kit: Kit) -> None:
        """Nothing is sent yet."""
        self._kit = kit
        self._epoch = time.time_ns() // 1_000_000
        self._registered = False
        self._maybe_known = False
        self._instance = f"{kit.service}-{kit.settings.instance}"
        url = str(kit.settings.registry_url).rstrip("/")
        # Certificates are read only where there will be one to check: that takes 50 ms and 2.5 MB, and redirects are not followed.
        self._client = httpx.AsyncClient(base_url=url, timeout=5, verify=url.startswith("https:"))

    async def keep(self) -> bool:
        """Register or renew; False when the registry could not be reached, so that it is tried again soon."""
        try:
            if self._registered and await self._renew():
                return True
            self._registered = await self._register()
        except httpx.HTTPError as error:
            log.info("registry is away", reason=str(error) or type(error).__name__)
            return False
        return True

    async def end(self) -> None:
        """Deregister, if the registry can be reached; also when it took us in and its answer did not get here."""
        try:
            if self._maybe_known:
                await self._client.delete(
                    f"/instances/{self._instance}", params={"epoch": self._epoch}, headers=self._headers()
                )
        except httpx.HTTPError as error:
            log.info("not deregistered", reason=str(error) or type(error).__name__)
        finally:
            await self._client.aclose()

    async def _register(self) -> bool:
        manifest = self._kit.manifest
        body = {
            "service": manifest.id,
            "base_url": self._kit.settings.base_url,
            "epoch": self._epoch,
            "ttl": TTL_SECONDS,
            "version": manifest.version,
            "manifest": manifest.model_dump(mode="json", exclude_none=True),
            "manifest_digest": manifest.digest(),
        }
        self._maybe_known = True
        answer = await self._put(body)
        if answer.status_code == httpx.codes.UNAUTHORIZED and await self._join():
            answer = await self._put(body)
        self._maybe_known = answer.is_success
        if answer.is_error:
            log.warning("registry refused", status=answer.status_code, answer=answer.text[:300])
        return answer.is_success

    async def _renew(self) -> bool:
        body = {"epoch": self._epoch, "health": "passing", "manifest_digest": self._kit.manifest.digest()}
        path = f"/instances/{self._instance}/renewals"
        return (await self._client.post(path, json=body, headers=self._headers())).is_success

    async def _put(self, body: dict[str, object]) -> httpx.Response:
        return await self._client.put(f"/instances/{self._instance}", json=body, headers=self._headers())

    async def _join(self) -> bool:
        """Have the registry take our key: with a join token, unless it knows the key already."""
        services, token = self._kit.services, self._kit.settings.join_token
        body = {
            "key": {"kty": "OKP", "crv": ALGORITHM, "x": services.key.public.x},
            "proof": services.token(REGISTRY),
            "token": token.get_secret_value() if token else None,
        }
        answer = await self._client.post("/service-keys", json=body)
        if answer.is_error:
            log.warning("registry did not take our key", status=answer.status_code, answer=answer.text[:300])
        return answer.is_success

    def _headers(self) -> dict[str, str]:
        return self._kit.services.headers(REGISTRY)
