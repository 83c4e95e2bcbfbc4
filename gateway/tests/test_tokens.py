from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from interlinker_gateway.entrance import build_door
from interlinker_gateway.proxy.tokens import TokenExchange
from interlinker_shared.embed.tokens import BEARER_TYP
from interlinker_shared.errors import UnauthorisedError
from interlinker_shared.outgoing import OutgoingPolicy

if TYPE_CHECKING:
    from interlinker_gateway.registry import Directory
    from interlinker_shared.state import Kit


class Desk:
    """Says who holds a token and writes new ones, counting both."""

    def __init__(self, ends: float = 10_000) -> None:
        self.now = 0.0
        self.ends = ends
        self.verified = 0
        self.role = ""
        self.minted: list[tuple[str, str, int]] = []
        self.exchange = TokenExchange(self.verify, self.mint, lambda: self.now).exchange

    async def verify(self, bearer: str) -> tuple[str, float]:
        self.verified += 1
        if bearer == "bad":
            raise UnauthorisedError("This token is not valid.")
        return f"{self.role}who-{bearer}", self.ends

    def mint(self, identity: str, audience: str, lifetime: int) -> str:
        self.minted.append((identity, audience, lifetime))
        return f"{identity}-{audience}-{len(self.minted)}"


async def test_each_block_gets_a_token_of_its_own_for_five_minutes() -> None:
    desk = Desk()
    assert await desk.exchange("a", "one") == "who-a-one-1"
    assert await desk.exchange("a", "two") == "who-a-two-2"
    assert desk.minted[0] == ("who-a", "one", 300)


async def test_a_token_is_exchanged_once_until_it_nears_its_end() -> None:
    desk = Desk()
    first = await desk.exchange("a", "one")
    desk.now = 239
    assert await desk.exchange("a", "one") == first
    assert desk.verified == 2, "but looked at each time: it may have been revoked"
    desk.now = 241
    assert await desk.exchange("a", "one") != first


async def test_the_new_token_does_not_outlive_the_old_one() -> None:
    desk = Desk(ends=20)
    await desk.exchange("a", "one")
    assert desk.minted == [("who-a", "one", 20)]


async def test_who_gets_another_role_gets_another_token() -> None:
    desk = Desk()
    first = await desk.exchange("a", "one")
    desk.role = "owner-"
    assert await desk.exchange("a", "one") != first


async def test_a_bad_token_gets_nothing() -> None:
    with pytest.raises(UnauthorisedError):
        await Desk().exchange("bad", "one")


async def test_a_bearer_of_a_block_is_passed_on_for_the_block_to_judge() -> None:
    def no_kit() -> Kit:
        raise AssertionError("nobody here reads it")

    directory = cast("Directory", SimpleNamespace(address=lambda _name: None))
    door = build_door(directory, no_kit, OutgoingPolicy())
    signed = jwt.encode({"alg": "HS256", "typ": BEARER_TYP}, {"sub": "town:anna"}, OctKey.import_key("k" * 32))
    assert await door.exchange(signed, "forum") == signed
    with pytest.raises(AssertionError, match="nobody"):
        await door.exchange(signed + "=", "forum")
