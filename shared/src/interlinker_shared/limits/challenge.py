"""Proof of work by ALTCHA's protocol, version 1: find the number whose SHA-256 with the salt is the one that is given.

A caller pays tens of thousands of hashes, we pay two. Nothing is kept for a challenge that nobody solves: it is signed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import parse_qs

from pydantic import BaseModel, Field

from interlinker_shared.errors import ForbiddenError

ALGORITHM = "SHA-256"
MOST = 100_000  # half of it on average: under a second on a cheap phone
LIFETIME = timedelta(minutes=20)
PATIENCE = timedelta(seconds=3)
MAX_PAYLOAD = 2000


class Challenge(BaseModel):
    """What to solve. The solution goes back, as base64 of JSON, with `number` beside all but `maxnumber`."""

    algorithm: str = ALGORITHM
    challenge: str = Field(description="SHA-256 of the salt followed by the number in decimal, in hexadecimal.")
    salt: str
    maxnumber: int = Field(MOST, description="The number is between 0 and this.")
    signature: str


@dataclass(frozen=True)
class Proof:
    """Something that may be used once, until it expires."""

    id: str
    expires_at: datetime


def make_challenge(key: bytes, *, now: datetime, rng: Random) -> Challenge:
    """A challenge that is valid for 20 minutes. `rng` must be one that nobody can foresee."""
    expires = int((now + LIFETIME).timestamp())
    # It ends with "&": without an end, digits of the number could be taken for some of the salt's last parameter.
    salt = f"{rng.randbytes(12).hex()}?expires={expires}&"
    challenge = _hash(salt, rng.randint(0, MOST))
    return Challenge(challenge=challenge, salt=salt, signature=_sign(key, challenge))


def check_solution(key: bytes, payload: str, *, now: datetime) -> Proof:
    """What a solution proves; ForbiddenError when it is wrong, not ours, or too old."""
    try:
        solution = json.loads(base64.b64decode(payload[:MAX_PAYLOAD], validate=True))
        challenge, salt, number = str(solution["challenge"]), str(solution["salt"]), solution["number"]
        signed = hmac.compare_digest(_sign(key, challenge), str(solution["signature"]))
        right = solution["algorithm"] == ALGORITHM and type(number) is int and _hash(salt, number) == challenge
        expires_at = datetime.fromtimestamp(int(parse_qs(salt.partition("?")[2])["expires"][0]), UTC)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        raise _failed() from error
    if not (signed and right and salt.endswith("&") and now < expires_at):
        raise _failed()
    return Proof(challenge, expires_at)


def make_patience(key: bytes, *, now: datetime, rng: Random) -> str:
    """A token for a form that a person sends without a solution, because she has no scripts."""
    token = f"{int(now.timestamp())}.{rng.randbytes(12).hex()}"
    return f"{token}.{_sign(key, token)}"


def check_patience(key: bytes, token: str, *, now: datetime) -> Proof:
    """What the token proves: that somebody got a page and took three seconds. ForbiddenError otherwise."""
    content, _, signature = token.rpartition(".")
    made, _, nonce = content.partition(".")
    if not (hmac.compare_digest(_sign(key, content).encode(), signature.encode()) and made.isdecimal()):
        raise _failed()
    made_at = datetime.fromtimestamp(int(made), UTC)
    if not made_at + PATIENCE <= now < made_at + LIFETIME:
        raise _failed()
    return Proof(nonce, made_at + LIFETIME)


def solve(challenge: dict[str, Any]) -> str:
    """The payload that solves a challenge: what a client does."""
    number = next(n for n in range(challenge["maxnumber"] + 1) if _hash(challenge["salt"], n) == challenge["challenge"])
    solution = {name: value for name, value in challenge.items() if name != "maxnumber"} | {"number": number}
    return base64.b64encode(json.dumps(solution).encode()).decode()


def _failed() -> ForbiddenError:
    message = "This solution is wrong, used or too old. Get another challenge from GET /challenge."
    return ForbiddenError(message, slug="challenge-failed")


def _hash(salt: str, number: int) -> str:
    return hashlib.sha256(f"{salt}{number}".encode()).hexdigest()


def _sign(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
