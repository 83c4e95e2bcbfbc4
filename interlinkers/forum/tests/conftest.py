"""A running forum."""

from __future__ import annotations

from typing import Any

import pytest_asyncio
from interlinkers.forum.tests.calling import Forum

from interlinker_forum.app import create_app
from interlinker_forum.settings import ForumSettings
from interlinker_shared.testing import RunApp, TokenHeaders


@pytest_asyncio.fixture
async def forum(run_app: RunApp, token: TokenHeaders, test_settings: dict[str, Any]) -> Forum:
    app = create_app(ForumSettings(**test_settings))
    return Forum(app, await run_app(app), token)
