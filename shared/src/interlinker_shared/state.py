"""What lives as long as the application: made in the composition root, reached from requests and background tasks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from interlinker_shared.auth import Authenticator
from interlinker_shared.clock import utc_now
from interlinker_shared.db import Database
from interlinker_shared.events.handler import Handler
from interlinker_shared.events.inbox import Inbox
from interlinker_shared.limits.rates import Limits
from interlinker_shared.manifest import Manifest
from interlinker_shared.metrics import Metrics
from interlinker_shared.settings import ServiceSettings

if TYPE_CHECKING:
    from interlinker_shared.assets.kind import AssetKind
    from interlinker_shared.embed.origins import Origins
    from interlinker_shared.events.broker import Broker
    from interlinker_shared.grants.book import GrantBook
    from interlinker_shared.keys.way import KeyWay
    from interlinker_shared.personal import SubjectPart
    from interlinker_shared.services.membership import Membership


@dataclass
class Kit:
    """The running service: one object instead of globals."""

    manifest: Manifest
    settings: ServiceSettings
    secret: str
    auth: Authenticator
    db: Database
    grants: GrantBook
    metrics: Metrics
    limits: Limits
    keys: KeyWay
    services: Membership
    origins: Origins
    handlers: tuple[Handler, ...] = ()
    assets: AssetKind | None = None
    subjects: tuple[SubjectPart, ...] = ()
    broker: Broker | None = None
    clock: Callable[[], datetime] = utc_now
    started: bool = False
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def service(self) -> str:
        """The id of the service, such as it stands in the registry."""
        return self.manifest.id

    @cached_property
    def inbox(self) -> Inbox:
        """Where events of others take effect."""
        return Inbox(self.service, self.handlers)

    @property
    def source(self) -> str:
        """The `source` of what this instance records."""
        return f"/{self.service}/{self.settings.instance}"
