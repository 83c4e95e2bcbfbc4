"""A small world: two blocks that keep the asset contract, and a gateway that can be stopped at any moment."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from asgi_lifespan import LifespanManager
from fastapi import APIRouter, FastAPI
from pydantic import BaseModel, SecretStr
from sqlalchemy.orm import Session

from interlinker_gateway.app import create_app
from interlinker_gateway.registry import Directory, Snapshot
from interlinker_gateway.settings import GatewaySettings
from interlinker_gateway.store import records
from interlinker_gateway.workers.blocks import Block as Block_
from interlinker_gateway.workers.reconciliation import catch_up
from interlinker_shared import assets
from interlinker_shared.app import create_interlinker
from interlinker_shared.assets import Asset, AssetKind, Item, ResultBody
from interlinker_shared.auth import Principal, Role, mint_token
from interlinker_shared.events import Envelope
from interlinker_shared.http import Database, Member, Now
from interlinker_shared.ids import new_id
from interlinker_shared.manifest import Manifest
from interlinker_shared.services.keyring import KeySet
from interlinker_shared.settings import ServiceSettings
from interlinker_shared.state import Kit
from interlinker_shared.testing import SECRET

ENDED = {"finished", "cancelled"}


class Config(BaseModel, extra="forbid"):
    """Anything but a `wrong` one will do."""

    question: Any = None


class Block:
    """An Interlinker in memory: people add entries, entries are its items."""

    def __init__(self, service: str, path: str, capability: str, folder: Path) -> None:
        self.service, self.path, self.capability = service, path, capability
        self.items: defaultdict[UUID, dict[str, Item]] = defaultdict(dict)
        self.erased: list[str] = []
        self.outcome: str | None = None
        self.running: LifespanManager | None = None
        self.app = self._app(folder)

    def _app(self, folder: Path) -> FastAPI:
        kind = AssetKind(
            path=self.path,
            singular=self.path.strip("/")[:-1],
            config=Config,
            result_schema={},
            build_result=self._result,
            import_items=self._import,
            export_subject=lambda *_: {},
            erase_subject=lambda _session, subject, _now: self.erased.append(subject),
        )
        names = {"en": self.service}
        manifest = Manifest(id=self.service, name=names, description=names, version="1", capabilities=[self.capability])
        settings = ServiceSettings(data_dir=folder, secret=SecretStr(SECRET), nats_url=None, registry_url=None)
        return create_interlinker(
            manifest, settings, package="interlinker_shared.pages", assets=kind, routers=[self._router()]
        )

    def _router(self) -> APIRouter:
        router = APIRouter(prefix=self.path)

        @router.post("/{asset_id}/entries", status_code=201, operation_id=f"enter_{self.service}")
        async def enter(asset_id: UUID, db: Database, who: Member, now: Now, text: str) -> dict[str, str]:
            return await db.write(self._enter, asset_id, who, text, now)

        return router

    def _enter(self, session: Session, asset_id: UUID, who: Principal, text: str, now: datetime) -> dict[str, str]:
        asset = assets.require_open(session, asset_id, now)
        item = Item(id=str(new_id()), text=text, language="en")
        self.items[asset.id][item.id] = item
        assets.contribute(session, asset, who, action="entered", items=[item.id], now=now)
        return {"id": item.id}

    def _import(self, _session: Session, asset: Asset, items: Sequence[Item], _now: datetime) -> list[str]:
        fresh = [item.model_copy(update={"id": str(new_id())}) for item in items]
        self.items[asset.id] |= {item.id: item for item in fresh}
        return [item.id for item in fresh]

    def _result(self, _session: Session, asset: Asset) -> ResultBody:
        told = {"outcome": self.outcome, "reason": {"en": "Because."}} if self.outcome else {}
        items = [item.model_copy(update=told) for item in self.items[asset.id].values()]
        return ResultBody(items=items, counts={"items": len(items)})

    async def run(self) -> None:
        """Start it the first time somebody calls: most tests need none."""
        if self.running is None:
            self.running = LifespanManager(self.app)
            await self.running.__aenter__()

    def listed(self) -> dict[str, Any]:
        """As the registry lists it."""
        manifest = {"capabilities": [self.capability], "assets": {"path": self.path}}
        return {
            "id": f"{self.service}-main",
            "service": self.service,
            "base_url": f"http://{self.service}",
            "manifest": manifest,
        }


@dataclass
class Line(httpx.AsyncBaseTransport):
    """The way to a block: it can be cut, answer badly, or hang at a call of the test's choice."""

    to: Block
    world: World

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        world = self.world
        if world.away & {request.url.host, request.url.path.rpartition("/")[2]}:
            raise httpx.ConnectError("nobody there")
        if request.url.host in world.refusing:
            return httpx.Response(422, json={"detail": "No.", "errors": [{"pointer": "/config", "detail": "is wrong"}]})
        if request.method == "POST":
            world.posts += 1
            if world.posts == world.hang_before:
                await world.hang()
        await self.to.run()
        world.introduce(self.to)
        answer = await httpx.ASGITransport(self.to.app).handle_async_request(request)
        if request.method == "POST" and world.posts == world.hang_after:
            await world.hang()
        return answer


