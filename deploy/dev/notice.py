"""Prints NOTICE: every run-time dependency with its licence, from the metadata that each one ships."""

from __future__ import annotations

import re
import sys
from importlib.metadata import PackageMetadata, PackageNotFoundError, distribution, metadata
from pathlib import Path

from deploy.dev.locked import closure, named

ROOT = Path(__file__).resolve().parents[2]
TOOLS = "# --- tools"
REFUSED = re.compile(r"(?<!L)(?<!Lesser )\b(AGPL|GPL|SSPL|BUSL|(GNU )?(Affero )?General Public)", re.IGNORECASE)
HEAD = """\
Interlinkers
Copyright the Interlinkers contributors

Licensed under the Apache License, Version 2.0 (see LICENSE).

At run time it uses the packages below, each under its own licence. They are not part of this repository: pip installs
them, by the hashes in requirements.lock, and each brings its licence text along.
"""


def run_time_roots(requirements: str) -> set[str]:
    """The packages of requirements.in above its tools."""
    lines = requirements.partition(TOOLS)[0].splitlines()
    return {named(line) for line in lines if line.strip() and not line.startswith("#")}


def licence(package: PackageMetadata) -> str:
    """The SPDX expression where the package has one, else its classifiers, else its short licence field; "" if none."""
    classified = [
        value.rpartition(" :: ")[2]
        for value in package.get_all("Classifier") or []
        if value.startswith("License :: OSI Approved :: ")
    ]
    stated = package["License-Expression"] or " or ".join(classified) or package["License"] or ""
    return str(stated).strip().split("\n", 1)[0]


def title_of_licence(name: str) -> str:
    """The first line of the licence text that a package brings, for one whose metadata says nothing; "" if none."""
    text = distribution(name).read_text("licenses/LICENSE") or ""
    return text.strip().partition("\n")[0]


def refused(name: str, stated: str) -> str | None:
    """Why this licence cannot stand beside Apache-2.0, or None."""
    if not stated:
        return f"{name} states no licence"
    if REFUSED.search(stated):
        return f"{name} is under {stated}"
    return None


def rows() -> list[tuple[str, str]]:
    """Name and licence of each run-time dependency installed here (those of other platforms are not)."""
    found = []
    for name in closure(
        (ROOT / "requirements.lock").read_text(), run_time_roots((ROOT / "requirements.in").read_text())
    ):
        try:
            found.append((name, licence(metadata(name)) or title_of_licence(name)))
        except PackageNotFoundError:
            continue
    return found


def main() -> None:
    """Print NOTICE, or say which licence is in the way."""
    table = rows()
    if reasons := [why for name, stated in table if (why := refused(name, stated))]:
        sys.exit("; ".join(reasons))
    width = max(len(name) for name, _ in table)
    print(HEAD)
    for name, stated in table:
        print(f"{name:<{width}}  {stated}")


if __name__ == "__main__":
    main()
