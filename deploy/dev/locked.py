"""Cuts requirements.lock down to what some packages need, hashes kept: for images, clean environments and NOTICE.

Usage: locked.py NAME|FOLDER|WHEEL ...   A folder stands for the dependencies in its pyproject.toml, a wheel for those in its metadata.
"""

from __future__ import annotations

import re
import sys
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path

LOCK = Path(__file__).resolve().parents[2] / "requirements.lock"
ENTRY = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==.*?(?=^[A-Za-z0-9]|\Z)", re.DOTALL | re.MULTILINE)
PARENT = re.compile(r"^    #(?: via|  ) +(?P<name>[A-Za-z0-9._-]+)$", re.MULTILINE)
NAME = re.compile(r"^[A-Za-z0-9._-]+")


def normal(name: str) -> str:
    """A package's name as the index compares it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def named(requirement: str) -> str:
    """The package that a requirement line asks for."""
    match = NAME.match(requirement)
    if match is None:
        message = f"not a requirement: {requirement!r}"
        raise ValueError(message)
    return normal(match.group())


def asked_for(argument: str) -> set[str]:
    """The packages that a name, a folder or a wheel asks for directly."""
    path = Path(argument)
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            metadata = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
            requirements = Parser().parsestr(wheel.read(metadata).decode()).get_all("Requires-Dist", [])
        return {named(line) for line in requirements if "extra ==" not in line}
    if (path / "pyproject.toml").is_file():
        project = tomllib.loads((path / "pyproject.toml").read_text())["project"]
        return {named(line) for line in project.get("dependencies", [])}
    return {normal(argument)}


def closure(lock: str, roots: set[str]) -> dict[str, str]:
    """The lock's entries for `roots` and all they pull in, by name; the lock's own `# via` lines say who pulls what."""
    entries = {normal(match["name"]): match.group() for match in ENTRY.finditer(lock)}
    parents = {name: {normal(via["name"]) for via in PARENT.finditer(text)} for name, text in entries.items()}
    needed = roots & entries.keys()
    while more := {name for name, vias in parents.items() if vias & needed} - needed:
        needed |= more
    return {name: entries[name] for name in sorted(needed)}


def main(arguments: list[str]) -> None:
    """Print the entries; a package that the lock does not hold ends with an error (our own are never in it)."""
    lock = LOCK.read_text()
    roots = {name for argument in arguments for name in asked_for(argument)}
    entries = closure(lock, roots)
    if missing := {name for name in roots - entries.keys() if not name.startswith("interlinker-")}:
        sys.exit(f"not in {LOCK.name}: {', '.join(sorted(missing))}; add to requirements.in and `make lock`")
    sys.stdout.write("".join(entries.values()))


if __name__ == "__main__":
    main(sys.argv[1:])
