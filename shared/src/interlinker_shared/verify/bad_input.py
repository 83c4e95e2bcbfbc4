"""Checks of what happens to bad input: every operation with a JSON body gets the whole battery."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx

from interlinker_shared.verify.checks import check
from interlinker_shared.verify.expect import expect, expect_problem
from interlinker_shared.verify.operations import JSON, Operation, operations
from interlinker_shared.verify.sample import Json, properties_of, resolve, sample_of
from interlinker_shared.verify.service import Service

TWO_MIB = 2 * 1024 * 1024
HUGE = 10**30
DEEP = 100
DEEPER = 50_000
REFUSED = (400, 404, 409, 413, 422)  # some look for what is addressed first


@dataclass(frozen=True)
class Case:
    """An operation on an asset that is there, and a body that it should take."""

    operation: Operation
    address: str
    body: Json
    schema: dict[str, Any]
    document: dict[str, Any]

    def with_values(self, kind: str, value: Json) -> list[Json]:
        """The body once per property of this JSON type, with `value` there."""
        fields = properties_of(self.schema, self.document)
        return [{**self.body, name: value} for name, part in fields.items() if part.get("type") == kind]


async def cases(service: Service) -> AsyncIterator[Case]:
    """Every operation that takes a JSON body."""
    document, assets, asset = await service.openapi(), await service.assets(), await service.opened()
    for one in await operations(service):
        if one.body is None:
            continue
        own = one.path.startswith(f"{assets.path}/{{")
        known = {one.parameters[0]: asset["id"]} if own else {}
        creates = one.path == assets.path
        body = await service.new_asset() if creates else sample_of(one.body, document)
        yield Case(one, one.address(**known), body, dict(resolve(one.body, document)), document)


async def send(service: Service, case: Case, body: bytes | Json, kind: str = JSON) -> httpx.Response:
    """Send a body, as bytes or as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await service.ask(case.operation.method, case.address, content=content, headers={"Content-Type": kind})


@check("4 everywhere")
async def malformed_json_is_refused(service: Service) -> None:
    """A body that is no JSON is a 400 problem."""
    async for case in cases(service):
        for body in (b'{"title": ', b"\x00", b"{'a': 1}", b"[1,]"):
            expect_problem(await send(service, case, body), 400)


@check("4 everywhere")
async def other_content_types_are_refused(service: Service) -> None:
    """A body that does not say it is JSON is a 415 problem."""
    async for case in cases(service):
        for kind in ("text/plain", "application/xml", "multipart/form-data; boundary=x"):
            expect_problem(await send(service, case, case.body, kind), 415)


@check("4 everywhere")
async def missing_fields_are_named(service: Service) -> None:
    """A body without a field that is required is a 422 problem that points at it."""
    async for case in cases(service):
        for name in case.schema.get("required", ()):
            body = {key: value for key, value in case.body.items() if key != name}
            problem = expect_problem(await send(service, case, body), 422)
            pointers = [entry["pointer"] for entry in problem["errors"]]
            expect(f"/{name}" in pointers, f"{case.operation} without {name!r} points at {pointers}")


@check("4 everywhere")
async def unknown_fields_are_named(service: Service) -> None:
    """A body with a field that nobody knows is a 422 problem that points at it."""
    async for case in cases(service):
        problem = expect_problem(await send(service, case, {**case.body, "no_such_field": 1}), 422)
        pointers = [entry["pointer"] for entry in problem["errors"]]
        expect("/no_such_field" in pointers, f"{case.operation} with an unknown field points at {pointers}")


@check("4 everywhere")
async def wrong_types_are_refused(service: Service) -> None:
    """A body, or a field, of the wrong JSON type is a 422 problem."""
    async for case in cases(service):
        bodies = [[], "text", 1, *case.with_values("string", {}), *case.with_values("object", "text")]
        for body in bodies:
            expect_problem(await send(service, case, body), 422)


@check("4 everywhere")
async def broken_text_is_refused(service: Service) -> None:
    """A body that is not UTF-8 is a 400 problem."""
    async for case in cases(service):
        expect_problem(await send(service, case, b'{"title": "\xff\xfe\xc3\x28"}'), 400)


@check("4 everywhere")
async def nul_is_refused(service: Service) -> None:
    """A text with a NUL character, or half a surrogate pair, is a 422 problem."""
    async for case in cases(service):
        for text in ("a\x00b", "a\ud800b"):
            for body in case.with_values("string", text):
                expect_problem(await send(service, case, body), 422)


