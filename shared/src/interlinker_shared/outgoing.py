"""Requests to addresses that somebody else chose: only to the public internet, and decided when connecting."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

if TYPE_CHECKING:
    import aiohttp
    from aiohttp.abc import AbstractResolver

    from interlinker_shared.settings import ServiceSettings

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

MAX_URL = 2000
RESOLVE_SECONDS = 3.0
CONNECT_SECONDS = 5.0
FIRST_FREE_PORT = 1024
PORTS = {"http": 80, "https": 443}
# Ports of other protocols that an HTTP request could be made to speak (fetch.spec.whatwg.org, "bad port"), from 1024 up.
BAD_PORTS = frozenset(
    {1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, *range(6665, 6670), 6679, 6697, 10080}
)
PLAIN = re.compile(r"[!#-;=?-\[\]_a-z~]+")  # printable ASCII without what one parser reads differently from another

HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")

# Not `ipaddress.is_global`: its answer for some of these differs between the Python versions that we run on.
# From the IANA registries of special-purpose addresses (RFC 6890 and its updates).
NOT_PUBLIC_4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "168.63.129.16/32",  # the metadata service of one cloud lives on a public address
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
        ),
    )
)
PUBLIC_6 = IPv6Network("2000::/3")  # all that is given out; loopback, private, link-local and multicast lie elsewhere
NOT_PUBLIC_6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments, among them Teredo, which hides an IPv4 address
            "2001:db8::/32",
            "2002::/16",  # 6to4, which hides one too
            "3fff::/20",
        ),
    )
)
NAT64 = IPv6Network("64:ff9b::/96")


class ForbiddenAddressError(OSError):
    """The name led to an address that this service does not call."""


@dataclass(frozen=True)
class OutgoingPolicy:
    """Where requests may go: to public addresses and to `networks`; in clear text only with `http`."""

    networks: tuple[Network, ...] = ()
    http: bool = False

    @classmethod
    def of(cls, settings: ServiceSettings) -> OutgoingPolicy:
        """The policy for addresses that the owner of a service names as webhooks."""
        return cls(networks=settings.webhook_allowed_networks, http=settings.webhook_allow_http)

    @classmethod
    def family(cls, settings: ServiceSettings) -> OutgoingPolicy:
        """The policy for addresses that services announce of themselves: cloud metadata and the like are none of them."""
        return cls(networks=settings.family_networks, http=True)

    def allows(self, address: str) -> bool:
        """Whether a connection to this IP address may be made."""
        found = ip_address(address.partition("%")[0])
        faces = (found, _behind(found))
        if any(face in network for face in faces for network in self.networks):
            return True
        return is_public(found)

    def flaw_of(self, url: str) -> str | None:
        """What is wrong with a URL as it stands, in a clause that begins with "must"; None when nothing is."""
        if len(url) > MAX_URL or not PLAIN.fullmatch(url):
            return (
                f"must be a URL of at most {MAX_URL} plain characters; write other ones percent-encoded or as punycode"
            )
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            return "must be a URL"
        return self._flaw_of_parts(parts, port)

    def _flaw_of_parts(self, parts: SplitResult, port: int | None) -> str | None:
        if parts.scheme not in (("http", "https") if self.http else ("https",)):
            return "must begin with https://" + (" or http://" if self.http else "")
        if parts.username is not None or parts.password is not None or "@" in parts.netloc:
            return "must not hold a user name or password"
        if not HOST.fullmatch(parts.hostname or ""):
            return "must name a host"
        if parts.fragment:
            return "must not hold a fragment"
        if port is not None and port != PORTS[parts.scheme] and (port < FIRST_FREE_PORT or port in BAD_PORTS):
            return f"must use port {PORTS[parts.scheme]}, or one from {FIRST_FREE_PORT} that no other protocol has"
        literal = _literal(parts.hostname or "")
        return NOT_PUBLIC if literal is not None and not self.allows(literal) else None

    async def flaw_of_target(self, url: str) -> str | None:
        """As `flaw_of`, and where the name leads to today. A name that cannot be resolved right now is no flaw."""
        flaw = self.flaw_of(url)
        if flaw is not None:
            return flaw
        addresses = await _resolve(urlsplit(url).hostname or "")
        return NOT_PUBLIC if any(not self.allows(address) for address in addresses) else None

    def open_socket(self, info: Sequence[Any]) -> socket.socket:
        """A socket for one resolved address, as `getaddrinfo` describes it; raises ForbiddenAddressError.

        It is called for the very address that is connected to next: a name that resolves differently a moment later,
        or an address written in an odd way, is caught here whatever was checked before.
        """
        family, kind, protocol, _, address = info
        if not self.allows(address[0]):
            message = "the address is not public"
            raise ForbiddenAddressError(message)
        return socket.socket(family, kind, protocol)


NOT_PUBLIC = "must lead to a public address"


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet."""
    inner = _behind(address)
    if isinstance(inner, IPv4Address):
        return not any(inner in network for network in NOT_PUBLIC_4)
    return inner in PUBLIC_6 and not any(inner in network for network in NOT_PUBLIC_6)


def open_client(
    policy: OutgoingPolicy, *, seconds: float, connections: int, resolver: AbstractResolver | None = None
) -> aiohttp.ClientSession:
    """A client that keeps to `policy`, gives up after `seconds` and takes nothing from the environment: no proxy, no .netrc.

    The caller closes it, and passes `allow_redirects=False` with each request.
    """
    import aiohttp  # noqa: PLC0415 - 8 MB and a tenth of a second that only those who call out should pay

    connector = aiohttp.TCPConnector(
        socket_factory=policy.open_socket, use_dns_cache=False, limit=connections, resolver=resolver
    )
    return aiohttp.ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
    )


def parse_networks(text: str) -> tuple[Network, ...]:
    """Networks from a list with commas, such as `10.0.0.0/8, fd00::/8`; raises ValueError."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def _behind(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, where it does; else the address itself."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _literal(host: str) -> str | None:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return host


async def _resolve(host: str) -> list[str]:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(RESOLVE_SECONDS):
            found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError, UnicodeError):
        return []
    return [str(entry[4][0]) for entry in found]
