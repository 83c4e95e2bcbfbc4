"""Makes a new Interlinker: a copy of interlinkers/_template under another name, on the next free port."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAME = re.compile(r"[a-z][a-z0-9]{1,30}")
TAKEN = {"shared", "gateway", "template", "interlinker", "interlinkers"}
PORT = re.compile(r"^\s+port: int = (?:\w+\()?(?P<port>\d+)", re.MULTILINE)
FIRST_PORT = 8005
GENERATED = shutil.ignore_patterns("__pycache__", "*.egg-info", ".*_cache", "*.pyc", "*.db*", "*.secret")
# Only the service's own name changes; "templates" and what the block is about (its pledges) stay.
RENAMES = (
    (re.compile(r"(?<=interlinker)(?P<joint>[_-])template\b"), r"\g<joint>{name}"),
    (re.compile(r"(?<=\binterlinkers)(?P<joint>[./])_template\b"), r"\g<joint>{name}"),
    (re.compile(r"\bTEMPLATE_"), "{upper}_"),
    (re.compile(r"\bTemplate(?=[A-Z])"), "{title}"),
    (re.compile(r"\bInterlinker Template\b"), "Interlinker {title}"),
    (re.compile(r"\bil-template\b"), "il-{name}"),
    (re.compile(r"(?P<quote>[\"'`])template(?P=quote)"), r"\g<quote>{name}\g<quote>"),
    (re.compile(r"^template(?= = )", re.MULTILINE), "{name}"),
    (re.compile(r"(?<=[./])template(?=[./])"), "{name}"),
)


def refused(name: str, root: Path) -> str | None:
    """Why there can be no Interlinker of this name, or None."""
    if not NAME.fullmatch(name):
        return f"{name!r} is no name for one: a lower-case letter, then letters and digits, 31 at most"
    if name in TAKEN or (root / "interlinkers" / name).exists():
        return f"{name!r} is taken"
    return None


def next_port(root: Path) -> int:
    """The first port from 8005 that no service has as its default."""
    settings = [*root.glob("interlinkers/*/src/*/settings.py"), *root.glob("gateway/src/*/settings.py")]
    used = {int(match["port"]) for path in settings for match in PORT.finditer(path.read_text())}
    return next(port for port in range(FIRST_PORT, 9000) if port not in used)


def renamed(text: str, name: str) -> str:
    """A text of the template with the new service's name in it."""
    for pattern, replacement in RENAMES:
        text = pattern.sub(replacement.format(name=name, upper=name.upper(), title=name.capitalize()), text)
    return text


def default_port(folder: Path) -> str:
    """The port that a service's settings give it."""
    settings = next(folder.glob("src/*/settings.py")).read_text()
    match = PORT.search(settings)
    if match is None:
        sys.exit(f"no default port in the settings of {folder}")
    return match["port"]


def copy(name: str, port: int, root: Path) -> Path:
    """Copy the template, rename it in names and texts, give it its port; returns the new folder."""
    template = root / "interlinkers" / "_template"
    target = root / "interlinkers" / name
    old_port = re.compile(rf"\b{default_port(template)}\b")
    shutil.copytree(template, target, ignore=GENERATED)
    for path in sorted(target.rglob("*"), reverse=True):
        if path.is_file() and (text := readable(path)) is not None:
            path.write_text(old_port.sub(str(port), renamed(text, name)), encoding="utf-8")
        if (new := renamed(path.name, name)) != path.name:
            path.rename(path.with_name(new))
    return target


def readable(path: Path) -> str | None:
    """A text file's text; None of any other file."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def main(name: str, root: Path = ROOT) -> None:
    """Make it, and say what comes next."""
    if why := refused(name, root):
        sys.exit(why)
    port = next_port(root)
    target = copy(name, port, root)
    print(f"{target.relative_to(root)} is there. Next:")
    print(f"  make up                                             # it registers itself; it answers on port {port}")
    print(f"  make conformance url=http://127.0.0.1:{port}           # it passes already")


if __name__ == "__main__":
    main(sys.argv[1])
