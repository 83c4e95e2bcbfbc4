"""Limits: how often one may ask, from where, and what a request may look like."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from ipaddress import ip_network
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from shared.tests.boxes import SERVICE, Box, create_box_app

from interlinker_shared.auth import Role
from interlinker_shared.limits.address import Clients
from interlinker_shared.limits.buckets import Buckets, Budget
from interlinker_shared.testing import RunApp, TokenHeaders, introduced, shown

TEN = Budget("read", 10, 60)
PROXY, STRANGER = "10.0.0.1", "203.0.113.7"
Ask = Callable[..., Any]


class Seconds:
    """A clock in seconds that stands still."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_budget_can_be_spent_at_once_and_then_grows_back_one_by_one() -> None:
    clock = Seconds()
    buckets = Buckets(clock=clock)
    assert [buckets.take("anna", TEN).left for _ in range(10)] == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    refused = buckets.take("anna", TEN)
    assert (refused.granted, refused.wait) == (False, 6)
    clock.now += 6
    assert buckets.take("anna", TEN).granted
    assert not buckets.take("anna", TEN).granted


def test_one_persons_budget_is_not_anothers() -> None:
    buckets = Buckets(clock=Seconds())
    for _ in range(10):
        buckets.take("anna", TEN)
    assert buckets.take("ben", TEN).granted


@given(st.lists(st.floats(0, 30), max_size=200))
def test_never_more_is_granted_than_two_budgets_in_a_window(pauses: list[float]) -> None:
    clock, granted = Seconds(), []
    buckets = Buckets(clock=clock)
    for pause in pauses:
        clock.now += pause
        if buckets.take("anna", TEN).granted:
            granted.append(clock.now)
    assert all(sum(at <= one <= at + TEN.window for one in granted) <= 2 * TEN.quota for at in granted)


def test_many_addresses_do_not_fill_the_memory() -> None:
    buckets = Buckets(room=100, clock=Seconds())
    for number in range(100_000):
        buckets.take(number, TEN)
    assert len(buckets) <= 100


def test_who_keeps_asking_is_not_forgotten_for_strangers() -> None:
    buckets = Buckets(room=100, clock=Seconds())
    for number in range(1000):
        buckets.take("anna", TEN)
        buckets.take(number, TEN)
    assert not buckets.take("anna", TEN).granted


def client_of(peer: str, *forwarded: str) -> str | None:
    headers = [(b"x-forwarded-for", one.encode()) for one in forwarded]
    return Clients([ip_network("10.0.0.0/8"), ip_network("::1/128")]).of({"client": (peer, 1), "headers": headers})


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        (STRANGER, (), STRANGER),
        (STRANGER, ("198.51.100.1",), STRANGER),
        (PROXY, ("198.51.100.1",), "198.51.100.1"),
        (PROXY, ("1.2.3.4, 198.51.100.1",), "198.51.100.1"),
        (PROXY, ("1.2.3.4", "198.51.100.1"), "198.51.100.1"),
        (PROXY, ("198.51.100.1, 10.9.9.9",), "198.51.100.1"),
        (PROXY, ("198.51.100.1:4711",), "198.51.100.1"),
        (PROXY, ("10.1.1.1",), None),
        (PROXY, (), None),
        (PROXY, ("1.2.3.4, somebody",), "unreadable"),
        (PROXY, ("2001:db8:1:2:3:4:5:6",), "2001:db8:1:2::"),
        (PROXY, ("[2001:db8:1:2::9]:443",), "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", (), "2001:db8:1:2::"),
        ("::ffff:203.0.113.7", (), STRANGER),
        ("::ffff:10.0.0.1", ("198.51.100.1",), "198.51.100.1"),
    ],
)
def test_nobody_can_choose_the_address_she_is_counted_by(peer: str, forwarded: tuple[str, ...], client: str) -> None:
    assert client_of(peer, *forwarded) == client


def test_a_long_chain_of_hops_is_cut() -> None:
    assert client_of(PROXY, ",".join(["1.2.3.4", *["10.0.0.2"] * 50])) is None


@pytest.fixture
def limited(test_settings: dict[str, Any]) -> FastAPI:
    few = {"limit_reads": 3, "limit_writes": 2, "limit_costly": 1, "limit_people_per_address": 2}
    return create_box_app(test_settings | few | {"limit_service_factor": 5, "limit_address": 120})


