"""Who a service is for NATS: a user's nkey, which signs what the server asks, and the inbox that is its own."""

from __future__ import annotations

import base64
import binascii
import secrets
from dataclasses import dataclass

from interlinker_shared.subjects import inbox_of

KEY_BYTES = 32
USER = 20 << 3  # reads "U" in base32
SEED_OF_USER = bytes([(18 << 3) | (USER >> 5), (USER & 31) << 3])  # reads "SU"


def new_seed() -> str:
    """The seed of a new user, as NATS writes it."""
    return _encode(SEED_OF_USER + secrets.token_bytes(KEY_BYTES))


class UserKey:
    """An Ed25519 key in the notation of NATS: base32 of a prefix, the key, and its CRC-16 (github.com/nats-io/nkeys)."""

    def __init__(self, seed: str) -> None:
        """`seed` as `new_seed` writes it, or a tool of NATS; ValueError for anything else."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 - 26 ms and 10 MB, only where there are keys
            Ed25519PrivateKey,
        )

        self._key = Ed25519PrivateKey.from_private_bytes(_decode(seed.strip()))

    @property
    def public(self) -> str:
        """The public key, by which the server's configuration names the user."""
        return _encode(bytes([USER]) + self._key.public_key().public_bytes_raw())

    def sign(self, text: bytes) -> bytes:
        """The signature of `text`."""
        return self._key.sign(text)


@dataclass(frozen=True)
class Identity:
    """A user of NATS who may do little: answers reach it below `inbox`, and streams and consumers are made by the operator."""

    name: str
    key: UserKey

    @property
    def inbox(self) -> str:
        """What the subjects of its inboxes begin with."""
        return inbox_of(self.name)


def _encode(raw: bytes) -> str:
    return base64.b32encode(raw + _checksum(raw)).decode().rstrip("=")


def _decode(seed: str) -> bytes:
    message = "This is no seed of a NATS user; `interlinkers nats-keys` makes one."
    try:
        raw = base64.b32decode(seed + "=" * (-len(seed) % 8))
    except ValueError as error:
        raise ValueError(message) from error
    body, checksum = raw[:-2], raw[-2:]
    if not body.startswith(SEED_OF_USER) or len(body) != len(SEED_OF_USER) + KEY_BYTES or checksum != _checksum(body):
        raise ValueError(message)
    return body[len(SEED_OF_USER) :]


def _checksum(raw: bytes) -> bytes:
    return binascii.crc_hqx(raw, 0).to_bytes(2, "little")
