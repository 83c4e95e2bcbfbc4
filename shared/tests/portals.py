"""A portal that vouches for people: its key, the tokens that it signs, and what its page asks the block."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from shared.tests.boxes import SERVICE, Box

ORIGIN = "https://portal.example.org"


def b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def segment(value: object) -> str:
    return b64(json.dumps(value).encode())


def hs256(signed: str, key: bytes) -> str:
    return b64(hmac.digest(key, signed.encode(), hashlib.sha256))


@dataclass
class Signer:
    """A host's side: its key, and the tokens that it signs for people on one asset."""

    asset: str
    id: str = "town"
    secret: str = ""
    private: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    algorithm: str = "HS256"
    origin: str = ORIGIN

    @property
    def public_key(self) -> str:
        return b64(self.private.public_key().public_bytes_raw())

    def claims(self, **changes: Any) -> dict[str, Any]:
        """What it says of anna; a claim that is changed to None is left out."""
        now = int(time.time())
        said = {"iss": self.id, "aud": SERVICE, "sub": "anna", "jti": uuid4().hex, "iat": now, "exp": now + 300}
        said |= {"origin": self.origin, "role": "member", "asset": self.asset} | changes
        return {name: value for name, value in said.items() if value is not None}

    @property
    def header(self) -> dict[str, Any]:
        return {"alg": "HS256" if self.algorithm == "HS256" else "EdDSA", "typ": "il-embed+jwt"}

    def sign(self, claims: object, header: object = None) -> str:
        """A token with these claims under a signature of this portal, whatever the header says."""
        return self.sign_text(json.dumps(claims), json.dumps(self.header if header is None else header))

    def sign_text(self, claims: str, header: str | None = None) -> str:
        """The same of texts that need be no JSON."""
        head = header if header is not None else json.dumps(self.header)
        signed = f"{b64(head.encode())}.{b64(claims.encode())}"
        if self.algorithm == "HS256":
            return f"{signed}.{hs256(signed, self.secret.encode())}"
        return f"{signed}.{b64(self.private.sign(signed.encode()))}"

    def token(self, **changes: Any) -> str:
        return self.sign(self.claims(**changes))


@dataclass
class Portal(Signer):
    """The same, in front of a block."""

    box: Box = field(kw_only=True)

    async def trusted(self, **fields: Any) -> httpx.Response:
        """The owner of the block trusts this portal."""
        body = {"id": self.id, "name": "Town", "algorithm": self.algorithm, "origins": [ORIGIN]} | fields
        if self.algorithm != "HS256":
            body.setdefault("public_key", self.public_key)
        answer = await self.box.ask("POST", "/embed/hosts", json=body)
        self.secret = answer.json().get("secret") or ""
        return answer

    async def exchange(self, token: str, *, origin: str | None = ORIGIN, **headers: str) -> httpx.Response:
        """What a page of the portal does with a token."""
        sent = headers | ({"Origin": origin} if origin else {})
        return await self.box.client.post("/embed/session", json={"token": token}, headers=sent)

    async def let_in(self, **changes: Any) -> dict[str, str]:
        """The headers of somebody who came in this way."""
        answer = await self.exchange(self.token(**changes))
        return {"Authorization": f"Bearer {answer.raise_for_status().json()['token']}"}
