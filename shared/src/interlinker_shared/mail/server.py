"""Which mail server letters go through: an `smtp://` address read into its parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

PORTS = {"smtp": 25, "smtps": 465}


@dataclass(frozen=True)
class MailServer:
    """Where and how to hand in letters: `tls` from the first byte, `starttls` after a greeting, or in clear."""

    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    starttls: bool = False

    @classmethod
    def of(cls, url: str) -> MailServer:
        """Read `smtp://user:password@host:587?starttls` or `smtps://host`. Raises ValueError, which does not repeat the address."""
        message = "SMTP_URL must look like smtp://user:password@host:587?starttls or smtps://user:password@host."
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise ValueError(message) from error
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/") or set(options) - {"starttls"}:
            raise ValueError(message)
        starttls = "starttls" in options
        if parts.username and not (starttls or parts.scheme == "smtps") and not _is_here(parts.hostname):
            message = "SMTP_URL would send its password in clear: add ?starttls, or use smtps://."
            raise ValueError(message)
        return cls(
            host=parts.hostname,
            port=port or PORTS[parts.scheme],
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            tls=parts.scheme == "smtps",
            starttls=starttls,
        )


def _is_here(host: str) -> bool:
    return host in {"localhost", "127.0.0.1", "::1"}
