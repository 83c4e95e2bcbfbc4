"""Where a command on this machine finds the secret that the services sign with."""

from __future__ import annotations

import os
from pathlib import Path


def find_secret(service: str) -> str | None:
    """The family's secret from INTERLINKERS_SECRET or `var/secret`, else the one that `service` has made here; None if nowhere."""
    if "INTERLINKERS_SECRET" in os.environ:
        return os.environ["INTERLINKERS_SECRET"]
    places = (Path("var/secret"), Path(f"{service}.secret"))
    return next((path.read_text().strip() for path in places if path.is_file()), None)
