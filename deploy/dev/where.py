"""Tells which lines answer an address: the handler, what it calls, and what that calls in turn.

Usage: where.py ADDRESS, as a person has it: http://127.0.0.1:8000/i/forum/boards/1/topics, /i/forum/boards, forum:/boards or /boards.
"""

from __future__ import annotations

import ast
import importlib.util
import inspect
import re
import signal
import sys
import textwrap
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any
from urllib.parse import urlsplit

from fastapi.routing import iter_route_contexts

ROOT = Path(__file__).resolve().parents[2]
FRONT_DOOR = re.compile(r"^/i/(?P<service>[a-z][a-z0-9_-]*)(?P<path>/.*)?$")
PREFIXED = re.compile(r"^(?P<service>[a-z][a-z0-9_-]*):(?P<path>/.*)$")
PARAMETER = re.compile(r"\\{\w+(?P<path>:path)?[^/]*?\\}")
DEPTH = 4


def asked(address: str) -> tuple[str | None, str]:
    """The service, where the address names one, and the path within it."""
    if "://" not in address and (match := PREFIXED.match(address)):
        return match["service"], match["path"]
    path = urlsplit(address).path.rstrip("/") or "/"
    if match := FRONT_DOOR.match(path):
        return match["service"], match["path"] or "/"
    return None, path


def answers(pattern: str, path: str) -> bool:
    """Whether a route of this pattern answers the path, whatever stands for its parameters."""
    expression = PARAMETER.sub(lambda match: ".+" if match["path"] else "[^/]+", re.escape(pattern).replace("\\:", ":"))
    return re.fullmatch(expression, path) is not None


def routes(service: str | None, path: str) -> Iterator[tuple[str, str, Callable[..., Any]]]:
    """Service, method and pattern, and handler of every installed route that answers the path, the exact ones first."""
    for entry in sorted(entry_points(group="interlinkers.services"), key=lambda entry: entry.name):
        if service in {None, entry.name}:
            app = entry.load()()
            found = [
                context for context in iter_route_contexts(app.routes) if context.path and answers(context.path, path)
            ]
            for context in sorted(found, key=lambda context: "{" in (context.path or "")):
                if context.endpoint is not None:
                    methods = " ".join(sorted((context.methods or set()) - {"HEAD"}))
                    yield entry.name, f"{methods} {context.path}", inspect.unwrap(context.endpoint)


def called(function: Callable[..., Any]) -> Iterator[FunctionType]:
    """Functions of the family that a function names, in the order of its text."""
    known = inspect.getclosurevars(function)
    names = {**known.globals, **known.nonlocals}
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    for node in ast.walk(tree):
        found: object = None
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            owner = names.get(node.value.id)
            if isinstance(owner, ModuleType) or type(owner).__module__.startswith("interlinker_"):
                found = getattr(owner, node.attr, None)
        elif isinstance(node, ast.Name):
            found = names.get(node.id)
        if isinstance(found, FunctionType) and found.__module__.startswith("interlinker_"):
            yield found


def place(function: Callable[..., Any]) -> str:
    """file:line of a function, from the root where it lies below it."""
    return f"{shown(Path(inspect.getsourcefile(function) or '?'))}:{inspect.getsourcelines(function)[1]}"


def shown(path: Path) -> str:
    """A path from the root, where it lies below it."""
    path = path.resolve()
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def tell(function: Callable[..., Any], package: str, depth: int, seen: set[object]) -> None:
    """Print a function and below it what it calls in its service's own package."""
    seen.add(function)
    print(f"{'  ' * depth}{place(function)}  {function.__name__}")
    if depth < DEPTH:
        for found in called(function):
            if found not in seen and found.__module__.partition(".")[0] in {
                package,
                function.__module__.partition(".")[0],
            }:
                tell(found, package, depth + 1, seen)


def kinds(package: str) -> Iterator[str]:
    """file:line of what a service says about its assets, whose operations shared carries out."""
    spec = importlib.util.find_spec(package)
    for folder in (spec and spec.submodule_search_locations) or []:
        for path in sorted(Path(folder).rglob("*.py")):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if "= AssetKind(" in line:
                    yield f"{shown(path)}:{number}  {line.partition(' ')[0]}"


def main(address: str) -> None:
    """Print every route that answers, with its lines."""
    service, path = asked(address)
    nothing = True
    for name, route, handler in routes(service, path):
        nothing = False
        package = f"interlinker_{name}"
        print(f"{name}: {route}")
        tell(handler, package, 1, set())
        if not handler.__module__.startswith(f"{package}."):
            for found in kinds(package):
                print(f"  {found}, what the service makes of it")
    if nothing:
        sys.exit(f"no installed service answers {address}")


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `| head` ends it quietly
    main(sys.argv[1])
