"""A service that keeps nothing apart: every trace that an attacker looks for joins who took part with what was said."""

from __future__ import annotations

import hashlib
import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tests.security.join_attackers import KEPT, Case
from tests.security.join_dump import SQLITE_PAGE, Dump, File, Row

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
CELL = 64  # bytes of a row in a page


def joined(count: int, *, seed: int) -> tuple[Dump, Case]:
    """What `count` people leave there, one a second."""
    chance = random.Random(seed)
    said = {f"person-{number:03}": f"words {chance.getrandbits(64):016x}" for number in range(count)}
    times = [BEGAN + timedelta(seconds=number) for number in range(count)]
    rows = [row for number, (who, what) in enumerate(said.items()) for row in _rows(number, who, what, times[number])]
    log = "\n".join(f"kept {what}" for what in said.values())
    files = [_file(list(said.values())), _spread(list(said.values()), chance)]
    case = Case(list(said), times, sorted(said.values()), {what: who for who, what in said.items()})
    return Dump(rows, files, log), case


def _rows(number: int, who: str, what: str, time: datetime) -> list[Row]:
    made = str(UUID(int=(round(time.timestamp() * 1000) << 80) | (7 << 76) | (2 << 62) | number))
    answers = {"text": what}
    asked = json.dumps({"answers": answers}, separators=(",", ":"))
    event: dict[str, Any] = {"time": time.isoformat(), "actor": who, "subject": "asset", "data": {"response": made}}
    kept = {
        "fingerprint": hashlib.sha256(asked.encode()).hexdigest(),
        "body": json.dumps({"id": made}),
        "expires_at": (time + KEPT).isoformat(),
    }
    return [
        Row("responses", {"id": made, "answers": json.dumps(answers), "at": time.isoformat()}, (number,), number),
        Row("outbox", {"id": str(number), "envelope": json.dumps(event)}, (number,), number),
        Row("participations", {"subject": who, "response_id": made}, (number,), number),
        Row("idempotency", kept, (number,), number),
    ]


def _file(said: list[str]) -> File:
    """Page after page, each filled from its end."""
    in_page = SQLITE_PAGE // CELL
    pages = [said[first : first + in_page] for first in range(0, len(said), in_page)]
    return File("rows", b"".join(_page(page) for page in pages), SQLITE_PAGE)


def _spread(said: list[str], chance: random.Random) -> File:
    """Rows in pages at random, each of which is filled from its end."""
    pages: list[list[str]] = [[] for _ in range(8)]
    for what in said:
        chance.choice(pages).append(what)
    return File("spread", b"".join(_page(page) for page in pages), SQLITE_PAGE)


def _page(said: list[str]) -> bytes:
    cells = b"".join(what.encode().ljust(CELL) for what in reversed(said))
    return cells.rjust(SQLITE_PAGE, b"\0")
