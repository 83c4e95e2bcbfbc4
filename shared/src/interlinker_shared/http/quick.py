"""Hot routes: found and answered straight from the request where that is plain, by FastAPI's way where it is not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from inspect import signature
from typing import Any, get_type_hints
from uuid import UUID

from fastapi import FastAPI, Request, Response
from fastapi.params import Depends, Query
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel, TypeAdapter
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from interlinker_shared.errors import DomainError
from interlinker_shared.http.dependencies import Database, Now, Paging, RequiredRole
from interlinker_shared.http.idempotency import RequestDatabase
from interlinker_shared.http.paging import DEFAULT_LIMIT, MAX_CURSOR, MAX_LIMIT, PageOf, decode_cursor
from interlinker_shared.http.problems import answer_to, answer_to_bug
from interlinker_shared.state import Kit

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
Reader = Callable[[Request], Any]

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_JSON = {"application/json", "application/json; charset=utf-8", "application/json;charset=utf-8"}
NO_ID = UUID(int=0)
_QUERY = re.compile(rb"[\w.~-]+=[\w.~-]*(?:&[\w.~-]+=[\w.~-]*)*")
_LIMIT = re.compile(r"[1-9][0-9]{0,2}")
_DEFAULT = str(DEFAULT_LIMIT)


class OddRequestError(Exception):
    """A parameter is not plain: whether it is right, and what to say if not, is FastAPI's to tell."""


class QuickRoute(APIRoute):
    """A route as any other to its callers; where it takes only what is ours to take, `QuickRoutes` runs it without FastAPI."""

    def quick(self) -> Handler | None:
        """A handler of plain requests that raises OddRequestError for others; None where the endpoint takes something else."""
        taken, answered = _readers(self.endpoint), _writer(self.endpoint, self.status_code or 200)
        if taken is None or answered is None:
            return None
        endpoint, (body_name, body_model), readers, roles = self.endpoint, taken.body, taken.others, taken.roles

        async def handle(request: Request) -> Response:
            values: dict[str, Any] = {} if body_model is None else {body_name: await _body(request, body_model)}
            for name, required in roles.items():
                values[name] = await required(request)
            for name, read in readers.items():
                values[name] = read(request)
            return answered(await endpoint(**values))

        return handle


class QuickRoutes:
    """Answers plain requests to quick routes; everything else is for the application behind it.

    To find a route among all, to open what a dependency might leave open, to solve four dependencies and to validate three
    parameters takes FastAPI half of such a request.
    """

    def __init__(self, app: ASGIApp, *, of: FastAPI) -> None:
        """The quick routes of `of`, which it stands in front of; it sees those that are there when the first request comes."""
        self._app = app
        self._of = of

    @cached_property
    def _routes(self) -> dict[str, list[tuple[re.Pattern[str], APIRoute, Handler]]]:
        found: dict[str, list[tuple[re.Pattern[str], APIRoute, Handler]]] = {}
        before: list[APIRoute] = []
        for context in iter_route_contexts(self._of.routes):
            route = context.original_route
            if not isinstance(route, APIRoute) or context.path != route.path:
                continue
            handler = route.quick() if isinstance(route, QuickRoute) else None
            if handler is None:
                before.append(route)
            elif not any(_comes_first(one, route) for one in before):
                for method in route.methods or ():
                    found.setdefault(method, []).append((route.path_regex, route, handler))
        return found

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        found = self._find(scope) if scope["type"] == "http" and not scope.get("root_path") else None
        if found is None:
            await self._app(scope, receive, send)
            return
        match, route, handler = found
        seen: Scope = {**scope, "path_params": match.groupdict(), "route": route, "router": self._of.router}
        request = Request(seen, receive)
        try:
            response = await handler(request)
        except OddRequestError:
            await self._app(scope, _again(request, receive), send)
            return
        except (DomainError, HTTPException) as error:
            response = await answer_to(request, error)
        except Exception as error:  # noqa: BLE001 - logged there, as Starlette would
            response = await answer_to_bug(request, error)
        scope.update(seen)  # what was found out about the request, for the layers in front
        await response(scope, receive, send)

    def _find(self, scope: Scope) -> tuple[re.Match[str], APIRoute, Handler] | None:
        path = scope["path"]
        for pattern, route, handler in self._routes.get(scope["method"], ()):
            if match := pattern.match(path):
                return match, route, handler
        return None


def _comes_first(other: APIRoute, quick: APIRoute) -> bool:
    """Whether `other`, which stands before a quick route, would get a request of it: then it keeps it."""
    address = quick.path_format.format_map(dict.fromkeys(quick.param_convertors, str(NO_ID)))
    return not (other.methods or set()).isdisjoint(quick.methods or ()) and other.path_regex.match(address) is not None


