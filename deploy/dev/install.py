"""Installs every distribution of this tree editable, and takes out those whose folder is gone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]


def installed() -> dict[str, Path]:
    """Our editable distributions and the folder each was installed from."""
    listed = subprocess.run([*PIP, "list", "--editable", "--format=json"], check=True, capture_output=True, text=True)
    return {row["name"]: Path(row["editable_project_location"]) for row in json.loads(listed.stdout)}


def main(folders: list[str]) -> None:
    """Make the environment equal to `folders` (paths below the root)."""
    wanted = {(ROOT / folder).resolve() for folder in folders}
    stale = [name for name, folder in installed().items() if folder.resolve() not in wanted]
    if stale:
        subprocess.run([*PIP, "uninstall", "--quiet", "--yes", *stale], check=True)
    editable = [argument for folder in folders for argument in ("--editable", str(ROOT / folder))]
    done = subprocess.run([*PIP, "install", "--quiet", "--no-deps", "--no-build-isolation", *editable], check=False)
    sys.exit(done.returncode)


if __name__ == "__main__":
    main(sys.argv[1:])
