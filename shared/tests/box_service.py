"""The block as a process of its own, on PostgreSQL, that says whether it answers from memory."""

from __future__ import annotations

import sys
from collections.abc import Callable

import uvicorn
from fastapi import APIRouter, Request
from shared.tests.boxes import create_box_app

from interlinker_shared.clock import utc_now
from interlinker_shared.testing import SECRET

ALONE = "/alone"


def add_alone(router: APIRouter) -> None:
    """Add the route that says it."""

    async def alone(request: Request) -> bool:
        is_alone: Callable[[], bool] = request.app.state.kit.db.alone
        return is_alone()

    router.add_api_route(ALONE, alone)


def main(folder: str, database_url: str, port: int) -> None:
    """Serve until a signal comes."""
    settings = {"data_dir": folder, "database_url": database_url, "secret": SECRET, "nats_url": None}
    app = create_box_app(settings | {"registry_url": None}, clock=utc_now, routes=add_alone)
    uvicorn.run(app, port=port, log_level="warning")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