@pytest.fixture
async def ask(limited: FastAPI, run_app: RunApp, token: TokenHeaders) -> AsyncIterator[Ask]:
    """Ask from an address, as a person or nobody."""
    await run_app(limited)
    transport = httpx.ASGITransport(limited, client=(STRANGER, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:

        async def send(method: str, path: str, subject: str | None = None, **more: Any) -> httpx.Response:
            who = token(Role.OWNER, subject, audience=SERVICE) if subject else {}
            return await client.request(method, path, headers=who | more.pop("headers", {}), **more)

        yield send


async def test_a_person_who_asks_too_often_is_told_when_to_come_back(ask: Ask) -> None:
    answers = [await ask("GET", "/webhooks", "anna") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[0].headers["ratelimit-policy"] == '"read";q=3;w=60'
    assert [answer.headers["ratelimit"] for answer in answers] == [
        *('"read";r=2;t=20', '"read";r=1;t=20', '"read";r=0;t=20', '"read";r=0;t=20')
    ]
    assert answers[3].headers["retry-after"] == "20"
    assert answers[3].json()["type"] == "urn:interlinkers:problem:too-many-requests"


async def test_another_person_at_the_same_address_goes_on(ask: Ask) -> None:
    for _ in range(4):
        await ask("GET", "/webhooks", "anna")
    assert (await ask("GET", "/webhooks", "ben")).status_code == 200


async def test_writes_have_a_budget_of_their_own(ask: Ask) -> None:
    answers = [await ask("POST", "/boxes", "anna", json={"title": "A box"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert (await ask("GET", "/webhooks", "anna")).status_code == 200


async def test_exports_have_a_budget_of_their_own(ask: Ask) -> None:
    box = (await ask("POST", "/boxes", "anna", json={"title": "A box"})).json()
    answers = [await ask("GET", f"/boxes/{box['id']}/export?format=txt", "anna") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]


async def test_people_without_an_account_share_the_budget_of_their_address(ask: Ask) -> None:
    answers = [await ask("GET", "/metrics") for _ in range(7)]
    assert [answer.status_code for answer in answers] == [200] * 6 + [429]
    assert answers[6].headers["ratelimit-policy"] == '"shared-read";q=6;w=60'


async def test_a_service_has_a_larger_budget(limited: FastAPI, ask: Ask) -> None:
    [key] = introduced(limited.state.kit, "forum/main")
    answers = [await ask("GET", "/events", headers=shown(key, SERVICE)) for _ in range(16)]
    assert [answer.status_code for answer in answers] == [200] * 15 + [429]


async def test_what_is_kept_costs_nobody_anything(ask: Ask) -> None:
    answers = [await ask("GET", "/.well-known/interlinker.json") for _ in range(50)]
    assert {answer.status_code for answer in answers} == {200}
    assert "ratelimit" in answers[0].headers
    assert not [answer for answer in answers[1:] if "ratelimit" in answer.headers]


async def test_a_flood_of_what_is_not_there_is_stopped_by_address(ask: Ask) -> None:
    answers = [await ask("GET", f"/{number}") for number in range(25)]
    assert [answer.status_code for answer in answers] == [404] * 20 + [429] * 5
    assert answers[24].headers["ratelimit-policy"] == '"address";q=20;w=10'


async def test_guessing_at_tokens_ends_soon(ask: Ask) -> None:
    guess = {"Authorization": "Bearer ilk_guess"}
    answers = [await ask("GET", "/webhooks", headers=guess) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [401, 401, 429]


async def test_a_refused_caller_is_counted(ask: Ask, limited: FastAPI) -> None:
    for _ in range(4):
        await ask("GET", "/webhooks", "anna")
    assert 'requests_limited_total{budget="read"} 1.0' in limited.state.kit.metrics.render().decode()


async def test_limits_of_nothing_are_no_limits(
    test_settings: dict[str, Any], run_app: RunApp, token: TokenHeaders
) -> None:
    off = dict.fromkeys(("limit_reads", "limit_writes", "limit_costly", "limit_address"), 0)
    box = Box(await run_app(create_box_app(test_settings | off)), token)
    answers = [await box.ask("GET", "/webhooks") for _ in range(20)]
    assert not [answer for answer in answers if answer.status_code != 200 or "ratelimit" in answer.headers]
