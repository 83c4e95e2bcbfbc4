"""A small app whose one page uses every macro of the kit."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from interlinker_shared.errors import InvalidError
from interlinker_shared.pages import KIT_STATIC, Form, Pages, read_form, rejected_form
from interlinker_shared.text import Line

sys.path.insert(0, str(Path(__file__).parent))  # for kit_demo, which holds templates and catalogues

PAGES = Pages(
    "kit_demo", name={"en": "Our plan", "es": "Nuestro plan", "ar": "خطتنا"}, languages=("en", "es", "de", "ar")
)
MOMENT = datetime(2026, 11, 23, 15, 4, tzinfo=UTC)


class Where(BaseModel):
    where: Literal["park", "school", "other"]


class Answer(BaseModel):
    key: str = ""
    later: bool = False
    title: Line
    text: str | None = None
    cost: Annotated[int, Field(ge=0, le=500)]
    due: str | None = None
    email: str | None = None
    answers: Where
    who: Annotated[list[Literal["young", "old", "all"]], Field(min_length=1, max_length=2)]
    mark: Annotated[int, Field(ge=1, le=5)]
    district: str


async def _show(request: Request) -> Response:
    return _demo(request, Form.filled({"title": "Shade", "mark": 4}), 200)


async def _answer(request: Request) -> Response:
    try:
        await read_form(request, Answer, lists=("who",))
    except InvalidError as error:
        return _demo(request, await rejected_form(request, error), 422)
    return PAGES.see_other(request, "/plans/7/view", done=1)


async def _missing(request: Request) -> Response:
    return PAGES.problem(request, 404, back="/plans/7/view")


def _demo(request: Request, form: Form, status: int) -> Response:
    return PAGES.render(
        request, "demo.html", status=status, form=form, moment=MOMENT, answers=214, remark="<b>bold</b> & co"
    )


@pytest.fixture(scope="session")
def demo_app() -> FastAPI:
    return create_demo()


def create_demo() -> FastAPI:
    app = FastAPI()
    app.add_route("/plans/{plan}/view", _show, ["GET"])
    app.add_route("/plans/{plan}/view", _answer, ["POST"])
    app.add_route("/missing", _missing, ["GET"])
    app.mount("/static/kit", StaticFiles(directory=KIT_STATIC))
    return app


@pytest.fixture
async def client(demo_app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(demo_app), base_url="http://demo") as client:
        yield client
