"""Who offers what: the registry's directory, followed by long poll, kept on disk, good enough without the registry."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Iterable
from pathlib import Path

import httpx
import structlog
from pydantic import BaseModel, ConfigDict, ValidationError

from interlinker_shared.errors import UnavailableError
from interlinker_shared.state import Kit

WAIT_SECONDS = 30
PAUSE_SECONDS = 1.0
SERVING = ("passing", "draining", "suspect")
"""States in which an instance may answer, best first; a suspect one is worth a try: the registry may be wrong."""

log = structlog.get_logger()


class _AssetsEntry(BaseModel):
    model_config = ConfigDict(extra="ignore")

    path: str


class _Manifest(BaseModel):
    model_config = ConfigDict(extra="ignore")

    capabilities: list[str] = []
    assets: _AssetsEntry | None = None
    view: str | None = None


class Instance(BaseModel):
    """What we read of an instance."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    service: str
    base_url: str
    state: str = "passing"
    manifest: _Manifest = _Manifest()


class Snapshot(BaseModel):
    """The directory at one revision."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    revision: int = 0
    items: list[Instance] = []


class Directory:
    """The last known snapshot; where a service is, and who offers a capability."""

    def __init__(self, path: Path) -> None:
        """`path` is where the snapshot outlives us; one that cannot be read is as good as none."""
        self._path = path
        self._snapshot: Snapshot | None = None

    def load(self) -> None:
        """Take up the snapshot of an earlier run, if there is one."""
        try:
            self._snapshot = Snapshot.model_validate_json(self._path.read_bytes())
        except (OSError, ValidationError) as error:
            log.info("no directory from before", reason=type(error).__name__)

    @property
    def revision(self) -> int:
        return self._snapshot.revision if self._snapshot else 0

    def learn(self, snapshot: Snapshot) -> None:
        """Replace what is known; the file is never half written."""
        self._snapshot = snapshot
        draft = self._path.with_suffix(".new")
        draft.write_text(snapshot.model_dump_json())
        os.replace(draft, self._path)  # noqa: PTH105 - atomic, and says so

    def capabilities(self) -> frozenset[str]:
        """All that a task can use; UnavailableError while no registry was ever heard of."""
        if self._snapshot is None:
            message = (
                "No registry has been reached yet, so nobody knows what the Interlinkers can do. Try again in a moment."
            )
            raise UnavailableError(message, slug="no-directory", retry_after=2)
        with_assets = (instance.manifest for instance in self._snapshot.items if instance.manifest.assets is not None)
        return frozenset(name for manifest in with_assets for name in manifest.capabilities)

    def offering(self, capability: str) -> Instance | None:
        """The best instance that offers a capability and has assets."""
        return _best(
            instance
            for instance in self._instances()
            if capability in instance.manifest.capabilities and instance.manifest.assets is not None
        )

    def serving(self, service: str) -> Instance | None:
        """The best instance of a service."""
        return _best(instance for instance in self._instances() if instance.service == service)

    def services(self) -> frozenset[str]:
        """All services that are known, also those that are away now."""
        return frozenset(instance.service for instance in self._instances())

    def address(self, name: str) -> tuple[str, str] | None:
        """Service and root address for a name in the front door's path: a service, or a capability."""
        instance = self.serving(name) or self.offering(name)
        return (instance.service, instance.base_url) if instance else None

    def _instances(self) -> list[Instance]:
        return self._snapshot.items if self._snapshot else []


def _best(instances: Iterable[Instance]) -> Instance | None:
    serving = [instance for instance in instances if instance.state in SERVING]
    return min(serving, key=lambda instance: (SERVING.index(instance.state), instance.id), default=None)


async def follow(kit: Kit, directory: Directory) -> None:
    """Keep the snapshot equal to the registry's until cancelled; while it is away, what is known stays."""
    directory.load()
    url = kit.settings.registry_url
    if url is None:
        await kit.stopping.wait()
        return
    # As in the lease: no certificates where there will be none to check.
    encrypted, patience = url.startswith("https:"), WAIT_SECONDS + 10
    async with httpx.AsyncClient(base_url=url.rstrip("/"), timeout=patience, verify=encrypted) as client:
        heard = False
        while True:
            heard = await _poll(client, directory, wait=WAIT_SECONDS if heard else 0)
            if not heard:
                await asyncio.sleep(PAUSE_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311 - spreads load, hides nothing


async def _poll(client: httpx.AsyncClient, directory: Directory, *, wait: int) -> bool:
    """One look at the directory, at once or when it has changed; False when the registry cannot be reached."""
    params = {"after": directory.revision, "wait": wait}
    try:
        answer = await client.get("/instances", params=params)
        if answer.status_code == httpx.codes.NOT_MODIFIED:
            return True
        answer.raise_for_status()
        directory.learn(Snapshot.model_validate_json(answer.content))
    except (httpx.HTTPError, ValidationError) as error:
        log.info("the registry is away, going on with what is known", reason=str(error)[:200] or type(error).__name__)
        return False
    return True
