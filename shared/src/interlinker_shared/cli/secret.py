"""Where a command on this machine finds what a service signs with for itself."""

from __future__ import annotations

import os
from pathlib import Path


def find_secret(service: str) -> str | None:
    """The secret of `service`: from `<SERVICE>_SECRET`, else the one it has made below `var` or here; None if nowhere."""
    variable = f"{service.upper()}_SECRET"
    if variable in os.environ:
        return os.environ[variable]
    places = (Path("var") / service / f"{service}.secret", Path(f"{service}.secret"))
    return next((path.read_text().strip() for path in places if path.is_file()), None)
