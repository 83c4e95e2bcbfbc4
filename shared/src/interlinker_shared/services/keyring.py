"""Whose keys are good: the registry's list as last heard, kept on disk, good enough while the registry is away."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from interlinker_shared.errors import UnavailableError
from interlinker_shared.services.key import ALGORITHM, PublicKey, ServiceName, is_usable

PAUSE_SECONDS = 5.0
"""The least between two looks for keys that nobody knows: whoever makes them up shall not keep the registry busy."""

log = structlog.get_logger()


@dataclass(frozen=True)
class KeySet:
    """Keys by their ids, each with whose it is, as of a revision."""

    keys: Mapping[str, tuple[ServiceName, PublicKey]]
    revision: int = 0

    @classmethod
    def of(cls, keys: Iterable[tuple[ServiceName, PublicKey]], revision: int = 0) -> KeySet:
        """Of names and their keys."""
        return cls({key.kid: (name, key) for name, key in keys}, revision)

    @classmethod
    def read(cls, document: Any) -> KeySet:
        """From a JWK set (RFC 7517, section 5) whose members say whose they are; ValueError for anything else."""
        try:
            found = [_member(one) for one in document["keys"]]
            return cls.of(found, int(document["revision"]))
        except (TypeError, KeyError) as error:
            message = "this is no set of the keys of services"
            raise ValueError(message) from error

    def document(self) -> dict[str, Any]:
        """As a JWK set."""
        return {"keys": [jwk_of(name, key) for name, key in self.keys.values()], "revision": self.revision}


NONE = KeySet({})
Fetch = Callable[[], Awaitable[KeySet]]


class Keyring:
    """What is known of keys."""

    def __init__(
        self,
        path: Path,
        forget: Callable[[], None],
        *,
        fetch: Fetch | None = None,
        pause: float = PAUSE_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`path` is where the set outlives us; `forget` is called when a key is good no more.

        `fetch` asks for all keys, and raises UnavailableError while that cannot be done; without it none is ever looked up.
        `pause` is the least between two looks, in seconds.
        """
        self._path = path
        self._forget = forget
        self._fetch = fetch
        self._pause = pause
        self._monotonic = monotonic
        self._known = NONE
        self._looked = float("-inf")
        self._looking: asyncio.Task[None] | None = None

    @property
    def known(self) -> KeySet:
        """The set that is known."""
        return self._known

    def load(self) -> None:
        """Take up the set of an earlier run, if there is one; one that cannot be read is as good as none."""
        try:
            self._known = KeySet.read(json.loads(self._path.read_bytes()))
        except (OSError, ValueError) as error:
            log.info("no keys from before", reason=type(error).__name__)

    def learn(self, found: KeySet) -> None:
        """Replace what is known; the file is never half written."""
        if found == self._known:
            return
        gone = self._known.keys.keys() - found.keys.keys()
        self._known = found
        if gone:
            self._forget()
        draft = self._path.with_suffix(".new")
        draft.write_text(json.dumps(found.document()))
        os.replace(draft, self._path)  # noqa: PTH105 - atomic, and says so

    async def find(self, kid: str) -> tuple[ServiceName, PublicKey] | None:
        """Whose key this is, and the key; None for one that is nobody's.

        Raises UnavailableError where it is unknown and there was no asking just now.
        """
        found = self._known.keys.get(kid)
        if found is None and self._fetch is not None:
            await self._look(self._fetch)
            found = self._known.keys.get(kid)
        return found

    async def _look(self, fetch: Fetch) -> None:
        """Ask for the keys, once for all who wait, and not again soon."""
        if self._looking is None:
            if self._monotonic() - self._looked < self._pause:
                message = "This token is signed with a key that is not known here yet. Try again in a moment."
                raise UnavailableError(message, slug="unknown-key", retry_after=int(self._pause))
            self._looked = self._monotonic()
            self._looking = asyncio.create_task(self._ask(fetch))
            self._looking.add_done_callback(self._done)
        await asyncio.shield(self._looking)

    async def _ask(self, fetch: Fetch) -> None:
        self.learn(await fetch())

    def _done(self, task: asyncio.Task[None]) -> None:
        self._looking = None
        if not task.cancelled():
            task.exception()  # who waited was told; if nobody does any more, it is nobody's business


def jwk_of(name: ServiceName, key: PublicKey) -> dict[str, str]:
    """A key as a JWK that says whose it is."""
    jwk = {"kty": "OKP", "crv": ALGORITHM, "x": key.x, "kid": key.kid, "alg": ALGORITHM, "use": "sig"}
    return jwk | {"service": name.service, "instance": name.instance}


def _member(jwk: Mapping[str, Any]) -> tuple[ServiceName, PublicKey]:
    key = PublicKey(str(jwk["x"]))
    if (jwk["kty"], jwk["crv"]) != ("OKP", ALGORITHM) or not is_usable(key.x) or jwk["kid"] != key.kid:
        message = "not a key that a service can have"
        raise ValueError(message)
    return ServiceName.of(f"{jwk['service']}/{jwk['instance']}"), key