def _again(request: Request, receive: Receive) -> Receive:
    """`receive`, with what was read of the body already."""
    if not hasattr(request, "_body"):
        return receive
    read: list[Message] = [{"type": "http.request", "body": request._body, "more_body": False}]  # noqa: SLF001 - Starlette keeps it there for whoever asks again

    async def again() -> Message:
        return read.pop() if read else await receive()

    return again


@dataclass(frozen=True)
class _Taken:
    """How to take the parameters of an endpoint from a request: perhaps a body, who calls, and others by name."""

    body: tuple[str, type[BaseModel] | None]
    roles: dict[str, RequiredRole]
    others: dict[str, Reader]


def _readers(endpoint: Callable[..., Any]) -> _Taken | None:
    """How to take each parameter of an endpoint from a request; None when one is not among ours."""
    hints = get_type_hints(endpoint, include_extras=True)
    hints.pop("return", None)
    bodies = {name: kind for name, kind in hints.items() if isinstance(kind, type) and issubclass(kind, BaseModel)}
    defaults = {
        name: one.default for name, one in signature(endpoint).parameters.items() if one.default is not one.empty
    }
    roles = {name: required for name, kind in hints.items() if (required := _required(kind)) is not None}
    readers = {
        name: _reader(name, kind, defaults.pop(name, None))
        for name, kind in hints.items()
        if name not in bodies and name not in roles
    }
    found = {name: reader for name, reader in readers.items() if reader is not None}
    if len(found) < len(readers) or len(bodies) > 1 or defaults:
        return None
    return _Taken(next(iter(bodies.items()), ("", None)), roles, found)


def _reader(name: str, kind: Any, default: Any) -> Reader | None:
    if default is not None:
        return _choice(name, default, getattr(kind, "__metadata__", ()))
    if kind is UUID:
        return _path_id(name)
    if kind is Request:
        return lambda request: request
    return next((take for known, take in _KNOWN if known == kind), None)


def _required(kind: Any) -> RequiredRole | None:
    marks = (mark.dependency for mark in getattr(kind, "__metadata__", ()) if isinstance(mark, Depends))
    return next((required for required in marks if isinstance(required, RequiredRole)), None)


def _writer(endpoint: Callable[..., Any], status: int) -> Callable[[Any], Response] | None:
    """How to make an answer of what an endpoint returns: a Response as it is, a model as JSON; None for anything else."""
    kind = get_type_hints(endpoint).get("return")
    if kind is Response:
        return lambda answer: answer
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return None
    dump = TypeAdapter(kind).dump_json
    return lambda model: Response(dump(model, by_alias=True), status, media_type="application/json")


async def _body(request: Request, model: type[BaseModel]) -> BaseModel:
    if request.headers.get("content-type") not in _JSON:
        raise OddRequestError
    try:
        return model.model_validate(json.loads(await request.body()), from_attributes=True)
    except (ValueError, RecursionError) as error:
        raise OddRequestError from error


def _path_id(name: str) -> Reader:
    def take(request: Request) -> UUID:
        text = request.scope["path_params"].get(name, "")
        if not _ID.fullmatch(text):
            raise OddRequestError
        return UUID(text)

    return take


def _choice(name: str, default: Any, marks: Sequence[Any]) -> Reader | None:
    """One of the words of an enumeration in the query, `default` without it."""
    if not isinstance(default, StrEnum) or not all(isinstance(mark, Query) and mark.alias is None for mark in marks):
        return None
    words = {str(word): word for word in type(default)}

    def take(request: Request) -> StrEnum:
        asked = _query(request).get(name, str(default))
        if asked not in words:
            raise OddRequestError
        return words[asked]

    return take


def _query(request: Request) -> dict[str, str]:
    """What a plain query string says: nothing escaped, nothing twice."""
    text = request.scope["query_string"]
    if not text:
        return {}
    if not _QUERY.fullmatch(text):
        raise OddRequestError
    pairs = [pair.partition("=")[::2] for pair in text.decode().split("&")]
    asked = dict(pairs)
    if len(asked) < len(pairs):
        raise OddRequestError
    return asked


def _database(request: Request) -> RequestDatabase:
    if "idempotency-key" in request.headers:
        raise OddRequestError
    return RequestDatabase(request, None)


def _paging(request: Request) -> PageOf:
    asked = _query(request)
    limit, cursor = asked.get("limit", _DEFAULT), asked.get("cursor")
    if not _LIMIT.fullmatch(limit) or int(limit) > MAX_LIMIT or len(cursor or "") > MAX_CURSOR:
        raise OddRequestError
    return PageOf(int(limit), decode_cursor(cursor) if cursor is not None else None)


def _now(request: Request) -> datetime:
    kit: Kit = request.app.state.kit
    return kit.clock()


_KNOWN: list[tuple[Any, Reader]] = [(Paging, _paging), (Database, _database), (Now, _now)]
