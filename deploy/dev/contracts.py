"""Has every service write its contract/ again, or check that what is there is not stale."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def program(folder: str) -> Path:
    """The service's own command."""
    scripts: dict[str, str] = tomllib.loads((ROOT / folder / "pyproject.toml").read_text())["project"]["scripts"]
    return Path(sys.executable).parent / next(name for name in scripts if name.startswith("interlinker-"))


def main(mode: str, folders: list[str]) -> None:
    """`write` or `check` the contract of the services in these folders; all are looked at before it fails."""
    flags = ["--check"] if mode == "check" else []
    commands = [[program(folder), "contract", ROOT / folder / "contract", *flags] for folder in folders]
    running = [subprocess.Popen([str(part) for part in command]) for command in commands]
    sys.exit(max([process.wait() for process in running], default=0))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
