"""Mutants of a valid token: everything that somebody might try who has seen one, or knows what is public of the key."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

ALPHABET = string.ascii_letters + string.digits + "-_"
STRANGE = (" ", "\t", "\n", "=", "+", "/", ".", "\x00", "ａ", "é", "\u200b", "%2E", "\\")
NONES = ("none", "None", "NONE", "nOnE", "none ", "", "null")
ALGORITHMS = (
    "HS256",
    "HS384",
    "HS512",
    "EdDSA",
    "Ed25519",
    "Ed448",
    "RS256",
    "PS256",
    "ES256",
    "ES256K",
    "dir",
    "A128KW",
)
KIDS = (
    *(
        "../../../../../../dev/null",
        "/dev/null",
        "/proc/sys/kernel/randomize_va_space",
        "file:///dev/null",
        "..\\..\\nul",
    ),
    *("' OR '1'='1", "x' UNION SELECT 'key' --", "'; DROP TABLE embed_hosts; --", "1 OR 1=1", "$(id)", "`id`", "|id"),
    *("town", "", "\x00", "http://127.0.0.1/key", "a" * 500),
)
KNOWN_KEYS = (b"", b"\x00", b"secret", b"key", b"null", b"None", b"0" * 32, b"1\n", b"changeme")
ADDRESSES = ("https://evil.example/keys.json", "http://127.0.0.1:8001/jwks", "file:///etc/passwd", "data:,{}")
TYPS = (
    "JWT",
    "jwt",
    "JOSE",
    "at+jwt",
    "il-embed+jwt",
    "il-bearer+jwt",
    "il-service+jwt",
    "IL-EMBED+JWT",
    "ilk_",
    "ils_",
    "",
)
PREFIXES = ("ils_", "ilk-", "ILK_", "il_", "ilk", "", "ilx_", "ilk__", " ilk_", "Bearer ilk_")


def b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def opened(segment: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    return found


def legible(token: str) -> str:
    """A token for whoever reads that it was accepted."""
    parts = token.split(".")
    return " . ".join(str(opened(part)) for part in parts[:2]) if len(parts) == 3 else repr(token)


def flips(token: str, rng: random.Random, count: int) -> Iterator[str]:
    """One character changed: each in turn, so that every part is hit, the last bits of each segment too."""
    for number in range(count):
        at = number % len(token)
        other = rng.choice(ALPHABET.replace(token[at], ""))
        yield token[:at] + other + token[at + 1 :]


def texts(token: str, rng: random.Random, count: int) -> Iterator[str]:
    """Cut short, filled up, in other alphabets, with something strange in it."""
    yield from (token[:length] for length in sorted({0, 1, 4, len(token) // 2, *range(len(token) - 12, len(token))}))
    yield from (
        token + end for end in ("=", "==", "===", ".", "..", ".x", "A", "AA", "AAAA", "\n", "%00", "#", "?x", ",x")
    )
    yield from (
        token.upper(),
        token.lower(),
        token.swapcase(),
        token[::-1],
        token * 2,
        f"{token},{token}",
        f'"{token}"',
    )
    yield from ("".join(chr(0xFEE0 + ord(one)) if one.isalnum() else one for one in token),)
    for _ in range(count):
        at = rng.randrange(len(token) + 1)
        yield token[:at] + rng.choice(STRANGE) + token[at:]


@dataclass(frozen=True)
class Jwt:
    """A valid JWT, and what somebody else may know of its key: nothing but what is public."""

    token: str
    public: tuple[bytes, ...] = ()

    @property
    def parts(self) -> list[str]:
        return self.token.split(".")

    def all(self, rng: random.Random, count: int) -> Iterator[str]:
        """Every kind; `count` of those that chance has a part in."""
        yield from flips(self.token, rng, count)
        yield from texts(self.token, rng, count // 2)
        for kind in (self.segments, self.padding, self.last_bits, self.headers, self.forged, self.stolen_signature):
            yield from kind()
        for _ in range(count // 4):
            yield self.bits(rng)

    def segments(self) -> Iterator[str]:
        """Parts left out, repeated, in another order."""
        head, body, signature = self.parts
        whole = (head, body, signature)
        yield from (
            f"{a}.{b}.{c}" for a in (*whole, "") for b in (*whole, "") for c in (*whole, "") if (a, b, c) != whole
        )
        yield from (f"{self.token}.{one}" for one in whole)
        yield from (f"{head}.{body}", f"{head}..{body}.{signature}", f"{head}.{body}..{signature}", f".{self.token}")

    def padding(self) -> Iterator[str]:
        """Segments with padding, or in the alphabet of plain base64."""
        for at in range(3):
            for end in ("=", "==", "===", "A=", "\r\n"):
                parts = self.parts
                parts[at] += end
                yield ".".join(parts)
        for old, new in (("-", "+"), ("_", "/"), ("A", "%41")):
            if old in self.token:
                yield self.token.replace(old, new)

    def last_bits(self) -> Iterator[str]:
        """The bits at the end of a segment that stand for nothing: the same bytes, in another text."""
        for at, segment in enumerate(self.parts):
            for bits in range(1, {2: 16, 3: 4}.get(len(segment) % 4, 1)):
                parts = self.parts
                parts[at] = segment[:-1] + ALPHA64[ALPHA64.index(segment[-1]) ^ bits]
                yield ".".join(parts)

    def bits(self, rng: random.Random) -> str:
        """One bit of the bytes of a segment."""
        parts = self.parts
        at = rng.randrange(3)
        content = bytearray(base64.urlsafe_b64decode(parts[at] + "=" * (-len(parts[at]) % 4)))
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
        parts[at] = b64(bytes(content))
        return ".".join(parts)

    def headers(self) -> Iterator[str]:
        """Other headers over the same signature, or none."""
        header = opened(self.parts[0])
        changed = [header | {"alg": alg} for alg in (*NONES, *ALGORITHMS) if alg != header["alg"]]
        changed += [header | {"kid": kid} for kid in KIDS] + [
            header | {"typ": typ} for typ in TYPS if typ != header["typ"]
        ]
        changed += [header | {name: at} for name in ("jku", "x5u", "url") for at in ADDRESSES]
        changed += [header | {"crit": crit} for crit in (["exp"], ["b64"], [], "exp", ["x"], [7])]
        changed += [header | {"b64": False, "crit": ["b64"]}, header | {"zip": "DEF"}, header | {"cty": "JWT"}, {}]
        for head in changed:
            text = b64(json.dumps(head).encode())
            yield from (f"{text}.{self.parts[1]}.{signature}" for signature in (self.parts[2], ""))

    def forged(self) -> Iterator[str]:
        """Signed anew with what anybody could sign with: no key, a guessed one, a public one, one that is sent along."""
        header, claims = opened(self.parts[0]), opened(self.parts[1]) | {"role": "owner", "jti": "a-forged-one"}
        keys = (*KNOWN_KEYS, *self.public, *(kid.encode() for kid in KIDS if kid))
        for key in keys:
            for alg in ("HS256", "HS512", "EdDSA", "none"):
                yield _hmac(header | {"alg": alg}, claims, key, hashlib.sha512 if alg == "HS512" else hashlib.sha256)
        own = b"a key of the attacker's own, 32 b"
        sent = {"kty": "oct", "k": b64(own)}
        for more in (
            {"jwk": sent},
            {"jwk": sent, "kid": "x"},
            {"x5c": [b64(own)]},
            {"jku": ADDRESSES[0]},
            {"kid": b64(own)},
        ):
            yield _hmac(header | {"alg": "HS256"} | more, claims, own, hashlib.sha256)

    def stolen_signature(self) -> Iterator[str]:
        """Other claims over the signature of these."""
        claims = opened(self.parts[1])
        more = {
            "role": "owner",
            "sub": "admin",
            "asset": None,
            "exp": 2**62,
            "ceiling": "owner",
            "service": True,
            "aud": ["x"],
        }
        for name, value in more.items():
            yield ".".join((self.parts[0], b64(json.dumps(claims | {name: value}).encode()), self.parts[2]))
            twice = json.dumps(claims)[:-1] + f", {json.dumps(name)}: {json.dumps(value)}}}"
            yield ".".join((self.parts[0], b64(twice.encode()), self.parts[2]))


ALPHA64 = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"


def claims_of_wrong_kind(
    sign: Callable[[dict[str, Any]], str], claims: dict[str, Any], names: dict[str, Any]
) -> Iterator[str]:
    """Claims that the right key has signed and that are wrong all the same; `names` are those with values that will not do."""
    for name, values in names.items():
        if name in claims:
            yield sign({key: value for key, value in claims.items() if key != name})
        yield from (sign(claims | {name: value}) for value in values)


def opaque(key: str, rng: random.Random, count: int) -> Iterator[str]:
    """Mutants of an opaque token."""
    yield from flips(key, rng, count)
    yield from texts(key, rng, count // 2)
    yield from (prefix + key[4:] for prefix in PREFIXES)
    digest = hashlib.sha256(key.encode()).hexdigest()
    yield from (
        digest,
        f"ilk_{digest}",
        f"ilk_{digest[:43]}",
        f"{key}.{key}.{key}",
        "ilk_' OR ''='",
        "ilk_%",
        "ilk_" + "_" * 43,
    )


def _hmac(header: dict[str, Any], claims: dict[str, Any], key: bytes, digest: Any) -> str:
    signed = ".".join(b64(json.dumps(part).encode()) for part in (header, claims))
    return f"{signed}.{b64(hmac.digest(key, signed.encode(), digest))}"
