"""Wire models of the directory and the catalogue."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field

from interlinker_registry.domain import BASE_URL_MAX, Conformance, Health, LeaseState
from interlinker_shared.manifest import Manifest
from interlinker_shared.services.key import is_usable
from interlinker_shared.text import Line, Wire, clean_json

EPOCH_MAX = 2**53 - 1

Digest = Annotated[
    str,
    Field(
        pattern=r"^sha256:[0-9a-f]{64}$",
        description="Hash of the manifest as it is served.",
        examples=["sha256:" + 64 * "0"],
    ),
]
EpochNumber = Annotated[int, Field(ge=0, le=EPOCH_MAX, description="When this run of the instance started, in ms.")]


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        message = "must be a moment that exists in UTC"
        raise ValueError(message) from None


def _usable(x: str) -> str:
    if not is_usable(x):
        message = "must be a public Ed25519 key in base64url, without padding"
        raise ValueError(message)
    return x


def _clean_manifest(manifest: Manifest) -> Manifest:
    clean_json(manifest.model_dump(mode="json"))
    return manifest


class Registration(Wire):
    """What an instance says about itself to get a lease. `ttl` in seconds."""

    service: str = Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")
    base_url: str = Field(max_length=BASE_URL_MAX)
    epoch: EpochNumber
    ttl: int = Field(30, ge=10, le=60)
    version: Line
    manifest: Annotated[Manifest, AfterValidator(_clean_manifest)]
    manifest_digest: Digest


class Grant(BaseModel):
    """A lease: it is suspected after `ttl` seconds without a renewal; renew about every `renew_after` seconds."""

    id: str
    state: LeaseState
    revision: int
    epoch: int
    ttl: int
    renew_after: int


class RenewalRequest(Wire):
    """A sign of life."""

    epoch: EpochNumber
    health: Health = Health.PASSING
    manifest_digest: Digest


class Renewed(BaseModel):
    """The lease goes on for `ttl` seconds."""

    state: LeaseState
    revision: int
    ttl: int


class Instance(BaseModel):
    """A running copy of a service. `expires_at` moves with every renewal, which no new revision tells."""

    id: str
    service: str
    base_url: str
    state: LeaseState
    health: Health
    version: str
    capabilities: list[str]
    manifest: dict[str, Any] = Field(description="See /schemas/manifest.json.")
    epoch: int
    expires_at: datetime
    revision: int = Field(description="Revision of the directory at which this instance last changed.")


class InstanceList(BaseModel):
    """All instances asked for, as of `revision`: pass it as `after` to wait for the next change."""

    items: list[Instance]
    revision: int


class PublicJwk(Wire):
    """The public half of an Ed25519 key (RFC 8037)."""

    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    x: Annotated[str, AfterValidator(_usable)] = Field(max_length=43, description="The key, in base64url.")


class Joining(Wire):
    """A service makes its key known. `proof` is a token of the service, signed with it for the audience `registry`."""

    key: PublicJwk
    proof: str = Field(max_length=4096)
    token: str | None = Field(None, max_length=4096, description="Join token; not needed for a key that is known.")


class Joined(BaseModel):
    """The key is good from this revision of the list on."""

    kid: str
    service: str
    instance: str
    revision: int


class ServiceJwk(BaseModel):
    """A key that a service signs with, and whose it is."""

    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    x: str
    kid: str = Field(description="Its thumbprint (RFC 7638).")
    alg: Literal["Ed25519"]
    use: Literal["sig"]
    service: str
    instance: str


class ServiceKeys(BaseModel):
    """The keys of all services (a JWK set, RFC 7517), as of `revision`: pass it as `after` to wait for the next change."""

    keys: list[ServiceJwk]
    revision: int


class Badge(BaseModel):
    """What the last run of the conformance kit found, and when."""

    conformance: Conformance = Conformance.UNKNOWN
    checked_at: datetime | None = None


class BadgeUpdate(Wire):
    """The outcome of a run of the conformance kit; without `checked_at` it is of now."""

    conformance: Conformance
    checked_at: Annotated[AwareDatetime, AfterValidator(_in_utc)] | None = None


class EntryInstance(BaseModel):
    """Where an Interlinker of the catalogue runs."""

    id: str
    base_url: str
    state: LeaseState
    health: Health


class Entry(BaseModel):
    """What the catalogue says about an Interlinker; without `instances` it runs nowhere that we know of."""

    service: str
    name: dict[str, str]
    description: dict[str, str]
    languages: list[str]
    version: str
    licence: str
    capabilities: list[str]
    problem_profiles: list[str]
    badge: Badge
    instances: list[EntryInstance]
    registered_at: datetime
    updated_at: datetime
    manifest: dict[str, Any] = Field(description="See /schemas/manifest.json.")
