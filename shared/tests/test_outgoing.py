"""Requests to addresses that strangers chose: the public internet, and nothing behind our own door."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
from collections.abc import AsyncIterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from shared.tests.receiver import Receiver, answers, receiving

from interlinker_shared.clock import utc_now
from interlinker_shared.ids import new_id
from interlinker_shared.outgoing import OutgoingPolicy, parse_networks
from interlinker_shared.webhooks.sending import LONGEST_WAIT, Outcome, Sender, wait_of
from interlinker_shared.webhooks.signing import new_secret
from interlinker_shared.webhooks.store import Target

PUBLIC = OutgoingPolicy()
PLAIN = OutgoingPolicy(http=True)
LOOPBACK = OutgoingPolicy(networks=parse_networks("127.0.0.0/8"), http=True)
MOMENT = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)

BAD_ADDRESSES = [
    *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1"),
    *("169.254.169.254", "100.64.0.1", "100.100.100.200", "192.0.0.192", "192.0.2.1", "198.18.0.1", "198.51.100.1"),
    *("203.0.113.9", "192.88.99.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "168.63.129.16"),
    *("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "100::1", "5f00::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::10.0.0.1"),
    *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1", "2002:7f00:1::1", "2002:a00:1::"),
    *("2001::1", "2001:0:5ef5:79fb:0:59d:8000:1", "2001:db8::1", "3fff::1", "2001:20::1"),
]
GOOD_ADDRESSES = [
    "1.1.1.1",
    "93.184.216.34",
    "2606:4700::1111",
    "2a00:1450:4001::1",
    "64:ff9b::101:101",
    "::ffff:1.1.1.1",
]
BAD_URLS = [
    *(
        "",
        "example.org",
        "//example.org",
        "http://example.org/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "javascript:1",
    ),
    *("https://", "https:///x", "https://user@example.org/", "https://user:word@example.org/", "https://@example.org/"),
    *("https://example.org:22/", "https://example.org:25/", "https://example.org:80/", "https://example.org:6000/"),
    *("https://example.org:6667/", "https://example.org:0/", "https://example.org:99999/", "https://example.org:x/"),
    *(
        "https://exa mple.org/",
        "https://example.org/\r\nHost: x",
        "https://example.org\\@127.0.0.1/",
        "https://exämple.org/",
    ),
    *("https://example.org/#part", "https://ex%61mple.org/", "https://example.org/" + "x" * 2000, "https://[::1/"),
    *("https://127.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]:8443/", "https://169.254.169.254/latest"),
    *(
        "https://localhost/",
        "https://LOCALHOST:8443/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://127.1/",
        "https://0/",
    ),
    *("https://[fe80::1%25eth0]/", "https://017700000001/"),
]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as found:
        yield found


class Rebinding(AbstractResolver):
    """A name server whose answers change from one question to the next."""

    def __init__(self, *addresses: str) -> None:
        self.left = list(addresses)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        address = self.left.pop(0) if len(self.left) > 1 else self.left[0]
        flags = socket.AI_NUMERICHOST
        return [ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=flags)]

    async def close(self) -> None:
        pass


async def send(url: str, policy: OutgoingPolicy, **options: Any) -> Outcome:
    target = Target(id=new_id(), version=1, url=url, types=(), cursor=0, secret=new_secret())
    sender = Sender("boxes", policy, **options)
    try:
        return await sender.send(target, new_id(), "{}", now=utc_now())
    finally:
        await sender.close()


@pytest.mark.parametrize("address", BAD_ADDRESSES)
def test_an_address_behind_our_own_door_is_not_called(address: str) -> None:
    assert not PUBLIC.allows(address)


@pytest.mark.parametrize("address", GOOD_ADDRESSES)
def test_an_address_of_the_public_internet_is_called(address: str) -> None:
    assert PUBLIC.allows(address)
    assert ip_address(address).is_global or address.startswith(("64:", "::ffff"))


@pytest.mark.parametrize("url", BAD_URLS)
async def test_an_odd_url_is_refused(url: str) -> None:
    assert await PUBLIC.flaw_of_target(url)


@pytest.mark.parametrize("url", ["https://example.invalid/a?b=c", "https://example.invalid:8443/", "https://1.1.1.1/x"])
async def test_a_plain_url_is_taken(url: str) -> None:
    assert await PUBLIC.flaw_of_target(url) is None
    assert await PLAIN.flaw_of_target(url.replace("https", "http")) is None


@pytest.mark.parametrize("url", ["https://10.0.0.1/", "https://[::ffff:10.0.0.1]/", "https://[64:ff9b::a00:1]/"])
def test_a_network_that_is_named_may_be_called(url: str) -> None:
    assert PUBLIC.flaw_of(url)
    assert OutgoingPolicy(networks=parse_networks("192.168.0.0/16, 10.0.0.0/8")).flaw_of(url) is None


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f000001"])
async def test_an_address_is_judged_when_it_is_connected_to(receiver: Receiver, host: str) -> None:
    url = receiver.url.replace("127.0.0.1", host)
    sender = Sender("boxes", PLAIN)
    outcome = await _post(sender, url)
    assert (outcome, receiver.seen) == ("the address is not public", [])


async def _post(sender: Sender, url: str) -> str:
    """What becomes of a message whose URL nobody has looked at."""
    try:
        await sender._post(url, b"{}", {}, utc_now())
    except Exception as error:  # noqa: BLE001 - the sender's own way to tell
        return sender._reason(error)
    finally:
        await sender.close()
    return "sent"


async def test_a_name_that_leads_elsewhere_a_moment_later_is_caught(receiver: Receiver) -> None:
    url = receiver.url.replace("127.0.0.1", "rebind.example")
    outcome = await send(url, PLAIN, resolver=Rebinding("127.0.0.1"))
    assert (outcome.delivered, outcome.reason, receiver.seen) == (False, "the address is not public", [])
    assert (await send(url, LOOPBACK, resolver=Rebinding("127.0.0.1"))).delivered  # it would have arrived


async def test_no_proxy_of_the_environment_is_asked(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, receiver.url)
    outcome = await send("http://127.0.0.1:9999/", LOOPBACK)
    assert (outcome.reason, receiver.seen) == ("could not connect", [])


async def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.answer = answers(307, Location=receiver.url)
    outcome = await send(receiver.url, LOOPBACK)
    assert (outcome.delivered, outcome.only_this, len(receiver.seen)) == (False, False, 1)


async def test_an_answer_without_end_is_left(receiver: Receiver) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 65_536

    receiver.answer = lambda _message: web.Response(body=endless())
    outcome = await send(receiver.url, LOOPBACK, seconds=5)
    assert outcome.delivered


async def test_a_receiver_that_does_not_answer_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        outcome = await send(f"http://127.0.0.1:{port}/", LOOPBACK, seconds=0.2)
    assert (outcome.status, outcome.reason) == (None, "no answer within 0.2 seconds")


async def test_a_name_that_does_not_exist_is_told(receiver: Receiver) -> None:
    assert (await send("https://no-such-host.invalid/", PUBLIC)).reason == "the name does not resolve"


async def test_settings_that_have_become_stricter_hold_for_old_webhooks(receiver: Receiver) -> None:
    outcome = await send(receiver.url, OutgoingPolicy(networks=LOOPBACK.networks))
    assert (outcome.delivered, outcome.reason) == (False, "the address must begin with https://")


async def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    runner = web.AppRunner(web.Application())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=self_signed(tmp_path))
    await site.start()
    try:
        assert (await send(f"{site.name}/", LOOPBACK)).reason == "no valid certificate"
    finally:
        await runner.cleanup()


def self_signed(folder: Path) -> ssl.SSLContext:
    """A server's TLS context with a certificate of its own making."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(MOMENT).not_valid_after(MOMENT + dt.timedelta(days=9999))
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = folder / "certificate.pem"
    file.write_bytes(private + made.sign(key, hashes.SHA256()).public_bytes(encoding))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("120", 120.0),
        ("Tue, 24 Nov 2026 12:01:00 GMT", 60.0),
        ("Tue, 24 Nov 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("9" * 400, LONGEST_WAIT),
        ("Tue, 24 Nov 2026 12:01:00", None),
    ],
)
def test_retry_after_is_heard_within_bounds(header: str | None, seconds: float | None) -> None:
    assert wait_of(header, MOMENT) == seconds
