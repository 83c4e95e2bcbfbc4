"""Which address a request comes from: the peer's, or what proxies that we trust say of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any

from interlinker_shared.outgoing import Address, Network

HOPS = 16  # proxies behind each other that are looked through
UNREADABLE = "unreadable"  # whoever a proxy cannot name shares one budget
PREFIX = 64  # what one household or phone gets of IPv6: it has all addresses in it


class Clients:
    """Tells callers apart by address, an IPv6 one by the first of its /64."""

    def __init__(self, proxies: Sequence[Network]) -> None:
        """`proxies` are the networks whose X-Forwarded-For is believed."""
        self._proxies = tuple(proxies)
        self._found = lru_cache(maxsize=4096)(self._find)

    def of(self, scope: Any) -> str | None:
        """The caller of an ASGI request; None for one of our own machines that speaks for nobody else."""
        client = scope.get("client")
        if client is None:  # a Unix socket: its file's permissions say who may use it
            return None
        peer = self._found(client[0], b"")
        if peer is not None:
            return peer
        forwarded = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
        return self._found(client[0], forwarded) if forwarded else None

    def _find(self, peer: str, forwarded: bytes) -> str | None:
        """From the nearest hop on, the first that is none of our proxies: what stands before it the caller may have written."""
        hops = [hop.strip() for hop in forwarded.decode("latin-1").split(",") if hop.strip()]
        for hop in (peer, *reversed(hops[-HOPS:])):
            address = _address(hop)
            if address is None:
                return UNREADABLE
            if not any(address in network for network in self._proxies):
                return _name(address)
        return None


def _address(text: str) -> Address | None:
    """An address as proxies write it: bare, with a port, or an IPv6 one in brackets."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


def _name(address: Address) -> str:
    if isinstance(address, IPv6Address):
        return str(IPv6Network((int(address), PREFIX), strict=False).network_address)
    return str(address)