@dataclass
class World:
    """Two blocks, and a gateway that starts, stops and starts again on the same data."""

    folder: Path
    asks: Block
    ideas: Block
    away: set[str] = field(default_factory=set)
    refusing: set[str] = field(default_factory=set)
    unaware: set[str] = field(default_factory=set)
    posts: int = 0
    hang_before: int = 0
    hang_after: int = 0
    hanging: asyncio.Event = field(default_factory=asyncio.Event)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _gateway: LifespanManager | None = None
    app: FastAPI = field(init=False)
    http: httpx.AsyncClient = field(init=False)
    client: httpx.AsyncClient = field(init=False)

    async def start(self) -> None:
        """Start the gateway."""
        lines: dict[str, httpx.AsyncBaseTransport] = {
            f"http://{block.service}": Line(block, self) for block in (self.asks, self.ideas)
        }
        settings = GatewaySettings(
            data_dir=self.folder,
            secret=SecretStr(SECRET),
            nats_url=None,
            registry_url=None,
            reconcile_seconds=0.05,
        )
        self.client = httpx.AsyncClient(mounts=lines)
        self.app = create_app(settings, client=self.client)
        directory: Directory = self.app.state.directory
        directory.learn(Snapshot.model_validate({"revision": 1, "items": [self.asks.listed(), self.ideas.listed()]}))
        self._gateway = await LifespanManager(self.app).__aenter__()
        transport = httpx.ASGITransport(self._gateway.app, raise_app_exceptions=False)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://gateway")

    def introduce(self, block: Block) -> None:
        """Let a block know the gateway's key, as the registry would; not those that have not heard of it yet."""
        if block.service in self.unaware:
            return
        services = self.app.state.kit.services
        block.app.state.kit.services.keyring.learn(KeySet.of([(services.name, services.key.public)]))

    async def stop(self) -> None:
        """Stop the gateway where it stands; what hangs is cut off."""
        await self.http.aclose()
        if self._gateway is not None:
            await self._gateway.__aexit__()
            self._gateway = None

    async def hang(self) -> None:
        """Say that a call hangs, and never come back."""
        self.hanging.set()
        await asyncio.Event().wait()

    def token(self, role: Role = Role.OWNER, subject: str = "owner", audience: str = "gateway") -> dict[str, str]:
        """Headers of a request."""
        return {"Authorization": f"Bearer {mint_token(SECRET, subject=subject, role=role, audience=audience)}"}

    async def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Ask the gateway, not while it is being started again."""
        async with self.turn:
            return await self.http.request(method, path, **more)

    async def upload(self, document: dict[str, Any]) -> httpx.Response:
        return await self.ask("POST", "/templates", json=document, headers=self.token())

    async def begin(self, document: dict[str, Any], **more: Any) -> str:
        """Upload a template and start a process of it."""
        assert (await self.upload(document)).status_code == 201
        answer = await self.ask("POST", "/processes", json={"template": document["id"], **more}, headers=self.token())
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def tasks(self, process: str) -> dict[str, dict[str, Any]]:
        answer = await self.ask("GET", f"/processes/{process}/tasks")
        return {task["id"]: task for task in answer.json()["items"]}

    async def task(self, process: str, task: str, state: str, attempt: int = 1) -> dict[str, Any]:
        """The task, once it is in that state."""
        await eventually(lambda: self._is(process, task, state, attempt))
        return (await self.tasks(process))[task]

    async def _is(self, process: str, task: str, state: str, attempt: int) -> bool:
        found = (await self.tasks(process))[task]
        return (found["state"], found["attempt"]) == (state, attempt)

    async def ended(self, process: str) -> dict[str, Any]:
        """The process, once it is over."""

        async def over() -> bool:
            return (await self.ask("GET", f"/processes/{process}")).json()["state"] in ENDED

        await eventually(over)
        return dict((await self.ask("GET", f"/processes/{process}")).json())

    async def enter(self, block: Block, asset: str, subject: str, text: str) -> str:
        """Somebody takes part."""
        async with httpx.AsyncClient(transport=httpx.ASGITransport(block.app), base_url="http://block") as http:
            headers = self.token(Role.MEMBER, subject, block.service)
            answer = await http.post(f"{block.path}/{asset}/entries", params={"text": text}, headers=headers)
        return str(answer.json()["id"])

    async def close(self, process: str, task: str) -> None:
        answer = await self.ask("POST", f"/processes/{process}/tasks/{task}/close", headers=self.token())
        assert answer.status_code == 202, answer.text

    async def decide(
        self, process: str, task: str, option: str, who: str = "owner", role: Role = Role.OWNER
    ) -> httpx.Response:
        body = {"option": option, "reason": "Because I think so."}
        path = f"/processes/{process}/tasks/{task}/decision"
        return await self.ask("POST", path, json=body, headers=self.token(role, who))

    async def eventually(self, check: Callable[[], Awaitable[bool]]) -> None:
        await eventually(check)

    async def count_contributions(self, process: str) -> int:
        kit: Kit = self.app.state.kit
        return len(list(await kit.db.read(lambda session: list(records.contributions(session, UUID(process))))))

    async def pull(self, service: str) -> None:
        """Let the gateway read a block's recorded events, as if the broker had brought them."""
        directory: Directory = self.app.state.directory
        instance = directory.serving(service)
        assert instance is not None
        kit: Kit = self.app.state.kit
        await catch_up(kit, Block_(self.client, instance, kit.services))

    async def tell(self, kind: str, data: dict[str, Any]) -> None:
        """An event arrives."""
        kit: Kit = self.app.state.kit
        now = kit.clock()
        envelope = Envelope(id=new_id(), source="/asks/main", type=kind, subject="x", time=now, aggseq=1, data=data)
        await kit.db.write(kit.inbox.take, [envelope], now)

    async def asset_state(self, service: str, asset: str, state: str) -> None:
        """Return once an asset is in that state."""
        block = self.asks if service == "asks" else self.ideas

        async def is_so() -> bool:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(block.app), base_url="http://block") as http:
                return bool((await http.get(f"{block.path}/{asset}")).json()["state"] == state)

        await eventually(is_so)


