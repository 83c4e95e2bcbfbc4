"""Speaking to a block: the asset contract's operations over HTTP, and what its answers mean to the engine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from interlinker_gateway.actions.answers import Answer
from interlinker_gateway.domain.planner import Step
from interlinker_gateway.registry import Instance
from interlinker_gateway.store.calls import CLOSE, Call
from interlinker_shared.announced import GuardedTransport
from interlinker_shared.outgoing import OutgoingPolicy
from interlinker_shared.services.membership import Membership

ITEMS_AT_ONCE = 1000
BYTES_AT_ONCE = 500_000
TIMEOUT = httpx.Timeout(30.0, connect=1.0)
LATER = frozenset({401, 408, 423, 425, 429})  # 401: a block that has not heard of our key yet will
SERVER_ERROR = 500


class NotNowError(Exception):
    """The block cannot answer now; `after` is how many seconds it wants to be left alone, if it said so."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after = after


class RefusedError(Exception):
    """The block will not do this; the message is its problem in words."""


class Client:
    """The client of all blocks, made when the first call is due: it reads every certificate it may have to check, 50 ms and 2.5 MB."""

    def __init__(self, policy: OutgoingPolicy, given: httpx.AsyncClient | None = None) -> None:
        """`policy` says where blocks may be; `given` is used instead of a client over HTTP."""
        self._policy = policy
        self._client = given

    def __call__(self) -> httpx.AsyncClient:
        """The one client."""
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=TIMEOUT, transport=GuardedTransport(self._policy))
        return self._client

    async def aclose(self) -> None:
        """Close its connections, if there ever were any."""
        if self._client is not None:
            await self._client.aclose()


@dataclass(frozen=True)
class Block:
    """One instance of an Interlinker, as the engine speaks to it."""

    client: httpx.AsyncClient
    instance: Instance
    services: Membership

    async def make(self, call: Call) -> Answer:
        """Make a call; raises NotNowError or RefusedError."""
        match call.step:
            case Step.CREATE:
                return self._made(await self._post(self._root, call, call.body))
            case Step.CLONE:
                return self._made(await self._post(f"{self._root}/{call.asset}/clone", call, call.body))
            case Step.CARRY | Step.IMPORT:
                return await self._import(call)
            case Step.RESULT:
                return await self._result(call)
            case _:
                action = "close" if call.step == CLOSE else "open"
                answer = await self._post(f"{self._root}/{call.asset}/{action}", call, None)
                return Answer(self.instance.service, digest=_digest(answer))

    async def state_of(self, asset: str) -> str:
        """`draft`, `open`, `closed`, or `deleted`; raises NotNowError or RefusedError."""
        answer = await self._send("GET", f"{self._root}/{asset}", missing=True)
        return "deleted" if answer.status_code == httpx.codes.NOT_FOUND else str(_json(answer).get("state"))

    async def events(self, after: int, limit: int) -> tuple[list[dict[str, Any]], int]:
        """Recorded events after a position, oldest first, and the position of the last one."""
        answer = _json(await self._send("GET", f"/events?after={after}&limit={limit}"))
        return list(answer.get("items", [])), int(answer.get("next", after))

    async def erase(self, subject: str) -> None:
        """Have it erase a person; raises NotNowError or RefusedError."""
        await self._send("DELETE", _subject_path(subject))

    async def subject(self, subject: str, most: int) -> dict[str, Any]:
        """What it holds about a person, up to `most` bytes; raises NotNowError or RefusedError."""
        headers = self.services.headers(self.instance.service)
        url = f"{self.instance.base_url}{_subject_path(subject)}"
        content = bytearray()
        try:
            async with self.client.stream("GET", url, headers=headers) as answer:
                async for chunk in answer.aiter_bytes():
                    content += chunk
                    if len(content) > most:
                        raise RefusedError("It holds more than is taken together. Ask it by itself.")
        except httpx.HTTPError as error:
            raise NotNowError(f"not reachable ({type(error).__name__})") from error
        return _json(_checked(httpx.Response(answer.status_code, headers=_retry(answer), content=bytes(content))))

    @property
    def _root(self) -> str:
        assets = self.instance.manifest.assets
        return assets.path if assets else ""

    def _made(self, answer: httpx.Response) -> Answer:
        asset = str(_json(answer)["id"])
        view = self.instance.manifest.view
        path = f"{self._root}/{asset}"
        page = view.replace("{id}", asset) if view else f"{path}/view"
        return Answer(self.instance.service, path, page, asset, digest=_digest(answer))

    async def _import(self, call: Call) -> Answer:
        """Hand items over, in pieces a block takes; each piece is idempotent by itself."""
        taken: dict[str, str] = {}
        for number, items in enumerate(_pieces(call.body["items"])):
            body = {"handover": call.body["handover"], "items": items}
            answer = await self._post(f"{self._root}/{call.asset}/imports", call, body, suffix=f":{number}")
            taken |= {entry["id"]: entry["item"] for entry in _json(answer)["items"]}
        return Answer(self.instance.service, items=taken)

    async def _result(self, call: Call) -> Answer:
        answer = await self._send("GET", f"{self._root}/{call.asset}/result")
        result = _json(answer)
        if result.get("status", "final") != "final":
            raise NotNowError("its result is not final yet")
        return Answer(self.instance.service, result=result, digest=_digest(answer))

    async def _post(self, path: str, call: Call, body: Mapping[str, Any] | None, suffix: str = "") -> httpx.Response:
        return await self._send("POST", path, body=body, key=f"{call.key}{suffix}")

    async def _send(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        key: str | None = None,
        missing: bool = False,
    ) -> httpx.Response:
        headers = self.services.headers(self.instance.service) | ({"Idempotency-Key": key} if key else {})
        url = f"{self.instance.base_url}{path}"
        content = None if body is None else json.dumps(body, sort_keys=True).encode()
        if content is not None:
            headers["Content-Type"] = "application/json"
        try:
            answer = await self.client.request(method, url, content=content, headers=headers)
        except httpx.HTTPError as error:
            raise NotNowError(f"not reachable ({type(error).__name__})") from error
        if missing and answer.status_code == httpx.codes.NOT_FOUND:
            return answer
        return _checked(answer)


