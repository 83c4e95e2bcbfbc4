"""An Interlinker that an operator took in by mistake: it answers what could harm who asks, and keeps what it is sent."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from interlinker_shared.auth import Role
from interlinker_shared.manifest import Manifest
from interlinker_shared.testing import eventually
from tests.family import finish
from tests.security.siege import Siege

ENDLESS = 64 * 1024  # bytes of a single header


class EvilBlock:
    """Listens while the block lasts. `seen` are all headers it was sent, `stolen` counts whom it has led elsewhere."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.bearers: list[str] = []
        self.stolen = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def register(self, siege: Siege) -> None:
        """Have an operator take it in, and wait until the front door knows it."""
        manifest = Manifest(
            id="evil", name={"en": "Evil"}, description={"en": "Means harm."}, version="1.0.0", capabilities=["evil"]
        )
        body: dict[str, Any] = {
            "service": "evil",
            "base_url": self.url,
            "epoch": time.time_ns() // 1_000_000,
            "ttl": 60,
            "version": "1.0.0",
            "manifest": manifest.model_dump(mode="json", exclude_none=True),
            "manifest_digest": manifest.digest(),
        }
        answer = siege.ask("PUT", "/instances/evil-main", by=Role.OWNER, at="registry", json=body)
        assert answer.status_code == 201, answer.text
        finish(eventually(lambda: _is_known(siege)))

    def _handler(evil) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - the handler below has a `self` of its own
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                evil.seen.append(str(self.headers))
                if "Authorization" in self.headers:
                    evil.bearers.append(self.headers["Authorization"].removeprefix("Bearer "))
                what = self.path.rpartition("/")[2]
                self.send_response(302 if what == "redirect" else 200)
                if what == "redirect":
                    self.send_header("Location", f"{evil.url}/stolen")
                if what == "cookie":
                    self.send_header("Set-Cookie", "il_session=ils_mallorys; Path=/")
                if what == "endless":
                    self.send_header("X-Endless", "x" * ENDLESS)
                evil.stolen += what == "stolen"
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        return Handler


async def _is_known(siege: Siege) -> bool:
    return siege.ask("GET", "/i/evil/").status_code != 404