async def eventually(check: Callable[[], Awaitable[bool]], within: float = 10.0) -> None:
    """Return once it holds."""
    async with asyncio.timeout(within):
        while not await check():  # noqa: ASYNC110 - what is looked at cannot signal
            await asyncio.sleep(0.02)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """The blocks run, and the gateway too."""
    asks = Block("asks", "/surveys", "survey", tmp_path / "asks")
    ideas = Block("ideas", "/campaigns", "ideation", tmp_path / "ideas")
    small = World(tmp_path / "gateway", asks, ideas)
    small.folder.mkdir()
    await small.start()
    yield small
    await small.stop()
    for block in (asks, ideas):
        if block.running is not None:
            await block.running.__aexit__()


@pytest.fixture
def template() -> dict[str, Any]:
    """People are asked, their answers become ideas, somebody decides."""
    ask = {"id": "needs", "uses": "survey", "with": {"title": "What do we need?", "question": "${{ inputs.question }}"}}
    handover = {
        "from": "needs",
        "items": "${{ tasks.needs.result.items.filter(i, i.text != 'nothing') }}",
        "map": {"text": "${{ item.text }}", "language": "${{ item.language }}"},
    }
    design = {"id": "ideas", "uses": "ideation", "import": [handover]}
    decision = {"role": "coordinator", "options": ["accept", "revise"]}
    approve = {"id": "approve", "decision": decision, "needs": ["ideas"], "on": {"revise": "ideas"}}
    return {
        "id": "budget",
        "version": "1.0.0",
        "title": {"en": "A budget", "es": "Un presupuesto"},
        "inputs": {"question": "string"},
        "phases": [{"id": "engage", "tasks": [ask]}, {"id": "design", "tasks": [design, approve]}],
    }