@check("4 everywhere")
async def large_bodies_are_refused(service: Service) -> None:
    """A body of two MiB is a 413 problem, whether or not it says its length."""
    async for case in cases(service):
        text = json.dumps({"title": "x" * TWO_MIB}).encode()
        expect_problem(await send(service, case, text), 413)

        async def chunks(whole: bytes = text) -> AsyncIterator[bytes]:
            for start in range(0, len(whole), 65536):
                yield whole[start : start + 65536]

        answer = await service.ask(
            case.operation.method, case.address, content=chunks(), headers={"Content-Type": JSON}
        )
        expect_problem(answer, 413)


@check("4 everywhere")
async def huge_numbers_are_refused(service: Service) -> None:
    """An integer that no database holds, or no number at all, is a 4xx problem."""
    async for case in cases(service):
        fields = [*case.with_values("integer", HUGE), *case.with_values("object", {"number": HUGE})]
        for body in [*fields, *case.with_values("integer", -HUGE), *case.with_values("integer", 1e308)]:
            expect_problem(await send(service, case, body), *REFUSED)
        digits = b'{"title": "x", "config": {"a": ' + b"9" * 5000 + b"}}"
        expect_problem(await send(service, case, digits), *REFUSED)


@check("4 everywhere")
async def deep_nesting_is_refused(service: Service) -> None:
    """A body that is nested deeply is a 4xx problem."""
    async for case in cases(service):
        names = list(case.schema.get("properties", {"title": {}}))
        for depth in (DEEP, DEEPER):
            for name in names:
                nested = b"[" * depth + b"]" * depth if depth == DEEPER else b'{"a":' * depth + b"1" + b"}" * depth
                body = json.dumps(case.body).encode()[:-1] + b"," * bool(case.body)
                expect_problem(
                    await send(service, case, body + json.dumps(name).encode() + b":" + nested + b"}"), *REFUSED
                )


@check("4 everywhere")
async def unknown_ids_are_not_found(service: Service) -> None:
    """An id that there is not, or that is none, is a 404 or 422 problem in every operation; of an asset it is a 404."""
    document = await service.openapi()
    for one in await operations(service):
        if not one.parameters or one.answers_html or "{subject}" in one.path:
            continue
        body = {"json": sample_of(one.body, document)} if one.body is not None else {}
        headers = {} if one.method == "get" else {"If-Match": '"1"'}
        plain = one.path == f"{(await service.assets()).path}/{{{one.parameters[0]}}}" and one.body is None
        answer = await service.ask(one.method, one.address(), headers=headers, **body)
        expect_problem(answer, *((404,) if plain else (404, 422)))
        for bad in ("no-id", "%00", "9" * 400):
            values = dict.fromkeys(one.parameters, bad)
            expect_problem(await service.ask(one.method, one.address(**values), headers=headers, **body), 404, 422)


@check("4 everywhere")
async def pages_survive_bad_input(service: Service) -> None:
    """A page or form that gets nonsense answers a 4xx, never a 5xx; what reads no body may do what it does without one."""
    assets = (await service.manifest()).assets
    for one in await operations(service):
        if one.body is not None or one.method not in {"post", "put", "patch"}:
            continue
        for kind, content in NONSENSE:
            answer = await service.ask(one.method, one.address(), content=content, headers={"Content-Type": kind})
            reads = assets is not None and one.path.startswith(assets.path)
            fine = answer.is_client_error if reads else not answer.is_server_error
            expect(fine, f"{one} answered {answer.status_code} to {kind} {content[:20]!r}")


NONSENSE = [
    ("application/x-www-form-urlencoded", b"title=%00&title=%ff&" + b"a=1&" * 5000),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=\xff\r\n\r\n\xff\r\n--y"),
    ("multipart/form-data", b"no boundary"),
    ("application/json", b"{"),
    ("text/plain", b"x" * TWO_MIB),
]


@check("4 everywhere")
async def bad_input_stores_nothing(service: Service) -> None:
    """After all that, the list, the delta feed and the events are what they were before."""
    found = [case async for case in cases(service)]
    before = await _state(service)
    for case in found:
        for body in _all_bad(case):
            await send(service, case, body)
    expect(await _state(service) == before, "something was stored")


def _all_bad(case: Case) -> list[bytes | Json]:
    return [
        b"{",
        b'"\xff"',
        [],
        {**case.body, "no_such_field": 1},
        json.dumps({"title": "x" * TWO_MIB}).encode(),
        *case.with_values("string", "a\x00b"),
        *case.with_values("integer", HUGE),
    ]


async def _state(service: Service) -> Json:
    listed = (await service.ask("GET", (await service.assets()).path)).json()["items"]
    events = [event["id"] async for _, event in service.events()]
    return [listed, await service.changes(), events]
