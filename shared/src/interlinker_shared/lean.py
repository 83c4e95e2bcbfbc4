"""Loading libraries without the optional companions that they load wherever they find them, and models not before they are used."""

from __future__ import annotations

import contextlib
import sys
import warnings
from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict
from pydantic.warnings import UnsupportedFieldAttributeWarning

FOR_TERMINALS = ("rich", "pygments")
"""structlog and httpx load them to be colourful: 60 ms and 6 MB that no log of a service needs."""
FOR_WEBSOCKETS = ("aiohttp",)
"""nats-py loads it for addresses that begin with ws: 100 ms and 7 MB."""
FOR_OLD_CODE = ("greenlet", "pydantic.v1")
"""structlog tells greenlets apart, and FastAPI models of pydantic 1, of which we have neither: 30 ms and 4 MB."""


@contextlib.contextmanager
def starting() -> Iterator[None]:
    """Within it a service is loaded and made: its models, and FastAPI's own, are built when they are first used.

    Most are not in use while nobody calls, and what a route takes and gives would be built twice: 80 ms and 2 MB.
    """
    # FastAPI keeps this warning about its own fields quiet while it makes them; now they are built later.
    warnings.filterwarnings("ignore", category=UnsupportedFieldAttributeWarning)
    usual = BaseModel.model_config
    BaseModel.model_config = ConfigDict(**usual, defer_build=True)
    try:
        with without(FOR_TERMINALS + FOR_OLD_CODE):
            yield
    finally:
        BaseModel.model_config = usual


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
