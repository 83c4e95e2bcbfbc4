"""A provider of identities (OpenID Connect Core 1.0): code flow with PKCE, state and nonce; Authlib knows the protocol's parts."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from interlinker_shared.accounts.secrets import new_token
from interlinker_shared.auth import Assurance
from interlinker_shared.errors import UnauthorisedError, UnavailableError
from interlinker_shared.outgoing import OutgoingPolicy
from interlinker_shared.settings import ServiceSettings

if TYPE_CHECKING:
    import httpx
    from joserfc.jwk import KeySet

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"]  # never one that needs a shared secret
SCOPE = "openid"  # no name, no address: it is enough that it is the same person again
LEEWAY_SECONDS = 60
KEPT_SECONDS = 3600.0
RENEWED_SECONDS = 60.0  # keys that are not known are asked for at most so often
TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True)
class Trip:
    """What goes with somebody to the provider and is asked when she comes back."""

    state: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)

    @classmethod
    def new(cls) -> Trip:
        """Three secrets of their own."""
        return cls(new_token(), new_token(), new_token())


@dataclass(frozen=True)
class Identity:
    """Somebody, as the provider says: always the same `subject` for the same person."""

    subject: str
    assurance: Assurance


@dataclass(frozen=True)
class _Known:
    metadata: dict[str, Any]
    keys: KeySet
    at: float


class Provider:
    """One provider. What it says about itself is kept for an hour."""

    def __init__(self, settings: ServiceSettings) -> None:
        """Nothing is asked yet. `oidc_issuer` must be set."""
        self._issuer = settings.oidc_issuer or ""
        self._client_id = settings.oidc_client_id or ""
        self._secret = settings.oidc_client_secret.get_secret_value() if settings.oidc_client_secret else None
        self._levels = settings.oidc_acr_map
        self._back = f"{settings.base_url}/sign-in/provider/back"
        self._policy = OutgoingPolicy.family(settings)
        self._known: _Known | None = None

    async def address(self, trip: Trip, language: str) -> str:
        """Where to send somebody. Raises UnavailableError when the provider is away."""
        from authlib.oauth2.rfc6749.parameters import prepare_grant_uri  # noqa: PLC0415 - loads cryptography
        from authlib.oauth2.rfc7636 import create_s256_code_challenge  # noqa: PLC0415 - as above

        known = await self._discovered(KEPT_SECONDS)
        return str(
            prepare_grant_uri(
                known.metadata["authorization_endpoint"],
                client_id=self._client_id,
                response_type="code",
                redirect_uri=self._back,
                scope=SCOPE,
                state=trip.state,
                nonce=trip.nonce,
                code_challenge=create_s256_code_challenge(trip.verifier),
                code_challenge_method="S256",
                ui_locales=language,
            )
        )

    async def identity(self, code: str, trip: Trip, issuer: str | None) -> Identity:
        """Who came back with `code`; `issuer` is what the answer says it is from (RFC 9207).

        Raises UnauthorisedError for anything that is not exactly what was asked for.
        """
        if issuer is not None and issuer != self._issuer:
            raise refused()
        known = await self._discovered(KEPT_SECONDS)
        tokens = await self._exchanged(known.metadata, code, trip)
        claims = self._checked(await self._decoded(tokens), trip, tokens)
        level = self._levels.get(str(claims.get("acr")), Assurance.LOW)
        return Identity(subject_of(self._issuer, str(claims["sub"])), Assurance(level))

    async def _exchanged(self, metadata: dict[str, Any], code: str, trip: Trip) -> dict[str, Any]:
        from urllib.parse import quote  # noqa: PLC0415 - beside its use

        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self._back}
        form |= {"code_verifier": trip.verifier}
        methods = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        basic = None
        if self._secret is None or "client_secret_basic" not in methods:
            form |= {"client_id": self._client_id} | ({"client_secret": self._secret} if self._secret else {})
        else:  # RFC 6749, 2.3.1: form-encoded first
            basic = (quote(self._client_id, safe=""), quote(self._secret, safe=""))
        answer = await self._ask("POST", metadata["token_endpoint"], data=form, auth=basic)
        if answer.is_client_error:
            raise refused()
        return _json(answer)

    async def _decoded(self, tokens: dict[str, Any]) -> Any:
        from joserfc import jwt  # noqa: PLC0415 - as above
        from joserfc.errors import JoseError  # noqa: PLC0415 - as above

        for seconds in (KEPT_SECONDS, RENEWED_SECONDS):  # it may sign with a new key since
            known = await self._discovered(seconds)
            try:
                return jwt.decode(str(tokens.get("id_token")), known.keys, algorithms=ALGORITHMS)
            except (JoseError, ValueError, TypeError) as error:
                failed = error
        raise refused() from failed

    def _checked(self, token: Any, trip: Trip, tokens: dict[str, Any]) -> dict[str, Any]:
        from authlib.oidc.core import CodeIDToken  # noqa: PLC0415 - as above
        from joserfc.errors import JoseError  # noqa: PLC0415 - as above

        options = {
            "iss": {"essential": True, "value": self._issuer},
            "aud": {"essential": True, "value": self._client_id},
            "nonce": {"essential": True, "value": trip.nonce},
        }
        asked = {"nonce": trip.nonce, "client_id": self._client_id, "access_token": tokens.get("access_token")}
        claims = CodeIDToken(token.claims, token.header, options, asked)
        try:
            claims.validate(leeway=LEEWAY_SECONDS)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise refused() from error
        return dict(claims)

    async def _discovered(self, seconds: float) -> _Known:
        if self._known is None or time.monotonic() - self._known.at > seconds:
            from joserfc.jwk import KeySet  # noqa: PLC0415 - as above

            where = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
            metadata = _json(await self._ask("GET", where))
            if metadata.get("issuer") != self._issuer:  # Discovery 1.0, 4.3: else another one could speak for it
                raise away()
            keys = KeySet.import_key_set(_json(await self._ask("GET", metadata["jwks_uri"])))  # type: ignore[arg-type]
            self._known = _Known(metadata, keys, time.monotonic())
        return self._known

    async def _ask(self, method: str, url: str, **more: Any) -> httpx.Response:
        import httpx  # noqa: PLC0415 - where there is a provider only

        from interlinker_shared.announced import GuardedTransport  # noqa: PLC0415 - as above

        # The operator named the issuer, but it is the issuer's own document that names the other addresses.
        transport = GuardedTransport(self._policy)
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, transport=transport) as client:
                answer = await client.request(method, url, headers={"Accept": "application/json"}, **more)
        except httpx.HTTPError as error:
            raise away() from error
        if answer.is_server_error:
            raise away()
        return answer


def subject_of(issuer: str, sub: str) -> str:
    """The pseudonymous id of somebody from a provider; what the provider calls her is not kept."""
    return "oidc-" + hashlib.sha256(f"{issuer}\0{sub}".encode()).hexdigest()[:32]


def refused() -> UnauthorisedError:
    """One answer for every reason."""
    return UnauthorisedError("Signing in there did not work. Please try again from the beginning.")


def away() -> UnavailableError:
    """The provider does not answer, or not as one."""
    return UnavailableError("The site that you sign in at does not answer. Try again soon, or sign in another way.")


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError as error:
        raise away() from error
    if not isinstance(found, dict) or answer.is_error:
        raise away()
    return found
