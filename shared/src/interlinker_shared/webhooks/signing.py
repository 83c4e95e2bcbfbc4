"""Signatures by Standard Webhooks (github.com/standard-webhooks/standard-webhooks, spec 1.0), symmetric scheme."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime

PREFIX = "whsec_"
SECRET_BYTES = 32  # the specification asks for 24 to 64


def new_secret() -> str:
    """A new signing secret, as receivers write it into their settings."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signed_headers(secrets: Iterable[str], message_id: str, body: bytes, now: datetime) -> dict[str, str]:
    """The three headers of a message; one signature per secret, so that a receiver may hold the old or the new one."""
    seconds = str(int(now.timestamp()))
    signatures = [_sign(secret, f"{message_id}.{seconds}.".encode() + body) for secret in secrets]
    return {"webhook-id": message_id, "webhook-timestamp": seconds, "webhook-signature": " ".join(signatures)}


def _sign(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return "v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
