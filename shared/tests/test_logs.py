"""What a log line holds of an error: where it happened, and nothing that people sent."""

from __future__ import annotations

import json
import subprocess
import sys

FAILS = """
import structlog
from interlinker_shared import logs

logs.configure("boxes")

def handle(body):
    raise LookupError("no such thing")

try:
    handle({"email": "anna@example.org"})
except LookupError as error:
    structlog.get_logger().error("unexpected error", exc_info=error)
"""


def test_a_logged_error_tells_its_place_and_no_values() -> None:
    done = subprocess.run([sys.executable, "-c", FAILS], check=True, capture_output=True, text=True)
    line = json.loads(done.stderr)
    (error,) = line["exception"]
    assert (line["service"], line["level"], error["exc_value"]) == ("boxes", "error", "no such thing")
    assert [frame["name"] for frame in error["frames"]] == ["<module>", "handle"]
    assert "anna" not in done.stderr


SPEAKS = """
import json, logging, sys
import structlog
from interlinker_shared import logs
from sqlalchemy.exc import IntegrityError

logs.configure("boxes")
planted = json.loads(sys.argv[1])
everywhere = {"list": planted, "nested": {"deep": [{"text": " ".join(planted)}]}, "joined": "x ".join(planted)}
named = {"authorization": "plain-marker-1", "cookie": "plain-marker-2", "password": "plain-marker-3", "email": "plain-marker-4"}
for secret in planted:
    structlog.get_logger().warning(f"it said {secret} to us", value=secret, object=ValueError(secret), **named)
    logging.getLogger("library").warning("it said %s", secret)
    try:
        raise LookupError(f"no {secret}")
    except LookupError as error:
        structlog.get_logger().error("unexpected error", exc_info=error)
        logging.getLogger("library").exception("broke")
structlog.get_logger().info("all", **everywhere, inner=named)
parameters = {"text": "plain-marker-5", "who": "plain-marker-6"}
wrong = IntegrityError("INSERT", parameters, ValueError("duplicate\\nDETAIL:  Key (who)=(plain-marker-6) exists."))
try:
    raise wrong
except IntegrityError as error:
    structlog.get_logger().error("unexpected error", exc_info=error)
"""
PLANTED = [
    "Bearer c2VjcmV0LXRva2Vu.marker",
    "basic bWFya2VyOm1hcmtlcg==",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtYXJrZXIifQ.c2lnbmF0dXJlLW1hcmtlcg",
    "ilk_9f8e7d6c5b4a39281706f5e4d3c2b1a0",
    "ils_9f8e7d6c5b4a39281706f5e4d3c2b1a1",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "anna.marker+forum@mail.town.example",
]
PIECES = ["c2VjcmV0", "bWFya2Vy", "eyJzdWIi", "9f8e7d6c", "MfKQ9r8G", "anna.marker", "plain-marker", "s3cret-marker"]


def test_whatever_is_logged_no_secret_stands_in_the_log() -> None:
    planted = json.dumps([*PLANTED, "postgresql://forum:s3cret-marker@db/interlinkers"])
    done = subprocess.run([sys.executable, "-c", SPEAKS, planted], check=True, capture_output=True, text=True)
    assert [piece for piece in PIECES if piece in done.stderr] == []
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert len(lines) == 4 * 8 + 2
    assert "db/interlinkers" in done.stderr