def _subject_path(subject: str) -> str:
    return f"/subjects/{quote(subject, safe='')}"


def _retry(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name == "retry-after"}


def _checked(answer: httpx.Response) -> httpx.Response:
    if answer.is_success:
        return answer
    if answer.status_code >= SERVER_ERROR or answer.status_code in LATER:
        after = answer.headers.get("retry-after", "")
        raise NotNowError(f"it answered {answer.status_code}", float(after) if after.isdecimal() else None)
    raise RefusedError(_problem(answer))


def _problem(answer: httpx.Response) -> str:
    """A problem document in one line."""
    try:
        problem = answer.json()
    except ValueError:
        problem = {}
    if not isinstance(problem, dict):
        problem = {}
    fields = [f"{error.get('pointer')}: {error.get('detail')}" for error in problem.get("errors", [])[:3]]
    said = problem.get("detail") or problem.get("title") or answer.text[:200]
    return f"The block refused ({answer.status_code}): {'; '.join([str(said), *fields])}"[:1000]


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        value = answer.json()
    except ValueError as error:
        raise NotNowError("it did not answer with JSON") from error
    if not isinstance(value, dict):
        raise NotNowError("it answered with something else than an object")
    return value


def _pieces(items: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Cut so that neither the number nor the size of a piece is more than a block takes."""
    piece: list[dict[str, Any]] = []
    size = 0
    for item in items:
        weight = len(json.dumps(item))
        if piece and (len(piece) >= ITEMS_AT_ONCE or size + weight > BYTES_AT_ONCE):
            yield piece
            piece, size = [], 0
        piece.append(item)
        size += weight
    if piece:
        yield piece


def _digest(answer: httpx.Response) -> str:
    return hashlib.sha256(answer.content).hexdigest()
