"""The bare server: the least that an ASGI application under uvicorn can do to give the same bytes."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from starlette.types import Receive, Scope, Send

from interlinker_shared.testing import free_port
from tests.bench.processes import Server, serving

FOLDER = "BENCH_BARE_FOLDER"
UVICORN = ("--loop", "uvloop", "--http", "httptools", "--no-access-log", "--no-server-header", "--lifespan", "off")

_answers: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Give the answer that stands in a file named after the path; a request with a body is read to its end first."""
    start, body = _answers.get(scope["path"]) or _load(scope["path"])
    if scope["method"] != "GET":
        while (await receive()).get("more_body"):
            pass
    await send(start)
    await send(body)


def _load(path: str) -> tuple[dict[str, Any], dict[str, Any]]:
    if path == "/":
        kept: dict[str, Any] = {"status": 200, "type": "text/plain", "body": "ready"}
    else:
        kept = json.loads((Path(os.environ[FOLDER]) / path.strip("/")).read_text())
    body = kept["body"].encode()
    headers = [(b"content-length", str(len(body)).encode()), (b"content-type", kept["type"].encode())]
    start = {"type": "http.response.start", "status": kept["status"], "headers": headers}
    _answers[path] = start, {"type": "http.response.body", "body": body}
    return _answers[path]


@dataclass(frozen=True)
class Bare:
    """The running bare server."""

    server: Server
    folder: Path

    def imitate(self, name: str, answer: httpx.Response) -> str:
        """The path under which it gives the same bytes as `answer`."""
        kept = {"status": answer.status_code, "type": answer.headers["content-type"], "body": answer.text}
        (self.folder / name).write_text(json.dumps(kept))
        return f"/{name}"


@contextlib.contextmanager
def bare_server(folder: Path) -> Iterator[Bare]:
    """Run it with its answers below `folder`."""
    answers = folder / "bare"
    answers.mkdir()
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "tests.bench.bare:app", "--port", str(port), *UVICORN]
    with serving(command, port, log=folder / "bare.log", env={FOLDER: str(answers)}) as server:
        yield Bare(server, answers)
