"""Loading libraries without the optional companions that they load wherever they find them."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

FOR_TERMINALS = ("rich", "pygments")
"""structlog and httpx load them to be colourful: 60 ms and 6 MB that no log of a service needs."""
FOR_WEBSOCKETS = ("aiohttp",)
"""nats-py loads it for addresses that begin with ws: 100 ms and 7 MB."""


@contextlib.contextmanager
def without(names: tuple[str, ...]) -> Iterator[None]:
    """What is imported within sees `names` as not installed; one that is loaded already stays."""
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None there means "not installed" (import system, 5.3.1)
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
