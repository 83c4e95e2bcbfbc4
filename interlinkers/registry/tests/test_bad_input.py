"""What nobody should send: a problem document comes back, never a 500, and nothing is kept."""

from __future__ import annotations

import json

import pytest
from interlinkers.registry.tests.calling import Registry, registration

NESTED = b'{"a":' * 100_000
BODIES = {
    b"{": 400,
    b"\xff\xfe": 400,
    b"[]": 422,
    b"null": 422,
    b"{}": 422,
    NESTED: 400,
    b"x" * 2_097_152: 413,
    json.dumps(registration() | {"epoch": 10**40}).encode(): 422,
    json.dumps(registration() | {"base_url": "http://[::ffff:a9fe:a9fe]"}).encode(): 422,
}
WRITES = (
    ("PUT", "/instances/forum-main"),
    ("POST", "/instances/forum-main/renewals"),
    ("PUT", "/catalogue/forum/badge"),
)


@pytest.mark.parametrize(("method", "path"), WRITES)
async def test_a_body_that_makes_no_sense_is_refused(registry: Registry, method: str, path: str) -> None:
    headers = registry.owner | {"Content-Type": "application/json"}
    for body, status in BODIES.items():
        answer = await registry.client.request(method, path, content=body, headers=headers)
        assert answer.status_code == status, body[:80]
        assert answer.headers["content-type"] == "application/problem+json"
    assert await registry.instances() == {"items": [], "revision": 1}


@pytest.mark.parametrize(("method", "path"), WRITES)
async def test_a_body_that_is_no_json_is_refused(registry: Registry, method: str, path: str) -> None:
    headers = registry.owner | {"Content-Type": "text/plain"}
    answer = await registry.client.request(method, path, content=json.dumps(registration()), headers=headers)
    assert answer.status_code == 415


async def test_odd_addresses_are_not_found_or_refused(registry: Registry) -> None:
    odd = ["/instances/%00", "/instances/..%2f", "/catalogue/%00", "/catalogue/%ff", "/catalogue/" + "a" * 5000]
    answers = [(await registry.client.get(path)).status_code for path in odd]
    assert set(answers) <= {404, 422}
    for path in ("/catalogue?q=%00", "/instances?service=%00&capability=%ff"):
        answer = await registry.client.get(path)
        assert (
            answer.status_code == 422 or answer.json()["items"] == []
        )  # PostgreSQL has no such text, SQLite no such thing
