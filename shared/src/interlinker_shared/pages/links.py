"""Relative links of one request, so that a page works behind any prefix a gateway puts before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from starlette.requests import Request


@dataclass(frozen=True)
class Links:
    """Turns addresses of the service (`/pledges/7/view`) into ones relative to the page being rendered."""

    request: Request

    def relative(self, path: str) -> str:
        """Climb from this page to the service's root and go down to `path`: `../../static/kit/kit.css`."""
        climb = "../" * (self._own_path().count("/") - 1)
        return (climb or "./") + path.lstrip("/")  # never bare: `urn:x` or `https://x` would leave this service

    def to(self, path: str, **query: object) -> str:
        """Link to `path` of this service; a language chosen by `?lang=` stays chosen. None leaves a parameter out."""
        kept = [("lang", self.request.query_params["lang"])] if "lang" in self.request.query_params else []
        target, hash_sign, fragment = path.partition("#")
        encoded = _encoded(kept, query)
        more = encoded.replace("?", "&", 1) if "?" in target else encoded
        return self.relative(target) + more + hash_sign + fragment

    def query(self, **changes: object) -> str:
        """Link to this same page with some query parameters changed; None removes one."""
        return _encoded(self.request.query_params.multi_items(), changes) or "?"

    def here(self) -> str:
        """This page's own address within the service; its language is not part of it."""
        return self._own_path() + _encoded(self.request.query_params.multi_items(), {"lang": None})

    def static(self, path: str) -> str:
        """Link to a file of the block's own `static/`."""
        return self.relative(f"static/{path}")

    def kit(self, path: str) -> str:
        """Link to a file of the kit's `static/kit/`."""
        return self.relative(f"static/kit/{path}")

    def _own_path(self) -> str:
        scope = self.request.scope
        raw: bytes = scope.get("raw_path") or scope["path"].encode()  # a coded %2F is no level of the browser's path
        path = raw.partition(b"?")[0].decode("latin-1")
        return path.removeprefix(scope.get("root_path", "")) or "/"


def _encoded(kept: list[tuple[str, str]], changes: dict[str, object]) -> str:
    pairs = [(name, value) for name, value in kept if name not in changes]
    pairs += [(name, str(value)) for name, value in changes.items() if value is not None]
    return "?" + urlencode(pairs) if pairs else ""
