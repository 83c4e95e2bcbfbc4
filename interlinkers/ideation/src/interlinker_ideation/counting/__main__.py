"""Counts one poll: `python -m interlinker_ideation.counting` reads it from its input, writes the bundle, tells its progress as errors."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time

from interlinker_ideation.counting.poll import Poll

TELL_EVERY = 0.5
GENTLY = 10


def main() -> None:
    """Read, count, write."""
    with contextlib.suppress(OSError):
        os.nice(GENTLY)  # whoever is served goes first
    poll = Poll.read(sys.stdin.buffer.read())
    told = 0.0

    def tell(phase: str, done: int, of: int | None) -> None:
        nonlocal told
        if time.monotonic() - told >= TELL_EVERY:
            told = time.monotonic()
            print(json.dumps([phase, done, of]), file=sys.stderr, flush=True)  # noqa: T201 - the way that it speaks

    sys.stdout.write(json.dumps(poll.count(tell), separators=(",", ":")))


if __name__ == "__main__":
    main()
