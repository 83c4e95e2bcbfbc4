"""A running ideation service."""

from __future__ import annotations

from typing import Any

import pytest_asyncio
from interlinkers.ideation.tests.calling import Service

from interlinker_ideation.app import create_app
from interlinker_ideation.settings import IdeationSettings
from interlinker_shared.testing import RunApp, TokenHeaders


@pytest_asyncio.fixture
async def service(run_app: RunApp, token: TokenHeaders, test_settings: dict[str, Any]) -> Service:
    app = create_app(IdeationSettings(**test_settings))
    return Service(app, await run_app(app), token)
