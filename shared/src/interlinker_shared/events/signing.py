"""A client of NATS that proves who it is."""

from __future__ import annotations

import base64

from nats.aio.client import Client

from interlinker_shared.nkey import UserKey


class SigningClient(Client):
    """Signs with our key what the server asks; nats-py itself would need two more packages for that, one without a wheel."""

    def __init__(self, key: UserKey) -> None:
        """Connect with any `nkeys_seed_str`: it makes the library ask for the key."""
        super().__init__()
        self._key = key

    def _setup_nkeys_seed_connect(self) -> None:
        self._public_nkey = self._key.public
        self._signature_cb = lambda nonce: base64.b64encode(self._key.sign(nonce.encode()))
