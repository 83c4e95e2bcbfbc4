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
