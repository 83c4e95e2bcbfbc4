"""Tokens that are shown once and kept as hashes."""

from __future__ import annotations

import hashlib
import hmac
import secrets

BYTES = 32


def new_token(prefix: str = "") -> str:
    """An unguessable token: 256 bits after its prefix."""
    return prefix + secrets.token_urlsafe(BYTES)


def hash_of(token: str) -> str:
    """What is kept of a token. It has 256 bits of chance: no salt, no slow hash needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def key_of(secret: str, *parts: str) -> str:
    """What is kept of something guessable, such as an address, that only has to be recognised here."""
    return hmac.digest(secret.encode(), "\0".join(parts).encode(), "sha256").hex()
