"""Settings of a service: from its environment, checked once at start."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AliasChoices, Field, FilePath, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from interlinker_shared.mail.server import MailServer
from interlinker_shared.outgoing import Network, parse_networks

MIN_SECRET = 32
MOST_KEPT = timedelta(days=36500)
UNQUOTED = {"self", "none"}  # would be hosts of these names
_NAME = r"(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*"
# CSP 3, section 2.3.1: nothing that could end the directive, or begin another.
ANCESTOR = re.compile(
    rf"'self'|'none'|\*|https?:|(?:https?://)?(?:{_NAME}|\[[0-9a-f:]+\])(?::(?:\d{{1,5}}|\*))?", re.IGNORECASE
)


def prefixed(prefix: str) -> SettingsConfigDict:
    """The model configuration of a service whose own variables start with `prefix`."""
    return SettingsConfigDict(env_prefix=prefix, extra="ignore", frozen=True, populate_by_name=True)


class ServiceSettings(BaseSettings):
    """What every service can be told; a subclass sets the prefix, its port and what is its own."""

    model_config: ClassVar[SettingsConfigDict] = prefixed("INTERLINKER_")

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=1, le=65535, description="Port to listen on.")
    data_dir: Path = Field(Path(), description="Folder of the database and the generated secret.")
    instance: str = Field(
        "main", pattern=r"^[a-z0-9-]{1,40}$", description="Name of this instance in events and the registry."
    )
    public_url: str | None = Field(
        None, description="Address under which others reach this instance; default: host and port."
    )
    frame_ancestors: str = Field(
        "'self'", description="Content-Security-Policy frame-ancestors: who may embed the pages."
    )
    max_body: int = Field(1_048_576, ge=1024, description="Largest request body in bytes.")
    queue_limit: int = Field(
        2048, ge=1, description="Writes that may wait before new ones are told to come back later."
    )
    database_url: SecretStr | None = Field(
        None,
        description="PostgreSQL, as `postgresql://user:password@host/database`, in a schema named after the service; without it a "
        "SQLite file in the data folder. DATABASE_URL says it for the whole family.",
    )
    receive_seconds: float = Field(60.0, gt=0, description="Seconds in which a request must have arrived whole.")
    limit_reads: int = Field(
        1200, ge=0, description="Reads a minute of one person, those from the cache not counted; 0 is no limit."
    )
    limit_writes: int = Field(600, ge=0, description="Writes a minute of one person; 0 is no limit.")
    limit_costly: int = Field(
        60, ge=0, description="Exports, sign-ins and the like a minute of one person; 0 is no limit."
    )
    limit_people_per_address: int = Field(
        10,
        ge=0,
        description="How many people's budgets those without an account share who come from one address; 0 is no limit.",
    )
    limit_service_factor: int = Field(
        100, ge=0, description="How many people's budgets a service of the family has; 0 is no limit."
    )
    guest_challenge: bool = Field(
        True,  # noqa: FBT003 - a setting's default
        validation_alias=AliasChoices("GUEST_CHALLENGE", "guest_challenge"),
        description="Whether people without an account prove, with each write, that they are no flood: on or off.",
    )
    limit_address: int = Field(
        30_000, ge=0, description="Requests a minute from one address, whatever comes of them; 0 is no limit."
    )
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = Field(
        parse_networks("127.0.0.0/8, ::1/128"),
        validation_alias=AliasChoices("TRUSTED_PROXIES", "trusted_proxies"),
        description="Networks, such as 10.0.0.0/8, whose X-Forwarded-For is believed.",
    )
    statement_timeout: float = Field(
        30.0, gt=0, le=3600, description="Seconds after which a statement is stopped and its request refused."
    )
    retention: timedelta | None = Field(
        None,
        gt=timedelta(),
        le=MOST_KEPT,
        description="How long after the close contributions are kept where their asset says nothing else, such as P1Y (365 days) or "
        "P90D; without it, until somebody deletes the asset or sets a date.",
    )
    deleted_retention: timedelta = Field(
        timedelta(days=30),
        ge=timedelta(),
        le=MOST_KEPT,
        description="How long what was contributed to a deleted asset is still in the database, such as P30D.",
    )
    cache_bytes: int = Field(
        32 * 1024 * 1024, ge=0, description="Room for finished public answers in bytes; 0 keeps none."
    )
    secret: SecretStr | None = Field(
        None,
        description="What this service signs with for itself, 32 characters or more, the same in all its replicas; generated at "
        "the first start.",
    )
    former_secrets: SecretStr | None = Field(
        None,
        description="Secrets that this service had before, one a line: what they have sealed in the database is opened and sealed "
        "anew at the start.",
    )
    service_key_file: FilePath | None = Field(
        None,
        validation_alias=AliasChoices("SERVICE_KEY_FILE", "service_key_file"),
        description="File with the Ed25519 key (PEM) that other services know this one by; generated at the first start.",
    )
    join_token: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("JOIN_TOKEN", "join_token"),
        description="With which the registry takes this service's key the first time (`interlinker-registry join-token`).",
    )
    trusted_gateway: str = Field(
        "gateway",
        validation_alias=AliasChoices("TRUSTED_GATEWAY", "trusted_gateway"),
        pattern=r"^[a-z][a-z0-9-]{0,39}$",
        description="The service that may say who people are, and that runs processes.",
    )
    nats_url: str | None = Field(
        None, validation_alias=AliasChoices("NATS_URL", "nats_url"), description="NATS server; without it events wait."
    )
    nats_nkey_seed_file: FilePath | None = Field(
        None,
        validation_alias=AliasChoices("NATS_NKEY_SEED_FILE", "nats_nkey_seed_file"),
        description="File with this service's NATS key, made by `interlinkers nats-keys`; without it the server must let everybody in.",
    )
    registry_url: str | None = Field(
        None, validation_alias=AliasChoices("REGISTRY_URL", "registry_url"), description="Registry to register with."
    )
    webhook_allowed_networks: Annotated[tuple[Network, ...], NoDecode] = Field(
        (),
        validation_alias=AliasChoices("WEBHOOK_ALLOWED_NETWORKS", "webhook_allowed_networks"),
        description="Networks, such as 10.0.0.0/8, that webhooks may reach although they are not public.",
    )
    family_networks: Annotated[tuple[Network, ...], NoDecode] = Field(
        parse_networks("127.0.0.0/8, ::1/128, 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, fc00::/7"),
        validation_alias=AliasChoices("FAMILY_NETWORKS", "family_networks"),
        description="Networks, beside public addresses, in which services of the family may announce themselves.",
    )
    webhook_allow_http: bool = Field(
        False,  # noqa: FBT003 - a setting's default
        validation_alias=AliasChoices("WEBHOOK_ALLOW_HTTP", "webhook_allow_http"),
        description="Whether webhooks may be sent in clear text.",
    )

    smtp_url: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("SMTP_URL", "smtp_url"),
        description="Mail server, as `smtp://user:password@host:587?starttls` or `smtps://…`; without one, sign-in links appear on the "
        "service's terminal and invitations are shown to who invites.",
    )
    mail_from: str | None = Field(
        None,
        validation_alias=AliasChoices("MAIL_FROM", "mail_from"),
        pattern=r"^[^\r\n]{0,150}@[^\r\n@]{1,150}$",
        description="Who letters come from, such as `Forum <forum@example.org>`; needed with SMTP_URL.",
    )
    accounts: Literal["on", "off"] | None = Field(
        None,
        validation_alias=AliasChoices("ACCOUNTS", "accounts"),
        description="Whether people sign in here; by default they do, unless REGISTRY_URL says that a gateway does it.",
    )
    sign_up: Literal["invited", "provider", "open"] = Field(
        "invited",
        validation_alias=AliasChoices("SIGN_UP", "sign_up"),
        description="Who gets an account, as a member: only who was invited by e-mail, also everybody whom the provider of identities "
        "knows, or anybody.",
    )

    oidc_issuer: str | None = Field(
        None,
        validation_alias=AliasChoices("OIDC_ISSUER", "oidc_issuer"),
        description="Provider of identities (OpenID Connect) whose people sign in here, by the address of its issuer.",
    )
    oidc_client_id: str | None = Field(
        None,
        validation_alias=AliasChoices("OIDC_CLIENT_ID", "oidc_client_id"),
        description="What it knows this service as.",
    )
    oidc_client_secret: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("OIDC_CLIENT_SECRET", "oidc_client_secret"),
        description="What this service shows it.",
    )
    oidc_acr_map: dict[str, Literal["low", "substantial", "high"]] = Field(
        {},
        validation_alias=AliasChoices("OIDC_ACR_MAP", "oidc_acr_map"),
        description='How sure each of its `acr` values is, as JSON: `{"https://example.org/loa2": "substantial"}`; low without.',
    )

    @model_validator(mode="after")
    def _mail_has_a_sender(self) -> Self:
        if self.mail_server is not None and self.mail_from is None:
            message = "SMTP_URL needs MAIL_FROM, the address that letters come from."
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _provider_is_whole(self) -> Self:
        if self.oidc_issuer is not None and not self.oidc_client_id:
            message = "OIDC_ISSUER needs OIDC_CLIENT_ID."
            raise ValueError(message)
        if self.oidc_issuer is not None and not self.oidc_issuer.startswith(
            ("https://", "http://localhost:", "http://127.0.0.1:")
        ):
            message = "OIDC_ISSUER must be an https address."
            raise ValueError(message)
        return self

    @cached_property
    def mail_server(self) -> MailServer | None:
        """Where letters are handed in; None when nowhere."""
        return MailServer.of(self.smtp_url.get_secret_value()) if self.smtp_url else None

    @property
    def sender(self) -> str:
        """Who letters come from."""
        return self.mail_from or ""

    @property
    def people_sign_in(self) -> bool:
        """Whether people sign in at all: here, or at the gateway of the family."""
        return self.accounts_here or self.registry_url is not None

    @property
    def accounts_here(self) -> bool:
        """Whether people sign in here, and not at a gateway in front of this."""
        return self.accounts == "on" if self.accounts else self.registry_url is None

    @field_validator("frame_ancestors")
    @classmethod
    def _ancestors(cls, value: str) -> str:
        sources = value.split()
        wrong = [one for one in sources if not ANCESTOR.fullmatch(one) or one in UNQUOTED]
        if wrong or not sources or ("'none'" in sources and len(sources) > 1):
            message = f"frame-ancestors takes 'none', or a list of 'self' and origins such as https://town.example, not {value!r}"
            raise ValueError(message)
        return " ".join(sources)

    @field_validator("webhook_allowed_networks", "trusted_proxies", "family_networks", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        return parse_networks(value) if isinstance(value, str) else value

    @property
    def base_url(self) -> str:
        """Where others reach this instance."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    def database(self, service: str) -> Path | str:
        """Where the data is: a file, or an address."""
        url = self.database_url.get_secret_value() if self.database_url else os.environ.get("DATABASE_URL")
        return url or self.data_dir / f"{service}.sqlite3"

    def signing_secret(self, service: str) -> str:
        """What this service signs with for itself: as it was told, or made at its first start and kept beside its data."""
        if self.secret is not None:
            value = self.secret.get_secret_value()
            if len(value) < MIN_SECRET:
                message = f"{service.upper()}_SECRET must have at least {MIN_SECRET} characters."
                raise ValueError(message)
            return value
        return kept_secret(self.data_dir / f"{service}.secret")

    def known_before(self, service: str) -> list[str]:
        """The secrets that this service had before: those that it was told, and those that `rotate-secret` has put aside."""
        told = self.former_secrets.get_secret_value().splitlines() if self.former_secrets else []
        aside = self.data_dir / f"{service}.secret.former"
        return [*told, *(aside.read_text().splitlines() if aside.exists() else [])]


def kept_secret(path: Path, make: Callable[[], str] | None = None) -> str:
    """Read the secret at `path`, or `make` it first: linked into place, so that two processes agree on one and a kill leaves none half."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(make() if make else secrets.token_urlsafe(48))
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
